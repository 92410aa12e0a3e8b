package record

import (
	"time"

	"github.com/timeslate/timeslate/media"
)

// timeline joins the runs of a track to one line of media time. PTS of two runs can't be compared, so a new run goes on
// where the one before was, plus the time that passed by the arrivals. So does a run whose PTS jump: some cameras send a
// single frame with a time that is hours off (Intelbras), or start their media clock anew (Thingino). A clock that runs
// backwards goes on after its latest time, again and again.
type timeline struct {
	rate    int64 // ticks per second
	started bool
	run     int
	shift   int64 // what to add to the PTS of this run
	last    int64 // joined PTS of the newest unit
	arrival time.Time
	top     int64     // the largest joined PTS
	topped  time.Time // arrival of its unit
	behind  int       // units since then
}

// place moves the line on to u, and returns its place there.
func (t *timeline) place(u *media.Unit) int64 {
	t.last = t.next(u)
	t.shift = t.last - u.PTS
	if t.behind++; !t.started || t.last > t.top {
		t.top, t.topped, t.behind = t.last, u.Arrival, 0
	}
	t.started, t.run, t.arrival = true, u.Run, u.Arrival
	return t.last
}

// next returns the place that u will have.
func (t *timeline) next(u *media.Unit) int64 {
	passed := max(u.Arrival.Sub(t.arrival), 0)
	if !t.started || u.Run == t.run && !t.jumps(u, passed) {
		return u.PTS + t.shift
	}
	return t.top + t.ticks(max(u.Arrival.Sub(t.topped), 0)) + 1
}

// at returns the place on the line, in ticks of a rate, of what arrives at a time.
func (t *timeline) at(arrival time.Time, rate int64) int64 {
	return rescale(t.last+t.ticks(arrival.Sub(t.arrival)), t.rate, rate)
}

// placeOf returns the place of an RTP time stamp of this run that lies less than half a wrap from the newest.
func (t *timeline) placeOf(rtp uint32) int64 {
	return t.last + int64(int32(rtp-uint32(t.last-t.shift)))
}

const (
	maxLeap   = 30 * time.Second // ahead of the arrivals: longer than a pause of the network that a connection survives
	maxRewind = 2 * time.Second  // B-frames go back by fractions of a second

	// After the latest picture come at most those that are shown before it, and decoders hold 16 pictures (ITU-T H.264 §A.3.1).
	// More of them are a media clock that runs backwards, for which files have no room beyond a second.
	maxBehind  = 16
	maxReturn  = 900 * time.Millisecond
	maxPyramid = 64 // of however little; a decoder needs no more than 16 of them at a time
)

// jumps tells whether u is so far from the unit before it that the time between their arrivals can't explain it. After a
// pause of the network old units come at once, and the next one may be as much newer as the pause was long.
func (t *timeline) jumps(u *media.Unit, passed time.Duration) bool {
	step, back := u.PTS+t.shift-t.last, t.top-u.PTS-t.shift
	return step > t.ticks(passed+maxLeap) || step < -t.ticks(maxRewind) ||
		back >= 0 && (t.behind >= maxBehind && back > t.ticks(maxReturn) || t.behind >= maxPyramid)
}

func (t *timeline) ticks(d time.Duration) int64 {
	return rescale(int64(d), int64(time.Second), t.rate)
}

// convert returns a place on the line in ticks of another rate.
func (t *timeline) convert(place, rate int64) int64 {
	if t.rate == 0 {
		return place
	}
	return rescale(place, t.rate, rate)
}

// setRate lets the line go on with a track that has another clock.
func (t *timeline) setRate(rate int64) {
	*t = timeline{
		rate: rate, started: t.started, run: noRun, last: t.convert(t.last, rate), arrival: t.arrival,
		top: t.convert(t.top, rate), topped: t.topped,
	}
}

// noRun is the number of no run.
const noRun = -1

// duration returns the time between two places on the line.
func (t *timeline) duration(from, to int64) time.Duration {
	return time.Duration(rescale(to-from, t.rate, int64(time.Second)))
}
