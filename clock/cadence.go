package clock

import (
	"math"
	"slices"
)

// Many cameras stamp frames by a nominal interval and catch up with a longer one now and then, while the sensor runs evenly.
// Then the number of a frame is a better clock than its time stamp (Amcrest: steps of 33 and 34 ms, and of 70 ms about every
// second). The sender reports tell: they fit one of the two clearly better.
const (
	steadyReports = 12     // reports that can tell
	clearlyBetter = 0.8    // of the noise on the clock before
	longStep      = 1.6    // intervals: a frame is missing, or the stamps catch up
	pauseStep     = 3.5    // intervals: the stream paused, and nothing is known of the frames between
	lostShift     = 0.6    // intervals: after a lost frame the stamps stay ahead of the count, after catching up they don't
	shiftWindow   = 10.0   // s: what is compared for that, on both sides: some catchings up
	leastWindow   = 8      // frames
	cadenceOff    = 1.5    // intervals: stamps that are farther off the line are not of this cadence
	cadenceFloor  = 0.5e-3 // s: time stamps that are that good need no help
)

// evenWindows are the lengths of the lines (s) that are tried in the stamps' stead: as long as can be for a sensor that runs
// evenly, short ones for one that follows the light.
var evenWindows = [...]float64{0, 5, 2, 1}

// findCadence looks for the clock that the witnesses fit best: the RTP time stamps, or lines through them over the number of
// the frame. It puts the better one in the place of the time stamps. Witnesses are the arrivals, or where there are none the
// sender reports.
func (f *fit) findCadence() {
	for g, of := range f.bySegment {
		s := &f.segments[g]
		if s.to-s.from < 2*leastEven || !f.heard && len(of) < steadyReports {
			continue
		}
		noise, floor := func(shift *curve) float64 { return f.arrivalNoise(s, shift) }, leastScatter
		if !f.heard {
			noise, floor = func(shift *curve) float64 { return f.reportNoise(of, shift) }, cadenceFloor
		}
		if shift := f.bestShift(s, noise, floor); shift != nil {
			f.shiftMedia(s, of, shift)
		}
	}
}

// bestShift returns what to add to the time stamps, nil for nothing: they are better than floor, or no line is clearly better.
func (f *fit) bestShift(s *segment, noise func(*curve) float64, floor float64) (best *curve) {
	least := noise(&curve{})
	if !(least >= floor) {
		return nil
	}
	for _, window := range evenWindows {
		shift := f.cadence(s, window).shift()
		if n := noise(shift); n < clearlyBetter*least {
			best, least = shift, n
		}
	}
	return best
}

// shiftMedia moves the media times of a segment, and of its reports.
func (f *fit) shiftMedia(s *segment, of []int, shift *curve) {
	f.cadenced = true
	for _, k := range of {
		f.reports[k].media += shift.at(f.reports[k].media)
	}
	for i := s.from; i < s.to; i++ {
		f.media[i] += shift.at(f.media[i])
	}
}

// arrivalNoise returns how much the arrivals scatter about the media clock, when that is shifted. What changes within more than
// some seconds is not looked at.
func (f *fit) arrivalNoise(s *segment, shift *curve) float64 {
	all := make([]float64, 0, s.to-s.from)
	for i := s.from; i < s.to; i++ {
		all = append(all, f.host[i]-f.media[i]-shift.at(f.media[i]))
	}
	for block := range slices.Chunk(all, leastEven) {
		middle := f.scratch.median(block)
		for i := range block {
			block[i] = math.Abs(block[i] - middle)
		}
	}
	return madToSigma * medianOf(all)
}

// reportNoise returns how much the reports scatter about the straight lines between their neighbours, when the media clock is
// shifted.
func (f *fit) reportNoise(of []int, shift *curve) float64 {
	media, pair := make([]float64, len(of)), make([]float64, len(of))
	for i, k := range of {
		r := &f.reports[k]
		media[i] = r.media + shift.at(r.media)
		pair[i] = r.camera - media[i]
	}
	slope, height := f.scratch.theilSen(media, pair)
	for i := range pair {
		pair[i] -= height + slope*media[i]
	}
	return f.scratch.scatter(pair)
}

// cadence draws lines of a length (s) through the stamps of a segment; 0 means as long as can be.
func (f *fit) cadence(s *segment, window float64) *evenLine {
	interval := s.interval / f.rate
	e := f.evenLine(s)
	e.limit = cadenceOff * interval
	lost := e.staysAhead(interval)
	if f.heard {
		lost = f.lateArrival(e, s)
	}
	e.countEach(interval, lost)
	chunk := mostEven
	if window > 0 {
		chunk = max(int(window/interval), leastWindow)
	}
	for from := 0; from < len(e.stamps); from += chunk {
		e.straighten(from, min(from+chunk, len(e.stamps)))
	}
	return e
}

// meanStep returns the mean distance of two frames, s.
func (e *evenLine) meanStep() float64 {
	n := len(e.stamps)
	return (e.stamps[n-1] - e.stamps[0]) / float64(n-1)
}

// countEach numbers the frames. A long step is one frame like any other, unless frames are missing there.
func (e *evenLine) countEach(interval float64, lost func(i int) int) {
	n := len(e.stamps)
	e.number = make([]float64, n)
	mean := e.meanStep()
	for i := 1; i < n; i++ {
		step := e.stamps[i] - e.stamps[i-1]
		e.number[i] = e.number[i-1] + 1
		switch {
		case step > pauseStep*interval:
			e.number[i] += max(math.Round(step/mean)-1, 0)
		case step > longStep*interval:
			e.number[i] += float64(lost(i))
		}
	}
}

// lateArrival tells missing frames by the arrivals: where the stamps catch up, the frame comes in its time.
func (f *fit) lateArrival(e *evenLine, s *segment) func(int) int {
	at := func(i int) float64 {
		if e.order == nil {
			return f.host[s.from+i]
		}
		return f.host[e.order[i]]
	}
	n := len(e.stamps)
	mean := (at(n-1) - at(0)) / float64(n-1)
	return func(i int) int {
		gap := (at(i) - at(i-1)) / mean
		if !(gap > longStep && gap < pauseStep) {
			return 0
		}
		return int(math.Round(gap)) - 1
	}
}

// staysAhead tells one missing frame by the stamps alone: after it they stay ahead of the count, after catching up they don't.
// The steps around it see some of that too, so it must be more than at any of them.
func (e *evenLine) staysAhead(interval float64) func(int) int {
	n := len(e.stamps)
	mean := e.meanStep()
	sum := make([]float64, n+1) // of how far the stamps are ahead of the count
	for i, t := range e.stamps {
		sum[i+1] = sum[i] + t - e.stamps[0] - float64(i)*mean
	}
	w := max(int(shiftWindow/interval), leastWindow)
	shift := func(i int) float64 {
		if i < w || i+w > n {
			return 0
		}
		return (sum[i+w] - 2*sum[i] + sum[i-w]) / float64(w)
	}
	return func(i int) int {
		most := shift(i)
		if most < lostShift*interval {
			return 0
		}
		for k := max(i-w, 1); k < min(i+w, n); k++ {
			if e.stamps[k]-e.stamps[k-1] > longStep*interval && (shift(k) > most || shift(k) == most && k < i) {
				return 0
			}
		}
		return 1
	}
}

// shift returns what to add to the stamps to make them even.
func (e *evenLine) shift() *curve {
	c := &curve{}
	for i, t := range e.stamps {
		if n := len(c.x); n == 0 || t > c.x[n-1] {
			c.add(t, e.even[i]-t, 0)
		}
	}
	return c
}
