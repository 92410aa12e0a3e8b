package plot

import (
	"image"
	"math"
)

// raster draws on an image, with smooth edges. Each shape is first a mask, how much of each pixel it covers, then that
// is laid over the image; so lines that cross themselves and areas of many parts have one tone.
type raster struct {
	img   *image.RGBA
	scale float64
	clips image.Rectangle
	mask  mask
}

func newRaster(width, height, scale float64) *raster {
	img := image.NewRGBA(image.Rect(0, 0, int(math.Ceil(width*scale)), int(math.Ceil(height*scale))))
	return &raster{img: img, scale: scale, clips: img.Rect}
}

func (r *raster) group(string) {}
func (r *raster) endGroup()    {}

func (r *raster) clip(to rect) {
	r.clips = image.Rect(
		int(math.Floor(to.x*r.scale)), int(math.Floor(to.y*r.scale)),
		int(math.Ceil(to.right()*r.scale)), int(math.Ceil(to.bottom()*r.scale)),
	).Intersect(r.img.Rect)
}

func (r *raster) endClip() { r.clips = r.img.Rect }

func (r *raster) fill(i ink, areas ...[]point) {
	areas = r.scaled(areas)
	r.mask.reset(r.bounds(areas, 0))
	for _, area := range areas {
		for k, p := range area {
			r.mask.edge(p, area[(k+1)%len(area)])
		}
	}
	r.mask.sum()
	r.lay(i)
}

func (r *raster) stroke(p pen, lines ...[]point) {
	if p.dash > 0 {
		lines = dashed(lines, p.dash)
	}
	r.strokeScaled(p.ink, p.width*r.scale/2, r.scaled(lines))
}

// strokeScaled draws lines of a radius, all in pixels.
func (r *raster) strokeScaled(i ink, radius float64, lines [][]point) {
	r.mask.reset(r.bounds(lines, radius+1))
	for _, line := range lines {
		for k := range line {
			r.mask.capsule(line[max(k-1, 0)], line[k], radius)
		}
	}
	r.lay(i)
}

func (r *raster) text(at point, a anchor, f font, s string) {
	x := at.x - f.width(s)*[...]float64{0, 0.5, 1}[a]
	stretch, radius := 1.0, 0.043
	if f.bold {
		stretch, radius = boldWidth, 0.078
	}
	var lines [][]point
	for _, char := range s {
		g := glyphOf(char)
		for _, line := range g.lines {
			placed := make([]point, len(line))
			for i, p := range line {
				placed[i] = point{(x + p.x*f.size*stretch) * r.scale, (at.y - p.y*f.size) * r.scale}
			}
			lines = append(lines, placed)
		}
		x += g.width * f.size * stretch
	}
	r.strokeScaled(ink{f.color, 1}, radius*f.size*r.scale, lines)
}

func (r *raster) scaled(lines [][]point) [][]point {
	list := make([][]point, len(lines))
	for i, line := range lines {
		list[i] = make([]point, len(line))
		for k, p := range line {
			list[i][k] = point{p.x * r.scale, p.y * r.scale}
		}
	}
	return list
}

// bounds returns the pixels that lines touch, margin around them included.
func (r *raster) bounds(lines [][]point, margin float64) image.Rectangle {
	low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, line := range lines {
		for _, p := range line {
			low = point{min(low.x, p.x), min(low.y, p.y)}
			high = point{max(high.x, p.x), max(high.y, p.y)}
		}
	}
	if low.x > high.x {
		return image.Rectangle{}
	}
	c := r.clips
	return image.Rect(
		pixel(low.x-margin, c.Min.X, c.Max.X), pixel(low.y-margin, c.Min.Y, c.Max.Y),
		pixel(math.Ceil(high.x+margin), c.Min.X, c.Max.X), pixel(math.Ceil(high.y+margin), c.Min.Y, c.Max.Y))
}

// pixel returns the number of the pixel at v, within bounds.
func pixel(v float64, low, high int) int {
	return int(min(max(math.Floor(v), float64(low)), float64(high)))
}

// lay blends the colour over the image as far as the mask says.
func (r *raster) lay(i ink) {
	ch := [3]float32{float32(i.color >> 16 & 255), float32(i.color >> 8 & 255), float32(i.color & 255)}
	for y := range r.mask.h {
		row := r.img.Pix[r.img.PixOffset(r.mask.x, r.mask.y+y):]
		for x, cover := range r.mask.cover[y*(r.mask.w+1):][:r.mask.w] {
			if cover == 0 {
				continue
			}
			a := min(cover, 1) * float32(i.opacity)
			px := row[x*4 : x*4+4]
			for c := range ch {
				px[c] = uint8(float32(px[c])*(1-a) + ch[c]*a + 0.5)
			}
			px[3] = 255 // the first thing that is laid is the background
		}
	}
}

// dashed cuts lines into dashes.
func dashed(lines [][]point, dash float64) (pieces [][]point) {
	for _, line := range lines {
		for k := 1; k < len(line); k++ {
			a, b := line[k-1], line[k]
			length := math.Hypot(b.x-a.x, b.y-a.y)
			for d := 0.0; d < length; d += 2 * dash {
				pieces = append(pieces, []point{between(a, b, d/length), between(a, b, min(d+dash, length)/length)})
			}
		}
	}
	return pieces
}

func between(a, b point, t float64) point { return point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t} }
