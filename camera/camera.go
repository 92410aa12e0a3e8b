// Package camera turns one RTSP session into a source of media units: it joins the control side (rtsp), the media side
// (rtpsession and the depacketizers) and the clock estimation.
package camera

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/sdp"
)

var (
	// ErrNothingToRecord says that the camera offers no track that can be recorded.
	ErrNothingToRecord = errors.New("nothing in the stream that can be recorded")
	// ErrSilent says that the connection stands but no media came for Options.Silence (a frozen encoder, or Doorbird
	// cameras after a BYE), or that a track beside the first one fell silent for three times as long.
	ErrSilent = errors.New("the camera stopped sending")
	// ErrNoPicture says that packets of media came, but no whole picture for Options.Silence: one without end, for
	// example.
	ErrNoPicture = errors.New("the camera sends no whole picture")
	// ErrFlood says that more than Options.MaxRate units of a track came in a second: the memory that each takes in a
	// recording must not be filled at the speed of the network.
	ErrFlood = errors.New("the camera sends too many pictures")
	// ErrEnded says that the camera ended its first track with RTCP BYE (RFC 3550 §6.6): a stream that is over, not broken.
	ErrEnded = errors.New("the camera ended the stream")
)

// Options say how to use a camera. The zero value is ready for use.
type Options struct {
	Dialer    rtsp.Dialer   // connection, credentials, trace
	Transport Transport     // how media may come
	NoVideo   bool          // leave the video out
	NoAudio   bool          // leave the audio out
	Silence   time.Duration // without any media for so long, Units ends with ErrSilent; 0 means 10 s
	MaxRate   int           // units of a track in a second beyond which Units ends with ErrFlood; 0 means 2000
	CNAME     string        // our name in receiver reports (RFC 3550 §6.5.1); "" means a random one (RFC 7022 §4.2)
	Log       *slog.Logger  // warnings; nil discards them
	Trust     clock.Trust   // whose clock is right where the camera's and this host's disagree
	Latency   time.Duration // known constant delay of the pictures, taken off their capture times
	Memory    *Memory       // what earlier sessions with the camera taught; nil: nothing
}

const (
	defaultSilence = 10 * time.Second
	// defaultMaxRate: ten seconds of a fast camera, which come at once after a pause of the network.
	defaultMaxRate = 2000
)

