// Package plot draws figures of what happens over time: panels above each other that share one axis of time, as SVG or
// as PNG. Both come from one description, and neither needs a font, a browser or another module.
//
// A figure may hold millions of points. What is drawn of them is what can be seen: per column of the picture the
// extremes. A few points that are far from all others do not flatten the rest: the axis shows the bulk, the others
// stand as triangles at its rim, with their number.
package plot

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"
)

// Figure is one picture.
type Figure struct {
	Title   string
	Summary []string  // paragraphs below the title
	Start   time.Time // X counts from here; the axis shows UTC. Zero: it shows the time that has passed
	Panels  []Panel
	Spans   []Span // shaded through all panels
	Marks   []Mark // lines through all panels
}

// Panel is one diagram of a Figure.
type Panel struct {
	Title   string
	Caption string // what one sees, in sentences, below the diagram
	Unit    string // of Y, at each tick of its axis; empty: Y is in seconds, shown in the unit that suits
	Series  []Series
	Levels  []Level
	Lane    []Span    // a narrow strip along the foot; spans of one name share a place in the legend
	Show    []float64 // values that the axis must hold, whatever the series are
	Note    string    // in the middle of a diagram that has no points
}

// Series is a set of points.
type Series struct {
	Name  string // in the legend; empty: not there
	Style Style
	Color Color
	X     []float64 // seconds since Figure.Start
	Y     []float64 // as long as X; NaN and infinity interrupt a line
	High  []float64 // the upper rim of a Band, whose lower one is Y
	Aside bool      // the axis need not hold it: it is no measure for the other series
}

// Style is how a Series is drawn.
type Style uint8

// The styles.
const (
	Dots    Style = iota
	Crosses       // for what is to be told apart from dots in black and white, too
	Line
	Band
)

// Span is a stretch of time.
type Span struct {
	From, To float64 // seconds since Figure.Start
	Name     string  // in the legend
	Label    string  // beside it; may be empty. In a lane there are no labels
	Color    Color
}

// Mark is an instant.
type Mark struct {
	X     float64 // seconds since Figure.Start
	Name  string  // in the legend
	Label string  // beside it; may be empty
	Color Color
}

// Level is a value that the series are to be compared with.
type Level struct {
	Y    float64
	Name string // in the legend; levels of one name share a place
}

// Color is 0xRRGGBB.
type Color uint32

// Colours that stay apart for all kinds of colour vision (the palette of Okabe and Ito) and, as far as that goes, in
// print.
const (
	Blue       Color = 0x0072b2
	Vermillion Color = 0xd55e00
	Green      Color = 0x009e73
	Orange     Color = 0xe69f00
	Purple     Color = 0xcc79a7
	Sky        Color = 0x56b4e9
	Yellow     Color = 0xf0e442
	Grey       Color = 0x8a8f98
)

// Palette is the order in which series that have no colour of their own get theirs.
var Palette = []Color{Blue, Vermillion, Green, Purple, Orange, Sky}

// Format is a kind of file.
type Format uint8

// The formats.
const (
	SVG Format = iota
	PNG
)

// FormatOf returns the format that the ending of a file name stands for.
func FormatOf(name string) (Format, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".svg":
		return SVG, nil
	case ".png":
		return PNG, nil
	}
	return 0, fmt.Errorf("plot: %q ends neither in .svg nor in .png", name)
}

// pngScale is the number of pixels of a PNG for one unit of an SVG: sharp on fine screens, and in print.
const pngScale = 2

// Write writes the figure. It is the same for the same figure.
func (f *Figure) Write(w io.Writer, format Format) error {
	l := newLayout(f)
	if format == PNG {
		r := newRaster(l.width, l.height, pngScale)
		l.draw(r)
		return png.Encode(w, r.img)
	}
	var b bytes.Buffer
	s := newSVG(&b, l.width, l.height, f)
	l.draw(s)
	s.end()
	_, err := w.Write(b.Bytes())
	return err
}

// maxValue bounds what can be drawn, so that no sum of values is infinite.
const maxValue = 1e15

// drawable reports whether v can have a place on an axis.
func drawable(v float64) bool { return math.Abs(v) <= maxValue }
