package clock

import (
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// Tracker estimates the capture time of each frame as it comes, in constant memory. This first one reckons from the
// newest sender report of the frame's run, and from the arrival while there is none. One goroutine may use it at a time.
type Tracker struct {
	rate    int64 // ticks per second
	cadence cadence
	order   order
	last    Frame
	some    bool // last is a frame
	newest  anchor
	before  anchor
	usable  int           // reports of this run that could be used
	noise   time.Duration // how far the newest report was from where the one before put it
	passage passage
}

// anchor is a sender report that can be used: the same instant on the camera's two clocks.
type anchor struct {
	rtp     int64
	wall    time.Time
	arrival time.Time
	run     int
}

// What times that rest on single sender reports are judged by, in the Tracker and in the classic methods of extract.
const (
	// DriftBound is how far two crystals may drift apart, in parts per million: twice what cameras were seen to do.
	DriftBound = 100
	// CoastAfter is the age from which on a report is no longer fresh: six of the five-second intervals of RFC 3550 §6.2.
	CoastAfter = 30 * time.Second
	// LockedFrom is the number of reports of a run with which the state becomes Locked.
	LockedFrom = 4
)

// maxDistance is how far a report and a frame may be apart on the media clock, as against by their arrivals: farther than a
// burst of stored frames or an encoder's delay puts them. Beyond are the time stamps of another track, and those made up
// by cameras that report before they send.
const maxDistance = 5 * time.Second

// EverSet reports whether a camera's clock that shows t can ever have been set: those that were not count from 1970, from
// 2000 or from their start.
func EverSet(t time.Time) bool { return t.Year() >= 2016 }

// NewTracker returns a Tracker for one track.
func NewTracker(o Options) *Tracker {
	return &Tracker{rate: int64(max(o.ClockRate, 1))}
}

// Report takes a sender report. Passed over are reports of a clock that was never set, and those with an RTP time stamp
// that can't be true beside the run's newest frame or, when they come before any, its first.
func (t *Tracker) Report(r Report) {
	wall, ok := plausible(r.NTP, r.Arrival)
	if !ok {
		return
	}
	a := anchor{rtp: r.RTP, wall: wall, arrival: r.Arrival, run: r.Run}
	if t.some && t.last.Run == r.Run && !a.fits(&t.last, t.rate) {
		return
	}
	if t.usable == 0 || r.Run != t.newest.run {
		t.newest, t.usable, t.noise = a, 1, 0
		return
	}
	t.noise = a.wall.Sub(t.newest.at(a.rtp, t.rate)).Abs()
	if t.before, t.newest = t.newest, a; t.noise > maxDistance { // one of the two clocks was set: that is no noise
		t.usable, t.noise = 1, 0
		return
	}
	t.usable++
}

// plausible returns the report's wall clock, resolved to the era of the arrival.
func plausible(n ntp.Time, arrival time.Time) (time.Time, bool) {
	wall := n.Near(arrival)
	return wall, n != 0 && EverSet(wall)
}

// Frame returns the estimate for f. Estimates of one source never run backwards in presentation order: where the camera's
// clock is set back, time goes on at a tenth of its speed until the clock has caught up, and Error holds the difference.
// Only where it is set back by more than a second time steps back with it.
func (t *Tracker) Frame(f Frame) Estimate {
	if first := !t.some || f.Run != t.last.Run; first && t.newest.run == f.Run && !t.newest.fits(&f, t.rate) {
		t.usable = 0
	}
	t.last, t.some = f, true
	interval := t.duration(t.cadence.add(f.Run, f.RTP, t.rate))
	e := t.fromReport(f, interval)
	if e.State != None {
		t.passage.add(e.Time, f.Arrival)
	} else if e = t.passage.estimate(f.Arrival, interval); e.State == None {
		e = Estimate{Time: f.Arrival.Add(-interval), Error: interval, State: RxOnly, Source: Arrival}
	}
	at := t.order.place(f.Run, e.Source, f.RTP, e.Time, t.rate)
	e.Error += at.Sub(e.Time).Abs()
	e.Time = at.Round(0).UTC() // without the monotonic reading: this is the camera's time, not the host's
	return e
}

// fromReport reckons from the newest report by the signed distance on the media clock. The bound: a camera that stamps
// its reports when they leave is late by up to one frame interval; two reports that disagree show the noise of both.
func (t *Tracker) fromReport(f Frame, interval time.Duration) Estimate {
	if t.usable == 0 || t.newest.run != f.Run || t.newest.jumped(&f, t.rate) {
		return Estimate{}
	}
	at := t.newest.at(f.RTP, t.rate)
	age := at.Sub(t.newest.wall).Abs()
	return Estimate{
		Time:   at,
		Error:  interval + 2*t.noise + age*DriftBound/1e6,
		State:  t.state(f.Arrival),
		Source: SenderReport,
	}
}

func (t *Tracker) state(now time.Time) State {
	fresh := CoastAfter
	if t.usable > 1 {
		fresh = max(fresh, 4*t.newest.arrival.Sub(t.before.arrival))
	}
	switch {
	case now.Sub(t.newest.arrival) > fresh:
		return Coasting
	case t.usable >= LockedFrom:
		return Locked
	}
	return Acquiring
}

// at returns the wall clock at a time of the media clock.
func (a anchor) at(rtp, rate int64) time.Time { return advance(a.wall, rtp-a.rtp, rate) }

// advance returns the time that is so many ticks after t, or before it.
func advance(t time.Time, ticks, rate int64) time.Time {
	// Whole seconds apart: ticks times 10^9 overflow after 28 h at 90 kHz.
	return t.Add(time.Duration(ticks/rate)*time.Second + time.Duration(ticks%rate*1e9/rate))
}

// fits says whether f and the report are about as far apart on the media clock as their arrivals are.
func (a anchor) fits(f *Frame, rate int64) bool {
	onMediaClock, byArrival := a.at(f.RTP, rate).Sub(a.wall), f.Arrival.Sub(a.arrival)
	return (onMediaClock - byArrival).Abs() <= maxDistance
}

// maxLate is how late a frame may arrive: longer than the network pauses of which connections survive.
const maxLate = time.Minute

// jumped says whether f's time stamp can't be of the media clock that the report told of: nothing arrives before it was
// captured. Some cameras send single frames with a time that is hours off, or set their media clock anew.
func (a anchor) jumped(f *Frame, rate int64) bool {
	early := a.at(f.RTP, rate).Sub(a.wall) - f.Arrival.Sub(a.arrival)
	return early > maxDistance || early < -maxLate
}

func (t *Tracker) duration(ticks int64) time.Duration {
	return time.Duration(ticks * 1e9 / t.rate)
}

// cadence measures the frame interval of a run.
type cadence struct {
	run         int
	first, last int64
	frames      int64
}

// assumedRate is the frame rate that is assumed until two frames are known.
const assumedRate = 25

// add takes a frame and returns the mean interval of its run in ticks. It is never more than a second: a pause of the
// stream is no interval.
func (c *cadence) add(run int, rtp, rate int64) int64 {
	if c.frames == 0 || run != c.run {
		*c = cadence{run: run, first: rtp, last: rtp}
	}
	c.last = max(c.last, rtp)
	c.frames++
	if c.frames < 2 {
		return rate / assumedRate
	}
	return min((c.last-c.first)/(c.frames-1), rate)
}
