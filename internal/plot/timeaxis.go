package plot

import (
	"fmt"
	"time"
)

// timeAxis is the horizontal axis of all panels.
type timeAxis struct {
	origin   int64   // the time of X = 0 in nanoseconds since 1970, or 0
	clock    bool    // origin is a time
	from, to float64 // what the diagrams show: a little more than what is known
	known    [2]float64
	step     time.Duration // between ticks; 0: nothing is known, and there are none
}

// timeSteps are the distances of ticks that clocks are read by.
var timeSteps = func() (list []time.Duration) {
	for unit := time.Microsecond; unit < time.Second; unit *= 10 {
		list = append(list, unit, 2*unit, 5*unit)
	}
	for _, unit := range []time.Duration{time.Second, time.Minute} {
		list = append(list, unit, 2*unit, 5*unit, 10*unit, 15*unit, 30*unit)
	}
	for _, hours := range []time.Duration{1, 2, 3, 6, 12} {
		list = append(list, hours*time.Hour)
	}
	for days := time.Duration(1); days <= 10_000; days *= 10 {
		list = append(list, days*day, 2*days*day, 5*days*day)
	}
	return list
}()

const day = 24 * time.Hour

// maxX bounds the places on the axis of time: some 30 years from its origin, so that they can be counted in
// nanoseconds.
const maxX = 1e9

func validX(x float64) bool { return -maxX <= x && x <= maxX }

// newTimeAxis returns the axis for a figure, with at most that many ticks.
func newTimeAxis(f *Figure, ticks int) timeAxis {
	a := timeAxis{}
	if y := f.Start.Year(); !f.Start.IsZero() && y >= 1800 && y < 2200 {
		a.origin, a.clock = f.Start.UnixNano(), true // these years have nanoseconds since 1970
	}
	var ok bool
	if a.from, a.to, ok = f.extent(); !ok {
		return timeAxis{from: 0, to: 1}
	}
	a.known = [2]float64{a.from, a.to}
	room := (a.to - a.from) * 0.005
	a.from, a.to = a.from-room, a.to+room
	a.step = timeSteps[len(timeSteps)-1]
	for _, step := range timeSteps {
		if (a.to-a.from)/step.Seconds() <= float64(ticks) {
			a.step = step
			break
		}
	}
	return a
}

// extent returns the first and the last instant that the figure knows, if it knows any.
func (f *Figure) extent() (from, to float64, ok bool) {
	from, to = maxX, -maxX
	see := func(x float64) {
		if validX(x) {
			from, to = min(from, x), max(to, x)
		}
	}
	for i := range f.Panels {
		for _, s := range f.Panels[i].Series {
			for _, x := range s.X {
				see(x)
			}
		}
		for _, s := range f.Panels[i].Lane {
			see(s.From)
			see(s.To)
		}
	}
	for _, s := range f.Spans {
		see(s.From)
		see(s.To)
	}
	for _, m := range f.Marks {
		see(m.X)
	}
	if to-from < 1e-5 {
		return from - 0.5, to + 0.5, from <= to
	}
	return from, to, true
}

// timeTick is a tick with its words.
type timeTick struct {
	x     float64
	label string
	day   bool // a day begins here, and the label is its date
}

func (a timeAxis) ticks() (list []timeTick) {
	if a.step == 0 {
		return nil
	}
	first, last := a.origin+int64(a.from*1e9), a.origin+int64(a.to*1e9)
	step := int64(a.step)
	at := first / step * step
	if at < first {
		at += step
	}
	for ; at <= last; at += step {
		tick := timeTick{x: float64(at-a.origin) / 1e9}
		tick.label, tick.day = a.label(at)
		list = append(list, tick)
	}
	return list
}

// label returns the words for an instant in nanoseconds since 1970 or, without a clock, since the origin.
func (a timeAxis) label(at int64) (label string, isDay bool) {
	if !a.clock {
		return a.elapsed(time.Duration(at)), false
	}
	t := time.Unix(0, at).UTC()
	switch {
	case at%int64(day) == 0:
		return t.Format("2006-01-02"), true
	case a.step >= time.Minute:
		return t.Format("15:04"), false
	}
	return t.Format("15:04:05" + a.fraction()), false
}

// fraction returns the layout of as many decimals of a second as the steps need.
func (a timeAxis) fraction() string {
	layout := ""
	for unit := time.Second; a.step%unit != 0; unit /= 10 {
		layout += "0"
	}
	if layout == "" {
		return ""
	}
	return "." + layout
}

// elapsed shows the time since the origin.
func (a timeAxis) elapsed(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "−", -d
	}
	text := fmt.Sprintf("%d:%02d", int(d.Minutes())%60, int(d.Seconds())%60)
	if d >= time.Hour || a.to >= 3600 {
		text = fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
	}
	if fraction := a.fraction(); fraction != "" {
		text += time.Unix(0, int64(d%time.Second)).UTC().Format("." + fraction[1:])
	}
	return sign + text
}

// describe says what the times at the ticks are.
func (a timeAxis) describe() string {
	switch {
	case a.step == 0:
		return ""
	case !a.clock:
		return "time since the start"
	}
	date := func(x float64) string { return time.Unix(0, a.origin+int64(x*1e9)).UTC().Format("2006-01-02") }
	if from, to := date(a.known[0]), date(a.known[1]); from != to {
		return from + " – " + to + ", UTC"
	}
	return date(a.known[0]) + ", UTC"
}
