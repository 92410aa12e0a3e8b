package rtsp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/timeslate/timeslate/sdp"
)

// Setup prepares a media of the description that Describe returned, to be sent over t. The first media that is set up
// becomes stream 0, the second stream 1 and so on. A camera may answer UDP with TCP, see Transport. The error is an
// ErrTransport when another transport may do, in a new session.
func (s *Session) Setup(ctx context.Context, m *sdp.Media, t Transport) error {
	asked := TransportSpec{TCP: true, Interleaved: true}
	var pair [2]*socket
	var err error
	switch {
	case m.Control == "" && s.media > 1:
		err = errors.New("the media has no control attribute")
	case t == TCP:
		asked.Channels, err = s.freeChannels()
	case t == UDP && s.secured:
		err = marked{errors.New("UDP would go out in clear beside a connection with TLS"), ErrTransport}
	case t == UDP:
		asked = TransportSpec{}
		if pair, err = s.listenPair(ctx); err == nil {
			asked.ClientPort = [2]uint16{portOf(pair[0].conn), portOf(pair[1].conn)}
		}
	default:
		err = fmt.Errorf("transport %d is not supported", t)
	}
	if err != nil {
		return s.error("setup", nil, err)
	}
	err = s.setupAs(ctx, m, asked, pair)
	if pair[0] != nil && (err != nil || s.Transport(len(s.streams)-1) != UDP) {
		pair[0].close()
		pair[1].close()
	}
	return err
}

// setupAs asks for one transport. The sockets are for UDP.
func (s *Session) setupAs(ctx context.Context, m *sdp.Media, asked TransportSpec, pair [2]*socket) error {
	q := &Request{Method: MethodSetup, Header: Header{{"Transport", asked.String()}}}
	r, err := s.setup(ctx, q, controlURLs(s.base, m.Control, s.target.url))
	if err != nil {
		return err
	}
	answered, err := s.answered(r.Header.Get("Transport"), asked)
	switch {
	case err != nil:
	case answered.TCP:
		err = s.addStream(q.URL, answered.Channels)
	default:
		s.announce(pair, answered)
		err = s.addSockets(q.URL, pair)
	}
	if err != nil {
		return s.error("", q, err)
	}
	return nil
}

// freeChannels returns a pair of channels that no stream has: 0-1 for the first, 2-3 for the second and so on, unless the
// camera has given them away already.
func (s *Session) freeChannels() (pair [2]uint8, err error) {
	const pairs = len(s.in.known) / 2
	for n := range pairs {
		c := 2 * ((len(s.streams) + n) % pairs)
		if !s.in.known[c] && !s.in.known[c+1] {
			return [2]uint8{uint8(c), uint8(c + 1)}, nil
		}
	}
	return pair, fmt.Errorf("no channels are free beside those of %d streams", len(s.streams))
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

// answered returns what the reply to SETUP grants: what was asked for, when it does not say.
func (s *Session) answered(value string, asked TransportSpec) (TransportSpec, error) {
	if value == "" {
		return asked, nil
	}
	specs, err := ParseTransport(value)
	if err != nil {
		return asked, err
	}
	got := specs[0]
	other := fmt.Errorf("asked for %v, the camera answered %v", way(asked), got)
	switch {
	case got.Multicast:
		return got, marked{other, ErrTransport}
	case got.Interleaved:
		if !asked.TCP {
			s.warn(s.in.pos, "asked for UDP, the camera sends over TCP")
		}
		return got, nil
	case asked.TCP && !got.TCP && got.ServerPort != [2]uint16{}, !asked.TCP && got.TCP:
		return got, marked{other, ErrTransport}
	case asked.TCP:
		return asked, nil
	}
	if got.ClientPort != asked.ClientPort && got.ClientPort != [2]uint16{} {
		s.warn(s.in.pos, "the camera changes our client_port; packets are received on the ports that it was told")
	}
	return got, nil
}

// way returns the name of the transport that a specification stands for.
func way(t TransportSpec) Transport {
	if t.TCP {
		return TCP
	}
	return UDP
}

// announce notes where the camera says that it sends from. It is a hint: a port may be missing, or 0, or another one
// than packets come from. A host other than the camera is believed only if any may send: else a camera could make us
// send packets to whom it likes.
func (s *Session) announce(pair [2]*socket, t TransportSpec) {
	host := s.udp.host
	if t.Source.IsValid() && t.Source.Unmap() != host {
		if s.dialer.AnySource {
			host = t.Source.Unmap().WithZone("")
		} else {
			s.warn(s.in.pos, "the camera names another host as the source of its media, from which none are taken")
		}
	}
	ports := t.ServerPort
	if ports[0] == 0 {
		ports[1] = 0 // "0-1" means that it does not know either
	}
	for i, k := range pair {
		k.announced = netip.AddrPortFrom(host, ports[i])
		if !k.rtcp && k.buffer > 0 && k.buffer < wantBuffer {
			s.note(Warning{Pos: s.in.pos, Count: 1, Text: smallBuffer(k.buffer), Local: true})
		}
	}
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
