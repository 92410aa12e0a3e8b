package figure

import (
	"cmp"
	"math"
	"slices"

	"github.com/timeslate/timeslate/internal/plot"
)

// offsets shows how far the frames of each set are from its moment.
func (p *pairs) offsets() plot.Panel {
	tolerance := "tolerance, ±" + plot.Amount(p.tolerance)
	panel := plot.Panel{
		Title:   "How far the frames of a set are from its moment",
		Note:    "There are no sets",
		Levels:  []plot.Level{{Y: p.tolerance, Name: tolerance}, {Y: -p.tolerance, Name: tolerance}},
		Caption: pairOffsetsText,
	}
	if p.reference >= 0 {
		panel.Title = "How far the frames of a set are from that of " + p.cameras[p.reference].name
	}
	for i := range p.cameras {
		panel.Series = append(panel.Series, p.offsetBand(i))
	}
	for i := range p.cameras {
		c := &p.cameras[i]
		dots := plot.Series{Name: c.name, Color: colorOf(i), X: p.x, Y: c.offset}
		if i == p.reference {
			dots.Name += " (the reference)"
		}
		panel.Series = append(panel.Series, dots)
	}
	return panel
}

// offsetBand is the error bound around the offsets of a camera, as far as it is within the tolerance.
func (p *pairs) offsetBand(i int) plot.Series {
	c := &p.cameras[i]
	s := plot.Series{Style: plot.Band, Color: colorOf(i), Aside: true}
	add := func(x, low, high float64) {
		s.X, s.Y, s.High = append(s.X, x), append(s.Y, low), append(s.High, high)
	}
	before := [2]float64{math.NaN(), math.NaN()}
	for k, offset := range c.offset {
		bound := c.bound[k]
		if bound > p.tolerance {
			bound = math.NaN() // it would hide all others
		}
		low, high := offset-bound, offset+bound
		if low > before[1] || high < before[0] {
			add(p.x[k], math.NaN(), math.NaN()) // no area across a jump
		}
		add(p.x[k], low, high)
		before = [2]float64{low, high}
	}
	return s
}

// colorOf returns the colour of a camera, the same in all panels.
func colorOf(camera int) plot.Color { return plot.Palette[camera%len(plot.Palette)] }

// bounds shows how exact the times of each camera are.
func (p *pairs) bounds() plot.Panel {
	panel := plot.Panel{
		Title:   "How exact the capture times are",
		Note:    "No error bound is known",
		Show:    []float64{0},
		Caption: pairBoundsText,
	}
	fastest := 0.0 // of the cameras whose pairs are not sure
	for i := range p.cameras {
		if c := &p.Cameras[i]; c.Unsure > 0 {
			fastest = max(fastest, c.Rate)
		}
	}
	if fastest > 0 {
		panel.Levels = []plot.Level{{Y: 0.5 / fastest, Name: "half the time from frame to frame, " + plot.Amount(0.5/fastest)}}
	}
	for i := range p.cameras {
		c := &p.cameras[i]
		line := plot.Series{Name: c.name, Style: plot.Line, Color: colorOf(i)}
		for k, x := range p.x {
			if p.holeBefore(k) {
				line.X, line.Y = append(line.X, x), append(line.Y, math.NaN()) // no line across
			}
			line.X, line.Y = append(line.X, x), append(line.Y, c.bound[k])
		}
		panel.Series = append(panel.Series, line)
	}
	return panel
}

// missing shows how many sets lack a frame of each camera.
func (p *pairs) missing() plot.Panel {
	panel := plot.Panel{
		Title:   "Sets without a frame of a camera",
		Note:    "Every set has a frame of every camera",
		Unit:    "%",
		Caption: "The share of sets that lack a frame of the camera, over time.",
	}
	highest := 10.0
	for i := range p.cameras {
		if len(p.cameras[i].stretches) > 0 {
			s := p.missingOf(i)
			panel.Series = append(panel.Series, s)
			highest = max(highest, slices.MaxFunc(s.Y, cmp.Compare[float64])) // which ranks NaN lowest
		}
	}
	panel.Show = []float64{0, highest}
	return panel
}

// The sets are cut into up to so many parts to count what is missing, each of so many sets at least.
const (
	partCount = 200
	partSize  = 25
)

// parts cuts the sets into such parts, none across a time without sets. Each is the first set and the one behind the
// last.
func (p *pairs) parts() (list [][2]int) {
	size := max(partSize, (len(p.x)+partCount-1)/partCount)
	first := 0
	for k := range p.x {
		if next := k + 1; next == len(p.x) || next-first == size || p.holeBefore(next) {
			list = append(list, [2]int{first, next})
			first = next
		}
	}
	return list
}

// missingOf returns the share of sets without a frame of a camera, for each part of them.
func (p *pairs) missingOf(i int) plot.Series {
	c := &p.cameras[i]
	s := plot.Series{Name: c.name, Style: plot.Line, Color: colorOf(i)}
	for _, part := range p.parts() {
		first, next := part[0], part[1]
		missing := 0
		for _, offset := range c.offset[first:next] {
			if math.IsNaN(offset) {
				missing++
			}
		}
		if p.holeBefore(first) {
			s.X, s.Y = append(s.X, p.x[first]), append(s.Y, math.NaN()) // no line across
		}
		share := 100 * float64(missing) / float64(next-first)
		s.X, s.Y = append(s.X, p.x[first], p.x[next-1]), append(s.Y, share, share)
	}
	return s
}
