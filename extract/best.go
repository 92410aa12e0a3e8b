package extract

import "github.com/timeslate/timeslate/clock"

// Study is what clock.Examine makes of a recording, and what it was given.
type Study struct {
	*clock.Study
	Options   clock.Options
	Frames    []clock.Frame  // those with a stamp, in decode order
	Reports   []clock.Report // as they came, those that can't be true included; Before counts Frames
	Recording []int          // by frame: its index in Recording.Frames
}

// Examine looks into the clocks of a recording that knows RTP time stamps; of others it returns a Study of no frames.
func (r *Recording) Examine() *Study {
	s := &Study{Options: clock.Options{ClockRate: r.ClockRate}}
	if r.hasRTP() {
		s.observe(r)
	}
	s.Study = clock.Examine(s.Options, s.Reports, s.Frames)
	return s
}

// observe takes over what the recording observed. Frames without a stamp don't count.
func (s *Study) observe(r *Recording) {
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
}

// best takes the times that fit all observations.
func (s *series) best() []clock.Estimate {
	if !s.hasRTP() {
		return s.each(nil)
	}
	study := s.Examine()
	return s.inPresentation(study.Recording, study.Estimates)
}

// live takes the times that the recorder gave. Recordings that hold none are run through a Tracker again; those without
// arrivals show what one would have said that knows of the reports alone.
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
	var study Study
	study.observe(s.Recording)
	return s.inPresentation(study.Recording, track(clock.Options{ClockRate: s.ClockRate}, &study))
}

// track returns what a Tracker says frame by frame.
func track(o clock.Options, s *Study) []clock.Estimate {
	t, next := clock.NewTracker(o), 0
	list := make([]clock.Estimate, 0, len(s.Frames))
	for i, f := range s.Frames {
		for ; next < len(s.Reports) && s.Reports[next].Before <= i; next++ {
			t.Report(s.Reports[next])
		}
		list = append(list, t.Frame(f))
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
