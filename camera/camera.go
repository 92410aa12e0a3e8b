// Package camera turns one RTSP session into a source of media units: it joins the control side (rtsp), the media side
// (rtpsession and the depacketizers) and the clock estimation.
package camera

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/rtpsession"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/sdp"
)

var (
	// ErrNothingToRecord says that the camera offers no track that can be recorded.
	ErrNothingToRecord = errors.New("nothing in the stream that can be recorded")
	// ErrSilent says that the connection stands but no media came for Options.Silence (a frozen encoder, or Doorbird
	// cameras after a BYE).
	ErrSilent = errors.New("the camera stopped sending")
	// ErrEnded says that the camera ended all its tracks with RTCP BYE (RFC 3550 §6.6): a stream that is over, not broken.
	ErrEnded = errors.New("the camera ended the stream")
)

// Options say how to use a camera. The zero value is ready for use.
type Options struct {
	Dialer  rtsp.Dialer   // connection, credentials, trace
	Silence time.Duration // without any media for so long, Units ends with ErrSilent; 0 means 10 s
	CNAME   string        // our name in receiver reports (RFC 3550 §6.5.1); "" means a random one (RFC 7022 §4.2)
	Log     *slog.Logger  // warnings; nil discards them
}

const defaultSilence = 10 * time.Second

func (o *Options) setDefaults() {
	if o.Silence == 0 {
		o.Silence = defaultSilence
	}
	if o.CNAME == "" {
		o.CNAME = fmt.Sprintf("%016x%08x", rand.Uint64(), rand.Uint32())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// Stream is a camera that plays. One goroutine owns it; another stops it by ending the context given to Units.
type Stream struct {
	session  *rtsp.Session
	options  Options
	tracks   []*track
	warnings limiter
	heard    time.Time // when media came last
	deadline time.Time // the read deadline that is set
	scratch  []byte
}

// track is one stream of the session on its way from packets to units.
type track struct {
	media.Track
	media    *sdp.Media
	format   sdp.Format
	receiver *rtpsession.Receiver
	codec    depacketizer
	tracker  *clock.Tracker
	reports  []clock.Report // since the unit before
	frames   int            // units that came out so far
	run      int
	ssrc     uint32
	packet   media.Packet // scratch
}

// Open connects to a camera, chooses what can be recorded and starts playing. The context bounds Open alone.
func Open(ctx context.Context, url string, o Options) (*Stream, error) {
	o.setDefaults()
	session, err := o.Dialer.Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	s := &Stream{session: session, options: o, warnings: newLimiter(o.Log)}
	if err := s.start(ctx); err != nil {
		session.Close()
		return nil, err
	}
	return s, nil
}

// start brings a fresh session to playing.
func (s *Stream) start(ctx context.Context) error {
	description, err := s.session.Describe(ctx)
	if err != nil {
		return err
	}
	if err := s.choose(description); err != nil {
		return err
	}
	for _, t := range s.tracks {
		if err := s.session.Setup(ctx, t.media, rtsp.TCP); err != nil {
			return err
		}
	}
	if _, err := s.session.Play(ctx); err != nil {
		return err
	}
	s.heard = time.Now()
	return nil
}

// choose picks the first video media that can be recorded. Further ones are other views or qualities of the same
// camera; they have their own URL.
func (s *Stream) choose(description *sdp.Session) error {
	var offered []string
	for i := range description.Media {
		m := &description.Media[i]
		for _, f := range m.Formats {
			offered = append(offered, strings.TrimSpace(m.Kind+" "+f.Encoding))
			if t := s.newTrack(m, f); t != nil && len(s.tracks) == 0 {
				s.tracks = append(s.tracks, t)
			}
		}
	}
	if len(s.tracks) == 0 {
		return fmt.Errorf("%w: H.264 video is needed, the camera offers %s", ErrNothingToRecord, list(offered))
	}
	return nil
}

func list(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

// Tracks returns what is recorded. A Config is nil while the camera has not told its parameters.
func (s *Stream) Tracks() []media.Track {
	tracks := make([]media.Track, len(s.tracks))
	for i, t := range s.tracks {
		tracks[i] = t.Track
	}
	return tracks
}

// Close says goodbye to the camera (RTCP BYE, RFC 3550 §6.6, and TEARDOWN) and closes the connection. It takes two seconds
// at most.
func (s *Stream) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for i, t := range s.tracks {
		s.session.WriteRTCP(i, t.receiver.AppendBye(s.scratch[:0], time.Now())) // if that fails, so does TEARDOWN
	}
	return errors.Join(s.session.Teardown(ctx), s.session.Close())
}
