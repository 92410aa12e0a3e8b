// Package rtsp speaks RTSP 1.0 (RFC 2326) to cameras: messages, interleaved framing, authentication and the client's
// state machine. A [Dialer] opens a [Session]; the caller's goroutine drives it through Describe, Setup and Play and
// then calls ReadPacket in a loop, which keeps the session alive meanwhile. Media come over the session's own connection
// or over UDP; only for UDP goroutines are started, one per socket, and Close waits for them. [ServerConn] is as much of
// a server as a simulated camera needs.
//
// What ReadPacket returns goes into a Receiver of package rtpsession, and from there into a depacketizer like h264's;
// package camera does all of that.
//
// The parsers take what real cameras send. Where that is not what the RFC says, a comment names the camera, and
// [Session.Warnings] lists what was tolerated.
package rtsp
