package plot

import (
	"cmp"
	"math"
	"slices"
)

// trace is what is to be drawn of a series.
type trace struct {
	// lines are in units of the canvas, on it; of a Band they are areas; of Dots, runs: a dot, or many above each other.
	lines        [][]point
	above, below rim
}

// rim is what of a series lies beyond one end of the axis.
type rim struct {
	count    int
	farthest float64
	columns  map[int]float64 // by place: where a triangle points at it
}

// rimStep is the distance of two triangles at the rim.
const rimStep = 8

func (r *rim) add(x, v float64, farther bool) {
	if r.columns == nil {
		r.columns = map[int]float64{}
	}
	if r.count == 0 || farther {
		r.farthest = v
	}
	r.count++
	if column := int(x / rimStep); r.columns[column] == 0 {
		r.columns[column] = x
	}
}

// plane maps values to the canvas.
type plane struct {
	area     rect
	from, to float64 // X
	axis     axis
}

func (p *plane) x(v float64) float64 { return p.area.x + (v-p.from)/(p.to-p.from)*p.area.w }

// y returns the place of v, at most a little outside the area.
func (p *plane) y(v float64) float64 {
	part := (p.axis.high - v) / (p.axis.high - p.axis.low)
	return p.area.y + min(max(part, -0.1), 1.1)*p.area.h
}

func (p *plane) holds(x float64) bool { return p.from <= x && x <= p.to }

// trace decimates a series to what can be seen of it.
func (p *plane) trace(s *Series) trace {
	s = s.sorted()
	t := trace{}
	switch s.Style {
	case Band:
		t.lines = p.band(s)
	case Line:
		t.lines = p.line(s)
	case Dots:
		t.lines = p.dots(s)
	case Crosses:
		t.lines = crosses(p.dots(s))
	}
	p.findRims(s, &t)
	return t
}

// sorted returns s with ascending X, all of which can be drawn.
func (s *Series) sorted() *Series {
	n := min(len(s.X), len(s.Y))
	if s.Style == Band {
		n = min(n, len(s.High))
	}
	if n == len(s.X) && slices.IsSorted(s.X) && (n == 0 || validX(s.X[0]) && validX(s.X[n-1])) {
		return s
	}
	var order []int
	for i := range n {
		if validX(s.X[i]) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.X[a], s.X[b]) })
	c := *s
	c.X, c.Y, c.High = pick(s.X, order), pick(s.Y, order), nil
	if s.Style == Band {
		c.High = pick(s.High, order)
	}
	return &c
}

func pick(values []float64, order []int) []float64 {
	list := make([]float64, len(order))
	for k, i := range order {
		list[k] = values[i]
	}
	return list
}

// findRims counts the points beyond the ends of the axis.
func (p *plane) findRims(s *Series, t *trace) {
	high := s.Y
	if s.Style == Band {
		if s.Aside {
			return // it belongs to other series, which have their own
		}
		high = s.High
	}
	for i, x := range s.X {
		if !p.holds(x) || !drawable(s.Y[i]) || !drawable(high[i]) {
			continue
		}
		if v := high[i]; v > p.axis.high {
			t.above.add(p.x(x), v, v > t.above.farthest)
		}
		if v := s.Y[i]; v < p.axis.low {
			t.below.add(p.x(x), v, v < t.below.farthest)
		}
	}
}

// column is what a line does within one column of the canvas.
type column struct {
	number                  int
	first, least, most, end point
}

// line returns stretches without interruption. Of each column they go through the first point, the extremes and the
// last.
func (p *plane) line(s *Series) (lines [][]point) {
	var line []point
	var c column
	open := false // c has points
	flush := func() {
		if open {
			line = c.appendTo(line)
		}
		open = false
	}
	cut := func() {
		flush()
		if len(line) > 0 {
			lines, line = append(lines, line), nil
		}
	}
	for i, x := range s.X {
		if !drawable(s.Y[i]) || !p.holds(x) {
			cut()
			continue
		}
		at := point{p.x(x), p.y(s.Y[i])}
		if number := int(at.x); !open || number != c.number {
			flush()
			c, open = column{number, at, at, at, at}, true
			continue
		}
		c.add(at)
	}
	cut()
	return lines
}

