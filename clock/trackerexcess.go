package clock

import "slices"

// excess remembers how much later the newest frames came than frames without delay, in seconds.
type excess struct {
	late [400]float64
	n    int // all that were added
}

func (e *excess) add(late float64) {
	e.late[e.n%len(e.late)] = late
	e.n = onward(e.n, len(e.late))
}

// onward counts on what fills a ring of so many places, and never beyond twice as many: years of frames overflow 32 bits.
func onward(n, places int) int {
	if n++; n == 2*places {
		return places
	}
	return n
}

// usual returns the median of the newest, 0 before there are some.
func (e *excess) usual(s *scratch) float64 {
	if e.n < fewExcesses {
		return 0
	}
	return s.median(e.newest())
}

// scatter returns how much the newest differ, 0 before there are some.
func (e *excess) scatter(s *scratch) float64 {
	if e.n < fewExcesses {
		return 0
	}
	return s.scatter(e.newest())
}

// fewExcesses tell nothing.
const fewExcesses = 50

// newest returns the ones that are remembered, in no order.
func (e *excess) newest() []float64 { return e.late[:min(e.n, len(e.late))] }

// least returns the smallest of the newest n, 0 when there are not so many.
func (e *excess) least(n int) float64 {
	if e.n < n {
		return 0
	}
	least := e.late[(e.n-1)%len(e.late)]
	for i := e.n - n; i < e.n-1; i++ {
		least = min(least, e.late[i%len(e.late)])
	}
	return least
}

// inOrder returns all that are remembered, sorted. It is valid until the scratch is used again.
func (e *excess) inOrder(s *scratch) []float64 {
	s.values = append(s.values[:0], e.newest()...)
	slices.Sort(s.values)
	return s.values
}
