package clock

import "slices"

// stamps are the newest RTP time stamps of a segment, in the order in which they came.
type stamps struct {
	rtp    [128]int64
	n      int // all that were added
	sorted [128]int64
}

func (s *stamps) add(rtp int64) {
	s.rtp[s.n%len(s.rtp)] = rtp
	s.n = onward(s.n, len(s.rtp))
}

// above returns how many of the newest frames are shown after one with this time stamp.
func (s *stamps) above(rtp int64) (n int) {
	for i := max(0, s.n-reorder-1); i < s.n; i++ {
		if s.rtp[i%len(s.rtp)] > rtp {
			n++
		}
	}
	return n
}

// inOrder returns them as the frames are shown. It is valid until the next call.
func (s *stamps) inOrder() []int64 {
	v := s.sorted[:copy(s.sorted[:], s.rtp[:min(s.n, len(s.rtp))])]
	slices.Sort(v)
	return v
}

// interval returns the median distance of neighbours in the order of showing, in ticks; 0 when there are none.
func (s *stamps) interval(scratch *scratch) float64 {
	v := s.inOrder()
	scratch.values = scratch.values[:0]
	for i := 1; i < len(v); i++ {
		if d := v[i] - v[i-1]; d > 0 {
			scratch.values = append(scratch.values, float64(d))
		}
	}
	if len(scratch.values) == 0 {
		return 0
	}
	return medianOf(scratch.values)
}
