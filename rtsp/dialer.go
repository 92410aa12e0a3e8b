package rtsp

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

const (
	dialTimeout     = 10 * time.Second // default of Dialer.Timeout
	teardownTimeout = time.Second      // cameras may send a mass of frames before the reply, or none
	maxRedirects    = 5                // one or two lead to the camera, more lead in a circle
)

// Dialer opens sessions. The zero value is ready for use. It may be used by several goroutines at once.
type Dialer struct {
	Username  string        // used rather than the URL's; without either, cameras that ask for credentials are refused
	Password  Secret        // of Username
	Schemes   Scheme        // of authentication that may be used; 0 is any. There are cameras that get one of theirs wrong
	UserAgent string        // value of User-Agent; "timeslate" when empty. Some cameras refuse requests without one
	Timeout   time.Duration // for connecting and for each exchange of a request and its reply; 0 is 10 s
	Keepalive time.Duration // interval of keepalives, for cameras that don't mean what they announce; 0 is by their time-out
	Trace     *Trace        // nil: no tracing

	// TLSInsecure takes any certificate of an rtsps server: whoever is in between can read and change everything.
	TLSInsecure bool

	// TLSFingerprint is the SHA-256 of the certificate (its DER) that an rtsps server must have. It takes the place of
	// all other checks: most cameras have certificates that they signed themselves. See ParseFingerprint.
	TLSFingerprint []byte

	// AnySource takes datagrams from everybody, for cameras whose media come from another host than the one that was
	// dialled. Whoever can reach our ports can then send us pictures.
	AnySource bool

	// DialContext makes the TCP connections; nil is net.Dialer's.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)

	// ListenPacket opens the UDP sockets; nil is net.ListenConfig's. What it returns must have the methods
	// ReadFromUDPAddrPort and WriteToUDPAddrPort of net.UDPConn.
	ListenPacket func(ctx context.Context, network, address string) (net.PacketConn, error)

	roots *x509.CertPool // nil: the system's
}

// Dial connects to the camera of an rtsp or rtsps URL. Nothing is sent yet. Credentials in the URL are taken out of it; their
// special characters need not be escaped. Errors are of type *Error.
func (d *Dialer) Dial(ctx context.Context, rawURL string) (*Session, error) {
	t, err := parseURL(rawURL)
	if err != nil {
		return nil, &Error{Op: "dial", Err: err}
	}
	s := &Session{dialer: *d, in: newFramer(), timeout: DefaultTimeout}
	s.dialer.setDefaults()
	s.auth = auth{username: t.username, password: t.password}
	if d.Username != "" {
		s.auth = auth{username: d.Username, password: d.Password}
	}
	s.auth.schemes = d.Schemes
	if err := s.connect(ctx, t); err != nil {
		return nil, err
	}
	return s, nil
}

func (d *Dialer) setDefaults() {
	if d.Timeout <= 0 {
		d.Timeout = dialTimeout
	}
	if d.UserAgent == "" {
		d.UserAgent = "timeslate"
	}
	if d.DialContext == nil {
		d.DialContext = new(net.Dialer).DialContext
	}
	if d.ListenPacket == nil {
		d.ListenPacket = new(net.ListenConfig).ListenPacket
	}
}

// connect connects the session to t. The connection it had is closed, and all that belonged to it forgotten.
func (s *Session) connect(ctx context.Context, t target) error {
	ctx, cancel := context.WithTimeout(ctx, s.dialer.Timeout)
	defer cancel()
	c, err := s.dialer.DialContext(ctx, "tcp", t.address())
	if err == nil && t.secure() {
		c, err = s.secure(ctx, c, t)
	}
	if err == nil {
		err = s.link.replace(c)
	}
	if err != nil {
		return &Error{Op: "dial", URL: redact(t.url), Err: dialError(ctx, err)}
	}
	s.conn, s.target = c, t
	s.base, s.control = t.url, t.url
	s.in = framer{buf: s.in.buf, pos: 1}
	s.ended, s.state, s.id, s.timeout = nil, stateInit, "", DefaultTimeout
	s.link.closeSockets()
	s.streams, s.udp, s.early, s.keepalive = nil, datagrams{}, earlyPackets{}, keepalive{}
	s.dialer.Trace.connected(time.Now(), c.LocalAddr(), c.RemoteAddr())
	s.noteTLS(c)
	return nil
}

// dialError returns why connecting failed.
func dialError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return cause(ctx, os.ErrDeadlineExceeded)
	}
	return bare(err)
}

// reconnect connects again to where the session is connected.
func (s *Session) reconnect(ctx context.Context) error { return s.connect(ctx, s.target) }

// redirect connects to where the reply to q points, which has a status of 3xx. Credentials stay with the host and
// port that they were given for, and TLS is not given up.
func (s *Session) redirect(ctx context.Context, q *Request, r *Response) error {
	location := r.Header.Get("Location")
	t, err := parseURL(location)
	switch {
	case location == "":
		err = fmt.Errorf("no Location: %w", ErrBusy)
	case err != nil:
		err = fmt.Errorf("bad Location: %w", err)
	}
	if err == nil && s.target.secure() && !t.secure() {
		err = errors.New("from TLS to a connection without it, which is not followed")
	}
	if err != nil {
		return s.error("", q, fmt.Errorf("%w: %w", statusError(q.Method, r), err))
	}
	if !strings.EqualFold(t.host, s.target.host) || t.port != s.target.port {
		s.warn(s.in.pos, "redirected to another host or port, which gets no credentials")
		s.auth = auth{}
	}
	return s.connect(ctx, t)
}
