package camsim

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/sdp"
)

// clip is a feed of the H.264 video of an MP4 file, over and over, as if it were captured now. Time stamps go on across
// the seam: a loop takes as long as the video lasts.
type clip struct {
	handle *os.File
	file   *mp4.File
	rate   int64 // ticks per second of the samples' times
	phase  time.Duration
	clocks *clocks

	samples []mp4.Sample // from the first key frame on, in decoding order
	period  int64        // duration of a loop in ticks
	origin  int64        // PTS of the earliest sample
	delay   int64        // in ticks; makes sure that no picture is sent before it is captured

	next   int   // index of the next sample
	base   int64 // ticks from the first loop to this one
	number int64 // of the next frame
	buf    []byte
	out    Frame
}

const (
	// maxClipSamples bounds the memory for the index of a clip: nine hours at 30 pictures per second.
	maxClipSamples = 1 << 20
	// maxClipHours keeps loops within what time.Duration counts; it is years.
	maxClipHours = 100_000
)

// openClip opens c.File.
func openClip(c *Camera, k *clocks) (*clip, error) {
	f, err := os.Open(c.File)
	if err != nil {
		return nil, fmt.Errorf("camsim: camera %s: %w", c.Name, err)
	}
	p := &clip{handle: f, phase: c.Phase, clocks: k}
	if err := p.index(); err != nil {
		f.Close()
		return nil, fmt.Errorf("camsim: camera %s: %s: %w", c.Name, c.File, err)
	}
	return p, nil
}

// index finds the samples and their times.
func (c *clip) index() error {
	info, err := c.handle.Stat()
	if err != nil {
		return err
	}
	if c.file, err = mp4.Open(c.handle, info.Size()); err != nil {
		return err
	}
	track := h264Track(c.file)
	if track == nil {
		return errors.New("no H.264 video in the file")
	}
	c.rate = int64(track.ClockRate)
	for s := range track.Samples() {
		if len(c.samples) == maxClipSamples {
			return fmt.Errorf("more than %d pictures", maxClipSamples)
		}
		if len(c.samples) > 0 || s.Key {
			c.samples = append(c.samples, s)
		}
	}
	if err := c.check(); err != nil {
		return err
	}
	c.setTimes()
	return nil
}

// check refuses what can't be served: files are read as they are, and theirs may be any numbers.
func (c *clip) check() error {
	if len(c.samples) == 0 {
		return errors.New("no key frame in the file")
	}
	first, last := c.samples[0], c.samples[len(c.samples)-1]
	if config, ok := first.Config.(*h264.Config); !ok || len(config.SPS) == 0 || len(config.SPS[0]) < 4 {
		return errors.New("no parameter sets for the first key frame")
	}
	for i, s := range c.samples[1:] {
		if s.DTS < c.samples[i].DTS {
			return fmt.Errorf("decoding time goes back from %d to %d ticks", c.samples[i].DTS, s.DTS)
		}
	}
	period := last.DTS + last.Duration - first.DTS
	if period > maxClipHours*3600*c.rate || int64(len(c.samples))*c.rate > maxFrameRate*period {
		return fmt.Errorf("%d pictures in %d ticks of 1/%d s", len(c.samples), period, c.rate)
	}
	return nil
}

func h264Track(f *mp4.File) *mp4.Track {
	for i := range f.Tracks {
		if _, ok := f.Tracks[i].Config.(*h264.Config); ok && f.Tracks[i].ClockRate > 0 {
			return &f.Tracks[i]
		}
	}
	return nil
}

// setTimes computes what follows from the samples' times. The decoding times pace the sending; with reordered pictures
// they run ahead of the presentation times, which say when the pictures were captured.
func (c *clip) setTimes() {
	first, last := c.samples[0], c.samples[len(c.samples)-1]
	c.period = last.DTS + last.Duration - first.DTS
	c.origin = first.PTS
	for _, s := range c.samples {
		c.origin = min(c.origin, s.PTS)
	}
	for _, s := range c.samples {
		c.delay = max(c.delay, (s.PTS-c.origin)-(s.DTS-first.DTS))
	}
}

// at returns the true time that is some ticks after the clip's start.
func (c *clip) at(ticks int64) time.Time {
	return c.clocks.start.Add(c.phase + time.Duration(mulDiv(ticks, int64(time.Second), c.rate)))
}

// sent returns when the next sample is sent, in ticks.
func (c *clip) sent() int64 { return c.base + c.samples[c.next].DTS - c.samples[0].DTS }

// captured returns the true capture time of sample i of a loop that begins at base.
func (c *clip) captured(base int64, i int) time.Time { return c.at(base + c.samples[i].PTS - c.origin) }

func (c *clip) due() time.Time { return c.at(c.sent() + c.delay) }

func (c *clip) skip() {
	c.number++
	c.base, c.next = c.after(c.base, c.next)
}

// after returns the loop and the index of the sample after i.
func (c *clip) after(base int64, i int) (int64, int) {
	if i+1 < len(c.samples) {
		return base, i + 1
	}
	return base + c.period, 0
}

func (c *clip) frame() (*Frame, error) {
	defer c.skip()
	sample := c.samples[c.next]
	at := c.captured(c.base, c.next)
	f := &c.out
	f.Number, f.Captured, f.RTP, f.Key = c.number, at.UTC(), c.clocks.rtp(at), sample.Key
	var err error
	if c.buf, err = c.file.Read(sample, c.buf); err == nil {
		f.Data, err = sample.Split(f.Data[:0], c.buf)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.handle.Name(), err)
	}
	config, ok := sample.Config.(*h264.Config)
	if ok && f.Key && !slices.ContainsFunc(f.Data, isOf(h264.SPS)) {
		// A delimiter would have to stand before them.
		f.Data = slices.Concat(config.SPS, config.PPS, slices.DeleteFunc(f.Data, isOf(h264.AUD)))
	}
	return f, nil
}

func isOf(t h264.Type) func(nal []byte) bool {
	return func(nal []byte) bool { return h264.NALType(nal) == t }
}

// join plays the clip from its start when nobody watched it: key frames of files may be far apart.
func (c *clip) join(alone bool) uint32 {
	if alone {
		c.base, c.next = c.sent(), 0
	}
	base, i := c.base, c.next
	for !c.samples[i].Key {
		base, i = c.after(base, i)
	}
	return c.clocks.rtp(c.captured(base, i))
}

func (c *clip) describe() sdp.Media {
	config := c.samples[0].Config.(*h264.Config)
	return describeH264(config.SPS, config.PPS, float64(len(c.samples))*float64(c.rate)/float64(c.period))
}

func (c *clip) Close() error { return c.handle.Close() }
