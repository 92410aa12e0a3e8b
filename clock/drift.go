package clock

import "math"

const (
	freeDrift    = 20e-6 // a clock that a server disciplines does not drift by more
	seenDrift    = 10e-6 // a drift that is worth to be followed
	shortRecord  = 60.0  // s: too short to tell a drift
	steadyRecord = 600.0 // s: the same where the clock was set
)

// findDrift finds how the camera's clock runs against the host's within the used reports: evenly, or as a sawtooth.
func (f *fit) findDrift() {
	t, v := f.points(f.sound)
	if f.grain < coarseGrain && f.judged() {
		if f.saw = f.scratch.findSawtooth(t, v, f.noise); f.saw != nil {
			for i := range f.saw.resets {
				f.saw.resets[i].report = f.sound[f.saw.resets[i].report]
			}
			return
		}
	}
	n := len(f.used)
	if n < 8 || !f.heard || f.grain >= coarseGrain {
		return
	}
	t, v = f.points(f.used)
	span := t[n-1] - t[0]
	if span <= shortRecord || span <= steadyRecord && len(f.levels) > 1 {
		return
	}
	slope, _ := f.scratch.theilSen(t, v)
	if sure(slope, seenDrift, f.noise, n, span) {
		f.drift = slope
	}
}

// sure says whether a slope is steeper than least, and than chance makes one through n values with a noise that are spread over
// a span.
func sure(slope, least, noise float64, n int, span float64) bool {
	deviation := noise / (math.Sqrt(float64(n)) * span / math.Sqrt(12))
	return math.Abs(slope) > max(least, 6*deviation)
}

// points returns the series over some reports, and when they came.
func (f *fit) points(reports []int) (t, v []float64) {
	t, v = make([]float64, len(reports)), make([]float64, len(reports))
	for i, k := range reports {
		t[i], v[i] = f.came[k], f.series[k]
	}
	return t, v
}
