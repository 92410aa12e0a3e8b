// Package figure turns what extract and align find out into figures for people: pictures with captions that need no
// knowledge of RTP or its clocks.
package figure

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/internal/plot"
)

// Recording shows how exact the capture times of a recording are, and what they rest on. Name and method are for the
// title; rows are those that the method made of r.
func Recording(r *extract.Recording, rows []extract.Row, name, method string) *plot.Figure {
	g := newGraph(r, rows)
	f := &plot.Figure{
		Title: name + ": when its frames were captured", Summary: g.summary(method), Start: g.start,
		Spans: g.gaps(), Marks: g.breaks(),
	}
	if g.rtp {
		f.Panels = append(f.Panels, g.messages())
	}
	f.Panels = append(f.Panels, g.bound(), g.intervals())
	if g.arrivals {
		f.Panels = append(f.Panels, g.offsets())
	}
	return f
}

// graph is what the panels of a recording are made of.
type graph struct {
	*extract.Recording
	rows     []extract.Row
	study    *extract.Study
	start    time.Time // of X
	x        []float64 // by row: capture time in seconds since start; NaN: unknown
	reportX  []float64 // by report of the study
	rtp      bool      // the recording holds what the camera sent of its clock, not only times made of it
	arrivals bool      // it is known when the reports came
}

func newGraph(r *extract.Recording, rows []extract.Row) *graph {
	g := &graph{Recording: r, rows: rows, study: r.Examine(), start: firstTime(rows)}
	g.rtp = len(g.study.Recording) > 0
	g.arrivals = slices.ContainsFunc(g.study.Reports, func(r clock.Report) bool { return !r.Arrival.IsZero() })
	g.x = make([]float64, len(rows))
	for i := range rows {
		g.x[i] = g.since(rows[i].Time)
	}
	for _, rep := range g.study.Reports {
		g.reportX = append(g.reportX, g.placeOf(rep.Before-1))
	}
	return g
}

// firstTime returns the first time that is known, in UTC.
func firstTime(rows []extract.Row) time.Time {
	for i := range rows {
		if !rows[i].Time.IsZero() {
			return rows[i].Time.UTC()
		}
	}
	return time.Time{}
}

// since returns the place of a time in the figure; NaN for an unknown one.
func (g *graph) since(t time.Time) float64 {
	if t.IsZero() {
		return math.NaN()
	}
	return t.Sub(g.start).Seconds()
}

// placeOf returns the place of a frame of the study, by its number in decode order. In presentation order it is at most
// a few frames away, which can't be seen.
func (g *graph) placeOf(frame int) float64 {
	if len(g.rows) == 0 || len(g.study.Recording) == 0 {
		return math.NaN()
	}
	frame = min(max(frame, 0), len(g.study.Recording)-1)
	row := min(g.study.Recording[frame], len(g.rows)-1)
	for near := row; near < len(g.rows); near++ {
		if !math.IsNaN(g.x[near]) {
			return g.x[near]
		}
	}
	for ; row >= 0; row-- {
		if !math.IsNaN(g.x[row]) {
			return g.x[row]
		}
	}
	return math.NaN()
}

// manyGaps is from when on short gaps are not shaded: the intervals show them, and all would be grey.
const manyGaps = 200

// gaps shades where frames are missing: where the recording tells why, and where nothing came for long.
func (g *graph) gaps() (spans []plot.Span) {
	causes := map[int]string{} // by the row behind the gap
	for _, m := range g.Missing() {
		causes[m.Before] = m.Gap.Cause.String()
	}
	long := longGap(g.x)
	for i := 1; i < len(g.x); i++ {
		from, to := g.x[i-1], g.x[i]
		cause, told := causes[i]
		if !told {
			cause = "no frames"
		}
		short := !(to-from >= long)
		if short && (!told || len(causes) > manyGaps) || !(from <= to) {
			continue
		}
		s := plot.Span{From: from, To: to, Color: plot.Grey, Name: "frames are missing"}
		if !short {
			s.Label = cause + ": " + plot.Amount(to-from)
		}
		spans = append(spans, s)
	}
	return spans
}

// longGap returns what is too long a time between two frames to be an interval, in seconds, given the times of all.
func longGap(x []float64) float64 {
	const frames = 20
	return max(1, frames*median(steps(x)))
}

// steps returns the distances of neighbours, where both are known.
func steps(x []float64) (list []float64) {
	for i := 1; i < len(x); i++ {
		if d := x[i] - x[i-1]; !math.IsNaN(d) {
			list = append(list, d)
		}
	}
	return list
}

// breakNames says in words what the causes of package clock mean.
var breakNames = map[clock.Cause]struct {
	name  string
	color plot.Color
}{
	clock.Restart:  {"the camera began a new stream", plot.Purple},
	clock.MediaSet: {"the frames' own clock was set", plot.Orange},
	clock.Pace:     {"the frames' own clock changed its speed", plot.Orange},
	clock.ClockSet: {"the camera's clock was set", plot.Vermillion},
}

// breaks marks where the camera's clocks did not run on evenly.
func (g *graph) breaks() (marks []plot.Mark) {
	for _, b := range g.study.Breaks {
		known := breakNames[b.Cause]
		label := known.name
		if b.By != 0 {
			label = strings.TrimPrefix(label, "the ") + " by " + signed(b.By)
		}
		marks = append(marks, plot.Mark{X: g.placeOf(b.Frame), Color: known.color, Name: known.name, Label: label})
	}
	return marks
}

// signed shows a duration with its sign.
func signed(d time.Duration) string {
	if d > 0 {
		return "+" + plot.Amount(d.Seconds())
	}
	return plot.Amount(d.Seconds())
}
