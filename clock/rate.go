package clock

import "math"

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
