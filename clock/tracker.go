package clock

import (
	"math"
	"time"
)

// Tracker estimates the capture time of each frame as it comes: without looking ahead, in constant memory, and without
// allocating for a frame. One goroutine may use it at a time.
//
// It watches three clocks: the media clock R (RTP time stamps), the camera's (seen only in sender reports) and the host's
// (arrivals). The fastest frames of each second show how R and the host's clock run against each other (floor), the reports
// how the camera's does (reports, verdict), and a Kalman filter joins the two (model). Each report makes the filter run anew
// over the last ten minutes, so that a change of mind about what the reports mean needs no special case.
type Tracker struct {
	options  Options
	rate     float64 // ticks per second
	host     hostLine
	media    media
	interval float64 // of the frames, s
	frames   int     // since the interval was measured
	model    model
	floor    floor
	pace     paceWatch
	quick    quick
	excess   excess
	gap      gap // the place of the newest frame
	synth    synthetic
	evenPace evenPace
	waiting  waiting
	reports  []reading
	verdict  verdict
	known    knownWay
	measured []measured
	carrier  carrier
	order    order
	stepped  float64 // host's time at which a clock was set, s

	scratch  scratch
	columns  columns
	settings settings
	walls    []int64
	noises   []float64
	x, y     []float64
	good     []int
	best     []int
	gaps     []float64
}

// What times that rest on single sender reports are judged by, in the Tracker and in the classic methods of extract.
const (
	// DriftBound is how far two crystals may drift apart, in parts per million: twice what cameras were seen to do.
	DriftBound = 100
	// CoastAfter is the age from which on a report is no longer fresh: six of the five-second intervals of RFC 3550 §6.2.
	CoastAfter = 30 * time.Second
	// LockedFrom is the number of reports with which the state becomes Locked.
	LockedFrom = 4
)

// assumedRate is the frame rate that is assumed until two frames are known.
const assumedRate = 25

// NewTracker returns a Tracker for one track.
func NewTracker(o Options) *Tracker {
	t := &Tracker{
		options: o, rate: float64(max(o.ClockRate, 1)), interval: assumedInterval, stepped: math.Inf(-1),
		floor: floor{noise: firstNoise}, synth: synthetic{tick: 1}, order: newOrder(o.ClockRate),
	}
	t.carrier = carrier{rate: int64(max(o.ClockRate, 1)), trust: o.Trust, host: &t.host}
	return t
}

// Frame returns the estimate for f. Time never runs backwards, as with Fit: where a clock is set back, it goes on at a tenth of
// its speed until the clock has caught up, and Error holds the difference. It goes back only where Fit's does, and, by more than
// a second, where the first time of a better source than all before shows that those were wrong, or where the host's clock is
// not trusted and the camera's is set back. Frames are flagged Stepped then.
func (t *Tracker) Frame(f Frame) Estimate {
	s := t.locate(&f)
	if t.media.segment.frames == 1 && !s.stray {
		t.replace()
		t.takeWaiting()
	}
	if !s.stray {
		t.observe(&f, &s)
	}
	return t.inOrder(&f, t.carrier.frame(&f, t.estimate(&s)))
}

// observe learns from a frame.
func (t *Tracker) observe(f *Frame, s *sighting) {
	t.measureInterval()
	if !t.host.known {
		return
	}
	if t.media.segment.frames > 1 {
		t.synth.add(gap{s.at - t.gap.arrival, f.RTP - t.gap.ticks})
	}
	t.gap = gap{s.at, f.RTP}
	t.watchPace(s)
	if t.floor.add(&t.model, s, t.interval) {
		t.settle(s)
		s.segment = t.media.segment.id // it may have begun just now
	}
	if f.RTP == t.media.newest {
		t.excess.add(s.excess)
	}
	if n := t.synth.n; n%synthEvery == 0 || n < synthEvery && n%synthFirst == 0 {
		t.synth.look(&t.excess, t.interval, t.media.reorder, &t.scratch)
	}
}

// measureInterval measures the frame interval, often at first.
func (t *Tracker) measureInterval() {
	t.frames++
	if n := t.media.stamps.n; n&(n-1) != 0 && t.frames < len(t.media.stamps.rtp) {
		return
	}
	t.frames = 0
	ticks := t.media.stamps.interval(&t.scratch)
	if ticks == 0 {
		return
	}
	interval := min(max(ticks/t.rate, shortestInterval), longestInterval)
	if !t.known.ever && len(t.verdict.used) == 0 { // nothing but the interval tells how long frames are on their way
		off := (t.interval - interval) * 1e3
		t.model.q += off
		t.model.a += off
	}
	t.interval = interval
}

// estimate tells the time of a frame, as reports and arrivals have it.
func (t *Tracker) estimate(s *sighting) Estimate {
	e := Estimate{State: t.state(s.at), Source: SenderReport}
	if e.State == RxOnly {
		e.Source = Arrival
	}
	if !t.host.based || e.State == RxOnly && !t.host.known {
		return Estimate{}
	}
	offset, variance := t.model.utc(s.r)
	at := s.r + offset
	switch {
	case t.synth.trust && !s.stray:
		at += t.captureExcess(s)
	case t.verdict.class == SendStamped: // the time rests on the arrivals of frames
		at -= t.floor.late
	}
	bound, flags := t.bound(s, variance)
	e.Time, e.Error, e.Flags = t.host.time(at), duration(bound), flags
	return e
}

// captureExcess returns how much later than its RTP time stamp a frame was captured, where frames are counted.
func (t *Tracker) captureExcess(s *sighting) float64 {
	if t.verdict.class == SendStamped {
		return s.excess
	}
	return s.excess - t.synth.usual
}

// state says how far the estimation has come when a frame arrives.
func (t *Tracker) state(at float64) State {
	v := &t.verdict
	n := len(v.used)
	switch {
	case n == 0 && t.known.ever:
		return Coasting
	case n == 0:
		return RxOnly
	case at-v.newest > max(CoastAfter.Seconds(), 4*v.interval) || t.reports[v.used[n-1]].run != t.media.segment.run:
		return Coasting
	case n < LockedFrom:
		return Acquiring
	}
	return Locked
}
