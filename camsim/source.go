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
// other, as fast as they are asked for. Tests get hours of video from it in seconds. One goroutine owns it, but Report
// may be called from any.
type Source struct {
	camera   Camera
	clocks   *clocks
	painter  *painter
	encoder  *encoder
	sps, pps []byte
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
	return newClocks(&c.Clock, start, base, videoClockRate, c.Clock.RTPPPM)
}

func audioClocks(c *Camera, index int, start time.Time, seed uint64) *clocks {
	base := rand.New(rand.NewPCG(seed, audioStream+uint64(index))).Uint32()
	return newClocks(&c.Clock, start, base, c.Audio.SampleRate, c.Clock.AudioPPM)
}

// newSource returns the source of a camera whose defaults are filled in.
func newSource(c *Camera, index int, k *clocks) (*Source, error) {
	sps, err := sequenceParameterSet(c.Width, c.Height, c.Rate)
	if err != nil {
		return nil, fmt.Errorf("camsim: camera %s: %w", c.Name, err)
	}
	p, err := newPainter(macroblocks(c.Width), macroblocks(c.Height), c.Name, index)
	if err != nil {
		return nil, fmt.Errorf("camsim: camera %s: %w", c.Name, err)
	}
	return &Source{
		camera:  *c,
		clocks:  k,
		painter: p,
		encoder: newEncoder(p.columns, p.rows),
		sps:     sps,
		pps:     pictureParameterSet(),
	}, nil
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
		f.Data = append(f.Data, s.sps, s.pps)
	}
	s.nal = s.encoder.append(s.nal[:0], s.painter.draw(at), f.Key)
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
