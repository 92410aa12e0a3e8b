package clock

import (
	"math"
	"slices"
)

// mostLost is how many frames may have been lost between a report's frame and the nearest that came.
const mostLost = 30

// onGrid says whether a sender report names a frame: its RTP time stamp is that of one of the frames, sorted by media time,
// or is whole intervals (in ticks) away from the nearest, because the frame itself was lost.
func onGrid(rtp int64, frames []int64, interval float64) bool {
	if len(frames) == 0 {
		return false
	}
	i, _ := slices.BinarySearch(frames, rtp)
	off := math.Inf(1)
	for _, j := range [2]int{i - 1, i} {
		if j < 0 || j >= len(frames) {
			continue
		}
		if d := float64(rtp - frames[j]); math.Abs(d) < math.Abs(off) {
			off = d
		}
	}
	n := 0.0
	if interval > 0 {
		n = math.RoundToEven(off / interval)
	}
	// Time stamps are cut to ticks, and the interval is not known better than to half a tick.
	return math.Abs(n) <= mostLost && math.Abs(off-n*interval) <= 1.5+0.5*math.Abs(n)
}
