package rtsp

import (
	"crypto/tls"
	"net"
	"time"
)

// Trace holds hooks that are called as a session goes on. Any may be nil. They are called from the goroutine that owns
// the session and must not keep what they are given. Credentials are masked in all of it.
type Trace struct {
	// Connected is called when a TCP connection is there: once, and again after a redirect or when the camera had
	// closed the first one during DESCRIBE.
	Connected func(at time.Time, local, remote net.Addr)

	// TLS is called after Connected when the connection is TLS.
	TLS func(at time.Time, state tls.ConnectionState)

	// Sent is called for each request and reply that goes out, without interleaved data.
	Sent func(at time.Time, message []byte)

	// Received is called for each reply and request that comes in, with the time of its first byte.
	Received func(at time.Time, message []byte)

	// Packet is called for each RTP or RTCP packet that ReadPacket returns.
	Packet func(p *Packet)

	// SentRTCP is called for each RTCP packet that goes out.
	SentRTCP func(at time.Time, stream int, packet []byte)

	// Skipped is called for bytes that were no message and no packet of a stream, with their place as in Packet.Pos.
	// A long run comes in pieces.
	Skipped func(at time.Time, pos int64, bytes int)

	// Closed is called once, when the session's goroutine learns of its end: with the error that ended it, or with nil
	// after TEARDOWN. A Close before either is not reported.
	Closed func(at time.Time, err error)
}

func (t *Trace) connected(at time.Time, local, remote net.Addr) {
	if t != nil && t.Connected != nil {
		t.Connected(at, local, remote)
	}
}

func (t *Trace) tls(at time.Time, state tls.ConnectionState) {
	if t != nil && t.TLS != nil {
		t.TLS(at, state)
	}
}

func (t *Trace) sent(at time.Time, message []byte) {
	if t != nil && t.Sent != nil {
		t.Sent(at, redactBytes(message))
	}
}

func (t *Trace) received(at time.Time, message []byte) {
	if t != nil && t.Received != nil {
		t.Received(at, redactBytes(message))
	}
}

func (t *Trace) packet(p *Packet) {
	if t != nil && t.Packet != nil {
		t.Packet(p)
	}
}

func (t *Trace) sentRTCP(at time.Time, stream int, packet []byte) {
	if t != nil && t.SentRTCP != nil {
		t.SentRTCP(at, stream, packet)
	}
}

func (t *Trace) skipped(at time.Time, pos int64, bytes int) {
	if t != nil && t.Skipped != nil {
		t.Skipped(at, pos, bytes)
	}
}

func (t *Trace) closed(at time.Time, err error) {
	if t != nil && t.Closed != nil {
		t.Closed(at, err)
	}
}
