package rtsp

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"
)

// PlayInfo is what the reply to PLAY says of the streams' start. All of it is a hint: cameras fill in what they like.
type PlayInfo struct {
	Streams []StreamInfo // one per stream
	Start   time.Time    // capture time of the start, from Range: clock=; zero without
}

// StreamInfo is an entry of RTP-Info (RFC 2326 §12.33). 0 means unknown: cameras put it there for want of better.
type StreamInfo struct {
	Seq     uint16 // sequence number of the first RTP packet
	RTPTime uint32 // RTP time stamp at the start of the range
}

// Play starts all streams that were set up.
func (s *Session) Play(ctx context.Context) (*PlayInfo, error) {
	// The Parrot refuses PLAY without a Range.
	q := &Request{Method: MethodPlay, URL: s.control, Header: Header{{"Range", "npt=0.000-"}}}
	s.punch(time.Now())
	r, err := s.exchange(ctx, q)
	if err != nil {
		return nil, err
	}
	s.startKeepalive()
	s.startSockets()
	return &PlayInfo{
		Streams: s.matchInfo(parseRTPInfo(r.Header.Get("RTP-Info"))),
		Start:   parseClock(r.Header.Get("Range")),
	}, nil
}

// matchInfo gives each stream its entry: that of its URL, which may be relative, or else the one in its place.
func (s *Session) matchInfo(entries []rtpInfo) []StreamInfo {
	infos := make([]StreamInfo, len(s.streams))
	matched := false
	for i, stream := range s.streams {
		for _, e := range entries {
			if e.url != "" && (s.secureURL(e.url) == stream.url || strings.HasSuffix(stream.url, "/"+strings.TrimLeft(e.url, "/"))) {
				infos[i], matched = e.StreamInfo, true
			}
		}
	}
	if !matched && len(entries) == len(infos) {
		for i, e := range entries {
			infos[i] = e.StreamInfo
		}
	}
	return infos
}

// WriteRTCP sends an RTCP packet of at most 65535 bytes that belongs to a stream. What UDP does not take is no error, but
// a Warning: it may take the next one.
func (s *Session) WriteRTCP(stream int, packet []byte) error {
	switch {
	case s.ended != nil:
		return s.over()
	case stream < 0 || stream >= len(s.streams):
		return s.error("write", nil, fmt.Errorf("there is no stream %d, but %d", stream, len(s.streams)))
	case len(packet) > maxPacket:
		return s.error("write", nil, tooLong(packet))
	case s.Transport(stream) == UDP:
		s.sendReport(stream, packet)
		return nil
	}
	s.out = appendFrame(s.out[:0], s.streams[stream].rtcp, packet)
	if err := s.write(); err != nil {
		return s.error("write", nil, err)
	}
	s.dialer.Trace.sentRTCP(time.Now(), stream, packet)
	return nil
}

// Teardown ends the session and waits a second at most for the camera's reply. Packets that come meanwhile are
// dropped. After it only Close is of use.
func (s *Session) Teardown(ctx context.Context) error {
	if s.ended != nil {
		return s.over()
	}
	var err error
	if s.state != stateInit {
		s.leaving = true
		_, err = s.exchangeWithin(ctx, &Request{Method: MethodTeardown, URL: s.control}, teardownTimeout)
	}
	if s.ended == nil {
		s.ended = s.error("read", nil, net.ErrClosed)
		s.dialer.Trace.closed(time.Now(), nil)
	}
	return err
}
