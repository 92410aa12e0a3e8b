package record

import (
	"fmt"
	"time"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/stamp"
)

// hole is a stretch of the recording in which nothing is written, while it lasts.
type hole struct {
	open    bool
	cause   stamp.Cause
	from    time.Time // arrival of the first track's last unit before it, or of the first unit in it
	text    string
	dropped int64 // frames of the first track that came and were not written
}

// dropping tells whether units come that are not written, because the disk does not take them.
func (h *hole) dropping() bool { return h.open && h.cause == stamp.DiskStalled }

// gap enters what is missing before u in the timing box: the hole that ends with it, the camera's own restarts, lost
// packets.
func (r *recorder) gap(u *media.Unit) {
	before := &r.states[u.Track].before
	from, run := before.arrival, before.run
	*before = seen{run: u.Run, arrival: u.Arrival}
	r.summary.Lost += int64(u.Lost)
	switch {
	case r.hole.open && u.Track == 0:
		r.closeHole(u.Arrival)
	case from.IsZero():
	case run != u.Run:
		g := stamp.Gap{Track: u.Track, Cause: stamp.CameraRestart, From: from, To: u.Arrival, Text: fmt.Sprintf("SSRC %08x", u.SSRC)}
		if u.Track > 0 { // the first track tells of it
			r.file.timing.AddGap(g)
			return
		}
		r.addGap(g, 0)
	case u.Lost > 0: // not told each time: a bad network loses packets all the time
		r.file.timing.AddGap(stamp.Gap{Track: u.Track, Cause: stamp.PacketsLost, From: from, To: u.Arrival,
			Text: fmt.Sprintf("%d packets", u.Lost)})
	}
}

// closeHole ends the hole, with the first unit that is written again or with the recording.
func (r *recorder) closeHole(to time.Time) {
	h := r.hole
	r.hole = hole{}
	r.dropped += h.dropped
	if h.dropped > 0 {
		h.text = fmt.Sprintf("%d frames dropped", h.dropped) + after(": ", h.text)
	}
	r.addGap(stamp.Gap{Track: -1, Cause: h.cause, From: h.from, To: to, Text: h.text}, h.dropped)
}

// addGap enters a gap in the timing box, if there is a file, and tells of it.
func (r *recorder) addGap(g stamp.Gap, dropped int64) {
	if r.file != nil {
		r.file.timing.AddGap(g)
	}
	r.summary.Gaps++
	r.tell(Event{Type: Gap, Cause: g.Cause.String(), From: g.From, To: g.To, Gap: g.To.Sub(g.From), Dropped: dropped,
		Message: g.Text})
}

// seen is what is remembered of the unit before.
type seen struct {
	run     int
	arrival time.Time
}
