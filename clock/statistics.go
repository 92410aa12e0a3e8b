package clock

import (
	"math"
	"slices"
)

// What follows are statistics that half of the values can't spoil. Values are seconds, unless said otherwise.

// madToSigma makes a median absolute deviation the standard deviation of a normal distribution.
const madToSigma = 1.4826

// scratch is memory for statistics that must sort: a caller that keeps one allocates no more after a while. The values it
// is given stay as they are.
type scratch struct {
	values []float64
	slopes []float64 // of findSawtooth
}

// median returns the median of v, NaN when there is none.
func (s *scratch) median(v []float64) float64 {
	s.values = append(s.values[:0], v...)
	return medianOf(s.values)
}

// scatter returns the standard deviation of v about its median, by the median absolute deviation.
func (s *scratch) scatter(v []float64) float64 {
	m := s.median(v)
	for i, x := range v {
		s.values[i] = math.Abs(x - m)
	}
	return madToSigma * medianOf(s.values)
}

// localNoise returns the standard deviation of v about the straight lines between its neighbours in time. A drift, and a few
// steps, leave it as it is. It needs four values and is NaN otherwise.
func (s *scratch) localNoise(t, v []float64) float64 {
	if len(v) < 4 {
		return math.NaN()
	}
	s.values = s.values[:0]
	for i := 1; i < len(v)-1; i++ {
		w := (t[i] - t[i-1]) / max(t[i+1]-t[i-1], 1e-9)
		off := v[i] - (v[i-1]*(1-w) + v[i+1]*w)
		s.values = append(s.values, math.Abs(off)/math.Sqrt(1+w*w+(1-w)*(1-w)))
	}
	return madToSigma * medianOf(s.values)
}

// mostTheilSen bounds the points of which all pairs are compared: more are thinned evenly.
const mostTheilSen = 400

// theilSen returns the median slope of all pairs of points, and the median height at x = 0 of lines of this slope through
// the points (Theil 1950, Sen 1968). It is NaN when no two points have different x.
func (s *scratch) theilSen(x, y []float64) (slope, height float64) {
	n := min(len(x), mostTheilSen)
	at := func(i int) int { // the thinned points
		if n == len(x) {
			return i
		}
		return i * (len(x) - 1) / (n - 1)
	}
	s.values = s.values[:0]
	for i := range n {
		for j := i + 1; j < n; j++ {
			if dx := x[at(j)] - x[at(i)]; math.Abs(dx) > 1e-9 {
				s.values = append(s.values, (y[at(j)]-y[at(i)])/dx)
			}
		}
	}
	slope = medianOf(s.values)
	s.values = s.values[:0]
	for i := range x {
		s.values = append(s.values, y[i]-slope*x[i])
	}
	return slope, medianOf(s.values)
}

// quantile returns the p-quantile of sorted values, interpolated between the two nearest.
func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	i := int(at)
	j := min(i+1, len(sorted)-1)
	return sorted[i] + (sorted[j]-sorted[i])*(at-float64(i))
}

// stepScatter returns the scatter of the steps from one value to the next, NaN when there is none.
func (s *scratch) stepScatter(v []float64) float64 {
	s.values = s.values[:0]
	for i := 1; i < len(v); i++ {
		s.values = append(s.values, v[i]-v[i-1])
	}
	m := medianOf(s.values)
	for i, x := range s.values {
		s.values[i] = math.Abs(x - m)
	}
	return madToSigma * medianOf(s.values)
}

func width(v []float64) float64 { return slices.Max(v) - slices.Min(v) }

func meanOf(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}
