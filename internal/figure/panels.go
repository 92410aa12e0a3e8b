package figure

import (
	"math"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/plot"
)

// messages shows what the camera's sender reports say against the times that were found.
func (g *graph) messages() plot.Panel {
	used := plot.Series{Name: "time message that was used", Style: plot.Dots, Color: plot.Blue}
	unused := plot.Series{Name: "not used: it contradicts the others", Style: plot.Crosses, Color: plot.Vermillion}
	unused.Aside = true
	for i, v := range g.study.Study.Reports {
		s := &unused
		if v.Used {
			s = &used
		}
		s.X, s.Y = append(s.X, g.reportX[i]), append(s.Y, v.Residual.Seconds())
	}
	note := "The camera sent no time messages"
	if len(used.X) == 0 && len(unused.X) > 0 {
		note, unused = "None of the camera's time messages could be used", plot.Series{} // see the offsets
	}
	return plot.Panel{
		Title:   "What the camera says its clock is, against the times that were found",
		Note:    note,
		Series:  series(used, unused),
		Show:    []float64{-1e-4, 1e-4},
		Caption: messagesText + " " + classText[g.study.Class],
	}
}

// series leaves out those without points.
func series(all ...plot.Series) []plot.Series {
	return slices.DeleteFunc(all, func(s plot.Series) bool { return len(s.X) == 0 })
}

// stateNames says in words what the states of package clock mean, worst last.
var stateNames = map[clock.State]struct {
	name  string
	color plot.Color
}{
	clock.Locked:    {"locked: enough time messages", plot.Green},
	clock.Coasting:  {"coasting: the messages are far away", plot.Orange},
	clock.Acquiring: {"acquiring: few messages so far", plot.Sky},
	clock.RxOnly:    {"rxonly: only when the frames arrived is known", plot.Vermillion},
	clock.None:      {"none: no time is known", plot.Grey},
}

// doubtful are the flags that are shown in place of the state.
const doubtful = clock.Stepped | clock.Suspect | clock.Disputed

const doubtName = "the camera's clock is in doubt; the bound allows for it"

// bound shows the error bound of each frame, and its state.
func (g *graph) bound() plot.Panel {
	bound := plot.Series{Name: "the true time is within ± this, 95 times of 100", Style: plot.Band, Color: plot.Blue}
	for i := range g.rows {
		v := math.NaN()
		if e := g.rows[i].Error; e > 0 {
			v = e.Seconds()
		}
		bound.X, bound.Y, bound.High = append(bound.X, g.x[i]), append(bound.Y, 0), append(bound.High, v)
	}
	if !slices.ContainsFunc(bound.High, func(v float64) bool { return !math.IsNaN(v) }) {
		bound = plot.Series{}
	}
	return plot.Panel{
		Title:   "How exact the capture times are",
		Note:    "No error bound is known",
		Series:  series(bound),
		Lane:    g.states(),
		Show:    []float64{0},
		Caption: boundText,
	}
}

// states returns the states of the frames as spans, each up to the next.
func (g *graph) states() (spans []plot.Span) {
	for i := range g.rows {
		x := g.x[i]
		if math.IsNaN(x) {
			continue
		}
		known := stateNames[g.rows[i].State]
		if g.rows[i].Flags&doubtful != 0 {
			known.name, known.color = doubtName, plot.Yellow
		}
		last := len(spans) - 1
		if last >= 0 {
			spans[last].To = x
		}
		if last < 0 || spans[last].Name != known.name {
			spans = append(spans, plot.Span{From: x, To: x, Name: known.name, Color: known.color})
		}
	}
	return spans
}

// intervals shows the time from frame to frame.
func (g *graph) intervals() plot.Panel {
	s := plot.Series{Name: "from the frame before to this one", Style: plot.Dots, Color: plot.Blue}
	for i := 1; i < len(g.x); i++ {
		if d := g.x[i] - g.x[i-1]; !math.IsNaN(d) {
			s.X, s.Y = append(s.X, g.x[i]), append(s.Y, d)
		}
	}
	p := plot.Panel{
		Title:   "Time between frames",
		Note:    "There are not two frames with a time",
		Series:  series(s),
		Caption: intervalsText,
	}
	if usual := median(s.Y); usual > 0 {
		const least, most = 2.2, 10 // of what is usual; above it, most of what there is
		p.Show = []float64{0, usual * min(max(least, quantile(s.Y, 0.999)/usual), most)}
	}
	return p
}

// offsets shows how the camera's clock runs against the recorder's.
func (g *graph) offsets() plot.Panel {
	dots := plot.Series{Name: "camera's clock minus recorder's", Style: plot.Dots, Color: plot.Green}
	for i := range g.study.Reports {
		if d, ok := ahead(&g.study.Reports[i]); ok {
			dots.X, dots.Y = append(dots.X, g.reportX[i]), append(dots.Y, d)
		}
	}
	p := plot.Panel{
		Title:   "The camera's clock against the recorder's",
		Note:    "No time message tells",
		Caption: offsetsText,
	}
	if base := median(dots.Y); math.Abs(base) >= 1 && math.Abs(base) > 20*spread(dots.Y) {
		p.Title += ", around " + long(base)
		for i := range dots.Y {
			dots.Y[i] -= base
		}
	}
	p.Series = series(dots)
	return p
}

// ahead returns what a report says minus when it came, in seconds.
func ahead(r *clock.Report) (seconds float64, ok bool) {
	if r.Arrival.IsZero() {
		return 0, false
	}
	return r.NTP.Near(r.Arrival).Sub(r.Arrival).Seconds(), true
}

// median returns the value in the middle, or 0 if there is none.
func median(values []float64) float64 { return quantile(values, 0.5) }

// spread returns the range of the middle nine tenths.
func spread(values []float64) float64 { return quantile(values, 0.95) - quantile(values, 0.05) }

func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1))]
}

// long shows a number of seconds that may be large, with its sign.
func long(seconds float64) string {
	if years := seconds / (365.25 * 86400); math.Abs(years) >= 1 {
		return signedNumber(years) + " years"
	}
	return signed(time.Duration(seconds * 1e9))
}
