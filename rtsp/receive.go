package rtsp

import (
	"fmt"
	"slices"
	"time"
)

// poll returns what comes next in the buffer: a frame, a reply, or an item of kind itemNone when more must be read.
// Everything else is dealt with here.
func (s *Session) poll() (i item, r *Response, err error) {
	for {
		i, err = s.in.next()
		switch {
		case err != nil:
			return i, nil, s.end("read", err)
		case i.kind == itemMessage:
			if r, err = s.receive(i); r != nil || err != nil {
				return i, r, err
			}
		case i.kind == itemStray:
			// Old live555 servers write the frames of a session that is gone into the socket that got its descriptor.
			s.skip(i, fmt.Sprintf("frames on channel %d, which was not set up", i.channel))
		case i.kind == itemJunk:
			s.skip(i, "bytes between messages and frames that make no sense")
		default:
			return i, nil, nil
		}
	}
}

func (s *Session) skip(i item, warning string) {
	s.warn(i.pos, warning)
	s.dialer.Trace.skipped(i.arrival, i.pos, int(s.in.pos-i.pos))
}

// receive takes a message: it answers requests and returns replies.
func (s *Session) receive(i item) (*Response, error) {
	if err := s.flood.count(i.arrival); err != nil {
		return nil, s.end("read", err)
	}
	s.dialer.Trace.received(i.arrival, s.auth.hide(i.data))
	m, err := parseMessage(i)
	switch {
	case err != nil:
		return nil, s.end("read", fmt.Errorf("message at byte %d: %w", i.pos, err))
	case m.request != nil:
		return nil, s.answer(m.request)
	}
	m.response.Reason = string(s.auth.hide([]byte(m.response.Reason)))
	s.absorb(m.response.Header)
	if m.response.Status < 200 { // 100 Continue: the reply comes later
		return nil, nil
	}
	return m.response, nil
}

// Limit of messages: a session takes a dozen, and a keepalive each second or so.
const (
	maxMessages    = 1000
	messagesWithin = 10 * time.Second
)

// flood counts messages, so that none who sends them without end keeps us busy.
type flood struct {
	since    time.Time
	messages int
}

func (f *flood) count(at time.Time) error {
	if at.Sub(f.since) >= messagesWithin {
		*f = flood{since: at}
	}
	if f.messages++; f.messages > maxMessages {
		return fmt.Errorf("more than %d messages within %v", maxMessages, messagesWithin)
	}
	return nil
}

// absorb takes from a reply what matters whatever it is the reply to.
func (s *Session) absorb(h Header) {
	if v := h.Get("Server"); v != "" {
		s.server = string(s.auth.hide([]byte(v)))
	}
	if v := h.Get("Public"); v != "" {
		s.public = v
	}
	s.auth.renew(h.Get("Authentication-Info"))
	v := h.Get("Session") // Dahua: with OPTIONS already; Reolink: not with TEARDOWN
	if v == "" {
		return
	}
	id, timeout := ParseSession(v)
	switch {
	case s.state == stateInit:
		s.id = id
	case s.id != id: // H264DVR: another one for each SETUP
		s.warn(s.in.pos, "the session id changes: the first one is used")
	}
	if timeout > 0 { // GW Security: 60 s with SETUP, 120 s with PLAY
		s.timeout = timeout
	}
}

// ReadPacket waits for the next RTP or RTCP packet of any stream. Meanwhile it keeps the session alive and answers the
// camera's requests. It does not allocate. The error satisfies io.EOF when the camera has closed the connection,
// io.ErrUnexpectedEOF when it did so within a packet or message, and os.ErrDeadlineExceeded when the time of
// SetReadDeadline has come; it may be called again then.
func (s *Session) ReadPacket(p *Packet) error {
	switch {
	case s.ended != nil:
		return s.over()
	case s.state != statePlaying:
		return s.error("read", nil, fmt.Errorf("not allowed in state %v", s.state))
	}
	if i, ok := s.early.pop(); ok {
		s.deliver(i, p)
		return nil
	}
	for {
		if s.datagram(p) {
			return nil
		}
		i, r, err := s.poll()
		switch {
		case err != nil:
			return s.over()
		case r != nil:
			s.lateReply(r)
		case i.kind == itemFrame:
			s.deliver(i, p)
			return nil
		default:
			if err := s.wait(); err != nil {
				return err
			}
		}
	}
}

// deliver makes a packet of an interleaved frame.
func (s *Session) deliver(i item, p *Packet) {
	*p = i.packet()
	p.Stream, p.RTCP = s.channels[i.channel].stream, s.channels[i.channel].rtcp
	s.dialer.Trace.packet(p)
}

// wait reads more, until something is due, which it does, or a socket has handed something over.
func (s *Session) wait() (err error) {
	now := time.Now()
	switch {
	case s.keepalive.isDue(now):
		err = s.sendKeepalive()
	case s.udp.punchIsDue(now):
		s.punch(now)
	case s.udp.isOver(now):
		s.end("read", s.udp.orphaned)
	default:
		err = s.read(now)
	}
	switch {
	case s.ended != nil:
		return s.over()
	case err != nil && s.link.userPassed(time.Now()):
		return s.error("read", nil, err)
	}
	return nil
}

// maxEarly is how many bytes are spent on packets that come before the reply to PLAY, or to another request while media
// flow: good for more than a second of a video stream.
const maxEarly = 1 << 20

// earlyPackets are packets that came while a reply was waited for: Reolink and v4l2rtspserver send some before the reply
// to PLAY.
type earlyPackets struct {
	items []item
	bytes int // that they take, with the items
}

// earlySize is how many bytes of maxEarly an item takes: its data, and its place in a slice with room to grow.
func earlySize(i *item) int { return len(i.data) + 150 }

// keepEarly keeps a frame for ReadPacket.
func (s *Session) keepEarly(i item) {
	switch {
	case s.leaving:
	case s.early.bytes+earlySize(&i) > maxEarly:
		s.skip(i, "too many packets before a reply")
	default:
		s.early.push(i)
	}
}

func (e *earlyPackets) push(i item) {
	i.data = slices.Clone(i.data)
	e.items = append(e.items, i)
	e.bytes += earlySize(&i)
}

func (e *earlyPackets) pop() (i item, ok bool) {
	if len(e.items) == 0 {
		return item{}, false
	}
	i, e.items = e.items[0], e.items[1:]
	if e.bytes -= earlySize(&i); len(e.items) == 0 {
		e.items = nil
	}
	return i, true
}
