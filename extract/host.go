package extract

import (
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// hostSetFrom is the step from which on the host's clock counts as set: an arrival is known no better.
const hostSetFrom = 5 * time.Millisecond

// settleHost takes from what the recorder knew of its host's clock whether that can be trusted, and moves the arrivals.
func (r *Recording) settleHost(clocks []stamp.HostClock) {
	set, trust := judgeHost(clocks)
	r.Trust = trust
	r.setHost(set)
}

// settleHosts does so for files of which several may be of one run of a recorder.
func settleHosts(parts []Part) {
	for i := 0; i < len(parts); {
		clocks, next := parts[i].HostClocks, i+1
		for ; next < len(parts) && !parts[i].Started.IsZero() && parts[next].Started.Equal(parts[i].Started); next++ {
			clocks = append(slices.Clip(clocks), parts[next].HostClocks...)
		}
		for ; i < next; i++ {
			parts[i].settleHost(clocks)
		}
	}
}

// judgeHost returns how far a host's clock was set during a run of a recorder, and whether it is to be trusted, which
// it is not when it never followed a reference. Arrivals run on evenly when the clock is set, so what it shows when it
// follows its reference holds for them all.
func judgeHost(clocks []stamp.HostClock) (set time.Duration, trust clock.Trust) {
	synchronised := false
	for _, h := range clocks {
		switch h.State {
		case stamp.HostSynchronised:
			synchronised, set = true, h.Wall.Sub(h.At)
		case stamp.HostUnsynchronised:
			trust = clock.TrustNeither
		}
	}
	if set.Abs() < hostSetFrom {
		set = 0
	}
	if synchronised {
		trust = clock.TrustHost
	}
	return set, trust
}

// Settle says whose clock is right, and how far the recorder's was behind it all the time. Rows and Examine begin anew with
// that.
func (r *Recording) Settle(trust clock.Trust, behind time.Duration) {
	r.Trust, r.study = trust, nil
	set := r.HostSet
	r.setHost(set + behind)
	r.HostSet = set
}

// setHost moves what stands on the host's clock so that all in all it is set by that much.
func (r *Recording) setHost(set time.Duration) {
	by := set - r.HostSet
	r.HostSet = set
	if by == 0 {
		return
	}
	r.Frames.moveArrivals(by)
	for i := range r.Reports {
		moveTime(&r.Reports[i].Arrival, by)
	}
	for i := range r.all {
		moveTime(&r.all[i].Arrival, by)
	}
	for i := range r.Gaps {
		moveTime(&r.Gaps[i].From, by)
		moveTime(&r.Gaps[i].To, by)
	}
}

// moveTime moves a time that is known.
func moveTime(t *time.Time, by time.Duration) {
	if !t.IsZero() {
		*t = t.Add(by)
	}
}
