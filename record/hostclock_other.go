//go:build !linux

package record

import (
	"time"

	"github.com/timeslate/timeslate/stamp"
)

// hostClock knows nothing of the clock here.
func hostClock(now time.Time) stamp.HostClock {
	return stamp.HostClock{State: stamp.HostUnknown, At: now, Wall: now, Error: -1}
}
