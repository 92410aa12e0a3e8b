package rtsp

import (
	"context"
	"errors"
	"fmt"

	"github.com/timeslate/timeslate/sdp"
)

// Setup prepares a media of the description that Describe returned, to be sent over t. The first media that is set up
// becomes stream 0, the second stream 1 and so on.
func (s *Session) Setup(ctx context.Context, m *sdp.Media, t Transport) error {
	asked := TransportSpec{TCP: true, Interleaved: true}
	var free bool
	asked.Channels, free = s.freeChannels()
	switch {
	case t != TCP:
		return s.error("setup", nil, fmt.Errorf("transport %d is not supported", t))
	case m.Control == "" && s.media > 1:
		return s.error("setup", nil, errors.New("the media has no control attribute"))
	case !free:
		return s.error("setup", nil, fmt.Errorf("no channels are free beside those of %d streams", len(s.streams)))
	}
	q := &Request{Method: MethodSetup, Header: Header{{"Transport", asked.String()}}}
	r, err := s.setup(ctx, q, controlURLs(s.base, m.Control, s.target.url))
	if err != nil {
		return err
	}
	channels, err := answeredChannels(r.Header.Get("Transport"), asked)
	if err == nil {
		err = s.addStream(q.URL, channels)
	}
	if err != nil {
		return s.error("", q, err)
	}
	return nil
}

// freeChannels returns a pair of channels that no stream has: 0-1 for the first, 2-3 for the second and so on, unless the
// camera has given them away already.
func (s *Session) freeChannels() (pair [2]uint8, ok bool) {
	const pairs = len(s.in.known) / 2
	for n := range pairs {
		c := 2 * ((len(s.streams) + n) % pairs)
		if !s.in.known[c] && !s.in.known[c+1] {
			return [2]uint8{uint8(c), uint8(c + 1)}, true
		}
	}
	return pair, false
}

// setup sends SETUP to the first URL that the camera takes, which is left in q. A camera that refuses its own address
// there would refuse it in PLAY too.
func (s *Session) setup(ctx context.Context, q *Request, urls []string) (r *Response, err error) {
	for _, q.URL = range urls {
		r, err = s.exchange(ctx, q)
		if r == nil || r.Status != 400 && r.Status != 404 {
			break
		}
	}
	if err == nil && origin(q.URL) != origin(urls[0]) {
		s.base, s.control = withOrigin(s.base, q.URL), withOrigin(s.control, q.URL)
	}
	return r, err
}

// answeredChannels returns the channels that the reply to SETUP gives, or those that were asked for.
func answeredChannels(value string, asked TransportSpec) ([2]uint8, error) {
	if value == "" {
		return asked.Channels, nil
	}
	specs, err := ParseTransport(value)
	switch {
	case err != nil:
		return asked.Channels, err
	case specs[0].Interleaved:
		return specs[0].Channels, nil
	case !specs[0].TCP && specs[0].ServerPort != [2]uint16{}:
		return asked.Channels, fmt.Errorf("asked for TCP, the camera answered %v", specs[0])
	}
	return asked.Channels, nil
}

// addStream enters a stream into the table of channels. Cameras choose the numbers as they like: odd ones first, or
// with gaps.
func (s *Session) addStream(url string, channels [2]uint8) error {
	for _, c := range channels {
		if s.in.known[c] {
			return fmt.Errorf("the camera gives channel %d to two streams", c)
		}
	}
	for i, c := range channels {
		s.in.known[c] = true
		s.channels[c] = channel{stream: len(s.streams), rtcp: i == 1}
	}
	s.streams = append(s.streams, stream{url: url, rtcp: channels[1]})
	return nil
}
