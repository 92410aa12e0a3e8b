package clock

import (
	"math"
	"slices"
)

// evidence is what the reports' scatter tells of what their pairs of times mean. Seconds.
type evidence struct {
	onGrid     float64 // share of reports that name a frame
	pairNoise  float64 // of C - R, NaN with too few reports
	sendNoise  float64 // of C - L
	lag        float64 // median of how long after their RTP time they came
	lagSpread  float64
	sent       float64 // median of C - L
	frameNoise float64 // of the frames' arrivals about their own time stamps
	late       float64 // how much of the scatter of C - R is in the lag too, at most: 1 all, 0 none
	own        float64 // how much of it is in the arrival of the frame that the report names, at least
}

// What tells the classes apart. Seconds.
const (
	leastOnGrid = 0.4  // fewer reports that name a frame: their RTP time is of another instant
	exactNoise  = 3e-4 // pairs that scatter less are of one instant
	noisyPair   = 2e-3 // pairs that scatter more, and the arrivals no less, are not
	quietSend   = 0.5  // share of the scatter of pairs below which the arrivals have little of it
	evenShare   = 0.5  // share of the scatter of pairs from which something else is taken to have the same cause
	fewReports  = 12   // fewer have no edge
	constantLag = 5e-4 // a lag that scatters less is constant
	sentFar     = 6e-3 // camera's and host's clocks, if both are set by servers, are no farther apart
)

// classify finds what the pairs of times in the reports mean.
func (f *fit) classify(e evidence) Class {
	switch {
	case len(f.reports) == 0:
		return NoClass
	case !f.heard && e.onGrid < leastOnGrid:
		return Exact // without arrivals nothing can be known of when a report left
	case !f.heard:
		return classUnheard(f.column(reportAbove), e.pairNoise, f.interval)
	}
	return e.class(len(f.reports), f.grain.Seconds(), f.judged())
}

// class finds what the pairs of times in so many reports mean, of a camera whose clock is read in steps of grain seconds.
// Judged says that the host's clock tells which of two meanings is the right one.
func (e *evidence) class(reports int, grain float64, judged bool) Class {
	switch {
	case reports == 0:
		return NoClass
	case e.onGrid < leastOnGrid && e.pairNoise > noisyPair && max(e.sendNoise, e.frameNoise) < quietSend*e.pairNoise:
		return SendStamped // the RTP time is of no frame and of no instant either
	case e.onGrid < leastOnGrid:
		return Exact
	case math.IsNaN(e.pairNoise):
		if e.lag > constantLag {
			return e.settle(judged)
		}
		return Exact
	case e.pairNoise <= max(exactNoise, grain/2):
		if e.lag > 2e-3 && e.lagSpread < constantLag {
			return e.settle(judged)
		}
		return Exact
	case e.sendNoise < 0.7*e.pairNoise:
		return SendStamped
	case e.pairNoise <= noisyPair || e.late < evenShare:
		return Exact
	case e.own > evenShare:
		return Exact // it is the frames' time stamps that stray, not the reports
	case reports >= fewReports:
		return Envelope
	}
	return SendStamped
}

// classUnheard does without arrivals. Reports that were stamped when they left are late by up to one frame interval; what
// scatters more is noise.
func classUnheard(above []float64, noise, interval float64) Class {
	if len(above) < fewReports || !(noise > uniformNoise*interval) || width(above) > edgeRoom*interval {
		return Exact
	}
	return Envelope
}

// edgeRoom is how much wider than a frame interval the lags of reports may seem, for the line they are measured by is not
// exact either.
const edgeRoom = 1.2

// uniformNoise is the least scatter, in frame intervals, of lags that are anything up to one: 1/√12, with room.
const uniformNoise = 0.2

// settle asks the host's clock what a constant lag means. If the pair is of one instant, the report came at least the lag
// after it by the host's clock; if it was stamped when it left, at once.
func (e *evidence) settle(judged bool) Class {
	switch {
	case !judged:
		return Ambiguous
	case e.sent >= -sentFar && e.sent <= 3e-3 && e.sent > -e.lag/2 && e.lag > sentFar:
		return SendStamped
	case e.sent < -10e-3 && e.sent < -0.8*e.lag:
		return Exact
	}
	return Ambiguous
}

// gatherEvidence gathers what classify needs.
func (f *fit) gatherEvidence() evidence {
	e := evidence{pairNoise: math.NaN(), sendNoise: math.NaN()}
	if len(f.reports) == 0 {
		return e
	}
	host, sent, lag := f.column(reportHost), f.column(reportSent), f.column(reportLag)
	e.onGrid = f.shareOnGrid()
	e.pairNoise = f.pairNoise()
	e.sendNoise = f.scratch.localNoise(host, sent)
	e.lag, e.lagSpread = f.scratch.median(lag), f.scratch.scatter(lag)
	e.sent = f.scratch.median(sent)
	e.late = f.scratch.lateShare(f.column(reportAbove), lag)
	e.own = f.ownShare()
	e.frameNoise = f.frameNoise()
	return e
}

