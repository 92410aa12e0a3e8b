package clock_test

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
)

// A new run begins while the network stalls, and what was sent meanwhile comes at once: the bound holds from its first frame
// on, though only the last ones of the burst show how late that was, and is as before soon after.
func TestNewRunBehindStall(t *testing.T) {
	for _, held := range []int{470, 499, 500} { // the first frame that has to wait
		for _, drained := range []int{505, 514, 540} {
			tr, old, renewed := clock.NewTracker(clock.Options{ClockRate: rate}), camera{}, camera{base: 1 << 30, run: 1}
			end := old.frame(drained).Arrival
			for k := range 700 {
				c := old
				if k >= 500 {
					c = renewed
				}
				came := func(at time.Time) time.Time {
					if k < held || k >= drained {
						return at
					}
					return end.Add(time.Duration(k-drained) * 100 * time.Microsecond)
				}
				if r := c.report(k); k%25 == 12 {
					r.Arrival = came(r.Arrival)
					tr.Report(r)
				}
				f := c.frame(k)
				f.Arrival = came(f.Arrival)
				e := tr.Frame(f)
				if off := e.Time.Sub(c.captured(k)).Abs(); k >= 500 && off > e.Error {
					t.Errorf("held from %d to %d, frame %d: off by %v, bound %v", held, drained, k, off, e.Error)
				}
				if k == drained+100 && e.Error > 10*time.Millisecond {
					t.Errorf("held from %d to %d, frame %d: bound %v", held, drained, k, e.Error)
				}
			}
		}
	}
}
