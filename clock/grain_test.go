package clock_test

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// evenly puts reports into a scene that leave every so many seconds, exactly. The camera's clock is read in steps of grain
// seconds.
func (r *recorded) evenly(first, every, grain float64) {
	r.reports = nil
	for k := range int(float64(len(r.frames)) / 25 / every) {
		at := first + float64(k)*every
		wall := moment(at)
		if grain > 0 {
			wall = wall.Truncate(time.Duration(grain * 1e9))
		}
		r.reports = append(r.reports, clock.Report{
			NTP: ntp.FromTime(wall), RTP: int64(at * rate), Before: int(at*25) + 1, Arrival: moment(at + 0.0003),
		})
	}
}

// Reports of an exact clock that fall on round times are no sign of a coarse one. Nor is there one that they are not: the bound
// has room for it.
func TestRoundReports(t *testing.T) {
	for _, test := range []struct {
		name                string
		first, every, grain float64
		worst, bound        time.Duration
	}{
		{"full seconds", 5, 5, 0, ms / 10, 25 * ms},
		{"with frames of 40 ms", 5, 5.04, 0, ms / 10, 25 * ms},
		{"three of them", 20, 30, 0, ms / 10, 65 * ms}, // three may be stamped when they left, too
		{"coarse", 5.0072, 5, 0.01, 8 * ms, 30 * ms},
	} {
		r := scene{frames: 2500, latency: 0.02, jitter: 0.0002}.record()
		r.evenly(test.first, test.every, test.grain)
		s, worst, covered := r.examine(t, clock.Options{})
		if e := s.Estimates[1000]; worst > test.worst || s.Grain != 0 || covered != 1 || e.Error > test.bound {
			t.Errorf("%s: off by up to %v, %.3f within their bounds, of %v; grain %v, %v", test.name, worst, covered, e.Error, s.Grain, e.Status())
		}
	}
}

// A clock that is read in whole seconds leaves most open where no arrivals are known, and the bound says so.
func TestCoarseUnheard(t *testing.T) {
	for _, s := range []scene{{}, {sent: true}, {named: true}} {
		for _, frames := range []int{500, 1500, 5000} {
			s.frames, s.grain, s.mute = frames, 1, true
			r := s.record()
			if s, worst, covered := r.examine(t, clock.Options{}); s.Class != clock.Exact || covered != 1 || s.Offset != 0 {
				t.Errorf("%d frames: %v, off by up to %v, %.3f within their bounds; clocks %v apart", frames, s.Class, worst, covered, s.Offset)
			}
		}
	}
}
