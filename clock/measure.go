package clock

import (
	"cmp"
	"math"
	"slices"
)

// measurement is one thing that is known of the three clocks.
type measurement struct {
	segment  int
	media    float64 // where, on the segment's media clock, s
	of       measure
	value    float64 // s
	variance float64 // s²
	report   int     // whose it is, if any
}

const (
	// leastNoise is what no pair of times is better than: a tick of 90 kHz is 11 µs.
	leastNoise = 15e-6 // s
	// unknownSend is the noise of C - L while few reports tell it.
	unknownSend = 1e-3 // s
	// offLine is how much farther than its noise a pair may be off the line: clocks drift by that in an hour and more.
	offLine = 0.1 // s
)

// measureEnvelopes returns what the arrivals say of a - q.
func (f *fit) measureEnvelopes() []measurement {
	var ms []measurement
	for g := range f.segments {
		e := &f.segments[g].envelope
		for _, a := range e.earliest {
			if a.after-e.at(a.media) <= lateSigma*e.noise+lateMargin*1e-3 {
				ms = append(ms, measurementAt(g, a.media, ofEnvelope, a.after, e.noise))
			}
		}
	}
	return ms
}

// measureReports returns what the used reports say, as their class means it. It sets edge, half the width of what
// they leave open.
func (f *fit) measureReports() []measurement {
	switch {
	case len(f.used) == 0 && !f.heard:
		return nil
	case len(f.used) == 0:
		return f.measureNothing()
	case f.saw != nil:
		return f.measureSawtooth()
	case f.heard && f.grain >= coarseGrain && f.agrees():
		return f.measureInterval()
	case f.class == SendStamped:
		return f.measureSends()
	case f.class == Envelope:
		return f.measureEdge()
	}
	return f.measurePairs()
}

// measureNothing assumes that a frame takes one frame interval to arrive, and knows it no better than that.
func (f *fit) measureNothing() []measurement {
	f.q, f.edge = -f.interval, f.interval
	return []measurement{measurementAt(0, 0, ofSend, f.q, coarseNoise)}
}

// measurementAt is one with a standard deviation, s.
func measurementAt(segment int, media float64, of measure, value, deviation float64) measurement {
	return measurement{segment: segment, media: media, of: of, value: value, variance: deviation * deviation}
}

// measurementOf is one that a report tells.
func (f *fit) measurementOf(k int, of measure, value, deviation float64) measurement {
	m := measurementAt(f.reports[k].segment, f.reports[k].media, of, value, deviation)
	m.report = k
	return m
}

// measureSawtooth trusts the camera's clock right after it was set.
func (f *fit) measureSawtooth() []measurement {
	var ms []measurement
	for _, r := range f.saw.resets {
		ms = append(ms, f.measurementOf(r.report, ofSend, r.value, f.saw.sigma))
	}
	f.edge = f.saw.sigma
	return ms
}

// drifted is how far the camera's clock has drifted since the first used report.
func (f *fit) drifted(k int) float64 {
	return f.drift * (f.reports[k].host - f.reports[f.used[0]].host)
}

// measurePairs takes the pairs as they are. Where the lag is ambiguous, the middle of both meanings.
func (f *fit) measurePairs() []measurement {
	noise := f.evidence.pairNoise
	if math.IsNaN(noise) {
		noise = firstPairs
	}
	noise = max(noise, leastNoise)
	half := 0.0
	if f.class == Ambiguous {
		half = 0.5
	}
	above, lags := make([]float64, len(f.used)), make([]float64, len(f.used))
	for i, k := range f.used {
		lags[i] = math.Abs(half * f.reports[k].lag)
		above[i] = f.reports[k].above - half*f.reports[k].lag
	}
	middle := f.scratch.median(above)
	f.edge = f.scratch.median(lags)
	tolerance := max(f.threshold, 8*noise) + offLine
	var ms []measurement
	for i, k := range f.used {
		if math.Abs(above[i]-middle) <= tolerance {
			r := &f.reports[k]
			ms = append(ms, f.measurementOf(k, ofPair, r.pair-half*r.lag, noise))
		}
	}
	f.centre(ms)
	return ms
}

