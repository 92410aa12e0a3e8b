package clock

import "math"

const (
	steppedFor  = 10.0 // s: for so long it is told that a clock was set
	stallFrames = 12   // that are all late: a stall, or the pace has changed
	stallLeast  = 0.03 // s: and by more than that,
	stallSigma  = 12   // and by so many standard deviations of a minimum
	twoSigma    = 2.0  // 95 % of a normal distribution
)

// bound returns the half width of the 95 % interval around the time of a frame, of which the filter says variance (s²), and
// what is special about it.
func (t *Tracker) bound(s *sighting, variance float64) (u float64, flags Flags) {
	v, step := &t.verdict, t.stepLeft()
	u = twoSigma*math.Sqrt(variance+step*step/12+t.synth.jitter*t.synth.jitter) + v.edge + floorError
	if t.synth.found {
		flags |= Synth
	}
	if len(v.used) == 0 {
		u = max(u, t.interval)
	} else {
		u, flags = t.reportBound(u, flags)
	}
	if late := t.excess.least(stallFrames); late > max(stallLeast, stallSigma*t.floor.noise) {
		u, flags = max(u, late), flags|Suspect
	}
	if late := t.media.stall.left; late > 0 {
		u, flags = u+late, flags|Suspect
	}
	if s.stray {
		u, flags = u+t.interval, flags|Suspect
	}
	if s.at < t.stepped+steppedFor {
		flags |= Stepped
	}
	return u, flags
}

// reportBound adds what the reports leave open.
func (t *Tracker) reportBound(u float64, flags Flags) (float64, Flags) {
	v := &t.verdict
	if v.grain < coarseGrain.Seconds() {
		u += v.grain / (2 * math.Sqrt(float64(len(v.used))))
	}
	u = math.Hypot(u+fewness(len(v.used), v.noise, t.interval), twoSigma*v.spread)
	drift := math.Abs(v.drift)
	switch {
	case drift > freeDrift && v.saw == 0:
		u += drift * freeSpan
	default:
		u += v.saw
	}
	u += v.slew * freeSpan
	if drift > freeDrift || v.slew > 0 {
		flags |= Free
	}
	if v.rival > 0 {
		u, flags = u+v.rival, flags|Disputed
	}
	if v.class == SendStamped {
		u += t.floor.late
		if !t.synth.trust {
			u += max(t.synth.usual, 0) // the floor is that of frames which were captured early
		}
	}
	if v.class != Exact {
		flags |= SendStamp
	}
	if v.zone {
		flags |= Zone
	}
	if v.pending > 0 {
		u, flags = max(u, v.pending), flags|Suspect
	}
	return u, flags
}
