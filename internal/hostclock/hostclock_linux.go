package hostclock

import (
	"syscall"
	"time"

	"github.com/timeslate/timeslate/stamp"
)

// unsynchronised is STA_UNSYNC of adjtimex(2).
const unsynchronised = 0x40

// read asks the kernel what it knows of its clock (adjtimex(2), as NTP daemons set it).
func read(now time.Time) stamp.HostClock {
	h := stamp.HostClock{State: stamp.HostUnknown, At: now, Wall: now, Error: -1}
	var t syscall.Timex
	if _, err := syscall.Adjtimex(&t); err != nil {
		return h
	}
	if t.Status&unsynchronised != 0 {
		h.State = stamp.HostUnsynchronised
		return h
	}
	h.State, h.Error = stamp.HostSynchronised, time.Duration(t.Maxerror)*time.Microsecond
	return h
}
