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
	source   Source  // the best of all estimates so far
	stepped  float64 // host's time at which a clock was set, s

	scratch  scratch
	columns  columns
	plateaus []plateau
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

// EverSet reports whether a camera's clock that shows t can ever have been set: those that were not count from 1970, from
// 2000 or from their start.
func EverSet(t time.Time) bool { return t.Year() >= 2016 }

// assumedRate is the frame rate that is assumed until two frames are known.
const assumedRate = 25

// NewTracker returns a Tracker for one track.
func NewTracker(o Options) *Tracker {
	return &Tracker{
		options: o, rate: float64(max(o.ClockRate, 1)), interval: assumedInterval, stepped: math.Inf(-1),
		carrier: carrier{rate: int64(max(o.ClockRate, 1))},
		floor:   floor{noise: firstNoise}, synth: synthetic{tick: 1},
	}
}

// Frame returns the estimate for f. Time never runs backwards in the order in which frames are shown, between runs neither:
// where a clock is set back, it goes on at a tenth of its speed until the clock has caught up, and Error holds the difference.
func (t *Tracker) Frame(f Frame) Estimate {
	s := t.locate(&f)
	if t.media.segment.frames == 1 && !s.stray {
		t.replace()
		t.takeWaiting()
	}
	if !s.stray {
		t.observe(&f, &s)
	}
	return t.inOrder(&s, t.carrier.frame(&f, t.estimate(&s)), f.Jump)
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
	if t.synth.n%synthEvery == 0 {
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

// inOrder moves an estimate so that time does not run backwards.
func (t *Tracker) inOrder(s *sighting, e Estimate, jump bool) Estimate {
	if e.State == None {
		return e
	}
	t.host.anchor(e.Time, s.at)
	at := t.host.second(e.Time)
	placed := t.order.place(placed{s.epoch, s.place, at}, t.interval, t.follows(e.Source, jump))
	if placed == at {
		return e
	}
	if placed-at > slewWorth {
		e.Flags |= SlewOut
	}
	e.Time = t.host.time(placed)
	e.Error = duration(e.Error.Seconds() + math.Abs(placed-at))
	return e
}

// follows says whether a time from a source may be far behind the one before: where footage jumps, where it is the first of a
// better source than all before, and where the recorder's clock, which is not trusted, runs on beside that of a camera which
// was set back. Times that jump about for no such reason must not make time run backwards.
func (t *Tracker) follows(source Source, jump bool) bool {
	better := t.source == NoSource || source < t.source
	if better {
		t.source = source
	}
	return better && !(t.trusted() && source == SenderReport) || jump || source == SenderReport && t.host.known && !t.trusted()
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
