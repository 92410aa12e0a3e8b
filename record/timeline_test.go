package record

import (
	"cmp"
	"slices"
	"testing"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/clocksim"
	"github.com/timeslate/timeslate/media"
)

// TestTimesFollowTheLine has cameras of all sorts: in the order of presentation times that a file gets, capture times never
// run backwards, live or fitted.
func TestTimesFollowTheLine(t *testing.T) {
	for seed := range uint64(300) {
		c := clocksim.Random(seed)
		if c.Host.Blind || c.Host.Unset {
			continue // a recorder knows the arrivals, and the first report tells how wrong the times before were
		}
		r := c.Record(seed)
		line := timeline{rate: clocksim.ClockRate}
		places, order := make([]int64, len(r.Frames)), make([]int, len(r.Frames))
		for i, f := range r.Frames {
			places[i], order[i] = line.place(&media.Unit{PTS: f.RTP, Run: f.Run, Arrival: f.Arrival}), i
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(places[i], places[j]) })
		for what, list := range map[string][]clock.Estimate{
			"live": clock.Live(r.Options, r.Reports, r.Frames), "fit": clock.Fit(r.Options, r.Reports, r.Frames),
		} {
			for k := 1; k < len(order); k++ {
				if a, b := list[order[k-1]], list[order[k]]; b.State != clock.None && b.Time.Before(a.Time) {
					t.Fatalf("seed %d, %s: frame %d at %v, shown after frame %d at %v", seed, what, order[k], b.Time, order[k-1], a.Time)
				}
			}
		}
	}
}
