package extract

import "github.com/timeslate/timeslate/clock"

// arrival takes the time at which a frame's first packet came (retina-record: the whole frame), by the clock of the
// recorder.
func (s *series) arrival() times {
	return func(i int) clock.Estimate {
		if came := s.observed(i).Arrival; !came.IsZero() {
			return clock.Estimate{Time: came, State: clock.RxOnly, Source: clock.Arrival}
		}
		return clock.Estimate{}
	}
}
