package clock

import (
	"math"
	"time"
)

// opinion is what the host's clock makes of the times that frames carry.
type opinion struct {
	against bool          // they can't be true
	zone    time.Duration // to be taken off: the camera sends its local time for UTC
	off     time.Duration // how far off they are if it is the host's clock that is right
}

// unheard is how far times are ahead of a host's clock of which nothing is known.
var unheard = math.Inf(-1)

// weigh judges times of a source as reports are judged. They are so far ahead of the host's clock, in s, as those of the frames that
// came fastest, and are told in steps of grain; host is what that clock showed.
func weigh(trust Trust, from Source, ahead float64, grain time.Duration, host time.Time) (o opinion) {
	switch {
	case trust == TrustCamera, ahead == unheard, nearHost(ahead, grain.Seconds()), from.ofFootage() && ahead < 0:
	case trust == TrustNeither:
		o.off = duration(strife(ahead, mostDelay, host))
	default:
		o.zone = duration(zoneOf(ahead, grain.Seconds()))
		o.against = o.zone == 0
	}
	return o
}

// ofFootage says whether recorded footage tells its times by a source: the replay extension and the Range of PLAY were made for that.
// It may have been captured at any time before it comes, though not after. All others show the clock of one who sends live.
func (s Source) ofFootage() bool { return s == ONVIF || s == Play }

// on has an estimate say what came of it.
func (o opinion) on(e *Estimate) {
	if o.zone != 0 {
		e.Time = e.Time.Add(-o.zone)
		e.Flags |= Zone
	}
	if o.off != 0 {
		e.Error += min(o.off, math.MaxInt64-e.Error)
		e.Flags |= Disputed
	}
}

// weigh has the host's clock judge the knots between two jumps by those that came fastest.
func (t *thread) weigh(trust Trust, from Source) {
	for first := 0; first < len(t.knots); {
		fastest, next := &t.knots[first], first+1
		for ; next < len(t.knots) && !t.knots[next].begins; next++ {
			if k := &t.knots[next]; k.ahead > fastest.ahead {
				fastest = k
			}
		}
		o := weigh(trust, from, fastest.ahead-t.noise.Seconds(), t.grain, fastest.at.Add(-duration(fastest.ahead)))
		for ; first < next; first++ {
			t.knots[first].opinion = o
		}
	}
}
