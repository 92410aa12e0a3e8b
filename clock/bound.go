package clock

import (
	"math"
	"slices"
	"time"
)

const (
	// coastAfter is the distance of a used report from which on a frame rests on the arrivals alone: twelve of the
	// five-second intervals of RFC 3550 §6.2.
	coastAfter = 60.0 // s
	// levelRim is how far around the reports of another setting of the camera's clock its frames are flagged: one interval.
	levelRim = 5.0 // s
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
	b.sum += f.grainError() + f.systematic() + fewness(len(f.reference), f.noise, f.interval)
	if !f.heard && f.class == Exact && f.evidence.pairNoise > exactNoise {
		// The noise may be that of the time stamps as well.
		b.variance += f.evidence.pairNoise * f.evidence.pairNoise
	}
	if len(f.reference) > 0 {
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
	if !f.judged() || len(f.reference) == 0 || len(f.nodes) == 0 {
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
	case g == 0 || len(f.reference) == 0 || f.onlyInterval:
		return 0
	case f.class == SendStamped, !f.heard && f.grain >= coarseGrain:
		return g
	}
	return g / math.Sqrt(float64(len(f.reference)))
}

// mostSystematic bounds what is charged for the scatter of reports: more is rather noise than a clock that is set again and
// again, each time by little.
const mostSystematic = 2e-3 // s

// stepsRoom is how much more than by chance the steps may scatter, in variance.
const stepsRoom = 1.5

// systematic is what may be wrong with all reports alike. Pairs that scatter may be right in the mean; they may as well be late
// on one side only, or of a clock that is set back each time it has run off.
func (f *fit) systematic() float64 {
	if f.class != Exact || f.saw != nil || f.onlyInterval || len(f.reference) == 0 {
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

// estimates returns the result.
func (f *fit) estimates() []Estimate {
	out := make([]Estimate, len(f.frames))
	origin := f.origin.Round(0).UTC()
	ns, b, flags, state := f.inOrder(), f.newBound(), f.commonFlags(), f.newStates()
	for g := range f.segments {
		s, v := &f.segments[g], &f.variances[g]
		for i := s.from; i < s.to; i++ {
			if !f.timed(g) {
				break
			}
			e := &out[i]
			m := f.media[i]
			outside := v.outside(m) * outsideRate
			e.Time = origin.Add(time.Duration(ns[i]))
			e.Error = time.Duration(nanos(b.of(max(v.at(m), 0) + outside*outside)))
			e.State, e.Source, e.Flags = state.of(f.host[i]), f.source(), flags
		}
	}
	f.flagSteps(out)
	return out
}

// timed says whether anything tells the time of a segment. The arrivals always do.
func (f *fit) timed(g int) bool {
	return f.heard || len(f.times[g].x) > 0
}

func (f *fit) source() Source {
	if len(f.reference) == 0 {
		return Arrival
	}
	return SenderReport
}

func (f *fit) commonFlags() Flags {
	var flags Flags
	set := func(on bool, flag Flags) {
		if on {
			flags |= flag
		}
	}
	some := len(f.reference) > 0
	set(f.synthetic, Synth)
	set(f.cadenced, Cadence)
	set(some && f.zone != 0, Zone)
	set(some && f.free(), Free)
	set(some && (f.class == SendStamped || f.class == Envelope || f.class == Ambiguous), SendStamp)
	set(f.dispute > 0, Disputed)
	return flags
}

// states tells the state of frames by their arrival.
type states struct {
	used []float64 // arrivals of the used reports, in order
}

func (f *fit) newStates() states {
	var s states
	for _, k := range f.reference {
		s.used = append(s.used, f.reports[k].host)
	}
	slices.Sort(s.used)
	return s
}

func (s states) of(host float64) State {
	if len(s.used) == 0 {
		return RxOnly
	}
	i, _ := slices.BinarySearch(s.used, host)
	near := math.Inf(1)
	if i < len(s.used) {
		near = s.used[i] - host
	}
	if i > 0 {
		near = min(near, host-s.used[i-1])
	}
	switch {
	case near > coastAfter:
		return Coasting
	case len(s.used) < LockedFrom:
		return Acquiring
	}
	return Locked
}

// flagSteps flags the frames about reports of other settings of the camera's clock.
func (f *fit) flagSteps(out []Estimate) {
	if len(f.reference) == 0 {
		return
	}
	used := make([]bool, len(f.reports))
	for _, k := range f.reference {
		used[k] = true
	}
	done := 0 // frames before it were looked at
	for _, l := range f.levels {
		if !slices.ContainsFunc(l.members, func(k int) bool { return !used[k] }) {
			continue
		}
		from, _ := slices.BinarySearch(f.host, f.reports[l.members[0]].host-levelRim)
		until := f.reports[l.members[len(l.members)-1]].host + levelRim
		for done = max(done, from); done < len(out) && f.host[done] <= until; done++ {
			out[done].Flags |= Stepped
		}
	}
}
