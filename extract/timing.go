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
	t := timingReader{builder: newBuilder(r), track: of.ID, samples: of.Len, otherwise: r.Timescale}
	t.box.Take = t.take
	for payload, err := range file.UUID(stamp.TimingUUID) {
		if err == nil {
			err = t.box.Add(payload)
		}
		r.skip(err)
	}
	if !t.told {
		return false
	}
	r.Origin, r.ClockRate = TimingBox, clockRateOf(&t.box, t.track, r.Timescale)
	r.Started, r.HostClocks = t.box.Start, t.box.HostClocks
	r.Segments[0].Latency = latencyOf(&t.box, t.track)
	r.Gaps = slices.DeleteFunc(t.box.Gaps, func(g stamp.Gap) bool { return g.Track != t.track && g.Track >= 0 })
	t.present(of)
	if last := r.Frames.Len() - 1; last >= 0 {
		t.addReports(len(t.box.Reports), &r.Frames.observed[last])
	}
	return true
}

// timingReader takes the frames of one track as they stand in a timing box. A day of them is not held twice.
type timingReader struct {
	*builder
	box       stamp.TimingBox
	track     int
	samples   int
	otherwise uint32 // ticks per second, if the box does not tell
	given     int    // reports of all tracks before this index have been looked at
	told      bool   // the box tells of the track
}

// take takes a frame, or nil: the box begins anew.
func (t *timingReader) take(f *stamp.TimingFrame) {
	switch {
	case f == nil:
		*t.Recording = Recording{Timescale: t.Timescale, Segments: t.Segments, Skipped: t.Skipped, Frames: t.Frames.emptied()}
		t.builder, t.given, t.told = newBuilder(t.Recording), 0, false
		return
	case f.Track != t.track:
		return
	}
	if !t.told {
		t.Frames.grow(t.samples)
		t.ClockRate, t.told = clockRateOf(&t.box, t.track, t.otherwise), true
	}
	if t.Frames.Len() == t.samples {
		return
	}
	n := timedFrame(f)
	t.addReports(f.AfterReport+1, &n.Frame)
	t.addFrame(n)
}

// present gives the frames their presentation times. Samples of which the box does not tell have no stamp.
func (t *timingReader) present(of *mp4.Track) {
	i := 0
	for s := range of.Samples() {
		if i == t.Frames.Len() {
			t.addFrame(Frame{})
		}
		t.Frames.places[i].pts, t.Frames.places[i].hidden = s.PTS, s.Hidden
		i++
	}
}

// addReports adds the reports of the track up to an index, which came before f.
func (t *timingReader) addReports(until int, f *clock.Frame) {
	for ; t.given < until; t.given++ {
		if r := &t.box.Reports[t.given]; r.Track == t.track {
			t.addReport(r.Report, f)
		}
	}
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

func timedFrame(t *stamp.TimingFrame) Frame {
	return Frame{
		Stamped: true, Sent: t.RTP, Wall: stored(t.Wall), Fit: stored(t.Fit),
		Frame: clock.Frame{
			RTP: t.PTS, Run: t.Run, Arrival: t.Arrival, Absolute: t.Absolute, Source: t.Source, Jump: t.Jump,
		},
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
