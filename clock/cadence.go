package clock

import "math"

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
	cadenceOff    = 1.5    // intervals: stamps that are farther off the line are not of this cadence
	cadenceFloor  = 0.5e-3 // s: time stamps that are that good need no help
)

// evenWindows are the lengths of the lines (s) that are tried in the stamps' stead: as long as can be for a sensor that runs
// evenly, short ones for one that follows the light.
var evenWindows = [...]float64{0, 5, 2, 1}

// findCadence looks for the clock that the reports fit best: the RTP time stamps, or lines through them over the number of
// the frame. It puts the better one in the place of the time stamps.
func (f *fit) findCadence() {
	for g, of := range f.bySegment {
		s := &f.segments[g]
		if len(of) < steadyReports || s.to-s.from < 2*leastEven {
			continue
		}
		stamped := f.reportNoise(of, nil)
		best, noise := (*evenLine)(nil), stamped
		for _, window := range evenWindows {
			e := f.cadence(s, window)
			if n := f.reportNoise(of, e.shift()); n < clearlyBetter*noise {
				best, noise = e, n
			}
		}
		if best == nil || stamped < cadenceFloor {
			continue
		}
		f.cadenced = true
		shift := best.shift()
		for _, k := range of {
			f.reports[k].media += shift.at(f.reports[k].media)
		}
		for i := s.from; i < s.to; i++ {
			f.media[i] += shift.at(f.media[i])
		}
	}
}

// reportNoise returns how much the reports scatter about the straight lines between their neighbours, when the media clock is
// shifted.
func (f *fit) reportNoise(of []int, shift *curve) float64 {
	media, pair := make([]float64, len(of)), make([]float64, len(of))
	for i, k := range of {
		r := &f.reports[k]
		media[i] = r.media
		if shift != nil {
			media[i] += shift.at(r.media)
		}
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
	e.countEach(interval)
	chunk := mostEven
	if window > 0 {
		chunk = max(int(window/interval), 8)
	}
	for from := 0; from < len(e.stamps); from += chunk {
		e.straighten(from, min(from+chunk, len(e.stamps)))
	}
	return e
}

// countEach numbers the frames. A long step is one frame like any other, unless the stamps stay ahead after it.
func (e *evenLine) countEach(interval float64) {
	n := len(e.stamps)
	e.number = make([]float64, n)
	mean := (e.stamps[n-1] - e.stamps[0]) / float64(n-1)
	ahead := make([]float64, n+1) // sums of how far the stamps are ahead of the count
	for i, t := range e.stamps {
		ahead[i+1] = ahead[i] + t - e.stamps[0] - float64(i)*mean
	}
	w := max(int(shiftWindow/interval), 8)
	for i := 1; i < n; i++ {
		step := e.stamps[i] - e.stamps[i-1]
		e.number[i] = e.number[i-1] + 1
		if step <= longStep*interval {
			continue
		}
		k := min(w, i, n-i)
		shift := (ahead[i+k] - 2*ahead[i] + ahead[i-k]) / float64(k)
		if step > pauseStep*interval || k == w && shift > lostShift*interval {
			e.number[i] += math.Round(step/mean) - 1
		}
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