func (c *column) add(at point) {
	if at.y < c.least.y {
		c.least = at
	}
	if at.y > c.most.y {
		c.most = at
	}
	c.end = at
}

// appendTo appends the column's points to line, in order, each once.
func (c *column) appendTo(line []point) []point {
	a, b := c.least, c.most
	if b.x < a.x {
		a, b = b, a
	}
	begin := len(line)
	for _, at := range []point{c.first, a, b, c.end} {
		if len(line) == begin || line[len(line)-1] != at {
			line = append(line, at)
		}
	}
	return line
}

// band returns an area per stretch without interruption, around all bands in each column.
func (p *plane) band(s *Series) (areas [][]point) {
	var low, high []point
	cut := func() {
		if len(low) > 0 {
			low, high = widened(low), widened(high) // to be seen, even if it is a single point
			slices.Reverse(low)
			areas = append(areas, append(high, low...))
		}
		low, high = nil, nil
	}
	number := 0
	for i, x := range s.X {
		if !drawable(s.Y[i]) || !drawable(s.High[i]) || !p.holds(x) {
			cut()
			continue
		}
		bottom, top := point{p.x(x), p.y(s.Y[i])}, point{p.x(x), p.y(s.High[i])}
		if last := len(low) - 1; last >= 0 && int(bottom.x) == number {
			low[last].y, high[last].y = max(low[last].y, bottom.y), min(high[last].y, top.y)
			continue
		}
		number = int(bottom.x)
		low, high = append(low, bottom), append(high, top)
	}
	cut()
	return areas
}

// widened appends a point right of the last one.
func widened(line []point) []point {
	last := line[len(line)-1]
	return append(line, point{last.x + 1, last.y})
}

// fewDots is how many dots are drawn each at its exact place.
const fewDots = 2000

// dots returns the points that the axis holds. Where there are many, those that stand above each other, without a gap
// that could be seen, become lines. The place of no dot changes by more than one unit.
func (p *plane) dots(s *Series) (runs [][]point) {
	if len(s.X) <= fewDots {
		return p.eachDot(s)
	}
	var rows []bool // of the column in hand, by unit from the top of the area
	number := math.MinInt
	flush := func() {
		runs = p.appendRuns(runs, number, rows)
		rows = make([]bool, int(p.area.h)+1)
	}
	for i, x := range s.X {
		if !p.shows(x, s.Y[i]) {
			continue
		}
		if n := int(p.x(x)); n != number {
			flush()
			number = n
		}
		rows[min(max(int(p.y(s.Y[i])-p.area.y), 0), len(rows)-1)] = true
	}
	flush()
	return runs
}

func (p *plane) eachDot(s *Series) (dots [][]point) {
	for i, x := range s.X {
		if p.shows(x, s.Y[i]) {
			dots = append(dots, []point{{p.x(x), p.y(s.Y[i])}})
		}
	}
	return dots
}

// shows reports whether a dot is within the area.
func (p *plane) shows(x, y float64) bool { return p.holds(x) && p.axis.low <= y && y <= p.axis.high }

// appendRuns appends the rows of a column that have dots.
func (p *plane) appendRuns(runs [][]point, number int, rows []bool) [][]point {
	const gap = 2 // dots are wider than this
	last := -2 * gap
	for row, set := range rows {
		if !set {
			continue
		}
		at := point{float64(number) + 0.5, p.area.y + float64(row) + 0.5}
		switch end := len(runs) - 1; {
		case row-last > gap:
			runs = append(runs, []point{at})
		case len(runs[end]) == 1:
			runs[end] = append(runs[end], at)
		default:
			runs[end][1] = at
		}
		last = row
	}
	return runs
}

// crossSize is half the width of a cross.
const crossSize = 3

// crosses puts a cross at the ends of each run.
func crosses(runs [][]point) (lines [][]point) {
	for _, run := range runs {
		for _, at := range run {
			lines = append(lines,
				[]point{{at.x - crossSize, at.y - crossSize}, {at.x + crossSize, at.y + crossSize}},
				[]point{{at.x - crossSize, at.y + crossSize}, {at.x + crossSize, at.y - crossSize}})
		}
	}
	return lines
}
