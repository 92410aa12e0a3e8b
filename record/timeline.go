package record

import (
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
)

// timeline joins the runs of a track to one line of media time. PTS of two runs can't be compared, so a new run goes on
// where the one before was, plus the time that passed by the arrivals. So does a run whose PTS jump: some cameras send a
// single frame with a time that is hours off (Intelbras), or start their media clock anew (Thingino). Where the order begins
// anew for the package clock, so it does here: capture times never run backwards on the line.
type timeline struct {
	rate    int64 // ticks per second
	started bool
	run     int
	shift   int64 // what to add to the PTS of this run
	last    int64 // joined PTS of the newest unit
	arrival time.Time
	top     int64     // the largest joined PTS
	topped  time.Time // arrival of its unit
	shown   clock.Shown
}

// place moves the line on to u, and returns its place there.
func (t *timeline) place(u *media.Unit) int64 {
	if !t.started {
		t.shown = clock.NewShown(uint32(t.rate))
	}
	t.last = t.join(u, t.begins(&t.shown, u))
	t.shift = t.last - u.PTS
	if !t.started || t.last > t.top {
		t.top, t.topped = t.last, u.Arrival
	}
	t.started, t.run, t.arrival = true, u.Run, u.Arrival
	return t.last
}

// next returns the place that u will have.
func (t *timeline) next(u *media.Unit) int64 {
	shown := t.shown
	return t.join(u, t.begins(&shown, u))
}

// begins tells whether u and all that come are shown after all before it. Footage that jumps keeps its even time stamps.
func (t *timeline) begins(shown *clock.Shown, u *media.Unit) bool {
	return shown.Begins(&clock.Frame{RTP: u.PTS, Run: u.Run})
}

// join returns the place of u, with which the order begins anew or not.
func (t *timeline) join(u *media.Unit, anew bool) int64 {
	if !t.started || !anew && !t.leaps(u) {
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

// maxLeap is how far ahead of the arrivals a unit may be: longer than a pause of the network that a connection survives.
const maxLeap = 30 * time.Second

// leaps tells whether u is so far ahead of the unit before it that the time between their arrivals can't explain it. After a
// pause of the network old units come at once, and the next one may be as much newer as the pause was long.
func (t *timeline) leaps(u *media.Unit) bool {
	return u.PTS+t.shift-t.last > t.ticks(max(u.Arrival.Sub(t.arrival), 0)+maxLeap)
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
		top: t.convert(t.top, rate), topped: t.topped, shown: clock.NewShown(uint32(rate)),
	}
}

// noRun is the number of no run.
const noRun = -1

// duration returns the time between two places on the line.
func (t *timeline) duration(from, to int64) time.Duration {
	return time.Duration(rescale(to-from, t.rate, int64(time.Second)))
}
