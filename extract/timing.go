package extract

import (
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// readTiming fills r from the timing box, if the file has one that tells about the track. The frames of a track stand
// there in the order of its samples; of a growing file the last may have no sample yet.
func (r *Recording) readTiming(file *mp4.File, of *mp4.Track) bool {
	var box stamp.TimingBox
	track := of.ID
	for payload, err := range file.UUID(stamp.TimingUUID) {
		if err == nil {
			err = box.Add(payload)
		}
		r.skip(err)
	}
	frames := framesOf(&box, track)
	if len(frames) == 0 {
		return false
	}
	r.Origin, r.ClockRate = TimingBox, clockRateOf(&box, track, r.Timescale)
	r.Started, r.HostClocks = box.Start, box.HostClocks
	r.Segments[0].Latency = latencyOf(&box, track)
	r.Gaps = slices.DeleteFunc(box.Gaps, func(g stamp.Gap) bool { return g.Track != track && g.Track >= 0 })
	b := newBuilder(r)
	given := 0 // reports of all tracks before this index have been looked at
	b.Frames = make([]Frame, 0, len(frames))
	for s := range of.Samples() {
		f := Frame{PTS: s.PTS, Hidden: s.Hidden}
		if i := len(b.Frames); i < len(frames) {
			f = timedFrame(frames[i], &s)
			b.addReports(box.Reports[given:frames[i].AfterReport+1], track, &f.Frame)
			given = frames[i].AfterReport + 1
		}
		b.addFrame(f)
	}
	if last := len(b.Frames) - 1; last >= 0 {
		b.addReports(box.Reports[given:], track, &b.Frames[last].Frame)
	}
	return true
}

func framesOf(box *stamp.TimingBox, track int) (list []*stamp.TimingFrame) {
	for i := range box.Frames {
		if box.Frames[i].Track == track {
			list = append(list, &box.Frames[i])
		}
	}
	return list
}

// latencyOf returns the delay that was taken off the track's times. A file has one: it is that of the command line.
func latencyOf(box *stamp.TimingBox, track int) (delay time.Duration) {
	for _, l := range box.Latencies {
		if l.Track == track || l.Track < 0 {
			delay = l.Delay
		}
	}
	return delay
}

func clockRateOf(box *stamp.TimingBox, track int, otherwise uint32) uint32 {
	for _, t := range box.Tracks {
		if t.ID == track && t.ClockRate != 0 {
			return t.ClockRate
		}
	}
	return otherwise
}

func (b *builder) addReports(reports []stamp.TimingReport, track int, f *clock.Frame) {
	for _, r := range reports {
		if r.Track == track {
			b.addReport(r.Report, f)
		}
	}
}

func timedFrame(t *stamp.TimingFrame, s *mp4.Sample) Frame {
	return Frame{
		PTS: s.PTS, Hidden: s.Hidden, Stamped: true, Sent: t.RTP, Wall: stored(t.Wall), Fit: stored(t.Fit),
		Frame: clock.Frame{RTP: t.PTS, Run: t.Run, Arrival: t.Arrival, Absolute: t.Absolute, Source: t.Source},
	}
}

// stored makes of an estimate that a file holds, or that comes of what it says, one that can be: a file may say anything.
func stored(e clock.Estimate) clock.Estimate {
	if e.Time.IsZero() || e.State == clock.None {
		return clock.Estimate{}
	}
	e.Error = max(e.Error, 0)
	return e
}
