package clock

import (
	"math"
	"slices"
)

// segment is a row of frames on whose media clock nothing jumped and whose pace did not change.
type segment struct {
	from, to int // frames
	stretch  int
	cause    Cause   // of its beginning
	rate     float64 // host seconds per second of the media clock
	interval float64 // between frames, median, ticks
	envelope envelope
}

const (
	leastJump  = 0.06 // s: the network does less
	jumpWindow = 3.0  // s: a jump holds that long on both sides, a stall of the network does not
	wildJump   = 30.0 // s: a frame that is farther off is of no use to its neighbours

	// At the rims of a recording B-frames, of which H.264 reorders up to 16 (§A.3.1), look like a jump.
	leastBeside = 17 // frames on both sides of one

	// Without arrivals a jump can't be told from a pause. What is farther apart is not bridged.
	unheardJump = 10.0 // s
	unheardBack = 1.0  // s: B-frames go back by less
)

// findSegments cuts the stretches where the media clock jumped or changed its pace.
func (r *recording) findSegments() []segment {
	var all []segment
	for s, t := range r.stretches {
		host, media := r.host[t.from:t.to], r.media[t.from:t.to]
		cuts := r.cuts(host, media)
		for i, c := range cuts {
			to := len(host)
			if i+1 < len(cuts) {
				to = cuts[i+1].frame
			}
			all = append(all, segment{
				from: t.from + c.frame, to: t.from + to, stretch: s, cause: c.cause,
				rate: r.rateOf(host[c.frame:to], media[c.frame:to]),
			})
		}
	}
	return all
}

// cut is where a segment begins.
type cut struct {
	frame int
	cause Cause
}

// cuts returns the beginnings of a stretch's segments, in order. The first is the stretch's own.
func (r *recording) cuts(host, media []float64) []cut {
	cuts := []cut{{0, Restart}}
	if !r.heard {
		for i := 1; i < len(media); i++ {
			if d := media[i] - media[i-1]; d > unheardJump || d < -unheardBack {
				cuts = append(cuts, cut{i, MediaSet})
			}
		}
		return cuts
	}
	add := func(frame int, cause Cause) {
		if frame > cuts[len(cuts)-1].frame && frame < len(host) {
			cuts = append(cuts, cut{frame, cause})
		}
	}
	// Beside a change of pace all frames seem to jump, and beside a jump the pace can't be seen: so first the one, then the
	// other, and then what the other hid.
	pace := 0
	for _, paceEnd := range append(findPaces(host, media), len(host)) {
		add(pace, Pace)
		jump := pace
		jumps := r.jumps(host[pace:paceEnd], media[pace:paceEnd])
		for _, k := range append(jumps, paceEnd-pace) {
			add(jump, MediaSet)
			if end := pace + k; len(jumps) > 0 {
				for _, k := range findPaces(host[jump:end], media[jump:end]) {
					add(jump+k, Pace)
				}
			}
			jump = pace + k
		}
		pace = paceEnd
	}
	return cuts
}

// mostPairs bounds the pairs of frames by which a pace is judged.
const mostPairs = 20000

// rateOf returns host seconds per second of the media clock: the median slope of frames five seconds apart, refined by the
// earliest arrivals, which neither the network nor the order of B-frames delays. It is 1 when the frames don't tell.
func (r *recording) rateOf(host, media []float64) float64 {
	n := len(host)
	if n < 4 {
		return 1
	}
	rate := r.coarseRate(host, media)
	if !believable(rate) {
		rate = 1
	}
	for range 2 {
		x, d := earliest(host, media, rate)
		if len(x) < 4 {
			break
		}
		if slope, _ := r.scratch.theilSen(x, d); !math.IsNaN(slope) {
			rate += slope
		}
	}
	if !believable(rate) {
		return 1
	}
	return rate
}

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

// believable bounds the paces of cameras that count frames and deliver fewer, or more.
func believable(rate float64) bool { return rate > 0.2 && rate < 5 }

func (r *recording) coarseRate(host, media []float64) float64 {
	n := len(host)
	span := max(host[n-1]-host[0], 1e-3)
	lag := min(max(int(math.Round(float64(n)*5/span)), 1), n/2)
	stride := max((n-lag)/mostPairs, 1)
	steps := make([]float64, 0, (n-lag)/stride+1)
	for i := 0; i+lag < n; i += stride {
		steps = append(steps, math.Abs(media[i+lag]-media[i]))
	}
	least := 0.1 * r.scratch.median(steps)
	slopes := steps[:0]
	for i := 0; i+lag < n; i += stride {
		if d := media[i+lag] - media[i]; d > least {
			slopes = append(slopes, (host[i+lag]-host[i])/d)
		}
	}
	return medianOf(slopes)
}

// earliest returns the frames that came earliest, by a line of the given rate, one per piece of a recording that is cut
// into 4 to 60 of at least two seconds: their media times and distances from the line.
func earliest(host, media []float64, rate float64) (x, d []float64) {
	n := len(host)
	span := host[n-1] - host[0]
	pieces := min(max(int(span/2), 4), 60)
	best, at := math.Inf(1), -1
	piece := 0
	flush := func() {
		if at >= 0 {
			x, d = append(x, media[at]), append(d, best)
		}
		best, at = math.Inf(1), -1
	}
	for i := range host {
		if p := min(int((host[i]-host[0])/span*float64(pieces)), pieces-1); span > 0 && p != piece {
			flush()
			piece = p
		}
		if e := host[i] - rate*media[i]; e < best {
			best, at = e, i
		}
	}
	flush()
	return x, d
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
