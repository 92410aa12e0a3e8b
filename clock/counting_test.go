package clock_test

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/clocksim"
)

// simulated is a camera on a quiet network with everything right.
func simulated() clocksim.Camera {
	return clocksim.Camera{
		Seconds: 300,
		Capture: clocksim.Capture{FPS: 25},
		Reports: clocksim.Reports{Shortest: 4.5, Longest: 5.5, First: 1},
		Encoder: clocksim.Encoder{Latency: 0.02},
		Network: clocksim.Network{Delay: 0.001, Jitter: 0.0002},
	}
}

// The time stamps of a camera that counts frames stray off its captures, and pairs of times that are exact stray with them. They
// must not be taken for stamped when they left.
func TestExactReportsOfCounter(t *testing.T) {
	for name, reports := range map[string]clocksim.Reports{
		"of an instant":            {Policy: clocksim.Exact},
		"of an instant, held up":   {Policy: clocksim.Exact, Delay: 0.02},
		"of the frame before":      {Policy: clocksim.OfFrame},
		"of a frame, and held up ": {Policy: clocksim.OfFrame, Delay: 0.02},
	} {
		for seed := range uint64(3) {
			c := simulated()
			reports.Shortest, reports.Longest, reports.First = 4.5, 5.5, 1
			c.Media.Source, c.Capture.Jitter, c.Reports = clocksim.Counted, 0.01, reports
			r := c.Record(seed)
			s := clock.Examine(r.Options, r.Reports, r.Frames)
			score := clocksim.Judge(s.Estimates, r.Truth, clocksim.Judging{})
			if s.Class != clock.Exact || score.Cover < 0.95 || score.Bound > 20*time.Millisecond {
				t.Errorf("reports %s, seed %d: %v, off by up to %v, bound %v, %.3f within it", name, seed, s.Class, score.Max, score.Bound, score.Cover)
			}
		}
	}
}

// The two clocks are compared where reports arrive, whatever these mean.
func TestOffsetIsOfArrivals(t *testing.T) {
	for _, policy := range []clocksim.Policy{clocksim.Exact, clocksim.LastFrame} {
		c := simulated()
		c.Reports.Policy, c.Clock.Offset = policy, -1.2
		r := c.Record(1)
		s := clock.Examine(r.Options, r.Reports, r.Frames)
		if off := s.Offset + 1200*time.Millisecond; off < -5*time.Millisecond || off > 0 || !s.Apart() {
			t.Errorf("%v: clocks %v apart, want -1.2 s less the way; said to be apart: %v", s.Class, s.Offset, s.Apart())
		}
	}
}

// Frames that take longer than any network are no sign of a wrong clock, if the reports come at once.
func TestSlowEncoder(t *testing.T) {
	c := simulated()
	c.Encoder.Latency = 1.2
	r := c.Record(1)
	s := clock.Examine(r.Options, r.Reports, r.Frames)
	score := clocksim.Judge(s.Estimates, r.Truth, clocksim.Judging{})
	if s.Apart() || score.Cover != 1 || score.Bound > time.Millisecond {
		t.Errorf("clocks said to be apart: %v; off by up to %v, bound %v, %.3f within it", s.Apart(), score.Max, score.Bound, score.Cover)
	}
}

// A clock that drifts between its settings was set by what it had drifted.
func TestBreaksOfSawtooth(t *testing.T) {
	c := simulated()
	c.Clock = clocksim.SystemClock{PPM: 60}
	for k := range 3 {
		c.Clock.Steps = append(c.Clock.Steps, clocksim.Step{At: 50 + 100*float64(k), By: -0.006})
	}
	r := c.Record(1)
	breaks := clock.Examine(r.Options, r.Reports, r.Frames).Breaks
	if len(breaks) != 3 {
		t.Fatalf("%d breaks, want 3: %v", len(breaks), breaks)
	}
	for _, b := range breaks {
		if off := b.By + 6*time.Millisecond; off.Abs() > 100*time.Microsecond {
			t.Errorf("set by %v, want -6 ms", b.By)
		}
	}
}
