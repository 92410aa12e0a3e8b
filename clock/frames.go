package clock

import (
	"cmp"
	"math"
	"slices"
)

// timeFrames gives each frame its time.
func (f *fit) timeFrames() {
	f.utc = make([]float64, len(f.frames))
	tick := f.tick()
	for g := range f.segments {
		s, t := &f.segments[g], &f.times[g]
		media := f.evenMedia(s, tick)
		for i, m := range media {
			f.utc[s.from+i] = m + t.at(m)
		}
	}
	f.timeByArrival()
}

// presented returns the frames of a segment in the order of their media times: nil when that is the order in which they came.
func (f *fit) presented(s *segment) []int {
	if slices.IsSorted(f.media[s.from:s.to]) {
		return nil
	}
	order := make([]int, s.to-s.from)
	for i := range order {
		order[i] = s.from + i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(f.media[a], f.media[b]) })
	return order
}

// mostSeconds is what fits into a time.Duration, with room: 250 years.
const mostSeconds = 250 * 365 * 86400

// nanos converts seconds. What can't be a time becomes the nearest that can.
func nanos(seconds float64) int64 {
	if math.IsNaN(seconds) {
		return 0
	}
	return int64(math.Round(max(min(seconds, mostSeconds), -mostSeconds) * 1e9))
}
