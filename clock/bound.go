package clock

import (
	"math"
)

const (
	// freeSpan is how long a drifting clock may have run since it was right, at the least.
	freeSpan = 600.0 // s
	// floorError is what no time is better than.
	floorError = 20e-6 // s
	// outsideRate is how well the rate of the media clock is known beyond the last measurement.
	outsideRate = 20e-6
)

// wanderUnseen is how much larger than its standard deviation the wander of the clocks is taken to be: a recording may hold
// less than one swing of it.
const wanderUnseen = 3

// bound is what the error bounds of all frames have in common, in s.
type bound struct {
	variance float64 // of single frames
	sum      float64 // added
	wander   float64 // of the camera's clock against the host's, twice the standard deviation
	after    float64 // added at the end
}

func (f *fit) newBound() bound {
	tick := f.tick()
	b := bound{variance: tick*tick/12 + f.jitter*f.jitter, sum: f.edge + floorError}
	if f.class == SendStamped {
		b.sum += f.envelopeGap()
	}
	b.sum += f.grainError() + f.systematic() + fewness(len(f.used), f.noise, f.interval)
	if !f.heard && f.class == Exact && f.evidence.pairNoise > exactNoise {
		// The noise may be that of the time stamps as well.
		b.variance += f.evidence.pairNoise * f.evidence.pairNoise
	}
	if len(f.used) > 0 {
		b.wander = wanderUnseen * f.wayScatter()
	}
	if f.free() && f.saw == nil {
		b.after = math.Abs(f.drift) * freeSpan
	}
	b.after += f.dispute + f.ahead() + f.hiddenError()
	return b
}

// ahead returns how far the camera's clock is ahead of the host's at the least, in s: so much before its capture a frame, or
// before it left a report, arrives. One of the two is wrong by it.
func (f *fit) ahead() float64 {
	if !f.judged() || len(f.used) == 0 || len(f.nodes) == 0 {
		return 0
	}
	sum := 0.0
	for _, n := range f.nodes {
		sum += n.state.q
	}
	return max(0, sum/float64(len(f.nodes))*1e-3)
}

// grainError is what steps of the camera's clock leave open, in s. It averages out, but not at the edge of send-stamped reports,
// nor where reports at nearly even intervals fall on one part of long steps: without arrivals nothing narrows these.
func (f *fit) grainError() float64 {
	g := f.grain.Seconds() / 2
	switch {
	case g == 0 || len(f.used) == 0 || f.onlyInterval:
		return 0
	case f.class == SendStamped, !f.heard && f.grain >= coarseGrain:
		return g
	}
	return g / math.Sqrt(float64(len(f.used)))
}

// mostSystematic bounds what is charged for the scatter of reports: more is rather noise than a clock that is set again and
// again, each time by little.
const mostSystematic = 2e-3 // s

// stepsRoom is how much more than by chance the steps may scatter, in variance.
const stepsRoom = 1.5

// systematic is what may be wrong with all reports alike. Pairs that scatter may be right in the mean; they may as well be late
// on one side only, or of a clock that is set back each time it has run off.
func (f *fit) systematic() float64 {
	if f.class != Exact || f.saw != nil || f.onlyInterval || len(f.used) == 0 {
		return 0
	}
	// What the steps of both clocks make of it is noise. A clock that runs off and is set back lies off by √3 of its scatter.
	steps := (f.grain.Seconds()*f.grain.Seconds() + f.tick()*f.tick()) / 12
	noise := f.residualNoise()
	return min(math.Sqrt(3*max(noise*noise-steps*stepsRoom, 0)), mostSystematic)
}

// of returns the bound of a frame whose time has a variance (s²), in s.
func (b *bound) of(variance float64) float64 {
	return math.Hypot(2*math.Sqrt(variance+b.variance)+b.sum, b.wander) + b.after
}

// free says whether the camera's clock follows no reference.
func (f *fit) free() bool { return math.Abs(f.drift) > freeDrift }

// envelopeGap is the median distance of the earliest frame of a block to the second: what the earliest may still be late.
func (f *fit) envelopeGap() float64 {
	var gaps []float64
	for g := range f.segments {
		for _, a := range f.segments[g].envelope.earliest {
			gaps = append(gaps, a.gap)
		}
	}
	return medianOf(gaps)
}

// wayScatter is the standard deviation of the smoothed q: how the camera's clock and the host's wander against each other.
// Which of them did can't be seen, so both are charged.
func (f *fit) wayScatter() float64 {
	if len(f.nodes) <= 3 {
		return 0
	}
	mean, sum := 0.0, 0.0
	for _, n := range f.nodes {
		mean += n.state.q
	}
	mean /= float64(len(f.nodes))
	for _, n := range f.nodes {
		sum += (n.state.q - mean) * (n.state.q - mean)
	}
	return math.Sqrt(sum/float64(len(f.nodes))) * 1e-3
}
