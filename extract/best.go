package extract

import (
	"iter"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
)

// Study is what clock.Examine makes of a recording, and what it was given beside the frames.
type Study struct {
	*clock.Study
	Options   clock.Options
	Reports   []clock.Report // as they came, those that can't be true included; Before counts the frames with a stamp
	Recording []int          // by frame with a stamp, in decode order: its index in Recording.Frames
}

// Examine looks into the clocks of a recording that knows RTP time stamps, once; of others it returns a Study of no frames.
// A known constant delay of the camera is in its Estimates: Rows takes it off.
func (r *Recording) Examine() *Study {
	if r.study == nil {
		s, frames := r.observations()
		s.Study = clock.Examine(s.Options, s.Reports, frames)
		r.study = s
	}
	return r.study
}

// observations returns a Study that is still to be made, and the frames for it. Frames without a stamp don't count in it.
func (r *Recording) observations() (*Study, []clock.Frame) {
	s := &Study{Options: clock.Options{ClockRate: r.ClockRate, Trust: r.Trust}}
	if !r.hasRTP() {
		return s, nil
	}
	s.Recording = make([]int, 0, r.Frames.Len()-r.Frames.unstamped)
	next := 0
	take := func(until int) {
		for ; next < len(r.all) && r.all[next].Before <= until; next++ {
			rep := r.all[next]
			rep.Before = len(s.Recording)
			s.Reports = append(s.Reports, rep)
		}
	}
	for i := range r.Frames.places {
		take(i)
		if r.Frames.places[i].stamped {
			s.Recording = append(s.Recording, i)
		}
	}
	take(r.Frames.Len())
	return s, r.Frames.stamped(s.Recording)
}

// stamped returns what was observed of the frames with the given indices, which are those that are stamped.
func (f *Frames) stamped(indices []int) []clock.Frame {
	if f.unstamped == 0 {
		return f.observed
	}
	list := make([]clock.Frame, 0, len(indices))
	for _, i := range indices {
		list = append(list, f.observed[i])
	}
	return list
}

// best takes the times that fit all observations.
func (s *series) best() times {
	if !s.hasRTP() {
		return s.stored
	}
	all := s.fits()
	if all == nil {
		study := s.Examine()
		all = s.ofStudy(study, study.Estimates)
	}
	return func(i int) clock.Estimate {
		e, wall := all(i), s.stored(i)
		if remembers(&wall, &e, s.Trust) {
			return wall
		}
		s.takeOff(&e, s.indices[i])
		return e
	}
}

// remembers says whether the recorder knew better than e: what the reply to PLAY told stands in the first file of a session
// only. Where the host is trusted now, what it disputed then can't be true.
func remembers(wall, e *clock.Estimate, trust clock.Trust) bool {
	against := trust == clock.TrustHost && wall.Flags&clock.Disputed != 0
	return wall.Source == clock.Play && e.Source == clock.Arrival && !against
}

// fits returns the times that the whole of a recording gave of which this is a part, or nil: a part alone tells less.
func (s *series) fits() times {
	fit := func(i int) clock.Estimate { return nth(s.Frames.fits, s.indices[i]) }
	some := false
	for i := range s.indices {
		there := fit(i).State != clock.None
		if !there && s.stored(i).State != clock.None {
			return nil
		}
		some = some || there
	}
	if !some {
		return nil
	}
	return fit
}

// takeOff takes the camera's known constant delay off the time of a frame.
func (r *Recording) takeOff(e *clock.Estimate, frame int) {
	segment := int(r.Frames.places[frame].segment)
	if segment >= len(r.Segments) || e.State == clock.None || e.Flags&clock.Latency != 0 { // a stored time has it taken off
		return
	}
	if delay := r.Segments[segment].Latency; delay != 0 {
		e.Time = e.Time.Add(-delay)
		e.Flags |= clock.Latency
	}
}

// live takes the times that the recorder gave. Recordings that hold none are run through a Tracker; for those without
// arrivals, which it needs, it is the newest report before the frame.
func (s *series) live() times {
	switch {
	case s.Origin == TimingBox || !s.hasRTP():
		return s.stored
	case s.Origin == RecorderB:
		return s.rtp()
	}
	study, frames := s.observations()
	all := s.ofStudy(study, clock.Live(study.Options, study.Reports, frames))
	return func(i int) clock.Estimate { return stored(all(i)) }
}

// ofStudy takes the estimates of the frames of a study.
func (s *series) ofStudy(study *Study, estimates []clock.Estimate) times {
	if s.Frames.unstamped == 0 {
		return func(i int) clock.Estimate { return estimates[s.indices[i]] }
	}
	return func(i int) clock.Estimate {
		k, _ := slices.BinarySearch(study.Recording, s.indices[i])
		return estimates[k]
	}
}

// fillIn gives rows without a time one between those of their neighbours, in proportion to the presentation times. What
// these disagree on is added to the Error.
func fillIn(rows iter.Seq[Row]) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		var waiting []Row // without a time, behind before
		var before Row
		flush := func(next *Row) bool {
			for _, row := range waiting {
				if !before.Time.IsZero() && next != nil && before.Timescale != 0 {
					row.Estimate = between(&before, next, row.PTS)
				}
				if !yield(row) {
					return false
				}
			}
			waiting = waiting[:0]
			return true
		}
		for row := range rows {
			if row.Time.IsZero() {
				waiting = append(waiting, row)
				continue
			}
			if !flush(&row) || !yield(row) {
				return
			}
			before = row
		}
		flush(nil)
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
