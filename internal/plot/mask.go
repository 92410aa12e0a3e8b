package plot

import (
	"image"
	"math"
)

// mask is how much of each pixel of a rectangle is covered, 0 … 1.
type mask struct {
	x, y, w, h int
	cover      []float32 // rows of w + 1: edge writes to the pixel right of the last
}

func (m *mask) reset(r image.Rectangle) {
	m.x, m.y, m.w, m.h = r.Min.X, r.Min.Y, r.Dx(), r.Dy()
	n := (m.w + 1) * m.h
	if cap(m.cover) < n {
		m.cover = make([]float32, n)
	}
	m.cover = m.cover[:n]
	clear(m.cover)
}

// capsule covers all that is nearer than radius to the line from a to b. What is covered more already stays so.
func (m *mask) capsule(a, b point, radius float64) {
	reach := radius + 1
	a, b = point{a.x - float64(m.x), a.y - float64(m.y)}, point{b.x - float64(m.x), b.y - float64(m.y)}
	x0, x1 := pixel(min(a.x, b.x)-reach, 0, m.w), pixel(max(a.x, b.x)+reach, -1, m.w-1)
	y0, y1 := pixel(min(a.y, b.y)-reach, 0, m.h), pixel(max(a.y, b.y)+reach, -1, m.h-1)
	dx, dy := b.x-a.x, b.y-a.y
	square := dx*dx + dy*dy
	for y := y0; y <= y1; y++ {
		row := m.cover[y*(m.w+1):]
		for x := x0; x <= x1; x++ {
			px, py := float64(x)+0.5-a.x, float64(y)+0.5-a.y
			t := 0.0
			if square > 0 {
				t = min(max((px*dx+py*dy)/square, 0), 1)
			}
			px, py = px-t*dx, py-t*dy
			distance := math.Sqrt(px*px + py*py)
			row[x] = max(row[x], float32(min(max(radius+0.5-distance, 0), 1)))
		}
	}
}

// edge notes one edge of a polygon: in each row that it crosses, how much of what is right of it is inside from there
// on. sum makes the mask of all edges.
func (m *mask) edge(a, b point) {
	a, b = point{a.x - float64(m.x), a.y - float64(m.y)}, point{b.x - float64(m.x), b.y - float64(m.y)}
	sign := 1.0
	if a.y > b.y {
		a, b, sign = b, a, -1
	}
	if a.y == b.y {
		return
	}
	slope := (b.x - a.x) / (b.y - a.y)
	for y := pixel(a.y, 0, m.h); y < m.h && float64(y) < b.y; y++ {
		top, bottom := max(a.y, float64(y)), min(b.y, float64(y+1))
		if top >= bottom {
			continue
		}
		m.rowEdge(y, a.x+(top-a.y)*slope, a.x+(bottom-a.y)*slope, sign*(bottom-top))
	}
}

// rowEdge spreads an edge that goes from x0 to x1 within a row over the pixels on its way, height being the part of the
// row that it takes, with its direction.
func (m *mask) rowEdge(y int, x0, x1, height float64) {
	row := m.cover[y*(m.w+1):][:m.w+1]
	limit := float64(m.w)
	x0, x1 = min(max(x0, 0), limit), min(max(x1, 0), limit)
	if x0 > x1 {
		x0, x1 = x1, x0
	}
	first, last := int(x0), int(x1)
	for i := first; i <= last && i < m.w; i++ {
		from, to := max(x0, float64(i)), min(x1, float64(i+1))
		part := height
		if x1 > x0 {
			part = height * (to - from) / (x1 - x0)
		}
		right := (from+to)/2 - float64(i) // of the pixel, what is left of the edge
		row[i] += float32(part * (1 - right))
		row[i+1] += float32(part * right)
	}
}

// sum turns what the edges noted into the mask.
func (m *mask) sum() {
	for y := range m.h {
		total := float32(0)
		row := m.cover[y*(m.w+1):][:m.w+1]
		for x := range row {
			total += row[x]
			row[x] = min(float32(math.Abs(float64(total))), 1)
			if row[x] < 1e-4 {
				row[x] = 0 // what rounding leaves
			}
		}
	}
}
