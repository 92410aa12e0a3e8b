package clock

import "math"

const (
	// leastStep is the smallest step of a camera's clock that is looked for: servers and frames jitter by less.
	leastStep = 0.004 // s
	// clockDrift is how fast a clock that is set by a server may run off between two reports.
	clockDrift = 25e-6
	// outlier is the level of a report that belongs to none.
	outlier = -1
)

// levelThreshold returns the step from which on a report belongs to another level of the camera's clock.
func levelThreshold(noise float64) float64 { return max(leastStep, 6*noise) }

// levels splits the reports where the camera's clock was set. v is camera's clock minus the host's at the times t, in the
// order of the reports, both in s. It fills level with the number of each report's level, counted from 0, and returns how
// many there are. A lone report beside its neighbours is an outlier.
func levels(t, v []float64, threshold float64, level []int) (n int) {
	var last tail
	for i := range v {
		tolerance := threshold + clockDrift*(t[i]-last.time())
		middle := last.value()
		switch {
		case last.n == 0 || math.Abs(v[i]-middle) <= tolerance:
		case i+1 < len(v) && math.Abs(v[i+1]-middle) <= tolerance:
			level[i] = outlier
			continue
		default:
			n++
			last = tail{}
		}
		level[i] = n
		last.add(t[i], v[i])
	}
	if len(v) == 0 {
		return 0
	}
	return n + 1
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
