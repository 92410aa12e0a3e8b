package extract

import (
	"time"

	"github.com/timeslate/timeslate/clock"
)

// Study is what clock.Examine makes of a recording, and what it was given.
type Study struct {
	*clock.Study
	Options   clock.Options
	Frames    []clock.Frame  // those with a stamp, in decode order
	Reports   []clock.Report // as they came, those that can't be true included; Before counts Frames
	Recording []int          // by frame: its index in Recording.Frames
}

// Examine looks into the clocks of a recording that knows RTP time stamps, once; of others it returns a Study of no frames.
// A known constant delay of the camera is in its Estimates: Rows takes it off.
func (r *Recording) Examine() *Study {
	if r.study == nil {
		s := r.observations()
		s.Study = clock.Examine(s.Options, s.Reports, s.Frames)
		r.study = s
	}
	return r.study
}

// observations returns a Study that is still to be made. Frames without a stamp don't count in it.
func (r *Recording) observations() *Study {
	s := &Study{Options: clock.Options{ClockRate: r.ClockRate, Trust: r.Trust}}
	if !r.hasRTP() {
		return s
	}
	s.Frames, s.Recording = make([]clock.Frame, 0, len(r.Frames)), make([]int, 0, len(r.Frames))
	next := 0
	take := func(until int) {
		for ; next < len(r.all) && r.all[next].Before <= until; next++ {
			rep := r.all[next]
			rep.Before = len(s.Frames)
			s.Reports = append(s.Reports, rep)
		}
	}
	for i := range r.Frames {
		take(i)
		if r.Frames[i].Stamped {
			s.Frames = append(s.Frames, r.Frames[i].Frame)
			s.Recording = append(s.Recording, i)
		}
	}
	take(len(r.Frames))
	return s
}

// best takes the times that fit all observations.
func (s *series) best() []clock.Estimate {
	if !s.hasRTP() {
		return s.each(nil)
	}
	list := s.fits()
	if list == nil {
		study := s.Examine()
		list = s.inPresentation(study.Recording, study.Estimates)
	}
	for i, f := range s.frames {
		if f.remembers(&list[i]) {
			list[i] = f.Wall
			continue
		}
		s.takeOff(&list[i], f)
	}
	return list
}

// remembers says whether the recorder knew better than e: what the reply to PLAY told stands in the first file of a session
// only.
func (f *Frame) remembers(e *clock.Estimate) bool {
	return f.Wall.Source == clock.Play && e.Source == clock.Arrival
}

// fits returns the times that the whole of a recording gave of which this is a part, or nil: a part alone tells less.
func (s *series) fits() []clock.Estimate {
	some := false
	for _, f := range s.frames {
		if f.Fit.State == clock.None && f.Wall.State != clock.None {
			return nil
		}
		some = some || f.Fit.State != clock.None
	}
	if !some {
		return nil
	}
	list := make([]clock.Estimate, 0, len(s.frames))
	for _, f := range s.frames {
		list = append(list, f.Fit)
	}
	return list
}

// takeOff takes the camera's known constant delay off the time of a frame.
func (r *Recording) takeOff(e *clock.Estimate, f *Frame) {
	if f.Segment >= len(r.Segments) || e.State == clock.None || e.Flags&clock.Latency != 0 { // a stored time has it taken off
		return
	}
	if delay := r.Segments[f.Segment].Latency; delay != 0 {
		e.Time = e.Time.Add(-delay)
		e.Flags |= clock.Latency
	}
}

// live takes the times that the recorder gave. Recordings that hold none are run through a Tracker; for those without
// arrivals, which it needs, it is the newest report before the frame.
func (s *series) live() []clock.Estimate {
	switch {
	case s.Origin == TimingBox || !s.hasRTP():
		list := make([]clock.Estimate, 0, len(s.frames))
		for _, f := range s.frames {
			list = append(list, f.Wall)
		}
		return list
	case s.Origin == RecorderB:
		return s.rtp()
	}
	study := s.observations()
	list := s.inPresentation(study.Recording, clock.Live(study.Options, study.Reports, study.Frames))
	for i := range list {
		list[i] = stored(list[i])
	}
	return list
}

// inPresentation puts estimates of the frames with the given indices in the order of the series.
func (s *series) inPresentation(indices []int, estimates []clock.Estimate) []clock.Estimate {
	at := make([]clock.Estimate, len(s.Frames))
	for k, i := range indices {
		at[i] = estimates[k]
	}
	list := make([]clock.Estimate, 0, len(s.frames))
	for _, i := range s.indices {
		list = append(list, at[i])
	}
	return list
}

// fillIn gives frames without a time one between those of their neighbours, in proportion to the presentation times. What
// these disagree on is added to the Error.
func fillIn(rows []Row) {
	for i := 0; i < len(rows); i++ {
		if !rows[i].Time.IsZero() {
			continue
		}
		next := i
		for next < len(rows) && rows[next].Time.IsZero() {
			next++
		}
		if i > 0 && next < len(rows) && rows[i-1].Timescale != 0 {
			for k := i; k < next; k++ {
				rows[k].Estimate = between(&rows[i-1], &rows[next], rows[k].PTS)
			}
		}
		i = next
	}
}

// between returns the estimate for a frame that is presented between two others.
func between(a, b *Row, pts int64) clock.Estimate {
	shown, captured := seconds(b.PTS-a.PTS, a.Timescale), b.Time.Sub(a.Time)
	e := clock.Estimate{Time: a.Time, State: clock.Coasting, Source: a.Source, Flags: a.Flags | b.Flags}
	if b.PTS > a.PTS {
		e.Time = a.Time.Add(time.Duration(float64(captured) * float64(pts-a.PTS) / float64(b.PTS-a.PTS)))
	}
	if a.Error != 0 && b.Error != 0 {
		e.Error = max(a.Error, b.Error) + (captured - shown).Abs()
	}
	if a.State < clock.Acquiring || b.State < clock.Acquiring {
		e.State = clock.RxOnly
	}
	return e
}
