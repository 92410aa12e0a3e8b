package clock

import "math"

const (
	freeDrift    = 20e-6 // a clock that a server disciplines does not drift by more
	seenDrift    = 10e-6 // a drift that is worth to be followed
	shortRecord  = 60.0  // s: too short to tell a drift
	steadyRecord = 600.0 // s: the same where the clock was set
)

// findDrift finds how the camera's clock runs against the host's within the reference: evenly, or as a sawtooth.
func (f *fit) findDrift(host []float64, level []int) {
	var t, v []float64
	var good []int
	for i, l := range level {
		if l != outlier {
			good = append(good, i)
			t, v = append(t, host[i]), append(v, f.series[i])
		}
	}
	if f.grain < coarseGrain && f.judged() {
		if f.saw = f.scratch.findSawtooth(t, v, f.noise); f.saw != nil {
			for i := range f.saw.resets {
				f.saw.resets[i].report = good[f.saw.resets[i].report]
			}
			return
		}
	}
	n := len(f.reference)
	if n < 8 || !f.heard || f.grain >= coarseGrain {
		return
	}
	t, v = t[:0], v[:0]
	for _, k := range f.reference {
		t, v = append(t, host[k]), append(v, f.series[k])
	}
	span := t[n-1] - t[0]
	if span <= shortRecord || span <= steadyRecord && len(f.levels) > 1 {
		return
	}
	slope, _ := f.scratch.theilSen(t, v)
	deviation := f.noise / (math.Sqrt(float64(n)) * span / math.Sqrt(12))
	if math.Abs(slope) > max(seenDrift, 6*deviation) {
		f.drift = slope
	}
}
