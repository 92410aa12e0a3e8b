package plot

// point is a place on the canvas; y grows downwards.
type point struct{ x, y float64 }

// rect is a rectangle of the canvas.
type rect struct{ x, y, w, h float64 }

func (r rect) right() float64  { return r.x + r.w }
func (r rect) bottom() float64 { return r.y + r.h }

func (r rect) corners() []point {
	return []point{{r.x, r.y}, {r.right(), r.y}, {r.right(), r.bottom()}, {r.x, r.bottom()}}
}

// ink is how an area is filled.
type ink struct {
	color   Color
	opacity float64 // 0 … 1
}

// pen is how a line is drawn; its ends and corners are round.
type pen struct {
	ink
	width float64
	dash  float64 // length of dashes and of what is between them; 0: none
}

// anchor is the part of a text that stands at its place.
type anchor uint8

const (
	start anchor = iota
	middle
	end
)

// font is how a text is written.
type font struct {
	size  float64
	bold  bool
	color Color
}

// canvas is what a figure is drawn on. Each back end is one.
type canvas interface {
	group(label string)                        // begins a part that readers of the screen may be told about
	endGroup()                                 //
	clip(r rect)                               // shows nothing outside r until endClip
	endClip()                                  //
	fill(i ink, areas ...[]point)              // polygons
	stroke(p pen, lines ...[]point)            // open lines; one of one point is a dot
	text(at point, a anchor, f font, s string) // on the base line
}
