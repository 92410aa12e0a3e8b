package camsim

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Camera describes one simulated camera. Where a field's comment names a default, zero means that.
type Camera struct {
	Name           string        // shown in the picture; default: the last part of its URL, "cam0"
	Width, Height  int           // pixels, even, at least 928×480; default 1280×720
	Rate           Rate          // pictures per second; default 25
	GOP            int           // pictures from one key frame to the next; default: those of 2 s
	Bitrate        int           // bits per second up to which frames are padded with filler data; default: no padding
	Phase          time.Duration // from the start to the first capture; default: one of the camera's own
	Clock          Clock
	Audio          Audio
	ReportInterval time.Duration // between sender reports; default 5 s
	ReportJitter   time.Duration // most that a random error adds to a report's NTP time stamp, or takes off
	NoReports      bool          // no sender reports
	TimeSource     TimeSource    // how it tells the capture times beside its reports
	File           string        // an MP4 file that is served in a loop instead of the drawn pictures
	Faults         []Fault
}

// Clock is how the clocks of a camera differ from the truth.
type Clock struct {
	Offset time.Duration // of the wall clock, from the start on
	PPM    float64       // drift of the wall clock in millionths
	Steps  []Step        // of the wall clock
	RTPPPM float64       // drift of the RTP clock, which runs free of the wall clock, in millionths

	AudioPPM float64 // drift of the clock that samples the sound, and counts its RTP time stamps, in millionths
}

// Step is a sudden change of a camera's wall clock.
type Step struct {
	By time.Duration // what is added to the clock
	At time.Duration // after the start of the simulation
}

const (
	defaultWidth, defaultHeight = 1280, 720
	defaultGOP                  = 2 * time.Second
	defaultReportInterval       = 5 * time.Second

	// maxPPM keeps clocks running forwards, and products of their rates and nanoseconds within 128 bits.
	maxPPM = 100_000
	// maxFrame is the most bytes to which a frame is padded: beyond all cameras, and below what receivers take.
	maxFrame = 4 << 20
	// maxName fits into the picture, and with room to spare into the 255 bytes of a CNAME (RFC 3550 §6.5).
	maxName = 64
	// minReportInterval keeps reports from outweighing the media; maxReportJitter is beyond all use.
	minReportInterval = 10 * time.Millisecond
	maxReportJitter   = time.Hour
)

// withDefaults returns c, complete, as the camera with the given index.
func (c Camera) withDefaults(index int) (Camera, error) {
	c.Name = cmp.Or(c.Name, pathName(index))
	if c.Width == 0 && c.Height == 0 {
		c.Width, c.Height = defaultWidth, defaultHeight
	}
	c.Rate = cmp.Or(c.Rate, Rate{25, 1})
	c.GOP = cmp.Or(c.GOP, max(1, int(defaultGOP.Seconds()*c.Rate.Float())))
	c.ReportInterval = cmp.Or(c.ReportInterval, defaultReportInterval)
	c.Audio.Channels = cmp.Or(c.Audio.Channels, 1)
	if err := c.check(); err != nil {
		return c, fmt.Errorf("camsim: camera %s: %w", c.Name, err)
	}
	c.Phase = cmp.Or(c.Phase, ownPhase(index, c.Rate))
	return c, nil
}

func (c *Camera) check() error {
	switch {
	case !c.Rate.valid():
		return fmt.Errorf("frame rate %v", c.Rate)
	case c.Width%2 != 0 || c.Height%2 != 0:
		return fmt.Errorf("size %d×%d isn't even", c.Width, c.Height)
	case c.GOP < 0:
		return fmt.Errorf("%d pictures between key frames", c.GOP)
	case len(c.Name) > maxName || strings.ContainsFunc(c.Name, unicode.IsControl):
		return fmt.Errorf("name %q has more than %d bytes or strange ones", c.Name, maxName)
	case c.Bitrate < 0 || float64(c.Bitrate)/8/c.Rate.Float() > maxFrame:
		return fmt.Errorf("bit rate %d at %v frames per second: more than %d bytes per frame", c.Bitrate, c.Rate, maxFrame)
	case c.Phase < 0:
		return fmt.Errorf("negative phase %v", c.Phase)
	case c.ReportInterval < minReportInterval:
		return fmt.Errorf("report interval %v; at least %v", c.ReportInterval, minReportInterval)
	case c.ReportJitter < 0 || c.ReportJitter > maxReportJitter:
		return fmt.Errorf("report jitter %v; 0 to %v", c.ReportJitter, maxReportJitter)
	}
	for i := range c.Faults {
		if err := c.Faults[i].check(); err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
		if c.Faults[i].Kind == Resize && c.File != "" {
			return errors.New("a file has pictures of one size")
		}
	}
	return errors.Join(c.Clock.check(), c.Audio.check())
}

func (c *Clock) check() error {
	for _, ppm := range []float64{c.PPM, c.RTPPPM, c.AudioPPM} {
		if !(ppm >= -maxPPM && ppm <= maxPPM) {
			return fmt.Errorf("clock drift of %v ppm; at most %d", ppm, maxPPM)
		}
	}
	return nil
}

// ownPhase spreads the cameras' captures over the frame interval by the golden ratio: no two are the same, and no
// number of cameras leaves a large gap.
func ownPhase(index int, rate Rate) time.Duration {
	const golden = 618033989 // ·1e-9
	part := (int64(index) + 1) * golden % 1e9
	return time.Duration(mulDiv(part, int64(rate.at(1)), 1e9))
}

// pathName returns the last part of the URL of the camera with that index.
func pathName(index int) string { return fmt.Sprintf("cam%d", index) }