func (o *Options) setDefaults() {
	if o.Silence == 0 {
		o.Silence = defaultSilence
	}
	if o.MaxRate == 0 {
		o.MaxRate = defaultMaxRate
	}
	if o.CNAME == "" {
		o.CNAME = fmt.Sprintf("%016x%08x", rand.Uint64(), rand.Uint32())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Memory == nil {
		o.Memory = new(Memory)
	}
}

// Stream is a camera that plays. One goroutine owns it; another stops it by ending the context given to Units.
type Stream struct {
	session  *rtsp.Session
	options  Options
	tracks   []*track // the stream lives as long as the first one
	origin   []uint32 // RTP time stamps of the tracks at one instant, or nil
	firstRun int      // number of the session's first run
	warnings limiter
	first    rtsp.Packet // that came already; borrowed from the session
	waits    bool        // first is still to be looked at
	arrival  time.Time   // of the packet in hand
	fallback bool        // UDP was tried before
	deadline time.Time   // the read deadline that is set
	dropped  uint64      // of session.Dropped, as told
	scratch  []byte
}

// open opens a session over one transport. With proof it must show that media comes.
func open(ctx context.Context, url string, o Options, transport rtsp.Transport, proof bool) (*Stream, error) {
	session, err := o.Dialer.Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	s := &Stream{session: session, options: o, firstRun: o.Memory.runs, warnings: newLimiter(o.Log)}
	err = s.start(ctx, transport)
	if err == nil && proof && session.Transport(0) == rtsp.UDP {
		err = s.await(ctx)
	}
	if err != nil {
		s.Close() // with TEARDOWN: a camera that has room for one session would refuse the next one for a minute
		return nil, err
	}
	return s, nil
}

// start brings a fresh session to playing.
func (s *Stream) start(ctx context.Context, transport rtsp.Transport) error {
	description, err := s.session.Describe(ctx)
	if err != nil {
		return err
	}
	if err := s.choose(description); err != nil {
		return err
	}
	if err := s.setUp(ctx, transport); err != nil {
		return err
	}
	info, err := s.session.Play(ctx)
	if err != nil {
		return err
	}
	s.takeOrigin(info)
	for i, t := range s.tracks {
		t.told.began(info, i)
	}
	s.warnLocally()
	now := time.Now()
	for _, t := range s.tracks {
		t.heard = now
		t.receiver = s.newReceiver(t, now)
		if t.Kind == media.Video {
			t.latency = s.options.Latency
		}
		t.times = s.options.Memory.times(&t.Track, s.options.Trust)
	}
	return nil
}

// warnLocally tells once what this host should be better at, such as its buffers. What the camera does oddly is no news.
func (s *Stream) warnLocally() {
	for _, w := range s.session.Warnings() {
		if w.Local && !s.options.Memory.warned {
			s.options.Log.Warn(w.Text)
			s.options.Memory.warned = true
		}
	}
}

// setUp sets the tracks up. The camera may refuse those beside the first.
func (s *Stream) setUp(ctx context.Context, transport rtsp.Transport) error {
	chosen := s.tracks
	s.tracks = nil
	for _, t := range chosen {
		err := s.session.Setup(ctx, t.media, transport)
		if len(s.tracks) > 0 && refused(err) {
			s.options.Log.Warn("a track is not recorded", "media", t.media.Kind, "error", err)
			continue
		}
		if err != nil {
			return err
		}
		t.ID = len(s.tracks)
		s.tracks = append(s.tracks, t)
	}
	return nil
}

// refused says whether an error of SETUP concerns that track alone.
func refused(err error) bool {
	e, ok := errors.AsType[*rtsp.Error](err)
	return ok && (e.Status == 400 || e.Status == 404 || e.Status == 415 || e.Status == 500 || e.Status == 501)
}

// takeOrigin notes the time stamps of RTP-Info, unless one is missing: 0 stands there for want of better.
func (s *Stream) takeOrigin(info *rtsp.PlayInfo) {
	for _, stream := range info.Streams {
		if stream.RTPTime == 0 {
			s.origin = nil
			return
		}
		s.origin = append(s.origin, stream.RTPTime)
	}
}

// Origin returns the RTP time stamps that the tracks have at one and the same instant, the start of the stream, as the
// camera announced them (RFC 2326 §12.33); nil if it did not. Some announce what is not true.
func (s *Stream) Origin() []uint32 { return s.origin }

// choose picks the first video and the first audio that can be recorded; the video comes first. Further ones are other
// views or qualities of the same camera; they have their own URL.
func (s *Stream) choose(description *sdp.Session) error {
	wanted := map[string]bool{"video": !s.options.NoVideo, "audio": !s.options.NoAudio}
	var offered []string
	video := false
	for i := range description.Media {
		m := &description.Media[i]
		video = video || m.Kind == "video" && wanted["video"]
		for _, f := range m.Formats {
			if wanted[m.Kind] && !description.Backchannel(i) {
				if t := s.newTrack(m, f); t != nil {
					t.told = newTold(description, i, t.format.ClockRate)
					s.tracks = append(s.tracks, t)
					wanted[m.Kind] = false
					continue
				}
			}
			offered = append(offered, m.Kind+" "+f.Encoding)
		}
	}
	slices.SortStableFunc(s.tracks, func(a, b *track) int { return cmp.Compare(a.Kind, b.Kind) })
	// Sound alone is no recording of a camera whose pictures can't be recorded.
	if len(s.tracks) == 0 || video && wanted["video"] {
		return fmt.Errorf("%w: H.264 video is needed, the camera offers %s", ErrNothingToRecord, list(offered))
	}
	if len(offered) > 0 {
		s.options.Log.Info("not recorded", "media", list(offered))
	}
	return nil
}

// maxListed is how many different formats an error names.
const maxListed = 8

// list joins what a camera offers, each word once. They are the camera's words: quoted where that is needed, and cut.
func list(words []string) string {
	slices.Sort(words)
	words = slices.Compact(words)
	if len(words) == 0 {
		return "nothing"
	}
	for i, word := range words[:min(len(words), maxListed)] {
		words[i] = strings.Trim(fmt.Sprintf("%.40q", word), `"`)
	}
	if more := len(words) - maxListed; more > 0 {
		words = append(words[:maxListed], fmt.Sprintf("and %d more", more))
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

const closeTimeout = 2 * time.Second

// Close says goodbye to the camera (RTCP BYE, RFC 3550 §6.6, and TEARDOWN) and closes the connection. It takes two seconds
// at most.
func (s *Stream) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	defer time.AfterFunc(closeTimeout, func() { s.session.Close() }).Stop() // the camera may not read what is written
	for i, t := range s.tracks {
		if t.receiver == nil {
			continue // not playing, so there is nobody to leave
		}
		s.session.WriteRTCP(i, t.receiver.AppendBye(s.scratch[:0], time.Now())) // if that fails, so does TEARDOWN
	}
	return errors.Join(s.session.Teardown(ctx), s.session.Close())
}
