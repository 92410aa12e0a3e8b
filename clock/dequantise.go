package clock

import (
	"math"
	"slices"
)

// Cameras that stamp frames in whole milliseconds hide the sensor's even pace behind the steps. The line through many
// stamps tells it again, if no stamp is farther from it than a step hides.
const (
	coarseTick   = 0.45e-3 // s: finer steps are not worth it
	coarsestTick = 0.011   // s: longer ones are not steps of a clock
	leastEven    = 64      // frames by which a line is judged at least
	mostEven     = 4096    // and at most: the crystals' temperature bends longer ones
	evenLimit    = 0.6     // of a step: one hides half a step, and the line is not known exactly
)

// tick returns the step of which all differences of RTP time stamps are multiples, in s.
func (f *fit) tick() float64 {
	step := int64(0)
	for _, s := range f.stretches {
		for i := s.from + 1; i < min(s.to, s.from+4000); i++ {
			step = gcd(step, f.frames[i].RTP-f.frames[i-1].RTP)
		}
	}
	if step < 1 || step > int64(f.rate/100) {
		return 1 / f.rate
	}
	return float64(step) / f.rate
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// evenMedia returns the segment's media times in the order of the frames, without the steps of the stamps where the sensor runs evenly.
func (f *fit) evenMedia(s *segment, tick float64) []float64 {
	media := f.media[s.from:s.to]
	if tick < coarseTick || tick > coarsestTick || len(media) < 2*leastEven {
		return media
	}
	e := f.evenLine(s)
	e.limit = evenLimit * tick
	e.count(f.interval)
	for from := 0; from < len(media); from += mostEven {
		e.straighten(from, min(from+mostEven, len(media)))
	}
	if e.order == nil {
		return e.even
	}
	out := make([]float64, len(media))
	for i, m := range e.even {
		out[e.order[i]-s.from] = m
	}
	return out
}

// evenLine draws lines through the stamps of a segment.
type evenLine struct {
	order        []int     // the frames in presentation order, nil when that is how they came
	stamps, even []float64 // s, in presentation order
	number       []float64 // of each frame, the lost ones counted
	limit        float64   // how far a stamp may be off the line, s
}

func (f *fit) evenLine(s *segment) *evenLine {
	e := &evenLine{order: f.presented(s), stamps: slices.Clone(f.media[s.from:s.to])}
	for i, k := range e.order {
		e.stamps[i] = f.media[k]
	}
	e.even = slices.Clone(e.stamps)
	return e
}

func (e *evenLine) count(interval float64) {
	n := len(e.stamps)
	e.number = make([]float64, n)
	span := e.stamps[n-1] - e.stamps[0]
	mean := span / max(1, math.Round(span/interval))
	for i := 1; i < n; i++ {
		e.number[i] = e.number[i-1] + max(1, math.Round((e.stamps[i]-e.stamps[i-1])/mean))
	}
}

// straighten replaces the stamps by a line through them and as many before and after, or if that is not straight, by two.
func (e *evenLine) straighten(from, to int) {
	n := to - from
	height, slope, off := e.line(max(from-n, 0), min(to+n, len(e.stamps)))
	limit := e.limit
	if n <= leastEven { // a short line is known less exactly
		limit *= 1.25
	}
	switch {
	case off <= limit:
		for i := from; i < to; i++ {
			e.even[i] = height + slope*e.number[i]
		}
	case n > leastEven:
		e.straighten(from, from+n/2)
		e.straighten(from+n/2, to)
	}
}

// line returns the least squares line through some stamps over their numbers, and how far the farthest is off it.
func (e *evenLine) line(from, to int) (height, slope, off float64) {
	x0, y0 := e.number[from], e.stamps[from]
	var n, x, y, xx, xy float64
	for i := from; i < to; i++ {
		dx, dy := e.number[i]-x0, e.stamps[i]-y0
		n, x, y, xx, xy = n+1, x+dx, y+dy, xx+dx*dx, xy+dx*dy
	}
	slope = (n*xy - x*y) / (n*xx - x*x)
	height = y0 + (y-slope*x)/n - slope*x0
	for i := from; i < to; i++ {
		off = max(off, math.Abs(height+slope*e.number[i]-e.stamps[i]))
	}
	if math.IsNaN(slope) {
		off = math.Inf(1)
	}
	return height, slope, off
}
