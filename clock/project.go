package clock

import (
	"math"
	"slices"
)

// What reports of some classes say is an interval, not a time: a report that follows a frame is less than a frame interval
// late, and a clock that is read in steps has shown its time for less than one. Each report alone is noise to the filter; but
// the intervals of many leave little open, and what is outside can't be the truth.
const (
	openBlock  = 60  // reports whose intervals are intersected: five minutes, in which the clocks wander little
	leastOpen  = 20  // fewer leave too much open
	grainNoise = 0.1 // grains: the arrivals must be better than that
	grainOnly  = 0.5 // grains: pairs that scatter more have other noise, too (a grain alone: 0.37)
	edgeNoise  = 6   // mean gaps between the lags that may be missing at the ends of a frame interval
)

// open returns between what C - R - a of every report must lie, in s, if anything is known of it.
func (f *fit) open() (low, high float64, ok bool) {
	switch g := f.grain.Seconds(); {
	case !f.heard || len(f.used) < leastOpen || f.saw != nil || f.grain >= coarseGrain:
		return 0, 0, false
	case f.class == Envelope:
		return 0, f.interval, f.fillsInterval()
	case f.class == Exact && g > 0:
		ok = f.evidence.pairNoise <= grainOnly*g && f.tick() < coarseTick && f.worstEnvelope() < grainNoise*g
		return -g / 2, g / 2, ok
	}
	return 0, 0, false
}

// fillsInterval says whether the lags fill one frame interval but for what chance leaves.
func (f *fit) fillsInterval() bool {
	v := make([]float64, len(f.used))
	for i, k := range f.used {
		v[i] = f.reports[k].above - f.drifted(k)
	}
	w := width(v)
	return w <= 1.01*f.interval && w >= f.interval*(1-edgeNoise/float64(len(v)))
}

func (f *fit) worstEnvelope() float64 {
	worst := 0.0
	for g := range f.segments {
		worst = max(worst, f.segments[g].envelope.noise)
	}
	return worst
}

// corrections returns, for each used report, how far a must be moved there to lie within what the reports around
// it leave open.
func (f *fit) corrections(low, high float64) map[int]float64 {
	n := len(f.used)
	out := make(map[int]float64, n)
	for block := range slices.Chunk(f.used, n/max(n/openBlock, 1)) {
		if len(block) < leastOpen {
			continue
		}
		least, most := math.Inf(-1), math.Inf(1)
		for _, k := range block {
			r := &f.reports[k]
			off := r.pair - f.times[r.segment].at(r.media)
			least, most = max(least, off-high), min(most, off-low)
		}
		by := min(max(0, least), most)
		if least > most {
			by = (least + most) / 2
		}
		for _, k := range block {
			out[k] = by
		}
	}
	return out
}
