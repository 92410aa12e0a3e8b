package rtsp

import (
	"fmt"
	"net"
	"slices"
	"time"
)

// Session is an RTSP session with a camera, on one connection and, for media over UDP, a pair of sockets per stream. One
// goroutine owns it: only SetReadDeadline and Close are safe from others. All errors but theirs are of type *Error. Those
// that end the connection are returned again by every later call; after a timeout or a refusal by the camera the session is
// as it was before.
type Session struct {
	dialer  Dialer
	target  target
	link    link
	conn    net.Conn // link.conn, for the owner
	secured bool     // it is TLS
	in      framer
	out     []byte
	ended   *Error // why the connection is of no more use

	state   state
	cseq    int // of the last request
	auth    auth
	id      string        // of the session, from the first Session header
	timeout time.Duration // after which the server may drop it
	server  string        // value of the last Server header
	public  string        // methods of the last Public header

	base     string // URL to which the controls of media are relative
	control  string // aggregate URL: for PLAY, keepalives, TEARDOWN
	media    int    // media in the description
	streams  []stream
	channels [256]channel

	udp       datagrams
	early     earlyPackets
	flood     flood
	keepalive keepalive
	leaving   bool // Teardown was called
	warnings  []Warning
}

// stream is a media that was set up.
type stream struct {
	url  string
	rtcp uint8      // channel
	pair [2]*socket // of RTP and RTCP; nil over TCP
}

// channel is what an interleaved channel carries.
type channel struct {
	stream int
	rtcp   bool
}

// Warning is something the camera did that it should not, and that was tolerated.
type Warning struct {
	Pos   int64 // place in the TCP stream where it was met first, as in Packet.Pos
	Count int   // how often
	Text  string
	Local bool // it is about this host, which may do something about it, and not about the camera
}

// String returns the warning as one line of text.
func (w Warning) String() string {
	if w.Count > 1 {
		return fmt.Sprintf("%s (%d times)", w.Text, w.Count)
	}
	return w.Text
}

// maxWarnings is how many different warnings are kept: a camera's SDP is good for a few dozen.
const maxWarnings = 100

func (s *Session) warn(pos int64, text string) { s.note(Warning{Pos: pos, Count: 1, Text: text}) }

// note keeps a warning, or counts it if it is known.
func (s *Session) note(new Warning) {
	if i := slices.IndexFunc(s.warnings, func(w Warning) bool { return w.Text == new.Text }); i >= 0 {
		s.warnings[i].Count++
	} else if len(s.warnings) < maxWarnings {
		s.warnings = append(s.warnings, new)
	}
}

// Warnings returns what was tolerated so far. The slice is borrowed until the next call on the session.
func (s *Session) Warnings() []Warning { return s.warnings }

// String returns the URL, without secrets, and the state.
func (s *Session) String() string { return fmt.Sprintf("%s (%v)", redact(s.target.url), s.state) }

// GoString is String, lest %#v print the password.
func (s *Session) GoString() string { return s.String() }

// Server returns the camera's Server header: its software, if it says so.
func (s *Session) Server() string { return s.server }

// LocalAddr returns our address.
func (s *Session) LocalAddr() net.Addr { return s.conn.LocalAddr() }

// RemoteAddr returns the camera's address.
func (s *Session) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }

// SetReadDeadline sets the time after which ReadPacket fails with os.ErrDeadlineExceeded; zero means never. It is safe
// from any goroutine and ends a ReadPacket that waits for the camera; one that writes a keepalive to a camera that reads
// nothing ends by Dialer.Timeout or Close. Nothing is lost by it: ReadPacket may be called again. Other methods have
// deadlines of their own.
func (s *Session) SetReadDeadline(t time.Time) error { return s.link.setUser(t) }

// Transport returns how the packets of a stream travel: TCP also when UDP was asked for and the camera chose TCP.
func (s *Session) Transport(stream int) Transport {
	if stream >= 0 && stream < len(s.streams) && s.streams[stream].pair[0] != nil {
		return UDP
	}
	return TCP
}

// Dropped returns how many datagrams came that the system had no room for, as far as it tells: Linux does.
func (s *Session) Dropped() (datagrams uint64) {
	for _, k := range s.udp.sockets {
		datagrams += k.dropped.Load()
	}
	return datagrams
}

// Close closes the connection and the UDP sockets. It is safe from any goroutine: what waits ends with net.ErrClosed. It
// does not take leave of the camera, as Teardown does.
func (s *Session) Close() error { return s.link.close() }