// Of how many reports the best one is taken.
var (
	sendBlock     = among{6, 1, 8}
	envelopeBlock = among{4, 1, 12}
)

// extreme is the report of a block that lies farthest on the side from which noise can't come.
type extreme struct {
	report int
	gap    float64 // to the second
}

// extremes cuts the used reports into blocks of m reports and returns the one of each with the largest value.
func (f *fit) extremes(m int, value func(k int) float64) []extreme {
	var out []extreme
	for from := 0; from < len(f.used); from += m {
		block := slices.Clone(f.used[from:min(from+m, len(f.used))])
		if len(block) < m && len(out) > 0 {
			break
		}
		slices.SortStableFunc(block, func(a, b int) int { return cmp.Compare(value(b), value(a)) })
		e := extreme{report: block[0], gap: math.NaN()}
		if len(block) > 1 {
			e.gap = value(block[0]) - value(block[1])
		}
		out = append(out, e)
	}
	return out
}

// meanGap is what the first of n exponentially distributed delays lies above none, judged by its distance to the second.
func meanGap(es []extreme) float64 {
	sum, n := 0.0, 0
	for _, e := range es {
		if !math.IsNaN(e.gap) {
			sum, n = sum+e.gap, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// measureSends takes NTP - arrival of the reports that waited least in the network.
func (f *fit) measureSends() []measurement {
	m := sendBlock.of(len(f.used))
	if n := len(f.used); n < fewReports {
		m = min(n, 3)
	}
	value := func(k int) float64 { return f.reports[k].sent - f.drifted(k) }
	best := f.extremes(m, value)
	gap := meanGap(best) * float64(m-1) / float64(m)
	if math.IsNaN(gap) {
		gap = 0
	}
	// An exponential tail scatters as much as it lies off.
	deviation := max(f.sendDeviation(best, m, value), gap, quietNoise)
	f.edge = max(gap, 2*f.evidenceNoise()/math.Sqrt(float64(len(f.used)))) + f.otherMeaning()
	var ms []measurement
	for _, e := range best {
		ms = append(ms, f.measurementOf(e.report, ofSend, f.reports[e.report].sent+gap, deviation))
	}
	return ms
}

// otherMeaning returns how far off the times are if reports whose RTP times are those of no frame were exact after all, and
// held up on their way out, in s: the lag, if that is more than chance makes of RTP times that stray to both sides.
func (f *fit) otherMeaning() float64 {
	lag := math.Abs(f.evidence.lag)
	byChance := 3 * f.evidence.lagSpread / math.Sqrt(float64(len(f.reports)))
	if f.evidence.onGrid >= leastOnGrid || lag <= byChance {
		return 0
	}
	return lag + byChance
}

// evidenceNoise is the noise of C - L, or what is assumed of it with few reports.
func (f *fit) evidenceNoise() float64 {
	if math.IsNaN(f.evidence.sendNoise) {
		return unknownSend
	}
	return f.evidence.sendNoise
}

func (f *fit) sendDeviation(best []extreme, m int, value func(int) float64) float64 {
	if len(best) <= 3 {
		if math.IsNaN(f.evidence.sendNoise) {
			return unknownSend
		}
		return max(f.evidence.sendNoise/float64(m), firstSend)
	}
	var steps []float64
	for i := 1; i < len(best); i++ {
		steps = append(steps, math.Abs(value(best[i].report)-value(best[i-1].report)))
	}
	return madToSigma * medianOf(steps) / math.Sqrt2
}

// measureEdge takes the lower edge of C - R: the reports that followed a frame at once.
func (f *fit) measureEdge() []measurement {
	m := envelopeBlock.of(len(f.used))
	best := f.extremes(m, func(k int) float64 { return f.drifted(k) - f.reports[k].above })
	gap := meanGap(best)
	if math.IsNaN(gap) {
		gap = f.evidence.pairNoise
	}
	f.edge = gap
	var ms []measurement
	for _, e := range best {
		ms = append(ms, f.measurementOf(e.report, ofPair, f.reports[e.report].pair-gap, max(gap, firstSend)))
	}
	return ms
}
