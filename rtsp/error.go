package rtsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// ErrUnauthorized is in the chain of errors that tell of missing or refused credentials.
var ErrUnauthorized = errors.New("credentials refused")

// ErrTransport is in the chain of errors of Setup that mean that the camera does not send that way, but may send another
// way, in a new session: 461 (RFC 2326 §11.3.14), an answer with another transport, no UDP ports to be had.
var ErrTransport = errors.New("the transport is not supported")

// ErrBusy is in the chain of errors that tell that the camera is full or busy: 453, 503, 500 in reply to SETUP or PLAY,
// and 302 without a place to go to. Sessions that were left without TEARDOWN may be the reason, for as long as their
// time-out.
var ErrBusy = errors.New("the camera is busy")

// marked is an error that belongs to a kind without saying so.
type marked struct {
	error
	kind error
}

// Unwrap returns both.
func (m marked) Unwrap() []error { return []error{m.error, m.kind} }

// Error is the error of everything that a Dialer and a Session do.
type Error struct {
	Op     string // "dial", "read", "write" or a request's method in lower case
	Method string // of the request, if one was sent
	URL    string // of the request line or of what was dialled; without secrets
	CSeq   int    // of the request
	Status int    // of the reply, if that is the error: 404 for example
	Pos    int64  // place in the TCP stream up to which it was understood, as in Packet.Pos; 0 without a connection
	Local  string // our address
	Remote string // the camera's
	// Location is where the camera sends us, with ErrRedirect: a URL without credentials.
	Location string
	Err      error // satisfies net.ErrClosed after Close, os.ErrDeadlineExceeded after a timeout, io.EOF and so on
}

// Error returns all of it on one line, for example:
//
//	rtsp: SETUP rtsp://cam/1/trackID=2 (CSeq 4): 461 Unsupported Transport [192.0.2.1:50000 to 192.0.2.2:554, byte 1234]
func (e *Error) Error() string {
	b := []byte("rtsp: ")
	if e.Method != "" {
		b = fmt.Appendf(b, "%s %s (CSeq %d)", e.Method, e.URL, e.CSeq)
	} else if b = append(b, e.Op...); e.URL != "" {
		b = fmt.Appendf(b, " %s", e.URL)
	}
	b = fmt.Appendf(b, ": %v", e.Err)
	if e.Pos > 0 {
		b = fmt.Appendf(b, " [%s to %s, byte %d]", e.Local, e.Remote, e.Pos)
	}
	return string(b)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Timeout says whether a deadline passed.
func (e *Error) Timeout() bool { return errors.Is(e.Err, os.ErrDeadlineExceeded) }

// Unreachable says whether connecting failed because nobody was there: the port is closed, there is no way to the
// address, or its name is not known.
func (e *Error) Unreachable() bool {
	_, unknown := errors.AsType[*net.DNSError](e.Err)
	_, refused := errors.AsType[syscall.Errno](e.Err)
	return e.Op == "dial" && (unknown || refused)
}

// statusError is the error in the reply to a request. A reason phrase is the peer's text: quoted where that is needed, and not long.
func statusError(method string, r *Response) error {
	reason := r.Reason
	if reason == "" {
		reason = reasonPhrase(r.Status)
	}
	text := strings.Trim(fmt.Sprintf("%.80q", redact(reason)), `"`)
	err := fmt.Errorf("%d %s", r.Status, text)
	switch r.Status {
	case 401:
		return fmt.Errorf("%w: %w", err, ErrUnauthorized)
	case 461:
		return marked{err, ErrTransport}
	case 453, 503:
		return marked{err, ErrBusy}
	case 500: // means anything elsewhere
		if method == MethodSetup || method == MethodPlay {
			return marked{err, ErrBusy}
		}
	}
	return err
}

// error returns err with the place where the session is. q may be nil.
func (s *Session) error(op string, q *Request, err error) *Error {
	e := &Error{
		Op: op, Pos: s.in.pos, Local: s.conn.LocalAddr().String(),
		Remote: s.conn.RemoteAddr().String(), Err: s.link.explain(bare(err)),
	}
	if to, ok := errors.AsType[elsewhere](err); ok {
		e.Location = to.location
	}
	if q != nil {
		e.Op, e.Method, e.URL, e.CSeq = strings.ToLower(q.Method), q.Method, redact(q.URL), s.cseq
	}
	return e
}

// bare takes the net package's wrapping off, whose addresses Error has already.
func bare(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// cause returns why an exchange ended: the context's error when that is what interrupted it.
func cause(ctx context.Context, err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() == nil {
		return err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", os.ErrDeadlineExceeded, context.Cause(ctx))
	}
	return context.Cause(ctx)
}

// lost says whether an error means that the peer has ended the connection.
func lost(err error) bool {
	_, reset := errors.AsType[syscall.Errno](err)
	return reset || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
