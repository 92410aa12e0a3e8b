package clock

import "math"

// evenPace draws a line through the newest stamps of a camera that stamps frames in coarse steps while its sensor runs evenly:
// the line tells the sensor's pace without the steps. Seconds.
type evenPace struct {
	number []float64 // of each of the newest frames, the lost ones counted; mostEven of them, once there was need
	stamp  []float64
	n      int        // stamps since the line was begun
	beats  int        // steps of a stamp's length among them
	sum    lineSums   // of those that are remembered
	newest [2]float64 // number and stamp of the newest
}

// fewBeats is how often the stamps must have made a step more or less than usual. The sensor's interval is almost a whole number
// of steps: between two such beats the stamps are off by anything up to a step, evenly growing, and fewer bend the line.
const fewBeats = 4

// evenRoom is how far a stamp may be off the line, in steps. It hides up to one.
const evenRoom = 1.1

// lineSums are what a least squares line needs, counted from a frame nearby.
type lineSums struct{ x0, y0, n, x, y, xx, xy float64 }

func (s *lineSums) add(x, y, weight float64) {
	x, y = x-s.x0, y-s.y0
	s.n += weight
	s.x += weight * x
	s.y += weight * y
	s.xx += weight * x * x
	s.xy += weight * x * y
}

func (s *lineSums) slope() float64 { return (s.n*s.xy - s.x*s.y) / (s.n*s.xx - s.x*s.x) }

// at returns the height of the line at x.
func (s *lineSums) at(x float64) float64 {
	slope := s.slope()
	return s.y0 + (s.y-slope*s.x)/s.n + slope*(x-s.x0)
}

// add takes a frame's media time and returns it without the steps of the stamps, once the line is known.
func (p *evenPace) add(r, interval, tick float64) float64 {
	usual := math.Round(interval/tick) * tick
	if p.known() {
		interval = p.sum.slope()
	}
	frames := math.Round((r - p.newest[1]) / interval)
	number := p.newest[0] + frames
	if p.known() && math.Abs(p.sum.at(number)-r) > evenRoom*tick {
		p.n = 0 // the pace has changed
	}
	if p.n == 0 {
		number, p.beats = 0, 0
	} else if math.Abs(r-p.newest[1]-frames*usual) > tick/2 {
		p.beats++
	}
	p.put(number, r)
	if !p.known() {
		return r
	}
	if at := p.sum.at(number); !math.IsNaN(at) {
		return at
	}
	p.n = 0 // all have one number, since they come faster than was known
	return r
}

func (p *evenPace) known() bool { return p.n >= leastEven && p.beats >= fewBeats }

// put remembers a stamp in the place of the oldest. The sums begin anew now and then, lest rounding adds up.
func (p *evenPace) put(number, r float64) {
	if p.number == nil {
		p.number, p.stamp = make([]float64, mostEven), make([]float64, mostEven)
	}
	i := p.n % mostEven
	if p.n >= mostEven {
		p.sum.add(p.number[i], p.stamp[i], -1)
	}
	p.number[i], p.stamp[i] = number, r
	p.newest = [2]float64{number, r}
	p.n = onward(p.n, mostEven)
	if i > 0 {
		p.sum.add(number, r, 1)
		return
	}
	if p.n > mostEven && p.beats > fewBeats { // about as many are forgotten as come
		p.beats = max(fewBeats, p.beats/2)
	}
	p.sum = lineSums{x0: number, y0: r}
	for k := range min(p.n, mostEven) {
		p.sum.add(p.number[k], p.stamp[k], 1)
	}
}

// even returns a frame's media time, without the steps of coarse time stamps where they can be told.
func (t *Tracker) even(r float64) float64 {
	step, p := t.step(), &t.evenPace
	// Of frames faster than shortestInterval the interval is not known.
	if step < coarseTick || step > coarsestTick || t.interval <= shortestInterval {
		p.n = 0
		return r
	}
	return p.add(r, t.interval, step)
}

// step returns the step of the time stamps.
func (t *Tracker) step() float64 { return float64(t.synth.tick) / t.rate }

// stepLeft returns what is left of the step in the media times of frames: a line is known the better the more beats it has.
func (t *Tracker) stepLeft() float64 {
	if p := &t.evenPace; p.known() {
		return t.step() / math.Sqrt(float64(p.beats))
	}
	return t.step()
}
