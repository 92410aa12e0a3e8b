package rtsp

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrRedirect is in the chain of the error with which a session ends when the camera sends us elsewhere in the middle of
// it (RFC 2326 §10.10). Error.Location says where to.
var ErrRedirect = errors.New("the camera sends us elsewhere")

// elsewhere is the error of a session that ended with REDIRECT.
type elsewhere struct{ location string }

// Error returns where to.
func (e elsewhere) Error() string {
	if e.location == "" {
		return ErrRedirect.Error() + ", and not to where we would go"
	}
	return ErrRedirect.Error() + ": " + redact(e.location)
}

// Unwrap returns ErrRedirect.
func (elsewhere) Unwrap() error { return ErrRedirect }

// answer answers a request of the camera. Those for parameters that name none ask whether we are alive (RFC 2326 §10.8).
// Some end the session.
func (s *Session) answer(q *Request) error {
	status, end := 501, error(nil)
	switch q.Method {
	case MethodOptions:
		status = 200
	case MethodGetParameter, MethodSetParameter:
		if len(q.Body) == 0 {
			status = 200
		}
	case MethodAnnounce:
		status = 200
		s.warn(s.in.pos, "the camera announces another description, which the next session will get")
	case MethodRedirect:
		status, end = 200, elsewhere{s.acceptable(q.Header.Get("Location"))}
	case MethodTeardown:
		status, end = 200, fmt.Errorf("the camera ended the session: %w", io.EOF)
	case MethodPlayNotify:
		status = 200
		if strings.EqualFold(q.Header.Get("Notify-Reason"), "end-of-stream") {
			end = fmt.Errorf("the camera ended the stream: %w", io.EOF)
		}
	}
	r := NewResponse(q, status)
	if q.Method == MethodOptions {
		r.Header.Add("Public", ourMethods)
	}
	s.out = r.Append(s.out[:0])
	if err := s.writeMessage(); err != nil || end == nil {
		return err
	}
	return s.end("read", end)
}

// ourMethods are the methods that a camera may use.
const ourMethods = MethodOptions + ", " + MethodGetParameter + ", " + MethodSetParameter + ", " + MethodAnnounce + ", " +
	MethodRedirect + ", " + MethodTeardown + ", " + MethodPlayNotify

// acceptable returns the URL that a camera sends us to, without the userinfo, or "" when it is none or would give up TLS.
func (s *Session) acceptable(location string) string {
	t, err := parseURL(location)
	if err != nil || s.target.secure() && !t.secure() {
		return ""
	}
	return t.url
}
