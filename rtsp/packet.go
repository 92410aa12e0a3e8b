package rtsp

import "time"

// Packet is one RTP or RTCP packet that came interleaved with the messages (RFC 2326 §10.12) or in a datagram.
type Packet struct {
	Stream  int    // the media it belongs to: streams count from 0 in the order of Setup. Not set by ServerConn
	RTCP    bool   // it came on the stream's RTCP channel. Not set by ServerConn
	Channel uint8  // the number of the interleaved channel; 0 over UDP
	Data    []byte // borrowed until the next call on the session
	Pos     int64  // the place of its '$' in the TCP stream, as Wireshark's relative sequence number: the first byte is 1. -1 over UDP

	// Arrival has a monotonic reading. Over TCP it is when the read returned that brought the packet's first byte. Over
	// UDP it is when the kernel got the datagram (Linux), or when the read returned.
	Arrival time.Time
}
