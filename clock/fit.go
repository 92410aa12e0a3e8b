package clock

import (
	"math"
	"slices"
	"time"
)

// Fit estimates the capture time of each frame of a whole recording at once. Frames are in decode order, reports in the
// order in which they came. It returns one estimate per frame.
func Fit(o Options, reports []Report, frames []Frame) []Estimate {
	return Examine(o, reports, frames).Estimates
}

// Examine is Fit, and tells what it found out about the camera's clocks.
//
// Three clocks are compared: the media clock (R), which the RTP time stamps show, the camera's (C), which the sender reports
// show, and the host's (L), which the arrivals show. Each step has a file of its own; timestamps go through them in this
// order.
func Examine(o Options, reports []Report, frames []Frame) *Study {
	f := &fit{recording: newRecording(o, reports, frames)}
	if len(frames) > 0 {
		f.followMedia()
		f.onSegments()
		f.findCadence()
		f.drawEdges()
		f.readReports()
		f.findReference()
		f.solve()
		f.timeFrames()
	}
	s := f.study(len(reports))
	carryAll(o, reports, frames, s.Estimates)
	return s
}

// fit is the work on one recording.
type fit struct {
	*recording
	segments  []segment
	bySegment [][]int // reports
	interval  float64 // between two frames, s

	evidence  evidence
	class     Class
	grain     time.Duration
	hidden    time.Duration // a grain that the reports' times may have and do not show
	series    []float64     // per report: camera's clock minus the host's, as the class tells it, s
	noise     float64       // of the series
	threshold float64       // a step of the camera's clock is larger, s
	levels    []clockLevel
	reference []int // the reports by which time is told, in order
	zone      float64
	drift     float64 // camera's clock against the host's, s per s, 0 unless it is sure
	saw       *sawtooth
	dispute   float64 // how far the reference is off if another level is right, s

	way          float64 // UTC minus the arrivals' lower edge, to begin with
	edge         float64 // half the width of what the reports leave open, s
	onlyInterval bool    // that is all they tell
	nodes        []node
	times        []curve // per segment: UTC - R
	variances    []curve
	utc          []float64 // per frame, s since origin
	jitter       float64   // of the frames' own times, s
	synthetic    bool      // the arrivals told the frames' times
	cadenced     bool      // the numbers of the frames told their times
}

// followMedia cuts the recording into segments of the media clock.
func (f *fit) followMedia() {
	f.segments = f.findSegments()
	longest := 0
	for g := range f.segments {
		s := &f.segments[g]
		s.interval = f.intervalOf(s)
		if s.to-s.from > f.segments[longest].to-f.segments[longest].from {
			longest = g
		}
	}
	f.interval = min(max(f.segments[longest].interval/f.rate, shortestInterval), longestInterval)
}

// drawEdges finds for each segment the lower edge of the arrivals, or what stands in for it.
func (f *fit) drawEdges() {
	if !f.heard {
		f.drawLines()
		return
	}
	for g := range f.segments {
		f.findEnvelope(&f.segments[g], f.interval)
	}
}

// Frame intervals are taken to lie between these, in s: from 200 frames a second to one.
const (
	shortestInterval = 0.005
	longestInterval  = 1.0
	assumedInterval  = 1.0 / assumedRate
)

// intervalOf returns the median distance of two frames in presentation order, in ticks.
func (f *fit) intervalOf(s *segment) float64 {
	ticks := f.ticks(s)
	stride := max(len(ticks)/mostPairs, 1)
	var steps []float64
	for i := 1; i < len(ticks); i += stride {
		if d := ticks[i] - ticks[i-1]; d > 0 {
			steps = append(steps, float64(d))
		}
	}
	if len(steps) == 0 {
		return assumedInterval * f.rate
	}
	return medianOf(steps)
}

// readReports finds what the reports' times mean.
func (f *fit) readReports() {
	for i := range f.reports {
		r := &f.reports[i]
		edge := f.segments[r.segment].envelope.at(r.media)
		r.pair = r.camera - r.media
		r.above = r.pair - edge
		r.sent = r.camera - r.host
		r.lag = r.host - r.media - edge
	}
	f.readGrain()
	f.evidence = f.gatherEvidence()
	f.class = f.classify(f.evidence)
}

// onSegments keeps the reports whose RTP time is near the frames they came with. One that came just before a break can
// belong to the segment after it.
func (f *fit) onSegments() {
	kept := f.reports[:0]
	for _, r := range f.reports {
		g := f.segmentOf(r.frame)
		if next := f.segmentOf(min(r.frame+1, len(f.frames)-1)); f.segments[next].stretch == r.stretch && f.lag(&r, next) < f.lag(&r, g) {
			g = next
		}
		if f.lag(&r, g) <= wildJump {
			r.segment = g
			kept = append(kept, r)
		}
	}
	f.reports = kept
	f.bySegment = make([][]int, len(f.segments))
	for i, r := range f.reports {
		f.bySegment[r.segment] = append(f.bySegment[r.segment], i)
	}
}

// lag returns how far a report came from where the segment's frame next to it puts it, s.
func (f *fit) lag(r *report, g int) float64 {
	s := &f.segments[g]
	frame := min(max(r.frame, s.from), s.to-1)
	return math.Abs(r.host - f.host[frame] - s.rate*(r.media-f.media[frame]))
}

// segmentOf returns the segment of a frame.
func (f *fit) segmentOf(frame int) int {
	g, found := slices.BinarySearchFunc(f.segments, frame, func(s segment, frame int) int { return s.from - frame })
	if !found {
		g--
	}
	return g
}

// solve weighs what reports and arrivals say against each other, and keeps the result within what the reports leave open.
func (f *fit) solve() {
	if len(f.reference) > 0 {
		f.way = f.medianOf(f.reference)
	}
	ms := f.measureReports()
	arrivals := f.measureEnvelopes()
	f.runFilter(append(slices.Clone(ms), arrivals...))
	low, high, ok := f.open()
	if !ok {
		return
	}
	by := f.corrections(low, high)
	for i := range ms {
		ms[i].value += by[ms[i].report]
	}
	f.runFilter(append(ms, arrivals...))
}
