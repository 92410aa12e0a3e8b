package plot

import (
	"cmp"
	"slices"
)

// labels stand in rows above the first diagram, beside the places that they explain.
type labels struct {
	list []label
	rows int
	left int // how many found no room
}

// label is the words beside a place.
type label struct {
	at    float64 // the place
	text  string
	color Color
	row   int // from the top
	x     float64
	align anchor
}

// labelGap is between a label and its place, and before the next label.
const labelGap = 5

// newLabels gives the labels of the figure's spans and marks their places: each in the first row that has room.
func (l *layout) newLabels(p *plane) labels {
	var all labels
	for _, s := range l.Spans {
		all.add(p, max(s.From, p.from), s.Label, s.Color)
	}
	for _, m := range l.Marks {
		all.add(p, m.X, m.Label, m.Color)
	}
	slices.SortStableFunc(all.list, func(a, b label) int { return cmp.Compare(a.at, b.at) })
	var ends [maxLabelRows]float64
	placed := all.list[:0]
	for _, one := range all.list {
		if one.fit(&ends, p.area.right()) {
			placed = append(placed, one)
			all.rows = max(all.rows, one.row+1)
		} else {
			all.left++
		}
	}
	all.list = placed
	if all.rows > 0 {
		all.rows++ // for what is said of those without room, and as a distance
	}
	return all
}

func (all *labels) add(p *plane, x float64, text string, c Color) {
	if text != "" && p.holds(x) {
		text = labelFont.shorten(text, p.area.w/2-2*labelGap)
		all.list = append(all.list, label{at: p.x(x), text: text, color: c})
	}
}

// fit finds a row whose labels end before this one. Near the right end a label stands left of its place.
func (one *label) fit(ends *[maxLabelRows]float64, right float64) bool {
	w := labelFont.width(one.text)
	begin := one.at + labelGap
	one.x, one.align = begin, start
	if begin+w > right {
		begin = one.at - labelGap - w
		one.x, one.align = one.at-labelGap, end
	}
	for row := range ends {
		// The line down to the place is not to go through a label in a row below.
		if begin > ends[row] && one.at > slices.Max(ends[row:])-labelGap {
			ends[row] = max(begin+w, one.at) + 2*labelGap
			one.row = row
			return true
		}
	}
	return false
}

// draw writes the labels above top, each with a line down to its place.
func (all *labels) draw(c canvas, area rect) {
	top := area.y - float64(all.rows)*labelRow
	for _, one := range all.list {
		y := top + float64(one.row+1)*labelRow
		c.stroke(pen{ink{one.color, 0.8}, 1, 0}, []point{{one.at, y - labelRow + 4}, {one.at, area.y}})
	}
	for _, one := range all.list {
		y := top + float64(one.row+1)*labelRow
		c.fill(ink{paper, 0.85}, rect{one.left(), y - labelRow + 3, labelFont.width(one.text) + 4, labelRow}.corners())
		c.text(point{one.x, y}, one.align, labelFont, one.text)
	}
	if all.left > 0 {
		text := "and " + Whole(all.left) + " more"
		c.text(point{area.right(), area.y - 3}, end, labelFont, text)
	}
}

// left returns where the label begins, with a little room.
func (one *label) left() float64 {
	if one.align == end {
		return one.x - labelFont.width(one.text) - 2
	}
	return one.x - 2
}
