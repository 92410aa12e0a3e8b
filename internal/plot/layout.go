package plot

import "math"

// Measures of a figure, in units of the canvas: CSS pixels of an SVG.
const (
	figureWidth  = 1200
	outerMargin  = 28
	rightMargin  = 48  // half of the last time below the axis hangs over
	leftMargin   = 64  // at least; wider for wider numbers
	plotHeight   = 170 // of the diagram of a panel
	panelGap     = 30
	tickGap      = 8  // from an axis to its numbers
	timeRow      = 22 // the row of times below a diagram
	labelRow     = 16 // a row of labels above the first diagram
	maxLabelRows = 4
	legendRow    = 20
	timeSpacing  = 100 // between two times, at least
	dateWidth    = 220 // for the date, right of a panel's title
)

// The colours of what is no data.
const (
	paper  Color = 0xffffff
	black  Color = 0x1b1f24
	quiet  Color = 0x4b5563 // captions and the numbers at axes
	grid   Color = 0xe4e7eb
	frame  Color = 0x9aa1ab
	ground Color = 0xfafbfc // of a diagram
)

var (
	titleFont   = font{size: 21, bold: true, color: black}
	summaryFont = font{size: 14, color: black}
	panelFont   = font{size: 15, bold: true, color: black}
	captionFont = font{size: 13, color: quiet}
	legendFont  = font{size: 12.5, color: black}
	tickFont    = font{size: 12, color: quiet}
	labelFont   = font{size: 12, color: black}
	noteFont    = font{size: 15, color: quiet}
)

// lineHeight is the distance of two base lines.
func (f font) lineHeight() float64 { return f.size * 1.4 }

// layout is a figure whose parts have their places.
type layout struct {
	*Figure
	width, height float64
	left          float64 // of all diagrams
	title         string
	summary       []string // lines
	time          timeAxis
	panels        []*panelBox
	labels        labels
}

// panelBox is the place of a panel.
type panelBox struct {
	*Panel
	number  int
	top     float64
	title   []string
	legend  legend
	plane   plane
	traces  []trace
	caption []string
}

func newLayout(f *Figure) *layout {
	l := &layout{Figure: f, width: figureWidth}
	inner := l.width - 2*outerMargin
	l.title = titleFont.shorten(f.Title, inner)
	for _, s := range f.Summary {
		l.summary = append(l.summary, summaryFont.wrap(s, inner)...)
	}
	l.time = newTimeAxis(f, int((l.width-leftMargin-rightMargin)/timeSpacing))
	l.axes()
	y := float64(outerMargin) + titleFont.size + float64(len(l.summary))*summaryFont.lineHeight() + 12
	for _, p := range l.panels {
		y = l.place(p, y+panelGap)
	}
	l.height = math.Ceil(y + outerMargin)
	return l
}

// axes makes the panels' vertical axes, whose numbers decide where the diagrams begin.
func (l *layout) axes() {
	l.left = leftMargin
	for i := range l.Panels {
		p := &panelBox{Panel: &l.Panels[i], number: i}
		low, high := p.valueRange()
		p.plane.axis = newAxis(low, high, p.Unit)
		for _, v := range p.plane.axis.ticks() {
			l.left = max(l.left, outerMargin+tickFont.width(p.plane.axis.label(v))+tickGap)
		}
		l.panels = append(l.panels, p)
	}
}

// place gives a panel and its parts their places below top and returns its foot.
func (l *layout) place(p *panelBox, top float64) float64 {
	p.top = top
	right := l.width - rightMargin
	p.title = panelFont.wrap(p.Title, right-l.left-dateWidth)
	y := top + float64(len(p.title))*panelFont.lineHeight()
	p.plane.area = rect{l.left, 0, right - l.left, plotHeight}
	p.plane.from, p.plane.to = l.time.from, l.time.to
	for i := range p.Series {
		p.traces = append(p.traces, p.plane.trace(&p.Series[i]))
	}
	p.legend = l.newLegend(p)
	p.legend.wrap(right - l.left)
	y += float64(len(p.legend.rows))*legendRow + 4
	if p.number == 0 {
		l.labels = l.newLabels(&p.plane)
		y += float64(l.labels.rows) * labelRow
	}
	p.moveTo(y)
	p.caption = captionFont.wrap(p.Caption, right-l.left)
	return p.plane.area.bottom() + timeRow + 6 + float64(len(p.caption))*captionFont.lineHeight()
}

// moveTo moves the diagram, and what is traced on it, down to y.
func (p *panelBox) moveTo(y float64) {
	p.plane.area.y += y
	for _, t := range p.traces {
		for _, line := range t.lines {
			for i := range line {
				line[i].y += y
			}
		}
	}
}

// rims sums up what lies beyond the axis.
func (p *panelBox) rims() (above, below rim) {
	for _, t := range p.traces {
		above.join(t.above, t.above.farthest > above.farthest)
		below.join(t.below, t.below.farthest < below.farthest)
	}
	return above, below
}

func (r *rim) join(other rim, farther bool) {
	if other.count > 0 && (r.count == 0 || farther) {
		r.farthest = other.farthest
	}
	r.count += other.count
}

// describe says what lies beyond the axis, or nothing.
func (r *rim) describe(p *Panel, where, direction string) string {
	switch r.count {
	case 0:
		return ""
	case 1:
		return "1 point " + where + " the diagram, at " + p.amount(r.farthest)
	}
	return Whole(r.count) + " points " + where + " the diagram, " + direction + " to " + p.amount(r.farthest)
}

// color returns the colour of a series: its own, or the next of the palette.
func (p *Panel) color(i int) Color {
	if c := p.Series[i].Color; c != 0 {
		return c
	}
	return Palette[i%len(Palette)]
}