// pairNoise is the median, over the segments, of the noise of C - R: the media clock runs on evenly only within one.
func (f *fit) pairNoise() float64 {
	var noises []float64
	for _, of := range f.bySegment {
		media, pair := make([]float64, len(of)), make([]float64, len(of))
		for i, k := range of {
			media[i], pair[i] = f.reports[k].media, f.reports[k].pair
		}
		if n := f.scratch.localNoise(media, pair); !math.IsNaN(n) {
			noises = append(noises, n)
		}
	}
	return medianOf(noises)
}

// frameNoise is how much the arrivals scatter about the time stamps in the longest segment: time stamps that are wrong make
// pairs scatter that are of one instant all the same.
func (f *fit) frameNoise() float64 {
	if !f.heard {
		return 0
	}
	longest := slices.MaxFunc(f.segments, func(a, b segment) int { return a.to - a.from - (b.to - b.from) })
	return f.arrivalNoise(&longest, &curve{})
}

// lateShare is how much of the scatter of C - R - envelope is in the lag too. A report that is stamped when it leaves is late in
// both by the same; noise of the camera's clock is in the one alone. What few reports and a bad network leave open, two
// standard deviations, is added.
func (s *scratch) lateShare(above, lag []float64) float64 {
	share, deviation := s.share(above, lag)
	return share + 2*deviation
}

// share is the slope of lag over above, both without what changes slowly, and its standard deviation.
func (s *scratch) share(above, lag []float64) (slope, deviation float64) {
	reach := 6 * s.stepScatter(above)
	n, xx, xy, yy := 0.0, 0.0, 0.0, 0.0
	for i := 1; i < len(above); i++ {
		x, y := above[i]-above[i-1], lag[i]-lag[i-1]
		if math.Abs(x) <= reach && math.Abs(y) <= 1 {
			n++
			xx += x * x
			xy += x * y
			yy += y * y
		}
	}
	if xx == 0 {
		return 0, 0
	}
	slope = xy / xx
	return slope, math.Sqrt(max(yy/xx-slope*slope, 0) / n)
}

// ownShare is how much of the scatter of C - R - envelope is in the arrivals of the frames that the reports name, at the least.
// The time stamp of a frame that was not captured when it says makes the frame early or late, and the pair of a report that
// tells the time of that frame rightly as well. When a report left makes no difference to its frame.
func (f *fit) ownShare() float64 {
	var above, after []float64
	for i := range f.reports {
		r := &f.reports[i]
		if k, ok := f.named(r); ok {
			above = append(above, r.above)
			after = append(after, f.host[k]-f.media[k]-f.segments[r.segment].envelope.at(f.media[k]))
		}
	}
	if !f.heard || len(above) < fewReports {
		return 0
	}
	share, deviation := f.scratch.share(above, after)
	return share - 2*deviation
}

// named returns the frame whose RTP time stamp a report has. It is one of those that came just before.
func (f *fit) named(r *report) (frame int, ok bool) {
	for k := r.frame; k >= max(r.frame-mostLost, f.segments[r.segment].from); k-- {
		if f.frames[k].RTP == r.rtp {
			return k, true
		}
	}
	return 0, false
}

// stepScatter returns the scatter of the steps from one value to the next, NaN when there is none.
func (s *scratch) stepScatter(v []float64) float64 {
	s.values = s.values[:0]
	for i := 1; i < len(v); i++ {
		s.values = append(s.values, v[i]-v[i-1])
	}
	m := medianOf(s.values)
	for i, x := range s.values {
		s.values[i] = math.Abs(x - m)
	}
	return madToSigma * medianOf(s.values)
}

func (f *fit) shareOnGrid() float64 {
	n := 0
	for g, of := range f.bySegment {
		if len(of) == 0 {
			continue
		}
		ticks := f.ticks(&f.segments[g])
		for _, k := range of {
			if onGrid(f.reports[k].rtp, ticks, f.segments[g].interval) {
				n++
			}
		}
	}
	return float64(n) / float64(len(f.reports))
}

// ticks returns the RTP time stamps of a segment's frames, sorted.
func (f *fit) ticks(s *segment) []int64 {
	ticks := make([]int64, 0, s.to-s.from)
	for _, frame := range f.frames[s.from:s.to] {
		ticks = append(ticks, frame.RTP)
	}
	if !slices.IsSorted(ticks) {
		slices.Sort(ticks)
	}
	return ticks
}

// column returns one value of each report.
func (f *fit) column(of func(*report) float64) []float64 {
	v := make([]float64, len(f.reports))
	for i := range f.reports {
		v[i] = of(&f.reports[i])
	}
	return v
}

func reportHost(r *report) float64  { return r.host }
func reportSent(r *report) float64  { return r.sent }
func reportAbove(r *report) float64 { return r.above }
func reportLag(r *report) float64   { return r.lag }
