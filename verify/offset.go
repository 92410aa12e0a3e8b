package verify

import (
	"slices"
	"time"

	"github.com/timeslate/timeslate/stamp"
)

// Offset is by how much the sound is later in the file than it was at the camera, measured against the picture. Sender
// reports of both tracks say which of their instants are the same; so this does not depend on how right the camera's clock
// is.
type Offset struct {
	Start time.Duration `json:"start_ns"` // in the middle of the first reports
	End   time.Duration `json:"end_ns"`   // and of the last ones
	Worst time.Duration `json:"worst_ns"` // of all
	Pairs int           `json:"reports"`  // of the sound, that were compared
}

// witness is a sender report with the place that its RTP time has in the file.
type witness struct {
	arrival time.Time
	run     int
	ahead   time.Duration // the report's place in the file minus its NTP time
}

const (
	// offsetReports is how many reports count at the start and the end: the middle one of them is free of single outliers.
	offsetReports = 5
	// maxApart is how long after each other reports of two tracks may have come to be compared.
	maxApart = 30 * time.Second
	// sameClock is the largest difference between neighbouring reports of one track that drift and noise explain. Beyond
	// it, the camera's clock was set in between.
	sameClock = 200 * time.Millisecond
)

// offsetOf compares the first video track with the first audio track. It returns nil without reports of both.
func offsetOf(tracks []*track, reports []stamp.TimingReport) *Offset {
	video, audio := firstOf(tracks, "vide"), firstOf(tracks, "soun")
	if video < 0 || audio < 0 {
		return nil
	}
	pictures := witnesses(tracks[video], video, reports)
	var offsets []time.Duration
	for _, sound := range witnesses(tracks[audio], audio, reports) {
		if ahead, ok := aheadAt(pictures, sound.arrival); ok && (sound.ahead-ahead).Abs() < maxApart {
			offsets = append(offsets, sound.ahead-ahead)
		}
	}
	if len(offsets) == 0 {
		return nil
	}
	n := min(offsetReports, len(offsets))
	o := &Offset{Start: middle(offsets[:n]), End: middle(offsets[len(offsets)-n:]), Pairs: len(offsets)}
	for _, d := range offsets {
		if d.Abs() > o.Worst.Abs() {
			o.Worst = d
		}
	}
	return o
}

func firstOf(tracks []*track, handler string) int {
	return slices.IndexFunc(tracks, func(t *track) bool { return t.Track.Kind == handler && len(t.frames) > 0 })
}

func middle(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// witnesses gives each report of a track the place that its RTP time has in the file, by the nearest frame of its run.
func witnesses(t *track, id int, reports []stamp.TimingReport) (list []witness) {
	at := 0 // frames before it came before the report
	var epoch time.Time
	if len(reports) > 0 {
		epoch = reports[0].NTP.Near(reports[0].Arrival) // differences have room in a Duration
	}
	for i := range reports {
		r := &reports[i]
		if r.Track != id || r.NTP == 0 || i > 0 && repeated(reports[:i], r) {
			continue
		}
		for at < len(t.frames) && t.frames[at].AfterReport < i {
			at++
		}
		frame := nearest(t, at, r)
		if frame < 0 {
			continue
		}
		place := t.time(t.samples[frame].PTS + r.RTP - t.frames[frame].PTS)
		list = append(list, witness{r.Arrival, r.Run, place - r.NTP.Near(r.Arrival).Sub(epoch)})
	}
	return list
}

// repeated reports whether the report before r of its track is the same: a file repeats the newest one at its start.
func repeated(before []stamp.TimingReport, r *stamp.TimingReport) bool {
	for _, b := range slices.Backward(before) {
		if b.Track == r.Track {
			return b.Report == r.Report
		}
	}
	return false
}

// nearest returns the frame next to at that is of the run of r, or -1.
func nearest(t *track, at int, r *stamp.TimingReport) int {
	const reach = 2 // the first frame after the report, and the one before it
	for d := range reach {
		for _, i := range []int{at - d - 1, at + d} {
			if i >= 0 && i < len(t.frames) && t.frames[i].Run == r.Run {
				return i
			}
		}
	}
	return -1
}

// aheadAt returns what the picture's reports say at a time: between two, in proportion.
func aheadAt(list []witness, at time.Time) (ahead time.Duration, ok bool) {
	i, _ := slices.BinarySearchFunc(list, at, func(w witness, at time.Time) int { return w.arrival.Compare(at) })
	var before, after *witness
	if i > 0 && at.Sub(list[i-1].arrival) <= maxApart {
		before = &list[i-1]
	}
	if i < len(list) && list[i].arrival.Sub(at) <= maxApart {
		after = &list[i]
	}
	switch {
	case before == nil && after == nil:
		return 0, false
	case after == nil:
		return before.ahead, true
	case before == nil:
		return after.ahead, true
	}
	step, passed, all := after.ahead-before.ahead, at.Sub(before.arrival), after.arrival.Sub(before.arrival)
	if step.Abs() > sameClock || all == 0 || before.run != after.run {
		return 0, false
	}
	return before.ahead + time.Duration(float64(step)*float64(passed)/float64(all)), true
}
