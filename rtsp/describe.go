package rtsp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/timeslate/timeslate/sdp"
)

// Describe asks the camera what it offers. Before that it asks for its methods, to know which one keeps the session
// alive; of the answers to that only a refusal of the credentials counts. Redirections are followed.
func (s *Session) Describe(ctx context.Context) (*sdp.Session, error) {
	if err := s.options(ctx); err != nil {
		return nil, err
	}
	q := &Request{Method: MethodDescribe, Header: Header{{"Accept", "application/sdp"}}}
	r, err := s.describe(ctx, q)
	if err != nil {
		return nil, err
	}
	d, err := s.parseDescription(r)
	if err != nil {
		return nil, s.error("", q, err)
	}
	s.base = contentBase(baseOf(r.Header), q.URL)
	s.control = joinControl(s.base, d.Control)
	if s.control != s.base && strings.Contains(d.Control, "://") {
		s.base = s.control // media are relative to the session's own URL, as for live555 and ffmpeg
	}
	s.media = len(d.Media)
	return d, nil
}

// options sends OPTIONS. Cameras that answer with an error, or by closing the connection, get their DESCRIBE anyway.
func (s *Session) options(ctx context.Context) error {
	r, err := s.exchange(ctx, &Request{Method: MethodOptions, URL: s.target.url})
	switch {
	case lost(err):
		return s.reconnect(ctx)
	case r != nil && r.Status != 401:
		return nil
	}
	return err
}

// describe sends q, a DESCRIBE, wherever that leads.
func (s *Session) describe(ctx context.Context, q *Request) (*Response, error) {
	for redirects, reconnected := 0, false; ; {
		q.URL = s.target.url
		r, err := s.exchange(ctx, q)
		switch {
		case r != nil && r.Status >= 300 && r.Status < 400 && redirects < maxRedirects:
			redirects++
			err = s.redirect(ctx, q, r)
		case lost(err) && !reconnected: // the VStarcam closes the connection after its 401
			reconnected = true
			err = s.reconnect(ctx)
		default:
			return r, err
		}
		if err != nil {
			return nil, err
		}
	}
}

// parseDescription parses the body of a DESCRIBE reply. Servers made with libavformat don't name its type.
func (s *Session) parseDescription(r *Response) (*sdp.Session, error) {
	body := bytes.TrimLeft(r.Body, "\r\n \t\ufeff")
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	kind = strings.TrimSpace(kind)
	looksRight := bytes.HasPrefix(body, []byte("v=")) || bytes.HasPrefix(body, []byte("m="))
	switch {
	case len(body) == 0:
		return nil, errors.New("the reply holds no description")
	case !looksRight && !strings.EqualFold(kind, "application/sdp"):
		return nil, fmt.Errorf("the description is of type %.40q and not SDP", kind)
	}
	d, warnings, err := sdp.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("the description: %w", err)
	}
	for _, w := range warnings {
		s.warn(s.in.pos, redact(w.String()))
	}
	return d, nil
}

// baseOf returns the URL that a header gives as the base of relative ones (RFC 2326 §C.1.1).
func baseOf(h Header) string {
	if base := h.Get("Content-Base"); base != "" {
		return base
	}
	return h.Get("Content-Location")
}
