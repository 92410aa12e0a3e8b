package camsim

import (
	"math"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// videoClockRate is the rate of the RTP clock of video in Hz (RFC 6184 §8.2.1).
const videoClockRate = 90000

// clocks is the time of one track: what the camera's wall clock and the track's RTP clock say at a true time. It is
// never changed.
type clocks struct {
	start    time.Time // true time at which the camera was switched on
	offset   time.Duration
	ppb      int64 // drift of the wall clock in 1e-9
	steps    []Step
	rtpStart uint32 // RTP time stamp at the start
	rate     int64  // RTP ticks per second, as the session description has it
	rtpRate  int64  // RTP ticks per 1e9 s, as they are
	atEpoch  uint32 // time stamp at the start of NTP's era, of clocks that follow the wall clock
}

// newClocks returns the clocks of a track whose RTP clock, of the given rate, drifts by ppm.
func newClocks(c *Clock, start time.Time, rtpStart uint32, rate int, ppm float64) *clocks {
	ppb := func(ppm float64) int64 { return int64(math.Round(ppm * 1000)) }
	return &clocks{
		start:    start,
		offset:   c.Offset,
		ppb:      ppb(c.PPM),
		steps:    c.Steps,
		rtpStart: rtpStart,
		rate:     int64(rate),
		rtpRate:  int64(rate) * (1e9 + ppb(ppm)),
	}
}

// follow lets the RTP clock of a camera that is just switched on count with the wall clock, but for its steps (RFC 7273
// §5.2), from the start of NTP's era on, when its time stamp was the one that it had by now.
func (c *clocks) follow() *clocks {
	c.atEpoch = c.rtpStart
	shown := uint64(ntp.FromTime(c.wall(c.start)))
	seconds, fraction := shown>>32, shown&(1<<32-1)
	c.rtpStart += uint32(seconds*uint64(c.rate) + fraction*uint64(c.rate)>>32)
	c.rtpRate = c.rate * (1e9 + c.ppb)
	return c
}

// stampTime returns the true time of an RTP time stamp, the one that is nearest to a true time.
func (c *clocks) stampTime(rtp uint32, near time.Time) time.Time {
	n := c.ticks(near)
	return c.tickTime(n + int64(int32(rtp-c.rtpStart-uint32(n))))
}

// wall returns what the camera's wall clock shows at a true time t.
func (c *clocks) wall(t time.Time) time.Time {
	elapsed := t.Sub(c.start)
	shown := t.Add(c.offset + drift(elapsed, c.ppb))
	for _, s := range c.steps {
		if elapsed >= s.At {
			shown = shown.Add(s.By)
		}
	}
	return shown
}

// drift returns elapsed · ppb · 1e-9, rounded towards zero.
func drift(elapsed time.Duration, ppb int64) time.Duration {
	if ppb < 0 {
		return -drift(elapsed, -ppb)
	}
	return time.Duration(mulDiv(max(0, int64(elapsed)), ppb, 1e9))
}

// ticks returns how often the RTP clock has ticked from the start to a true time t.
func (c *clocks) ticks(t time.Time) int64 {
	return mulDiv(max(0, int64(t.Sub(c.start))), c.rtpRate, 1e18)
}

// tickTime returns the true time of tick n, the first nanosecond at which ticks returns n.
func (c *clocks) tickTime(n int64) time.Time {
	elapsed := mulDiv(n, 1e18, c.rtpRate)
	t := c.start.Add(time.Duration(elapsed))
	if c.ticks(t) < n {
		t = t.Add(1)
	}
	return t
}

// rtp returns the RTP time stamp of a true time t.
func (c *clocks) rtp(t time.Time) uint32 { return c.rtpStart + uint32(c.ticks(t)) }

// report returns the two time stamps of a sender report at a true time t (RFC 3550 §6.4.1). They are of one and the
// same instant, the last tick of the RTP clock, so that there is no error by rounding; noise is added to the wall
// clock.
func (c *clocks) report(t time.Time, noise time.Duration) (ntp.Time, uint32) {
	n := c.ticks(t)
	return ntp.FromTime(c.wall(c.tickTime(n)).Add(noise)), c.rtpStart + uint32(n)
}
