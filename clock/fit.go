package clock

// Fit estimates the capture time of each frame of a whole recording at once. Frames are in decode order, reports in the
// order in which they came. It returns one estimate per frame.
func Fit(o Options, reports []Report, frames []Frame) []Estimate {
	return Examine(o, reports, frames).Estimates
}

// Examine is Fit, and tells what it found out about the camera's clocks.
func Examine(o Options, reports []Report, frames []Frame) *Study {
	s := &Study{Reports: make([]Verdict, len(reports))}
	t, next := NewTracker(o), 0
	for i := range frames {
		for ; next < len(reports) && reports[next].Before <= i; next++ {
			t.Report(reports[next])
		}
		s.Estimates = append(s.Estimates, t.Frame(frames[i]))
	}
	return s
}
