package clock

// Live returns what a Tracker would have said of each frame when it came. Frames and reports are as for Fit.
func Live(o Options, reports []Report, frames []Frame) []Estimate {
	t, next := NewTracker(o), 0
	list := make([]Estimate, len(frames))
	for i := range frames {
		for ; next < len(reports) && reports[next].Before <= i; next++ {
			t.Report(reports[next])
		}
		list[i] = t.Frame(frames[i])
	}
	return list
}
