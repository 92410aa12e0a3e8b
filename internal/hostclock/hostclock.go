// Package hostclock tells what this host knows of its own clock.
package hostclock

import (
	"time"

	"github.com/timeslate/timeslate/stamp"
)

// Read returns the state of the host's clock at now, which has a monotonic reading as time.Now gives it.
func Read(now time.Time) stamp.HostClock { return read(now) }

// Watch notices changes of the host's clock. The zero value is ready for use by one goroutine.
type Watch struct {
	some   bool
	first  time.Time // wall clock and monotonic clock read together
	known  stamp.HostState
	offset time.Duration // how far the clock had been set since first, as told last
	looked time.Time
}

const (
	// lookEvery is how often the clock is looked at: NTP daemons take minutes to change their mind.
	lookEvery = time.Minute
	// setFrom is the step from which on a clock was set and not only read late: a frame's arrival is known no better.
	setFrom = 5 * time.Millisecond
)

// Look returns the state of the clock at now when it is another than the last time, and how far the clock was set since
// then. The first look finds no change.
func (w *Watch) Look(now time.Time) (h stamp.HostClock, set time.Duration, changed bool) {
	if w.some && now.Sub(w.looked) < lookEvery {
		return h, 0, false
	}
	if !w.some {
		w.first = now
	}
	w.looked = now
	h = read(now)
	set, changed = w.note(h.State, now.Round(0).Sub(w.first.Round(0))-now.Sub(w.first))
	return h, set, changed
}

// note takes the state and the offset of the wall clock against the monotonic clock, counted from the first look.
func (w *Watch) note(state stamp.HostState, offset time.Duration) (set time.Duration, changed bool) {
	if set = offset - w.offset; set.Abs() < setFrom {
		set = 0
	}
	changed = w.some && (set != 0 || state != w.known)
	if !w.some || changed {
		w.some, w.offset, w.known = true, offset, state
	}
	return set, changed
}
