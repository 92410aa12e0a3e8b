package rtsp

import (
	"crypto/tls"
	"net"
	"net/netip"
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

	// Opened is called when a stream was set up over UDP: with our addresses and the camera's, each for RTP and RTCP,
	// and the bytes that the system keeps for us while we don't read, 0 if that is not known. A port of the camera is 0
	// when it has not said it.
	Opened func(at time.Time, stream int, local, remote [2]netip.AddrPort, buffer int)

	// Punched is called when packets without content went to the camera's ports, to open the way for its own.
	Punched func(at time.Time, stream int, remote [2]netip.AddrPort)

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

func (t *Trace) opened(at time.Time, stream int, pair [2]*socket) {
	if t != nil && t.Opened != nil {
		local := [2]netip.AddrPort{addressOf(pair[0].conn), addressOf(pair[1].conn)}
		t.Opened(at, stream, local, [2]netip.AddrPort{pair[0].announced, pair[1].announced}, pair[0].buffer)
	}
}

func (t *Trace) punched(at time.Time, stream int, remote [2]netip.AddrPort) {
	if t != nil && t.Punched != nil {
		t.Punched(at, stream, remote)
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
