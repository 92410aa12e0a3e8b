package camera

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/timeslate/timeslate/rtsp"
)

// Transport is how media may come.
type Transport uint8

// The transports.
const (
	Auto Transport = iota // UDP, and TCP when no media came for a while
	UDP
	TCP
)

// firstMedia is how long Auto waits for the first media over UDP, which firewalls and networks of containers keep out.
const firstMedia = 3 * time.Second

// errNoMedia says that a camera answers but nothing came over UDP.
var errNoMedia = fmt.Errorf("no media came over UDP within %v", firstMedia)

// transports returns what to try, in order.
func (o *Options) transports(url string) []rtsp.Transport {
	switch encrypted := len(url) > 5 && strings.EqualFold(url[:6], "rtsps:"); {
	case o.Transport == UDP:
		return []rtsp.Transport{rtsp.UDP}
	case o.Transport == TCP || encrypted || o.Memory.tcp:
		return []rtsp.Transport{rtsp.TCP}
	}
	return []rtsp.Transport{rtsp.UDP, rtsp.TCP}
}

// Open connects to a camera, chooses what can be recorded and starts playing. The context bounds Open alone.
func Open(ctx context.Context, url string, o Options) (s *Stream, err error) {
	o.setDefaults()
	transports := o.transports(url)
	for i, transport := range transports {
		s, err = open(ctx, url, o, transport, i+1 < len(transports))
		if !errors.Is(err, rtsp.ErrTransport) && !errors.Is(err, errNoMedia) {
			break
		}
	}
	if err == nil {
		s.fallback = len(transports) > 1 && s.session.Transport(0) == rtsp.TCP
	}
	return s, err
}

// await waits for the first media. It is kept for Units, and so are the reports that came before it.
func (s *Stream) await(ctx context.Context) error {
	until := time.Now().Add(firstMedia)
	stop := context.AfterFunc(ctx, func() { s.session.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	s.session.SetReadDeadline(until)
	for {
		err := s.session.ReadPacket(&s.first)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, os.ErrDeadlineExceeded):
			return errNoMedia
		case err != nil:
			return err
		case !s.first.RTCP:
			s.waits = true
			return nil
		}
		if t := s.trackOf(&s.first); t != nil {
			t.receiver.PushRTCP(s.first.Arrival, s.first.Data) // what is bad in it can wait for the next one
		}
	}
}

// read returns the next packet.
func (s *Stream) read(p *rtsp.Packet) error {
	if s.waits {
		*p, s.waits = s.first, false
		return nil
	}
	return s.session.ReadPacket(p)
}

// trackOf returns the track that a packet belongs to, or nil.
func (s *Stream) trackOf(p *rtsp.Packet) *track {
	if p.Stream < 0 || p.Stream >= len(s.tracks) {
		return nil
	}
	return s.tracks[p.Stream]
}
