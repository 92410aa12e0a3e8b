package clock

import "math"

const (
	// unheardRate is how well the line through noisy reports tells the rate of the media clock, in ppm.
	unheardRate = 300
	// unheardNoise is how well it tells its height, in s.
	unheardNoise = 1.0
	// leastSetting is the smallest setting of the camera's clock that would spoil the line, in s.
	leastSetting = 0.02
)

// drawLines makes the lines through the reports of each segment what the arrivals' edge is where there are arrivals: the other
// clock, by which the camera's settings show. Segments without reports get no line, and no times.
func (f *fit) drawLines() {
	for g, of := range f.bySegment {
		e := &f.segments[g].envelope
		e.noise = unheardNoise
		if len(of) == 0 {
			e.add(0, 0, 0)
			continue
		}
		media, pair := make([]float64, len(of)), make([]float64, len(of))
		for i, k := range of {
			r := &f.reports[k]
			media[i], pair[i] = r.media, r.camera-r.media
		}
		from, to := f.longestEven(pair)
		slope, height := f.scratch.theilSen(media[from:to], pair[from:to])
		if !(slope < leastPace && slope > -leastPace) { // too few reports
			slope, height = 0, f.scratch.median(pair[from:to])
		}
		e.add(0, height, slope)
	}
}

// longestEven returns the longest part of v in which the camera's clock was not set.
func (f *fit) longestEven(v []float64) (from, to int) {
	steps := make([]float64, 0, len(v))
	for i := 1; i < len(v); i++ {
		steps = append(steps, v[i]-v[i-1])
	}
	usual := 6*f.scratch.scatter(steps) + leastSetting
	last := 0
	for i := 1; i <= len(v); i++ {
		if i < len(v) && math.Abs(steps[i-1]) <= usual {
			continue
		}
		if i-last > to-from {
			from, to = last, i
		}
		last = i
	}
	return from, to
}
