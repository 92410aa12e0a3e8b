package rtpsession

// Limits of RFC 3550 A.1 on what still is one run of sequence numbers.
const (
	maxDropout  = 3000 // a gap below this is loss
	maxMisorder = 100  // a packet may be this far behind the newest
)

// sequence follows the 16-bit sequence numbers of a run (RFC 3550 A.1) and counts for its reports (A.3). Positions are
// sequence numbers unwrapped: the low 16 bits are the packet's, the rest counts cycles.
type sequence struct {
	base     int64 // position of the first packet
	highest  int64
	received int64 // late and repeated packets too
	// As they were at the last report.
	expectedPrior, receivedPrior int64
}

func newSequence(first uint16) sequence {
	return sequence{base: int64(first), highest: int64(first) - 1}
}

// place returns the position of the sequence number n, and false when it is too far off to belong to the run.
func (s *sequence) place(n uint16) (int64, bool) {
	distance := n - uint16(s.highest)
	switch {
	case distance < maxDropout:
		return s.highest + int64(distance), true
	case distance > 1<<16-maxMisorder:
		return s.highest + int64(distance) - 1<<16, true
	}
	return 0, false
}

// count counts a packet and reports whether it is ahead of all before.
func (s *sequence) count(position int64) bool {
	s.received++
	ahead := position > s.highest
	s.highest = max(s.highest, position)
	return ahead
}

// expected returns how many packets were sent in the run, as far as one can know.
func (s *sequence) expected() int64 { return s.highest - s.base + 1 }

// heard reports whether packets came since the last report.
func (s *sequence) heard() bool { return s.received > s.receivedPrior }

// lost returns the cumulative number of packets lost, clamped to the 24-bit field. Repeated packets make it negative.
func (s *sequence) lost() int32 {
	return int32(min(max(s.expected()-s.received, -1<<23), 1<<23-1))
}

// interval returns the fraction lost since the last report in 1/256 (RFC 3550 A.3), and begins the next interval.
func (s *sequence) interval() uint8 {
	expected, received := s.expected()-s.expectedPrior, s.received-s.receivedPrior
	s.expectedPrior, s.receivedPrior = s.expected(), s.received
	lost := expected - received
	if expected <= 0 || lost <= 0 {
		return 0
	}
	return uint8(min(lost<<8/expected, 255))
}
