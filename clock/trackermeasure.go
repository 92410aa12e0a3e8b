package clock

import (
	"cmp"
	"math"
	"slices"
)

const (
	coarseSigma = 1e-3 // s: so that the newest bounds rule, whatever older ones said
	firstPairs  = 5e-4 // s: scatter of pairs before it is known
	firstSend   = 1e-4 // s: that of the best reports of a few before enough are known
)

// among says of how many reports the best one is taken: a part of all, and between two limits. The more, the nearer it lies to
// the edge; the fewer, the better is seen how the clocks wander.
type among struct{ part, least, most int }

func (a among) of(reports int) int {
	return max(min(reports/a.part, a.most), min(reports, a.least), 1)
}

// envelopeAmong is for reports that name frames behind a bad network: one in twenty comes right after its frame.
var envelopeAmong = among{3, 20, 30}

// edgeWander is how far the clocks wander, s in the root of a second, by which blocks of reports are measured that were stamped
// when they left.
const edgeWander = 2e-6

// sendAmong returns of how many reports the best one is taken that were stamped when they left: of as many as it takes until
// the clocks may have wandered as far as the best one may be from the edge.
func (t *Tracker) sendAmong() int {
	v, noise := &t.verdict, max(t.verdict.noise, quietNoise)
	if len(v.used) < fewReports { // they look quiet by chance; frames go the same way
		noise = max(noise, t.excess.scatter(&t.scratch))
	}
	block := math.Pow(noise/(edgeWander*math.Sqrt(v.interval)), 2./3) // noise/block = edgeWander·√(block·interval)
	return max(1, int(min(block, float64(len(v.used)))))
}

// measure makes measurements of the used reports.
func (t *Tracker) measure() {
	v := &t.verdict
	t.measured = t.measured[:0]
	switch {
	case len(v.used) == 0:
		return
	case v.sawtooth != nil:
		t.measureResets()
	case v.grain >= coarseGrain.Seconds():
		t.measureBounds()
	case v.class == Exact || v.class == Ambiguous:
		t.measurePairs()
	case v.class == SendStamped:
		t.measureBest(t.sendAmong())
	case t.fillsInterval():
		t.measureOpen()
	default:
		t.measureBest(envelopeAmong.of(len(v.used)))
	}
	slices.SortFunc(t.measured, func(a, b measured) int {
		return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(a.x, b.x))
	})
}

// add makes a measurement of report i.
func (t *Tracker) add(i int, kind measure, value, sigma float64) {
	r := &t.reports[i]
	t.measured = append(t.measured, measured{r.segment, r.media, kind, value, sigma * sigma, r.envelope})
}

// measurePairs takes the pairs as they are. Where the lag is constant they may be exact or stamped later: halfway between.
func (t *Tracker) measurePairs() {
	v, c := &t.verdict, &t.columns
	sigma := v.pairs
	if math.IsNaN(sigma) {
		sigma = max(firstPairs, t.synth.scatter)
	}
	sigma = max(sigma, math.Hypot(v.grain, t.step())/math.Sqrt(12)) // what two clocks that are read in steps hide
	share := 0.0
	if v.class == Ambiguous {
		share = 0.5
		t.scratch.values = t.scratch.values[:0]
		for _, i := range v.used {
			t.scratch.values = append(t.scratch.values, math.Abs(share*c.lag[i]))
		}
		v.edge = medianOf(t.scratch.values)
	}
	for _, i := range v.used {
		t.add(i, ofPair, c.pair[i]-share*c.lag[i], max(sigma, leastNoise))
	}
}

// measureResets takes a clock that drifts as it was right after each setting.
func (t *Tracker) measureResets() {
	v := &t.verdict
	for _, r := range v.sawtooth.resets {
		t.add(t.good[r.report], ofSend, r.value, v.sawtooth.sigma)
	}
	v.edge = v.sawtooth.sigma
	v.q = v.sawtooth.resets[0].value
}

