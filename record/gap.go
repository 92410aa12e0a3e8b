package record

import (
	"fmt"
	"time"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/stamp"
)

// gap enters what is missing before u in the timing box: lost packets, and the camera's own restarts.
func (r *recorder) gap(u *media.Unit) {
	before := r.before
	r.before = seen{run: u.Run, arrival: u.Arrival}
	if before.arrival.IsZero() {
		return
	}
	g := stamp.Gap{Track: u.Track, From: before.arrival, To: u.Arrival}
	switch {
	case u.Run != before.run:
		g.Cause, g.Text = stamp.CameraRestart, fmt.Sprintf("SSRC %08x", u.SSRC)
	case u.Lost > 0:
		g.Cause, g.Text = stamp.PacketsLost, fmt.Sprintf("%d packets", u.Lost)
	default:
		return
	}
	r.summary.Lost += int64(u.Lost)
	r.file.timing.AddGap(g)
}

// seen is what is remembered of the unit before.
type seen struct {
	run     int
	arrival time.Time
}
