package record

import (
	"time"

	"github.com/timeslate/timeslate/media"
)

// timeline joins the runs of a track to one line of media time. PTS of two runs can't be compared, so a new run goes on
// where the one before was, plus the time that passed by the arrivals.
type timeline struct {
	rate    int64 // ticks per second
	started bool
	run     int
	shift   int64 // what to add to the PTS of this run
	last    int64 // joined PTS of the newest unit
	arrival time.Time
}

// place returns the PTS of u on the joined line.
func (t *timeline) place(u *media.Unit) int64 {
	if t.started && u.Run != t.run {
		passed := max(u.Arrival.Sub(t.arrival), 0)
		t.shift = t.last + t.ticks(passed) + 1 - u.PTS
	}
	t.started, t.run, t.arrival = true, u.Run, u.Arrival
	t.last = u.PTS + t.shift
	return t.last
}

func (t *timeline) ticks(d time.Duration) int64 {
	return int64(d/time.Second)*t.rate + int64(d%time.Second)*t.rate/int64(time.Second)
}

// duration returns the time between two places on the line.
func (t *timeline) duration(from, to int64) time.Duration {
	d := to - from
	return time.Duration(d/t.rate)*time.Second + time.Duration(d%t.rate*int64(time.Second)/t.rate)
}
