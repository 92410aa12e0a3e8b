package record

import (
	"time"

	"github.com/timeslate/timeslate/media"
)

// timeline joins the runs of a track to one line of media time. PTS of two runs can't be compared, so a new run goes on
// where the one before was, plus the time that passed by the arrivals. So does a run whose PTS jump: some cameras send a
// single frame with a time that is hours off (Intelbras), or start their media clock anew (Thingino).
type timeline struct {
	rate    int64 // ticks per second
	started bool
	run     int
	shift   int64 // what to add to the PTS of this run
	last    int64 // joined PTS of the newest unit
	arrival time.Time
}

// place moves the line on to u, and returns its place there.
func (t *timeline) place(u *media.Unit) int64 {
	t.last = t.next(u)
	t.shift = t.last - u.PTS
	t.started, t.run, t.arrival = true, u.Run, u.Arrival
	return t.last
}

// next returns the place that u will have.
func (t *timeline) next(u *media.Unit) int64 {
	passed := max(u.Arrival.Sub(t.arrival), 0)
	if !t.started || u.Run == t.run && !t.jumps(u, passed) {
		return u.PTS + t.shift
	}
	return t.last + t.ticks(passed) + 1
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
)

// jumps tells whether u is so far from the unit before it that the time between their arrivals can't explain it. After a
// pause of the network old units come at once, and the next one may be as much newer as the pause was long.
func (t *timeline) jumps(u *media.Unit, passed time.Duration) bool {
	step := u.PTS + t.shift - t.last
	return step > t.ticks(passed+maxLeap) || step < -t.ticks(maxRewind)
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
	*t = timeline{rate: rate, started: t.started, run: noRun, last: t.convert(t.last, rate), arrival: t.arrival}
}

// noRun is the number of no run.
const noRun = -1

// duration returns the time between two places on the line.
func (t *timeline) duration(from, to int64) time.Duration {
	return time.Duration(rescale(to-from, t.rate, int64(time.Second)))
}
