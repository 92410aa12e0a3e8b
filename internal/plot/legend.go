package plot

// legend says what the colours and shapes of a panel mean.
type legend struct {
	items []legendItem
	rows  [][]legendItem
}

// legendItem is a name beside a sample of what it names.
type legendItem struct {
	name   string
	color  Color
	sample sample
	x      float64 // of the sample, from the left end of the legend
}

// sample is how a legend shows what it explains.
type sample uint8

const (
	dotSample sample = iota
	crossSample
	lineSample
	areaSample
	levelSample
	spanSample
	laneSample
	markSample
	aboveSample
	belowSample
)

var styleSamples = [...]sample{Dots: dotSample, Crosses: crossSample, Line: lineSample, Band: areaSample}

const (
	sampleWidth = 22
	legendGap   = 22 // between two items
)

func (l *layout) newLegend(p *panelBox) legend {
	var g legend
	for i, s := range p.Series {
		g.add(s.Name, p.color(i), styleSamples[min(s.Style, Band)])
	}
	for _, v := range p.Levels {
		g.add(v.Name, quiet, levelSample)
	}
	for _, s := range p.Lane {
		g.add(s.Name, s.Color, laneSample)
	}
	if p.number == 0 { // they are the same in all panels
		for _, s := range l.Spans {
			g.add(s.Name, s.Color, spanSample)
		}
		for _, m := range l.Marks {
			g.add(m.Name, m.Color, markSample)
		}
	}
	above, below := p.rims()
	g.add(above.describe(p.Panel, "above", "up"), quiet, aboveSample)
	g.add(below.describe(p.Panel, "below", "down"), quiet, belowSample)
	return g
}

// add adds an item, unless it has no name or stands there.
func (g *legend) add(name string, color Color, s sample) {
	for _, item := range g.items {
		if item.name == name && item.sample == s {
			return
		}
	}
	if name != "" {
		g.items = append(g.items, legendItem{name: name, color: color, sample: s})
	}
}

// wrap makes rows of up to width.
func (g *legend) wrap(width float64) {
	x := 0.0
	var row []legendItem
	for _, item := range g.items {
		item.name = legendFont.shorten(item.name, width-sampleWidth)
		w := sampleWidth + legendFont.width(item.name)
		if x+w > width && len(row) > 0 {
			g.rows, row, x = append(g.rows, row), nil, 0
		}
		item.x = x
		row = append(row, item)
		x += w + legendGap
	}
	if len(row) > 0 {
		g.rows = append(g.rows, row)
	}
}

func (g *legend) draw(c canvas, at point) {
	for _, row := range g.rows {
		for _, item := range row {
			item.drawSample(c, point{at.x + item.x, at.y - legendFont.size*0.35})
			c.text(point{at.x + item.x + sampleWidth, at.y}, start, legendFont, item.name)
		}
		at.y += legendRow
	}
}

// drawSample draws the sample, at being the middle of its left side.
func (item *legendItem) drawSample(c canvas, at point) {
	const w = sampleWidth - 6
	center := point{at.x + w/2, at.y}
	across := []point{at, {at.x + w, at.y}}
	switch item.sample {
	case dotSample:
		c.stroke(pen{ink{item.color, 1}, 6, 0}, []point{center})
	case crossSample:
		c.stroke(crossPen(item.color), crosses([][]point{{center}})...)
	case lineSample:
		c.stroke(linePen(item.color), across)
	case areaSample:
		c.fill(ink{item.color, bandOpacity}, rect{at.x, at.y - 5, w, 10}.corners())
	case levelSample:
		c.stroke(levelPen, across)
	case spanSample:
		c.fill(ink{item.color, spanOpacity}, rect{at.x, at.y - 6, w, 12}.corners())
	case laneSample:
		c.fill(ink{item.color, 1}, rect{at.x, at.y - laneHeight/2, w, laneHeight}.corners())
	case markSample:
		c.stroke(markPen(item.color), []point{{center.x, center.y - 6}, {center.x, center.y + 6}})
	case aboveSample:
		c.fill(ink{item.color, 1}, triangle(point{center.x, center.y - rimHeight/2}, rimHeight))
	case belowSample:
		c.fill(ink{item.color, 1}, triangle(point{center.x, center.y + rimHeight/2}, -rimHeight))
	}
}
