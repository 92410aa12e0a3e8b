package clock

import (
	"math"
	"slices"
)

const (
	leastJump  = 0.06 // s: the network does less
	jumpWindow = 3.0  // s: a jump holds that long on both sides, a stall of the network does not
	wildJump   = 30.0 // s: a frame that is farther off is of no use to its neighbours

	// At the rims of a recording B-frames, of which H.264 reorders up to 16 (§A.3.1), look like a jump.
	leastBeside = 17 // frames on both sides of one
)

// jumps returns where the media clock jumped by both ways to know its rate: the fine one a jump can spoil, the coarse one the
// order of B-frames, and by a rate that is wrong B-frames look like jumps.
func (r *recording) jumps(host, media []float64) []int {
	fine := findJumps(host, media, r.rateOf(host, media))
	if len(fine) == 0 {
		return nil
	}
	rate := r.coarseRate(host, media)
	if !believable(rate) {
		rate = 1
	}
	coarse := findJumps(host, media, rate)
	return slices.DeleteFunc(fine, func(k int) bool {
		i, _ := slices.BinarySearch(coarse, k-leastBeside)
		return i == len(coarse) || coarse[i] > k+leastBeside
	})
}

// findJumps returns the frames before which the media clock jumped against the host's, in order: the arrivals' lower edge
// lies elsewhere from there on. A single frame with a wild time is cut out too.
func findJumps(host, media []float64, rate float64) []int {
	d := make([]float64, len(host))
	some := false
	for i := range d {
		d[i] = host[i] - rate*media[i]
		some = some || i > 0 && math.Abs(d[i]-d[i-1]) > leastJump
	}
	if !some {
		return nil
	}
	after, before := minimaAfter(host, d), minimaBefore(host, d)
	var jumps []int
	misfit := 0.0 // of the newest jump
	for k := 1; k < len(d); k++ {
		j, s := d[k]-d[k-1], after[k]-before[k]
		off := math.Abs(j - s)
		wild := math.Abs(j) > wildJump
		rim := k < leastBeside || len(d)-k < leastBeside
		if !wild && (rim || math.Abs(j) <= leastJump || math.Abs(s) <= leastJump || off >= max(0.04, math.Abs(s)/2)) {
			continue
		}
		if last := len(jumps) - 1; last >= 0 && !wild && host[k]-host[jumps[last]] < jumpWindow {
			if off < misfit {
				jumps[last], misfit = k, off
			}
			continue
		}
		jumps, misfit = append(jumps, k), off
	}
	return jumps
}

// minimaAfter returns, for each frame, the least v from it on for jumpWindow.
func minimaAfter(t, v []float64) []float64 {
	out := make([]float64, len(v))
	var queue []int // v increases towards the front's later times; the last is the least
	head := 0
	for k := len(v) - 1; k >= 0; k-- {
		for len(queue) > head && v[queue[len(queue)-1]] >= v[k] {
			queue = queue[:len(queue)-1]
		}
		queue = append(queue, k)
		for t[queue[head]] > t[k]+jumpWindow {
			head++
		}
		out[k] = v[queue[head]]
	}
	return out
}

// minimaBefore returns, for each frame, the least v of the frames before it back to jumpWindow before the last of them.
func minimaBefore(t, v []float64) []float64 {
	out := make([]float64, len(v))
	var queue []int
	head := 0
	for k := 1; k < len(v); k++ {
		for len(queue) > head && v[queue[len(queue)-1]] >= v[k-1] {
			queue = queue[:len(queue)-1]
		}
		queue = append(queue, k-1)
		for t[queue[head]] < t[k-1]-jumpWindow {
			head++
		}
		out[k] = v[queue[head]]
	}
	return out
}
