package rtsp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// exchange sends a request and waits for its reply. The reply comes also with an error when its status is not 2xx.
func (s *Session) exchange(ctx context.Context, q *Request) (*Response, error) {
	return s.exchangeWithin(ctx, q, s.dialer.Timeout)
}

func (s *Session) exchangeWithin(ctx context.Context, q *Request, timeout time.Duration) (*Response, error) {
	q.URL = s.secureURL(q.URL)
	switch {
	case s.ended != nil:
		return nil, s.over()
	case s.udp.orphaned != nil:
		return nil, s.error(strings.ToLower(q.Method), nil, s.udp.orphaned)
	case !s.state.allows(q.Method):
		return nil, s.error(strings.ToLower(q.Method), nil, fmt.Errorf("not allowed in state %v", s.state))
	case ctx.Err() != nil:
		return nil, s.error(strings.ToLower(q.Method), nil, cause(ctx, os.ErrDeadlineExceeded))
	}
	defer s.link.watch(ctx)()
	r, err := s.authenticated(q, time.Now().Add(timeout))
	if err == nil {
		s.state = s.state.after(q.Method, r.Status)
		if r.Status >= 200 && r.Status <= 299 {
			return r, nil
		}
		err = statusError(q.Method, r)
	}
	e := s.error("", q, cause(ctx, s.stalled(err, timeout)))
	if r != nil {
		e.Status = r.Status
	}
	return r, e
}

// stalled adds to a timeout what the camera has left undone.
func (s *Session) stalled(err error, timeout time.Duration) error {
	switch pending := s.in.w - s.in.r; {
	case !errors.Is(err, os.ErrDeadlineExceeded) || s.ended != nil:
		return err
	case pending > 0:
		return fmt.Errorf("no reply within %v, only %d bytes of a message or frame: %w", timeout, pending, err)
	}
	return fmt.Errorf("no reply within %v: %w", timeout, err)
}

// authenticated sends a request and waits for its reply, with the credentials that the camera asks for. Those that it has
// just refused are not tried again, since cameras lock accounts, unless it says that only the nonce is too old, or
// there is another algorithm to try.
func (s *Session) authenticated(q *Request, deadline time.Time) (r *Response, err error) {
	const tries = 4 // with what was good for the request before, a new nonce, one that is not stale, another algorithm
	for try := range tries {
		refused := s.auth.answered
		if r, err = s.roundTrip(q, deadline); err != nil || r.Status != 401 {
			return r, err
		}
		if err = s.learn(r); err != nil {
			return r, err
		}
		switch {
		case try == 0 && s.auth.differs(refused), s.auth.stale() && try < tries-2:
		case s.auth.stale() || !s.auth.weaken(r.Header):
			return r, nil
		}
	}
	return r, nil
}

// learn takes the challenges of a 401 reply.
func (s *Session) learn(r *Response) error {
	if err := s.auth.learn(r.Header); err != nil {
		return fmt.Errorf("401: %w", err)
	}
	if s.auth.basic() && !s.secured {
		s.warn(s.in.pos, "the camera offers only Basic authentication: the password goes over the network in clear")
	}
	return nil
}

// roundTrip sends a request and waits for its reply until a deadline.
func (s *Session) roundTrip(q *Request, deadline time.Time) (*Response, error) {
	if err := s.send(q); err != nil {
		return nil, err
	}
	s.link.arm(deadline, false)
	cseq := s.cseq
	for {
		i, r, err := s.poll()
		switch {
		case err != nil:
			return nil, err
		case r != nil && s.isReply(r, cseq):
			return r, nil
		case r != nil:
			s.lateReply(r)
		case i.kind == itemFrame:
			s.keepEarly(i)
		default:
			if err := s.fill(); err != nil {
				return nil, err
			}
		}
	}
}

// isReply says whether r is the reply to the request with that CSeq. One without a CSeq belongs to the oldest request
// that has none yet.
func (s *Session) isReply(r *Response, cseq int) bool {
	n, err := strconv.Atoi(r.Header.Get("CSeq"))
	if err != nil {
		return s.keepalive.cseq == 0 || s.keepalive.cseq == cseq
	}
	return n == cseq
}

// send sends a request with what belongs into all of them.
func (s *Session) send(q *Request) error {
	s.cseq++
	h := Header{{"CSeq", strconv.Itoa(s.cseq)}, {"User-Agent", s.dialer.UserAgent}}
	if s.id != "" {
		h.Add("Session", s.id)
	}
	if a := s.auth.authorization(q); a != "" {
		h.Add("Authorization", a)
	}
	whole := Request{Method: q.Method, URL: q.URL, Header: slices.Concat(h, q.Header), Body: q.Body}
	s.out = whole.Append(s.out[:0])
	s.keepalive.refreshed(time.Now(), s.interval())
	return s.writeMessage()
}

func (s *Session) writeMessage() error {
	s.dialer.Trace.sent(time.Now(), s.out)
	return s.write()
}

// write writes s.out. When the time is up after a part of it, nothing can follow, and neither on TLS.
func (s *Session) write() error {
	s.link.armWrite(time.Now().Add(s.dialer.Timeout))
	n, err := s.conn.Write(s.out)
	if err == nil || n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && !s.secured {
		return err
	}
	return s.end("write", err)
}

// fill reads more into the buffer.
func (s *Session) fill() error { return s.afterRead(s.in.fill(s.conn)) }

// afterRead ends the session when a read failed, other than by its deadline.
func (s *Session) afterRead(err error) error {
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return s.end("read", err)
}

// end notes that the connection is over, and why. It returns err.
func (s *Session) end(op string, err error) error {
	if s.ended != nil {
		return err
	}
	why := err
	if errors.Is(err, os.ErrDeadlineExceeded) { // not a time-out that may be followed by another try
		why = errors.New("the camera takes no more data")
	}
	s.ended = s.error(op, nil, why)
	s.dialer.Trace.closed(time.Now(), s.ended)
	return err
}

// over returns why the connection is over.
func (s *Session) over() error {
	e := *s.ended
	e.Err = s.link.explain(e.Err)
	return &e
}
