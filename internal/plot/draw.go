package plot

import "slices"

const (
	bandOpacity = 0.35
	spanOpacity = 0.28
	laneHeight  = 9
	minSpan     = 1.5 // width of a span that would be too narrow to be seen
)

var levelPen = pen{ink{quiet, 1}, 1.2, 5}

func linePen(c Color) pen  { return pen{ink{c, 1}, 1.6, 0} }
func crossPen(c Color) pen { return pen{ink{c, 1}, 1.5, 0} }
func markPen(c Color) pen  { return pen{ink{c, 0.8}, 1.4, 4} }

// drawDots draws dots: the more there are, the smaller, so that one can tell them apart. One that stands alone is to be
// seen, though.
func drawDots(c canvas, color Color, n int, runs [][]point) {
	lone, width := 5.0, 2.0
	if n > 300 {
		lone = 3.5
	}
	var dots, bars [][]point
	for _, run := range runs {
		if len(run) == 1 {
			dots = append(dots, run)
		} else {
			bars = append(bars, run)
		}
	}
	c.stroke(pen{ink{color, 1}, width, 0}, bars...)
	c.stroke(pen{ink{color, 0.9}, lone, 0}, dots...)
}

func (l *layout) draw(c canvas) {
	c.fill(ink{paper, 1}, rect{0, 0, l.width, l.height}.corners())
	y := float64(outerMargin) + titleFont.size*0.8
	c.text(point{outerMargin, y}, start, titleFont, l.title)
	y += 8
	for _, line := range l.summary {
		y += summaryFont.lineHeight()
		c.text(point{outerMargin, y}, start, summaryFont, line)
	}
	for _, p := range l.panels {
		l.drawPanel(c, p)
	}
}

func (l *layout) drawPanel(c canvas, p *panelBox) {
	c.group(p.Title)
	area := p.plane.area
	y := p.top
	for _, line := range p.title {
		c.text(point{l.left, y}, start, panelFont, line)
		y += panelFont.lineHeight()
	}
	p.legend.draw(c, point{l.left, y})
	c.fill(ink{ground, 1}, area.corners())
	l.drawGrid(c, p)
	c.clip(area)
	l.drawSpans(c, &p.plane)
	p.drawData(c)
	l.drawMarks(c, &p.plane)
	c.endClip()
	c.stroke(pen{ink{frame, 1}, 1, 0}, closed(area))
	p.drawRims(c)
	if p.number == 0 {
		l.labels.draw(c, area)
	}
	l.drawTimes(c, p)
	y = area.bottom() + timeRow + 6
	for _, line := range p.caption {
		y += captionFont.lineHeight()
		c.text(point{l.left, y - 4}, start, captionFont, line)
	}
	c.endGroup()
}

func closed(r rect) []point { return append(r.corners(), point{r.x, r.y}) }

// drawGrid draws the ticks of both axes through the diagram, and the numbers of the vertical one.
func (l *layout) drawGrid(c canvas, p *panelBox) {
	area := p.plane.area
	var lines, zero [][]point
	for _, tick := range l.time.ticks() {
		x := p.plane.x(tick.x)
		lines = append(lines, []point{{x, area.y}, {x, area.bottom()}})
	}
	if !p.empty() {
		for _, v := range p.plane.axis.ticks() {
			y := p.plane.y(v)
			c.text(point{area.x - tickGap, y + tickFont.size*0.35}, end, tickFont, p.plane.axis.label(v))
			line := []point{{area.x, y}, {area.right(), y}}
			if v == 0 {
				zero = append(zero, line)
			}
			lines = append(lines, line)
		}
	}
	c.stroke(pen{ink{grid, 1}, 1, 0}, lines...)
	c.stroke(pen{ink{frame, 1}, 1, 0}, zero...)
}

// drawTimes writes the times below a diagram, and below the last one what they are.
func (l *layout) drawTimes(c canvas, p *panelBox) {
	y := p.plane.area.bottom() + timeRow - 4
	for _, tick := range l.time.ticks() {
		f := tickFont
		f.bold = tick.day
		c.text(point{p.plane.x(tick.x), y}, middle, f, tick.label)
	}
	c.text(point{p.plane.area.right(), p.top}, end, tickFont, l.time.describe())
}

