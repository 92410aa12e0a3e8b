package clock

import "math"

// sawtooth is a camera clock that drifts and is set right again and again: right after each setting it can be trusted most.
type sawtooth struct {
	drift  float64    // s per s
	sigma  float64    // standard deviation of the values right after the settings, s
	resets []clockSet // one per setting
}

// clockSet is the first report after the camera's clock was set.
type clockSet struct {
	report int     // its index
	value  float64 // camera's clock minus the host's right after the setting, s
}

// What makes a sawtooth: a drift that no disciplined clock has, and jumps that undo it.
const (
	sawDrift = 10e-6 // s per s
	sawJump  = 1e-3  // s
)

// findSawtooth looks for one in v, the camera's clock minus the host's at the times t (s), of which noise is the standard
// deviation. It returns nil when there is none.
func (s *scratch) findSawtooth(t, v []float64, noise float64) *sawtooth {
	if len(t) < 12 {
		return nil
	}
	drift, deviation := s.lagSlope(t, v, min(5, len(t)/4))
	if !(math.Abs(drift) >= max(sawDrift, 6*deviation)) {
		return nil
	}
	saw := &sawtooth{drift: drift}
	sum, longest := 0.0, 0.0
	s.values = s.values[:0]
	for i := 1; i < len(t); i++ {
		jump := v[i] - v[i-1] - drift*(t[i]-t[i-1])
		if math.Abs(jump) <= max(sawJump, 8*noise) {
			continue
		}
		if jump*drift > 0 {
			return nil
		}
		if len(saw.resets) > 0 {
			sum += math.Abs(jump)
		}
		longest = max(longest, t[i]-t[i-1])
		s.values = append(s.values, math.Abs(jump))
		saw.resets = append(saw.resets, clockSet{i, v[i] - drift*(t[i]-t[i-1])/2})
	}
	if !saw.regular(t, sum, medianOf(s.values)) {
		return nil
	}
	// The setting was anywhere between two reports: uniform, whose standard deviation is 1/√12 of the width.
	saw.sigma = math.Abs(drift)*longest/math.Sqrt(12) + noise
	return saw
}

// regular says whether the settings are rare, undo the drift between them (sum: of all jumps but the first) and end at one
// value, by half of a median jump.
func (saw *sawtooth) regular(t []float64, sum, jump float64) bool {
	n := len(saw.resets)
	if n == 0 || float64(n) > float64(len(t))/6 {
		return false
	}
	if n == 1 {
		return true
	}
	between := math.Abs(saw.drift) * (t[saw.resets[n-1].report] - t[saw.resets[0].report])
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range saw.resets {
		low, high = min(low, r.value), max(high, r.value)
	}
	return sum > 0.5*between && sum < 2*between && high-low <= 0.5*jump
}

// lagSlope returns the median slope over lag reports, and its standard error.
func (s *scratch) lagSlope(t, v []float64, lag int) (slope, deviation float64) {
	s.slopes = s.slopes[:0]
	for i := range len(t) - lag {
		s.slopes = append(s.slopes, (v[i+lag]-v[i])/max(t[i+lag]-t[i], 1e-3))
	}
	slope = s.median(s.slopes)
	// The median of n normal values scatters 1.25 times as much as their mean; neighbouring slopes share reports.
	return slope, 1.25 * s.scatter(s.slopes) / math.Sqrt(float64(len(s.slopes))/float64(lag))
}
