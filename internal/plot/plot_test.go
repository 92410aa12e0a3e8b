package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

// small is a figure with one of everything.
func small() *Figure {
	return &Figure{
		Title: "garage.mp4 & <others>", Summary: []string{"Two sentences.", "In two paragraphs."},
		Start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Spans: []Span{{From: 4, To: 6, Name: "no frames", Label: "the connection broke", Color: Grey}},
		Marks: []Mark{{X: 8, Name: "clock set", Label: "by +400 ms", Color: Vermillion}},
		Panels: []Panel{
			{
				Title: "Messages", Caption: "Each dot is a message.",
				Series: []Series{
					{Name: "used", X: []float64{0, 2, 4, 6, 8, 10}, Y: []float64{0, 0.001, -0.001, 0.002, 0, 0.001}},
					{Name: "not used", Style: Crosses, Aside: true, X: []float64{5}, Y: []float64{0.4}},
				},
			},
			{
				Title: "Bound", Caption: "The band.", Show: []float64{0},
				Series: []Series{
					{Name: "bound", Style: Band, X: []float64{0, 5, 10}, Y: []float64{0, 0, 0}, High: []float64{0.02, 0.01, 0.02}},
					{Name: "mean", Style: Line, X: []float64{0, 5, 10}, Y: []float64{0.01, 0.005, 0.01}},
				},
				Levels: []Level{{0.015, "limit"}},
				Lane:   []Span{{From: 0, To: 3, Name: "waiting", Color: Orange}, {From: 3, To: 10, Name: "locked", Color: Green}},
			},
			{Title: "Nothing", Note: "There is nothing to see", Unit: "ppm"},
		},
	}
}

func write(t testing.TB, f *Figure, format Format) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// outline is what a test wants to know of an SVG.
type outline struct {
	width, height float64
	elements      map[string]int
	texts         []svgText
	title, desc   string
}

type svgText struct {
	x, y, size float64
	anchor     string
	bold       bool
	words      string
}

// left and right are where the text ends in the widest of usual fonts.
func (s svgText) ends() (left, right float64) {
	w := font{size: s.size, bold: s.bold}.width(s.words)
	left = s.x - w*map[string]float64{"start": 0, "middle": 0.5, "end": 1}[s.anchor]
	return left, left + w
}

// readSVG reads an SVG as a browser would: it must be well formed.
func readSVG(t testing.TB, doc []byte) outline {
	t.Helper()
	o := outline{elements: map[string]int{}}
	d := xml.NewDecoder(bytes.NewReader(doc))
	var now xml.StartElement
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return o
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			now = token.Copy()
			o.elements[now.Name.Local]++
			o.start(t, now)
		case xml.CharData:
			o.words(now.Name.Local, string(token))
		case xml.EndElement:
			now = xml.StartElement{}
		}
	}
}

func (o *outline) start(t testing.TB, e xml.StartElement) {
	length := func(name string) float64 {
		v, err := strconv.ParseFloat(attribute(e, name), 64)
		if err != nil {
			t.Fatalf("%s of %s: %v", name, e.Name.Local, err)
		}
		return v
	}
	switch e.Name.Local {
	case "svg":
		o.width, o.height = length("width"), length("height")
	case "text":
		o.texts = append(o.texts, svgText{x: length("x"), y: length("y"), size: length("font-size"),
			anchor: attribute(e, "text-anchor"), bold: attribute(e, "font-weight") == "bold"})
	case "path":
		if d := attribute(e, "d"); strings.Contains(d, "N") || strings.Contains(d, "I") || strings.Contains(d, "e") {
			t.Errorf("a path has what is no number: %.200s", d)
		}
	}
}

