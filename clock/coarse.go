package clock

import (
	"math"
	"time"
)

// coarseGrain is a step of the camera's clock so long that the reports tell an interval rather than a time.
const coarseGrain = 10 * time.Millisecond

// measureInterval intersects what reports of a coarse clock leave open: each shows a time that is at most one grain old. What
// is left is narrowed by how long frames take to the host, if that has a clock to tell.
func (f *fit) measureInterval() []measurement {
	low, high := f.intersection(f.series)
	if f.heard {
		// Behind a coarse clock the class can't be seen. Both may be.
		for _, v := range [][]float64{f.column(reportAbove), f.column(reportSent)} {
			if l, h := f.intersection(v); l <= h {
				low, high = min(low, l), max(high, h)
			}
		}
	}
	low, high = min(low, high-leastOpening), max(high, low+leastOpening)
	c := (low + high) / 2
	if f.judged() && high >= -mostDelay && low <= -leastDelay {
		low, high = max(low, -mostDelay), min(high, -leastDelay)
		c = f.likelyWay(low, high)
	}
	f.edge, f.onlyInterval = max(c-low, high-c), true
	var ms []measurement
	for _, k := range []int{f.used[0], f.used[len(f.used)-1]} {
		ms = append(ms, f.measurementOf(k, ofSend, c+f.drifted(k), coarseNoise)) // what is open is in edge
	}
	return ms
}

// agrees says whether the grain explains the reports' scatter: without a drift, or with the one that leaves most open. Where it
// does not, the network or noise hides it.
func (f *fit) agrees() bool {
	f.findCoarseDrift()
	low, high := f.intersection(f.series)
	return low <= high
}

// leastOpening is what readings that seem to contradict each other leave open, s.
const leastOpening = 1e-4

// coarseNoise keeps two coarse measurements from holding the clocks together more tightly than they run, in s.
const coarseNoise = 1e-4

// findCoarseDrift looks for a drift only if without one the reports contradict each other: then for the one that leaves most
// open. What is left open is a concave function of the drift, so that three-way cuts find its top.
func (f *fit) findCoarseDrift() {
	width := func(drift float64) float64 {
		f.drift = drift
		low, high := f.intersection(f.series)
		return high - low
	}
	if width(0) >= 0 {
		return
	}
	low, high := -mostDrift, mostDrift
	for range 60 {
		a, b := low+(high-low)/3, high-(high-low)/3
		if width(a) < width(b) {
			low = a
		} else {
			high = b
		}
	}
	if width((low+high)/2) < 0 {
		f.drift = 0
	}
}

// mostDrift bounds the drift of a clock that follows nothing: crystals of cameras were seen to be off by 100 ppm.
const mostDrift = 500e-6

// intersection returns between what the camera's clock minus the host's lies, if each of the reports' times is at most one
// grain old. low is above high if that can't be.
func (f *fit) intersection(series []float64) (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	half := f.grain.Seconds() / 2
	for _, k := range f.used {
		v := series[k] - f.drifted(k)
		low, high = max(low, v-half), min(high, v+half)
	}
	return low, high
}

// likelyWay returns UTC minus arrivals: a frame interval, which is what frames take without better knowledge, or what comes
// closest to it without touching the ends of what is possible.
func (f *fit) likelyWay(low, high float64) float64 {
	room := min((high-low)/2, f.interval)
	return min(max(-f.interval, low+room), high-room)
}
