package hostclock

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/stamp"
)

func TestWatch(t *testing.T) {
	const ms = time.Millisecond
	var w Watch
	for i, look := range []struct {
		state       stamp.HostState
		offset, set time.Duration
		changed     bool
	}{
		{stamp.HostUnsynchronised, 0, 0, false}, // the first
		{stamp.HostUnsynchronised, 2 * ms, 0, false},
		{stamp.HostUnsynchronised, 3002 * ms, 3002 * ms, true}, // set
		{stamp.HostSynchronised, 3004 * ms, 0, true},
		{stamp.HostSynchronised, 3004 * ms, 0, false},
		{stamp.HostSynchronised, -ms, -3005 * ms, true},
	} {
		set, changed := w.note(look.state, look.offset)
		if set != look.set || changed != look.changed {
			t.Errorf("look %d: set by %v, changed %v, want %v, %v", i, set, changed, look.set, look.changed)
		}
	}
}

// The clock is asked once a minute at most, and the first answer is no change.
func TestLook(t *testing.T) {
	now := time.Now()
	var w Watch
	if _, _, changed := w.Look(now); changed || w.looked != now {
		t.Error("the first look found a change")
	}
	w.known++ // as if it had been another
	if _, _, changed := w.Look(now.Add(lookEvery - 1)); changed {
		t.Error("it was asked again too early")
	}
	if h, _, changed := w.Look(now.Add(lookEvery)); !changed || h.State != w.known {
		t.Error("the change was not noticed")
	}
}
