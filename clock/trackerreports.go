package clock

import (
	"math"
	"slices"
)

// reading is a sender report on the clocks of the Tracker. Seconds, but for wall.
type reading struct {
	segment  int
	run      int
	rtp      int64
	wall     int64   // camera's clock, ns since 1970
	set      bool    // that clock can ever have been set
	camera   float64 // the same on the host's line
	media    float64 // R
	arrival  float64
	envelope float64 // arrival - R of a frame of the report's RTP time that meets no delay
	onGrid   bool    // its RTP time stamp is that of a frame
}

// lag returns how much later the report came than a frame of its RTP time.
func (r *reading) lag() float64 { return r.arrival - r.media - r.envelope }

const (
	// mostReports is how many sender reports are remembered: a window's at one every 5 s (RFC 3550 §6.2), and some.
	mostReports = 150
	// leastPause is how long after a report the next one is read at the earliest, s, from fewReports on. RFC 3550 §6.2 wants five
	// seconds between reports, more or less a half, and less only of fast streams.
	leastPause = 1.0
	// farOff bounds how far a report may be from the media by its RTP time stamp, as against by its arrival, in s: farther than
	// an encoder's delay or a burst of stored frames puts them. Beyond are the time stamps of another track, and those made up
	// by cameras that report before they send.
	farOff = 5.0
)

// waiting holds reports that came before the first frame of their run or segment.
type waiting struct {
	reports [4]Report
	n       int // all that came
}

func (w *waiting) add(r Report) {
	w.reports[w.n%len(w.reports)] = r
	w.n++
}

// take tries the reports that waited for the segment that has just begun.
func (t *Tracker) takeWaiting() {
	w := &t.waiting
	n := min(w.n, len(w.reports))
	for i := w.n - n; i < w.n; i++ {
		if r := &w.reports[i%len(w.reports)]; r.Run == t.media.segment.run {
			t.read(r)
		}
	}
	w.n = 0
}

// Report takes a sender report. Passed over are those that say nothing new, and those whose RTP time stamp can't be true
// beside the frames.
func (t *Tracker) Report(r Report) {
	if r.NTP == 0 {
		return
	}
	t.carrier.reported()
	if !t.media.begun || r.Run != t.media.segment.run || !t.read(&r) {
		t.waiting.add(r) // its frames may be still to come
	}
}

// read brings in a report of the present segment, unless it is none of that.
func (t *Tracker) read(r *Report) bool {
	if t.tooSoon(r) {
		return true
	}
	in, ok := t.reading(r)
	if !ok {
		return false
	}
	if slices.ContainsFunc(t.reports, in.repeats) {
		return true
	}
	n := max(0, len(t.reports)+1-mostReports)
	for n < len(t.reports) && t.reports[n].arrival < in.arrival-window {
		n++
	}
	t.reports = append(slices.Delete(t.reports, 0, n), in)
	t.judge()
	t.refit()
	return true
}

// tooSoon says whether a report comes so soon after the last one that was read that it tells hardly more than that. Cameras
// that report with each frame would fill the memory with a few seconds, and each report makes the filter run anew.
func (t *Tracker) tooSoon(r *Report) bool {
	n := len(t.reports)
	if n < fewReports || r.Arrival.IsZero() || !t.host.known {
		return false
	}
	last := &t.reports[n-1]
	return last.segment == t.media.segment.id && math.Abs(t.host.second(r.Arrival)-last.arrival) < leastPause
}

// repeats says whether another report says nothing new: the same was sent twice, or the NTP time is that of before while the
// media went on.
func (r reading) repeats(old reading) bool {
	return r.wall == old.wall && r.segment == old.segment
}

// reading places a report. It is false for one that is too far from the media.
func (t *Tracker) reading(r *Report) (in reading, ok bool) {
	ref := r.Arrival
	if ref.IsZero() {
		ref = secondEra
	}
	wall := r.NTP.Near(ref)
	in = reading{segment: t.media.segment.id, run: r.Run, rtp: r.RTP, wall: wall.UnixNano(), set: EverSet(wall, r.Arrival), media: t.mediaTime(r.RTP)}
	in.envelope = t.model.envelope(in.media)
	t.host.anchor(wall, in.media+in.envelope)
	in.camera = t.host.second(wall)
	in.arrival = in.media + in.envelope
	if t.host.known && !r.Arrival.IsZero() {
		in.arrival = t.host.second(r.Arrival)
	}
	stamps := &t.media.stamps
	in.onGrid = onGrid(r.RTP, stamps.inOrder(), stamps.interval(&t.scratch))
	off := in.arrival - in.media - in.envelope
	if !t.host.known {
		off = t.mediaTime(t.media.rtp) - in.media
	}
	return in, math.Abs(off) <= farOff
}
