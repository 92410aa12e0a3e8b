package record

import (
	"fmt"
	"time"

	"github.com/timeslate/timeslate/stamp"
)

// watchHost notes in the open file when the state of the host's clock changes, and tells it. now has a monotonic reading.
func (r *recorder) watchHost(now time.Time) {
	h, set, changed := r.host.Look(now)
	if !changed {
		return
	}
	if r.file != nil {
		r.file.timing.AddHostClock(h)
	}
	switch {
	case set != 0:
		r.tell(Event{Type: Warning, Message: fmt.Sprintf("this host's clock was set by %v; the recording's arrival times go on evenly", set)})
	case h.State == stamp.HostUnsynchronised:
		r.tell(Event{Type: Warning, Message: "this host's clock follows no time server any more"})
	}
}