// drawSpans shades the spans. Those that touch on the canvas are drawn as one.
func (l *layout) drawSpans(c canvas, p *plane) {
	for color, areas := range p.spans(l.Spans, p.area.y, p.area.h) {
		c.fill(ink{color, spanOpacity}, areas...)
	}
}

// spans yields the areas of all spans, colour by colour in the order of their first.
func (p *plane) spans(list []Span, top, height float64) func(yield func(Color, [][]point) bool) {
	return func(yield func(Color, [][]point) bool) {
		var done []Color
		for _, s := range list {
			if slices.Contains(done, s.Color) {
				continue
			}
			done = append(done, s.Color)
			if areas := p.spansOf(s.Color, list, top, height); !yield(s.Color, areas) {
				return
			}
		}
	}
}

// spansOf returns the areas of the spans of one colour. Spans come in the order of time.
func (p *plane) spansOf(color Color, list []Span, top, height float64) (areas [][]point) {
	var now rect
	for _, s := range list {
		from, to := max(s.From, p.from), min(s.To, p.to)
		if s.Color != color || !(from <= to) {
			continue
		}
		next := rect{p.x(from), top, max(p.x(to)-p.x(from), minSpan), height}
		switch {
		case now.w == 0:
			now = next
		case next.x >= now.x && next.x <= now.right()+0.5:
			now.w = max(now.right(), next.right()) - now.x
		default:
			areas = append(areas, now.corners())
			now = next
		}
	}
	if now.w > 0 {
		areas = append(areas, now.corners())
	}
	return areas
}

func (p *panelBox) drawData(c canvas) {
	area := p.plane.area
	for _, v := range p.Levels {
		if drawable(v.Y) {
			y := p.plane.y(v.Y)
			c.stroke(levelPen, []point{{area.x, y}, {area.right(), y}})
		}
	}
	for i := range p.Series {
		p.drawSeries(c, i)
	}
	for color, areas := range p.plane.spans(p.Lane, area.bottom()-laneHeight, laneHeight) {
		c.fill(ink{color, 1}, areas...)
	}
	if p.Note != "" && p.empty() {
		c.text(point{area.x + area.w/2, area.y + area.h/2}, middle, noteFont, noteFont.shorten(p.Note, area.w))
	}
}

// empty reports whether no series has a point.
func (p *panelBox) empty() bool {
	for _, t := range p.traces {
		if len(t.lines) > 0 || t.above.count > 0 || t.below.count > 0 {
			return false
		}
	}
	return true
}

func (p *panelBox) drawSeries(c canvas, i int) {
	color, lines := p.color(i), p.traces[i].lines
	switch p.Series[i].Style {
	case Band:
		c.fill(ink{color, bandOpacity}, lines...)
	case Line:
		c.stroke(linePen(color), lines...)
	case Dots:
		drawDots(c, color, len(p.Series[i].X), lines)
	case Crosses:
		c.stroke(crossPen(color), lines...)
	}
}

// drawMarks draws the lines of the marks; those that fall together as one.
func (l *layout) drawMarks(c canvas, p *plane) {
	type place struct {
		color  Color
		column int
	}
	drawn := map[place]bool{}
	for _, m := range l.Marks {
		x := p.x(m.X)
		at := place{m.Color, int(x)}
		if !p.holds(m.X) || drawn[at] {
			continue
		}
		drawn[at] = true
		c.stroke(markPen(m.Color), []point{{x, p.area.y}, {x, p.area.bottom()}})
	}
}

// rimHeight is that of the triangles at the rim.
const rimHeight = 6

// triangle points at a place: upwards, or downwards when the height is negative.
func triangle(at point, height float64) []point {
	const w = 3.5
	return []point{{at.x - w, at.y + height}, at, {at.x + w, at.y + height}}
}

// drawRims draws a triangle at the rim for each place with points beyond it.
func (p *panelBox) drawRims(c canvas) {
	for i, t := range p.traces {
		var list [][]point
		for _, x := range t.above.places() {
			list = append(list, triangle(point{x, p.plane.area.y}, rimHeight))
		}
		for _, x := range t.below.places() {
			list = append(list, triangle(point{x, p.plane.area.bottom()}, -rimHeight))
		}
		c.fill(ink{p.color(i), 1}, list...)
	}
}

// places returns where triangles stand, from left to right.
func (r *rim) places() (list []float64) {
	for _, x := range r.columns {
		list = append(list, x)
	}
	slices.Sort(list)
	return list
}
