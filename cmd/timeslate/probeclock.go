package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
)

// probeClock says what is known of a camera's clock. Pointers are nil where too few reports came.
type probeClock struct {
	Interval *int64   `json:"sr_interval_ns"` // mean time between sender reports
	Noise    *int64   `json:"noise_ns"`       // how far reports disagree with each other
	Offset   *int64   `json:"offset_ns"`      // the camera's clock minus this host's, the network's delay in it
	Drift    *float64 `json:"drift_ppm"`      // of the camera's clock against its RTP clock
	Error    *int64   `json:"error_ns"`       // what the newest capture time is good to
	Advice   string   `json:"advice"`
}

// clockWatcher collects the sender reports of one run.
type clockWatcher struct {
	run      int
	arrivals []time.Time
	offsets  []time.Duration // camera's clock minus arrival
	lines    []linePoint
}

// linePoint is a report as a point on the line from the camera's RTP clock to its wall clock.
type linePoint struct{ media, lead float64 } // seconds of media time; the wall clock minus it, in seconds

// maxWatched is how many reports are looked at: those of five hours, or of less if the camera floods us.
const maxWatched = 4096

func (c *clockWatcher) report(r clock.Report, rate uint32) {
	if r.Run != c.run {
		*c = clockWatcher{run: r.Run}
	}
	if r.NTP == 0 || len(c.arrivals) == maxWatched {
		return
	}
	wall := r.NTP.Near(r.Arrival)
	c.arrivals = append(c.arrivals, r.Arrival)
	c.offsets = append(c.offsets, wall.Sub(r.Arrival))
	media := float64(r.RTP) / float64(rate)
	c.lines = append(c.lines, linePoint{media, wall.Sub(c.arrivals[0]).Seconds() - media})
}

// driftFrom is the number of reports from which a drift is told: with fewer their noise would pass for it.
const driftFrom = 5

func (c *clockWatcher) summary(newest clock.Estimate) probeClock {
	var s probeClock
	if newest.Source == clock.SenderReport {
		s.Error = new(newest.Error.Nanoseconds())
	}
	if n := len(c.offsets); n > 0 {
		s.Offset = new(median(c.offsets).Nanoseconds())
	}
	if n := len(c.arrivals); n > 1 {
		s.Interval = new((c.arrivals[n-1].Sub(c.arrivals[0]) / time.Duration(n-1)).Nanoseconds())
	}
	if len(c.lines) >= driftFrom {
		slope, scatter := fit(c.lines)
		s.Drift = new(math.Round(slope*1e8) / 100)
		s.Noise = new(int64(scatter * 1e9))
	}
	s.Advice = s.advise()
	return s
}

func median(d []time.Duration) time.Duration { return slices.Sorted(slices.Values(d))[len(d)/2] }

// fit lays a least-squares line through the points and returns its slope and the standard deviation around it.
func fit(points []linePoint) (slope, scatter float64) {
	n := float64(len(points))
	var mx, my float64
	for _, p := range points {
		mx, my = mx+p.media/n, my+p.lead/n
	}
	var xx, xy float64
	for _, p := range points {
		xx += (p.media - mx) * (p.media - mx)
		xy += (p.media - mx) * (p.lead - my)
	}
	if xx > 0 {
		slope = xy / xx
	}
	var sum float64
	for _, p := range points {
		d := p.lead - my - slope*(p.media-mx)
		sum += d * d
	}
	return slope, math.Sqrt(sum / (n - 2))
}

// A report's clock minus its arrival is negative by the time from capture to arrival, which is up to most of half a second
// for slow encoders. Outside these bounds camera and host disagree about the time.
const (
	mostAhead  = 30 * time.Millisecond
	mostBehind = 450 * time.Millisecond
)

// advise says what a user can do about the clock.
func (s *probeClock) advise() string {
	switch {
	case s.Offset == nil:
		return "no usable sender report came: capture times can only be taken from the arrivals; " +
			"watch longer (--duration 30s), and look for an RTCP setting in the camera"
	case neverSet(*s.Offset):
		return "the camera's clock was never set: give it an NTP server"
	case time.Duration(*s.Offset) > mostAhead || time.Duration(*s.Offset) < -mostBehind:
		return "camera and this host disagree: set the NTP server of the camera, and check this host's clock"
	}
	return "camera and this host agree"
}

// neverSet tells an offset that no wrong setting explains: years.
func neverSet(offset int64) bool { return time.Duration(offset).Abs() > 365*24*time.Hour }

// write shows the clock to people.
func (s probeClock) write(w io.Writer) {
	show := func(label string, ns *int64, text string) {
		if ns != nil {
			fmt.Fprintf(w, "%-10s %s\n", label, fmt.Sprintf(text, time.Duration(*ns).Round(10*time.Microsecond)))
		}
	}
	show("reports", s.Interval, "every %v")
	if s.Offset != nil && neverSet(*s.Offset) {
		s.Offset = nil // a number of centuries helps nobody
	}
	show("offset", s.Offset, "%v (the camera's clock minus this host's, the way through the network included)")
	show("noise", s.Noise, "%v between sender reports")
	if s.Drift != nil {
		fmt.Fprintf(w, "drift      %+.1f ppm of the camera's clock against its RTP time stamps\n", *s.Drift)
	}
	show("times", s.Error, "good to ±%v against the camera's clock")
	fmt.Fprintf(w, "advice     %s\n", s.Advice)
}