// measureBounds takes a clock that is read in coarse steps: it is inside all of the reports' steps at once. Where in there
// the steps don't tell; frames that arrive one interval after their capture are as good a guess as any.
func (t *Tracker) measureBounds() {
	v, c := &t.verdict, &t.columns
	series := c.send[:]
	if v.class == Exact {
		series = c.even[:]
	}
	low, high := math.Inf(-1), math.Inf(1)
	for _, i := range v.used {
		low, high = max(low, series[i]-v.grain/2), min(high, series[i]+v.grain/2)
	}
	if low > high { // the network's jitter
		low, high = high, low
	}
	if t.trusted() && max(low, -mostDelay) < min(high, -leastDelay) {
		low, high = max(low, -mostDelay), min(high, -leastDelay)
	}
	way := min(max(-t.interval, low), high)
	v.edge = max(high-way, way-low, firstSend)
	t.add(v.used[len(v.used)-1], ofSend, way, coarseSigma)
	v.q = way
}

// openSpan returns between what all of the newest reports lie by the pairs, without the drift.
func (t *Tracker) openSpan() (low, high float64, n int) {
	w := t.worth()
	w = w[max(0, len(w)-openBlock):]
	return -slices.Max(w), -slices.Min(w), len(w)
}

// fillsInterval says whether the reports follow their frames by anything up to one frame interval, but for what chance leaves.
func (t *Tracker) fillsInterval() bool {
	low, high, n := t.openSpan()
	return n >= fewReports && high-low <= 1.01*t.interval && high-low >= t.interval*(1-edgeNoise/float64(n))
}

// measureOpen takes reports of which each came after its frame and before the next one: the truth is within what all of them
// leave open, and the middle of that is as good a guess as any.
func (t *Tracker) measureOpen() {
	v, c := &t.verdict, &t.columns
	low, high, _ := t.openSpan()
	newest := v.used[len(v.used)-1]
	v.edge = math.Abs(low-(high-t.interval))/2 + firstSend
	v.q = (low+high-t.interval)/2 + v.drift*(c.arrival[newest]-c.arrival[v.used[0]])
	t.add(newest, ofSend, v.q, coarseSigma)
}

// measureBest takes of each m reports the one that the network held up least: the one with the largest sending, or where
// reports name frames behind a bad network, with the smallest pair. The others tell how far that is from the edge itself.
func (t *Tracker) measureBest(m int) {
	v, c, w := &t.verdict, &t.columns, t.worth()
	t.findBest(w, m)
	gap := 0.0
	if len(t.gaps) > 0 { // delays without memory: the others lie above the best as all lie above none
		gap = t.scratch.median(t.gaps) / math.Ln2 / float64(m)
	}
	sigma := max(t.bestNoise(w, m), gap, quietNoise)
	v.edge = gap + sigma
	for _, k := range t.best {
		if i := v.used[k]; v.class == SendStamped {
			t.add(i, ofSend, c.send[i]+gap, sigma)
		} else {
			t.add(i, ofPair, c.pair[i]-gap, max(gap, firstSend))
		}
	}
}

// findBest finds the best of each m reports, from the newest back, and how far below it the others are.
func (t *Tracker) findBest(w []float64, m int) {
	t.best, t.gaps = t.best[:0], t.gaps[:0]
	for to := len(w); to > 0; to -= m {
		from := max(0, to-m)
		if to-from < m && len(t.best) > 0 {
			return
		}
		best := from
		for k := from + 1; k < to; k++ {
			if w[k] > w[best] {
				best = k
			}
		}
		for k := from; k < to; k++ {
			if k != best {
				t.gaps = append(t.gaps, w[best]-w[k])
			}
		}
		t.best = append(t.best, best)
	}
}

// worth returns how good each used report is: how early, without the drift.
func (t *Tracker) worth() []float64 {
	v, c := &t.verdict, &t.columns
	series, sign := c.even[:], -1.0
	if v.class == SendStamped {
		series, sign = c.send[:], 1
	}
	_, w := t.axes(len(v.used))
	for k, i := range v.used {
		w[k] = sign * (series[i] - v.drift*(c.arrival[i]-c.arrival[v.used[0]]))
	}
	return w
}

// bestNoise returns the scatter of the best reports about each other.
func (t *Tracker) bestNoise(w []float64, m int) float64 {
	if len(t.best) <= 3 {
		return max(t.verdict.noise/float64(m), firstSend)
	}
	t.scratch.values = t.scratch.values[:0]
	for k := 1; k < len(t.best); k++ {
		t.scratch.values = append(t.scratch.values, math.Abs(w[t.best[k]]-w[t.best[k-1]]))
	}
	return madToSigma * medianOf(t.scratch.values) / math.Sqrt2
}
