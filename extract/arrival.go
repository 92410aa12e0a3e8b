package extract

import "github.com/timeslate/timeslate/clock"

// arrival takes the time at which a frame's first packet came (retina-record: the whole frame), by the clock of the
// recorder.
func (s *series) arrival() []clock.Estimate {
	list := make([]clock.Estimate, 0, len(s.frames))
	for _, f := range s.frames {
		var e clock.Estimate
		if !f.Arrival.IsZero() {
			e = clock.Estimate{Time: f.Arrival, State: clock.RxOnly, Source: clock.Arrival}
		}
		list = append(list, e)
	}
	return list
}
