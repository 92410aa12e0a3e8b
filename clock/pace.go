package clock

import (
	"math"
	"slices"
)

// leastPace is the smallest change of pace that is looked for: cameras that count frames change it by parts of the frame
// rate, and no oscillator by that much.
const leastPace = 0.02

// findPaces returns the frames before which the pace of the media clock against the host's changed, in order.
func findPaces(host, media []float64) []int {
	x, v, frame := secondMinima(host, media)
	if len(x) < 12 {
		return nil
	}
	slope := make([]float64, len(x)-2)
	for i := range slope {
		slope[i] = (v[i+2] - v[i]) / max(x[i+2]-x[i], 1e-6)
	}
	var cuts []int
	for i := 4; i < len(slope)-4; i++ {
		if !paceChanges(slope, i) {
			continue
		}
		best := i
		for m := i; m < min(i+4, len(slope)-4); m++ {
			if paceStep(slope, m) > paceStep(slope, best) {
				best = m
			}
		}
		if k := crossing(media, x, v, frame, best, slope); len(cuts) == 0 || k > cuts[len(cuts)-1] {
			cuts = append(cuts, k)
		}
		i = best + 4
	}
	return cuts
}

// secondMinima returns the frames that came earliest, one per second: their media time, arrival minus media time, and index.
func secondMinima(host, media []float64) (x, v []float64, frame []int) {
	second, best := 0, -1
	for i := range host {
		if s := int(host[i] - host[0]); s != second {
			if best >= 0 {
				frame = append(frame, best)
			}
			second, best = s, -1
		}
		if best < 0 || host[i]-media[i] < host[best]-media[best] {
			best = i
		}
	}
	if best >= 0 {
		frame = append(frame, best)
	}
	for _, k := range frame {
		x, v = append(x, media[k]), append(v, host[k]-media[k])
	}
	return x, v, frame
}

// around returns the medians of the three slopes before and after the one at i.
func around(slope []float64, i int) (before, after float64) {
	return middle(slope[i-4 : i-1]), middle(slope[i+1 : i+4])
}

func paceStep(slope []float64, i int) float64 {
	before, after := around(slope, i)
	return math.Abs(before - after)
}

func paceChanges(slope []float64, i int) bool {
	step := paceStep(slope, i)
	return step > leastPace && step > 4*(width(slope[i-4:i-1])+width(slope[i+1:i+4]))
}

// middle returns the median of three values.
func middle(v []float64) float64 {
	return max(min(v[0], v[1]), min(max(v[0], v[1]), v[2]))
}

// crossing returns the frame at which the lines before and after a change of pace meet.
func crossing(media, x, v []float64, frame []int, at int, slope []float64) int {
	before, after := around(slope, at)
	p, q := max(at-3, 0), min(at+4, len(x)-1)
	meet := (v[q] - after*x[q] - v[p] + before*x[p]) / (before - after)
	k := frame[at+1]
	if slices.IsSorted(x[p:q]) {
		k, _ = slices.BinarySearch(media, meet)
	}
	return betweenGroups(media, min(max(k, frame[p]+1), frame[q]))
}

// betweenGroups moves k on to the next frame that is presented after all before it and before all after it, as far as frames
// are reordered. A cut anywhere else would tear B-frames from what they belong between.
func betweenGroups(media []float64, k int) int {
	for j := k; j <= min(k+leastBeside, len(media)-1); j++ {
		before, after := media[max(j-leastBeside, 0):j], media[j:min(j+leastBeside, len(media))]
		if len(before) == 0 || slices.Max(before) < slices.Min(after) {
			return j
		}
	}
	return k
}
