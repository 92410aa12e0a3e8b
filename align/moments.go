package align

import (
	"math"
	"slices"
)

// grid returns the moments of an even rate, counted from a full second, at which there is a frame.
func grid(rate float64, cameras []*Camera) []int64 {
	first := int64(math.MaxInt64)
	for _, c := range cameras {
		if len(c.frames) > 0 {
			first = min(first, c.frames[0].at)
		}
	}
	base := first - first%1e9
	var list []int64
	for _, c := range cameras {
		for _, f := range c.frames {
			n := math.Round(float64(f.at-base) * rate / 1e9)
			list = append(list, base+int64(math.Round(n*1e9/rate)))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// moments returns the times of the reference's frames and, where it has none for a while, those at which it would have had
// one if it had gone on evenly and at which another camera has a frame.
func moments(cameras []*Camera, reference int, interval int64) []int64 {
	frames := cameras[reference].frames
	list := make([]int64, 0, len(frames))
	for _, f := range frames {
		list = append(list, f.at)
	}
	if interval <= 0 {
		return list
	}
	var more []int64
	for i, c := range cameras {
		if i != reference {
			more = append(more, cameras[reference].fill(c.frames, interval)...)
		}
	}
	slices.Sort(more)
	return merge(list, slices.Compact(more))
}

// fill returns the times at which c would have had the frames that others lie nearest to.
func (c *Camera) fill(others []frame, interval int64) (list []int64) {
	behind := 0 // the first frame of c that is later than the other one
	for _, f := range others {
		for behind < len(c.frames) && c.frames[behind].at <= f.at {
			behind++
		}
		if at, ok := c.between(behind, f.at, interval); ok {
			list = append(list, at)
		}
	}
	return list
}

// hole is how many usual intervals a stretch without frames is long at least. Cameras that leave out a frame now and
// then to keep pace make two.
const hole = 3

// between returns the time nearest to at that would have been a frame's, if frames are missing before frame i.
func (c *Camera) between(i int, at, interval int64) (int64, bool) {
	if i == 0 {
		first := c.frames[0].at
		n := round(first-at, interval)
		return first - n*interval, n > 0
	}
	before := c.frames[i-1].at
	if i == len(c.frames) {
		n := round(at-before, interval)
		return before + n*interval, n > 0
	}
	length := c.frames[i].at - before
	steps := round(length, interval)
	if steps < 2 || steps < hole && !c.gapBefore(i) {
		return 0, false
	}
	// As evenly as the stretch can be divided; in floating point, as it may be a year long.
	n := math.Round(float64(at-before) / float64(length) * float64(steps))
	return before + int64(n/float64(steps)*float64(length)), n > 0 && int64(n) < steps
}

// round returns a/b for a ≥ 0 and b > 0, to the nearest.
func round(a, b int64) int64 { return (a + b/2) / b }

// merge returns the elements of two sorted lists in order.
func merge(a, b []int64) []int64 {
	if len(b) == 0 {
		return a
	}
	list := make([]int64, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0] < a[0] {
			list, b = append(list, b[0]), b[1:]
		} else {
			list, a = append(list, a[0]), a[1:]
		}
	}
	return append(append(list, a...), b...)
}
