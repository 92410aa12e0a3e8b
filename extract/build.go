package extract

import (
	"time"

	"github.com/timeslate/timeslate/clock"
)

// maxReportDistance is how far the RTP time of a sender report may be from that of the frames around it, after taking the
// time between their arrivals into account. Reports beyond it belong to another track (retina-record stores those of the
// audio track, too) or were sent before the camera knew its time stamps.
const maxReportDistance = 5 * time.Second

// builder puts a Recording together, frame by frame in decode order.
type builder struct {
	*Recording
	newest map[int]int // by run: index of the newest report that can be true
	latest map[int]int // by run: index into all of the newest report
}

func newBuilder(r *Recording) *builder { return &builder{r, map[int]int{}, map[int]int{}} }

// addReport adds a report that came before f and after all frames so far.
func (b *builder) addReport(rep clock.Report, f *clock.Frame) {
	if i, ok := b.latest[rep.Run]; ok && b.all[i].NTP == rep.NTP && b.all[i].RTP == rep.RTP {
		return // repeated at the start of a file or, by RTCP-NTP-Recorder, for each frame
	}
	rep.Before = b.Frames.Len()
	b.latest[rep.Run] = len(b.all)
	b.all = append(b.all, rep)
	last := b.Frames.Len() - 1
	if !b.plausible(&rep, f) && (last < 0 || !b.plausible(&rep, &b.Frames.observed[last])) {
		return
	}
	b.newest[rep.Run] = len(b.Reports)
	b.Reports = append(b.Reports, rep)
}

func (b *builder) addFrame(f Frame) {
	f.Report = -1
	if i, ok := b.newest[f.Run]; ok && f.Stamped {
		f.Report = i
	}
	b.Frames.Add(f)
}

// plausible reports whether rep can be a report about the run of f, which came near to it.
func (b *builder) plausible(rep *clock.Report, f *clock.Frame) bool {
	// RFC 3550 §6.4.1: an NTP time of 0 means that the camera knows no time. Others show one that was never set.
	if rep.NTP == 0 || !clock.EverSet(reportTime(rep), rep.Arrival) || rep.Run != f.Run {
		return false
	}
	if rep.Arrival.IsZero() || f.Arrival.IsZero() {
		return true
	}
	between := ticksDuration(int32(rep.RTP-f.RTP), b.ClockRate) - rep.Arrival.Sub(f.Arrival)
	return between.Abs() <= maxReportDistance
}

// maxJump is how far the RTP time of a frame may run away from its presentation time. A new run is further off in all
// but one of 5000 cases.
const maxJump = 5 * time.Second

// unwrapper gives the 32-bit RTP time stamps of SEI, which know of no runs, their place.
type unwrapper struct {
	clockRate uint32
	timed     bool // there are presentation times; without them all frames are of one run
	started   bool
	run       int
	rtp       int64
	at        time.Duration
}

// unwrap returns the unwrapped time stamp and the run of a frame that is presented at the given time.
func (u *unwrapper) unwrap(rtp uint32, at time.Duration) (int64, int) {
	step := int32(rtp - uint32(u.rtp)) // RFC 3550 §5.1
	switch ran := ticksDuration(step, u.clockRate) - (at - u.at); {
	case !u.started:
		u.rtp, u.started = int64(rtp), true
	case u.timed && ran.Abs() > maxJump:
		u.rtp = int64(rtp)
		u.run++
	default:
		u.rtp += int64(step)
	}
	u.at = at
	return u.rtp, u.run
}
