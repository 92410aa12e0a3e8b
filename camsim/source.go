package camsim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// Frame is one coded picture of a simulated camera.
type Frame struct {
	Number   int64     // counts the camera's captures, from 0
	Captured time.Time // the true capture time, UTC, to the nanosecond
	RTP      uint32    // its time stamp
	Key      bool      // decoding can start here
	Data     [][]byte  // NAL units without start codes

	track int
	line  line // its base is already in RTP
	bye   bool // no frame but the end of the streams
}

// clone returns a copy of f that shares no memory with it.
func (f *Frame) clone() *Frame {
	c := *f
	c.Data = make([][]byte, len(f.Data))
	for i, nal := range f.Data {
		c.Data[i] = slices.Clone(nal)
	}
	return &c
}

// Source is a simulated camera without a network and without a clock: the pictures that a Server sends, one after the
// other, as fast as they are asked for. Tests get hours of video from it in seconds. The camera's faults don't come: they
// are the Server's. One goroutine owns it, but Report may be called from any.
type Source struct {
	camera   Camera
	index    int
	clocks   *clocks
	look     *look // of the pictures
	nextLook *look // from the next key frame on, or nil
	pps      []byte
	next     int64 // number of the next capture
	sinceKey int   // pictures since the last key frame, itself included; 0: there is none yet
	frame    Frame
	nal      []byte
	filler   []byte
}

// NewSource returns camera number index, which draws its pictures, as it is switched on at the true time start. With
// the same seed it does the same again.
func NewSource(c Camera, index int, start time.Time, seed uint64) (*Source, error) {
	c, err := c.withDefaults(index)
	if err != nil {
		return nil, err
	}
	return newSource(&c, index, videoClocks(&c, index, start, seed))
}

// videoClocks and audioClocks return the clocks of camera number index. The RTP time stamps of its start are random (RFC
// 3550 §5.1).
func videoClocks(c *Camera, index int, start time.Time, seed uint64) *clocks {
	base := rand.New(rand.NewPCG(seed, uint64(index))).Uint32()
	return following(c, newClocks(&c.Clock, start, base, videoClockRate, c.Clock.RTPPPM))
}

func audioClocks(c *Camera, index int, start time.Time, seed uint64) *clocks {
	base := rand.New(rand.NewPCG(seed, audioStream+uint64(index))).Uint32()
	return following(c, newClocks(&c.Clock, start, base, c.Audio.SampleRate, c.Clock.AudioPPM))
}

// following lets the RTP clock follow the wall clock if the camera says so.
func following(c *Camera, k *clocks) *clocks {
	if c.TimeSource == RFC7273 {
		return k.follow()
	}
	return k
}

// look is all that pictures of one size need.
type look struct {
	width, height int
	painter       *painter
	encoder       *encoder
	sps           []byte
}

// newSource returns the source of a camera whose defaults are filled in.
func newSource(c *Camera, index int, k *clocks) (*Source, error) {
	s := &Source{camera: *c, index: index, clocks: k, pps: pictureParameterSet()}
	for _, f := range c.Faults { // just to see that they can be done
		if f = f.withDefaults(c); f.Kind == Resize {
			if _, err := s.newLook(f.Width, f.Height); err != nil {
				return nil, err
			}
		}
	}
	var err error
	s.look, err = s.newLook(c.Width, c.Height)
	return s, err
}

func (s *Source) newLook(width, height int) (*look, error) {
	sps, err := sequenceParameterSet(width, height, s.camera.Rate)
	if err != nil {
		return nil, fmt.Errorf("camsim: camera %s: %w", s.camera.Name, err)
	}
	p, err := newPainter(macroblocks(width), macroblocks(height), s.camera.Name, s.index)
	if err != nil {
		return nil, fmt.Errorf("camsim: camera %s: %w", s.camera.Name, err)
	}
	return &look{width, height, p, newEncoder(p.columns, p.rows), sps}, nil
}

// resize makes the pictures another size from the next key frame on. When they are that size already, they get the
// camera's own again.
func (s *Source) resize(width, height int) error {
	if now := s.keyLook(); now.width == width && now.height == height {
		width, height = s.camera.Width, s.camera.Height
	}
	next, err := s.newLook(width, height)
	if err == nil {
		s.nextLook = next
	}
	return err
}

// keyLook returns the look of the next key frame.
func (s *Source) keyLook() *look {
	if s.nextLook != nil {
		return s.nextLook
	}
	return s.look
}

// NextCapture returns the true time at which the next picture is captured.
func (s *Source) NextCapture() time.Time {
	return s.clocks.start.Add(s.camera.Phase + s.camera.Rate.at(s.next))
}

// Skip leaves the next picture out, as it is done when nobody watches.
func (s *Source) Skip() { s.next++ }

// Next captures the next picture and returns it, borrowed until the next call. It is a key frame when key is set, or
// when it is time for one.
func (s *Source) Next(key bool) *Frame {
	f := &s.frame
	at := s.NextCapture()
	f.Number, f.Captured, f.RTP = s.next, at.UTC(), s.clocks.rtp(at)
	f.Key = key || s.sinceKey == 0 || s.sinceKey >= s.camera.GOP
	f.Data = f.Data[:0]
	if f.Key {
		s.sinceKey = 0
		s.look, s.nextLook = s.keyLook(), nil
		f.Data = append(f.Data, s.look.sps, s.pps)
	}
	s.nal = s.look.encoder.append(s.nal[:0], s.look.painter.draw(at), f.Key)
	f.Data = append(f.Data, s.nal)
	s.pad()
	s.sinceKey++
	s.next++
	return f
}

// pad brings the frame in hand up to the bit rate by filler data, which decoders skip (§7.3.2.7).
func (s *Source) pad() {
	missing := int(float64(s.camera.Bitrate) / 8 / s.camera.Rate.Float())
	for _, nal := range s.frame.Data {
		missing -= len(nal)
	}
	if missing < minFiller {
		return
	}
	s.filler = append(s.filler[:0], nalFiller)
	for len(s.filler) < missing-1 {
		s.filler = append(s.filler, 0xff)
	}
	s.filler = append(s.filler, 0x80) // rbsp_trailing_bits
	s.frame.Data = append(s.frame.Data, s.filler)
}

// minFiller is the size of an empty filler data NAL unit.
const minFiller = 2

// Report returns the time stamps of a sender report at a true time: what the camera's wall clock shows, and the RTP
// time stamp of the same instant.
func (s *Source) Report(now time.Time) (ntp.Time, uint32) { return s.clocks.report(now, 0) }
