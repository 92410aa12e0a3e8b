package wirelog

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits of what is shown of a message.
const (
	maxHeaders = 100      // header lines
	maxBody    = 16 << 10 // bytes of a body: four times the largest description seen
)

// message is a request or a reply taken apart, with what the log knows of it.
type message struct {
	direction byte
	start     string   // request line or status line
	header    []string // its lines as they came
	body      []byte
	reply     bool
	status    int
	request   request // the request itself, or the one that is answered; zero when that isn't known
}

// request is what must be remembered of a request until its reply comes.
type request struct {
	direction  byte
	cseq       string
	method     string
	url        string
	at         time.Time
	keepalive  bool // it only shows that its sender is alive
	authorized bool // it has credentials
}

// requests holds the last few requests; a camera may answer late or never.
type requests struct {
	ring [8]request
	n    int
}

func (r *requests) add(q request) {
	r.ring[r.n%len(r.ring)] = q
	r.n++
}

// find returns the last request that went the other way and has that CSeq; any, when a reply comes without one.
func (r *requests) find(cseq string, direction byte) request {
	for i := r.n - 1; i >= max(0, r.n-len(r.ring)); i-- {
		q := r.ring[i%len(r.ring)]
		if q.direction != direction && (q.cseq == cseq || cseq == "") {
			return q
		}
	}
	return request{}
}

// message logs a message.
func (l *Log) message(at time.Time, direction byte, b []byte) {
	l.begin(at)
	m := split(b)
	m.direction = direction
	if m.reply {
		m.request = l.asks.find(m.value("CSeq"), direction)
	} else {
		m.request = requestOf(&m, at)
		l.asks.add(m.request)
	}
	l.learn(&m)
	l.line(direction, 0, m.start, l.startNotes(&m)...)
	for _, field := range m.header {
		l.line(direction, 1, field, l.headerNotes(&m, field)...)
	}
	l.body(&m)
	l.out.flush()
}

// split takes a message apart. It expects nothing: what it can't understand ends up in the start line or the header.
func split(b []byte) (m message) {
	m.start, b = cutLine(b)
	more := 0
	for line := ""; len(b) > 0; {
		if line, b = cutLine(b); line == "" {
			break
		}
		if len(m.header) == maxHeaders {
			more++
			continue
		}
		m.header = append(m.header, line)
	}
	m.body = b
	if more > 0 {
		m.header = append(m.header, fmt.Sprintf("… %d lines more", more))
	}
	version, rest, _ := strings.Cut(m.start, " ")
	if m.reply = strings.HasPrefix(version, "RTSP/"); m.reply {
		code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
		m.status, _ = strconv.Atoi(code)
	}
	return m
}

// cutLine cuts b after its first line, which may end with a bare LF.
func cutLine(b []byte) (line string, rest []byte) {
	first, rest, _ := bytes.Cut(b, []byte("\n"))
	return strings.TrimSuffix(string(first), "\r"), rest
}

// requestOf returns what is remembered of m, a request.
func requestOf(m *message, at time.Time) request {
	q := request{direction: m.direction, cseq: m.value("CSeq"), at: at, authorized: m.value("Authorization") != ""}
	q.method, q.url, _ = strings.Cut(m.start, " ")
	q.url, _, _ = strings.Cut(q.url, " ")
	// These have no other use when they have no body.
	alive := q.method == "OPTIONS" || strings.HasSuffix(q.method, "_PARAMETER")
	q.keepalive = alive && len(m.body) == 0 && m.value("Session") != ""
	return q
}

// value returns the value of the first header line of that name.
func (m *message) value(name string) string {
	for _, field := range m.header {
		if n, v := cutField(field); strings.EqualFold(n, name) {
			return v
		}
	}
	return ""
}

// cutField splits a header line.
func cutField(field string) (name, value string) {
	name, value, _ = strings.Cut(field, ":")
	return strings.TrimSpace(name), strings.TrimSpace(value)
}

// learn keeps which media a stream is.
func (l *Log) learn(m *message) {
	if m.reply && m.status/100 == 2 && m.request.method == "SETUP" && len(l.streams) < maxStreams {
		l.streams = append(l.streams, stream{url: m.request.url, media: l.mediaAt(m.request.url)})
	}
}

// body logs the body of a message.
func (l *Log) body(m *message) {
	body, more := m.body, 0
	if len(body) > maxBody {
		body, more = body[:maxBody], len(body)-maxBody
	}
	describes := isSDP(m)
	var d description
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		var notes []string
		if describes {
			notes = d.notes(line)
		}
		l.line(m.direction, 2, line, notes...)
	}
	if more > 0 {
		l.line(m.direction, 2, fmt.Sprintf("… %d bytes more", more))
	}
	if describes {
		l.media = mediaOf(m.body)
	}
}

// isSDP reports whether the body of m is a session description; some cameras forget to say so.
func isSDP(m *message) bool {
	typ := strings.ToLower(m.value("Content-Type"))
	return strings.HasPrefix(typ, "application/sdp") || typ == "" && bytes.HasPrefix(m.body, []byte("v="))
}
