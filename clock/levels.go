package clock

import (
	"math"
	"slices"
)

const (
	// leastStep is the smallest step of a camera's clock that is looked for: servers and frames jitter by less.
	leastStep = 0.004 // s
	// clockDrift is how fast a clock that is set by a server may run off between two reports.
	clockDrift = 25e-6
)

// settings are the levels of a camera's clock: what lies between two settings of it.
type settings struct {
	series    []float64 // per report: camera's clock minus the host's, s
	came      []float64 // and when it came by the host's, s
	threshold float64   // less is no setting, s
	levels    []level
	sound     []int // the reports of all levels, in order: all but outliers
}

// level is a row of reports between two settings of the camera's clock.
type level struct {
	reports   []int
	ahead     float64 // median of the series, s
	plausible bool
}

// levelThreshold returns the step from which on a report belongs to another level of the camera's clock.
func levelThreshold(noise float64) float64 { return max(leastStep, 6*noise) }

// split fills levels, where the camera's clock was set. A lone report beside its neighbours is an outlier.
func (s *settings) split() {
	t, v := s.came, s.series
	s.levels, s.sound = s.levels[:0], slices.Grow(s.sound[:0], len(v))
	var last tail
	begins := 0 // the level, among sound
	for i := range v {
		tolerance := s.threshold + clockDrift*(t[i]-last.time())
		middle := last.value()
		switch {
		case last.n > 0 && math.Abs(v[i]-middle) <= tolerance:
		case last.n > 0 && i+1 < len(v) && math.Abs(v[i+1]-middle) <= tolerance:
			continue
		default:
			last, begins = tail{}, len(s.sound)
			s.levels = append(s.levels, level{})
		}
		last.add(t[i], v[i])
		s.sound = append(s.sound, i)
		s.levels[len(s.levels)-1].reports = s.sound[begins:]
	}
}

// median returns the median of the series over some reports.
func (s *settings) median(reports []int, m *scratch) float64 {
	m.values = m.values[:0]
	for _, i := range reports {
		m.values = append(m.values, s.series[i])
	}
	return medianOf(m.values)
}

// tail holds the last five reports of a level.
type tail struct {
	t, v [5]float64
	n    int // all that were added
}

func (l *tail) add(t, v float64) {
	l.t[l.n%len(l.t)], l.v[l.n%len(l.v)] = t, v
	l.n++
}

// time returns their mean time, value their median.
func (l *tail) time() float64 {
	sum, n := 0.0, min(l.n, len(l.t))
	for _, t := range l.t[:n] {
		sum += t
	}
	return sum / float64(max(n, 1))
}

func (l *tail) value() float64 {
	v := l.v // a copy, to be sorted
	return medianOf(v[:min(l.n, len(v))])
}
