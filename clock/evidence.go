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