func (o *outline) words(element, words string) {
	switch element {
	case "text":
		o.texts[len(o.texts)-1].words += words
	case "title":
		o.title += words
	case "desc":
		o.desc += words
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// checkTexts wants all texts on the canvas, and no two in one place.
func (o outline) checkTexts(t testing.TB) {
	t.Helper()
	for i, s := range o.texts {
		left, right := s.ends()
		if left < 0 || right > o.width || s.y-s.size < 0 || s.y+s.size/3 > o.height {
			t.Errorf("%q is not on the canvas of %v × %v: from %v to %v, at %v", s.words, o.width, o.height, left, right, s.y)
		}
		for _, other := range o.texts[:i] {
			l, r := other.ends()
			if left < r && l < right && math.Abs(s.y-other.y) < 0.7*max(s.size, other.size) {
				t.Errorf("%q stands on %q", s.words, other.words)
			}
		}
	}
}

func TestSVG(t *testing.T) {
	doc := write(t, small(), SVG)
	o := readSVG(t, doc)
	o.checkTexts(t)
	if o.title != "garage.mp4 & <others>" || !strings.Contains(o.desc, "Two sentences. In two paragraphs. Messages. Each dot") {
		t.Errorf("title %q, description %q", o.title, o.desc)
	}
	var words []string
	for _, s := range o.texts {
		words = append(words, s.words)
	}
	all := strings.Join(words, "|")
	for _, want := range []string{
		"garage.mp4 & <others>", "Two sentences.", "In two paragraphs.", "Messages", "2026-03-01, UTC", "used", "not used", "no frames",
		"clock set", "1 point above the diagram, at 400 ms", "the connection broke", "by +400 ms", "1 ms", "−1 ms", "0", "12:00:04",
		"Each dot is a message.", "Bound", "limit", "waiting", "locked", "20 ms", "There is nothing to see",
	} {
		if !strings.Contains("|"+all+"|", "|"+want+"|") {
			t.Errorf("no text %q in %s", want, all)
		}
	}
	if o.elements["g"] != 6 || o.elements["clipPath"] != 3 || o.elements["svg"] != 1 {
		t.Errorf("elements %v", o.elements)
	}
	if !bytes.Equal(doc, write(t, small(), SVG)) {
		t.Error("the same figure is not written the same twice")
	}
}

func TestPNG(t *testing.T) {
	f := small()
	o := readSVG(t, write(t, f, SVG))
	img, err := png.Decode(bytes.NewReader(write(t, f, PNG)))
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size.X != pngScale*int(o.width) || size.Y != pngScale*int(o.height) {
		t.Errorf("%v pixels for %v × %v", size, o.width, o.height)
	}
	l := newLayout(f)
	at := func(panel int, x, y float64) color.Color {
		p := &l.panels[panel].plane
		return img.At(int(p.x(x)*pngScale), int(p.y(y)*pngScale))
	}
	if got := at(0, 2, 0.001); !near(got, Blue) {
		t.Errorf("the dot of a message is %v", got)
	}
	if got := at(0, 1, 0.0005); !near(got, ground) {
		t.Errorf("where nothing is there is %v", got)
	}
	if got := at(1, 5, 0.002); near(got, ground) || near(got, Blue) {
		t.Errorf("the band is %v", got)
	}
	if got := img.At(2, 2); !near(got, paper) {
		t.Errorf("the margin is %v", got)
	}
	if _, _, _, alpha := img.At(2, img.Bounds().Max.Y-1).RGBA(); alpha != 0xffff || !near(img.At(2, img.Bounds().Max.Y-1), paper) {
		t.Error("the last row is no paper")
	}
	// Text is there where the SVG has it.
	for _, s := range o.texts {
		left, right := s.ends()
		if !inked(img.At, left*pngScale, (s.y-s.size*0.8)*pngScale, right*pngScale, s.y*pngScale) {
			t.Errorf("%q is not drawn", s.words)
		}
	}
}

func near(c color.Color, want Color) bool {
	r, g, b, _ := c.RGBA()
	off := func(have uint32, shift int) bool {
		return math.Abs(float64(have>>8)-float64(want>>shift&255)) > 30
	}
	return !off(r, 16) && !off(g, 8) && !off(b, 0)
}

// inked reports whether anything dark is in a rectangle.
func inked(at func(x, y int) color.Color, left, top, right, bottom float64) bool {
	for y := int(top); y <= int(bottom); y++ {
		for x := int(left); x <= int(right); x++ {
			if r, _, _, _ := at(x, y).RGBA(); r>>8 < 128 {
				return true
			}
		}
	}
	return false
}

func TestFormatOf(t *testing.T) {
	for name, want := range map[string]Format{"a.svg": SVG, "b/c.PNG": PNG} {
		if got, err := FormatOf(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "-", "svg", "a.jpg", "a.svg.gz"} {
		if _, err := FormatOf(name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteError(t *testing.T) {
	for _, format := range []Format{SVG, PNG} {
		if err := small().Write(brokenWriter{}, format); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("format %d: %v", format, err)
		}
	}
}

// TestNothing draws figures of which little or nothing is known.
func TestNothing(t *testing.T) {
	for name, f := range map[string]*Figure{
		"empty":     {},
		"no points": {Title: "T", Panels: []Panel{{Title: "P", Series: []Series{{Name: "s", Style: Line}}}}},
		"one point": {Panels: []Panel{{Series: []Series{{X: []float64{5}, Y: []float64{7}}}}}},
		"one band":  {Panels: []Panel{{Series: []Series{{Style: Band, X: []float64{5}, Y: []float64{7}, High: []float64{8}}}}}},
		"one mark":  {Marks: []Mark{{X: 3, Label: "here"}}, Panels: []Panel{{}}},
	} {
		t.Run(name, func(t *testing.T) { readSVG(t, write(t, f, SVG)).checkTexts(t) })
	}
}

func TestEmptyPNG(t *testing.T) {
	if _, err := png.Decode(bytes.NewReader(write(t, &Figure{}, PNG))); err != nil {
		t.Error(err)
	}
}

// TestLongTexts has words that are too long for any place.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("abcdefghij", 60)
	f := small()
	f.Title, f.Summary = long, []string{long, strings.Repeat("word ", 200)}
	f.Spans[0].Label, f.Spans[0].Name, f.Panels[0].Title, f.Panels[0].Caption, f.Panels[2].Note = long, long, long, long, long
	for i := range 30 {
		f.Marks = append(f.Marks, Mark{X: float64(i) / 3, Label: "mark number " + strconv.Itoa(i), Color: Purple})
	}
	o := readSVG(t, write(t, f, SVG))
	o.checkTexts(t)
	if !strings.Contains(string(write(t, f, SVG)), " more</text>") {
		t.Error("labels without room are not counted")
	}
}

func FuzzFigure(f *testing.F) {
	f.Add("title", 1.0, 2.0, 3.0, 4.0, uint8(0), int64(1e18))
	f.Add("a\x00b\xff<&>\"'", math.NaN(), math.Inf(1), math.Inf(-1), 0.0, uint8(3), int64(-1))
	f.Add("", 1e308, -1e308, 1e15, 1e-300, uint8(2), int64(math.MaxInt64))
	f.Add("\r\n\t", 1e9, -1e9, 5.0, 5.0, uint8(1), int64(0))
	f.Fuzz(func(t *testing.T, words string, a, b, c, d float64, style uint8, start int64) {
		s := Series{Name: words, Style: Style(style % 4)}
		s.X, s.Y, s.High = []float64{a, a, b, c, d}, []float64{b, c, d, a, a}, []float64{d, d, d, a, 1}
		other := Series{Style: s.Style, Aside: true, X: []float64{b, 0, 1}, Y: []float64{a, c}}
		fig := &Figure{
			Title: words, Summary: []string{words}, Start: time.Unix(0, start),
			Spans: []Span{{a, b, words, words, Grey}, {c, d, words, words, Grey}},
			Marks: []Mark{{c, words, words, Vermillion}},
			Panels: []Panel{
				{
					Title: words, Caption: words, Series: []Series{s, s}, Levels: []Level{{d, words}},
					Lane: []Span{{b, c, words, "", Green}},
				},
				{Unit: "ppm", Note: words, Series: []Series{other}, Show: []float64{d}},
			},
		}
		readSVG(t, write(t, fig, SVG)).checkTexts(t)
		if style == 255 { // a PNG takes long
			write(t, fig, PNG)
		}
	})
}
