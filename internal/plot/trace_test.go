package plot

import (
	"image"
	"math"
	"testing"
	"time"
)

func testPlane() *plane {
	return &plane{area: rect{0, 0, 1000, 100}, from: 0, to: 1000, axis: axis{low: -50, high: 50}}
}

// TestLineKeepsExtremes has one point of a million that is low and one that is high.
func TestLineKeepsExtremes(t *testing.T) {
	s := &Series{Style: Line, X: make([]float64, 1_000_000), Y: make([]float64, 1_000_000)}
	for i := range s.X {
		s.X[i] = float64(i) / 1000
	}
	s.Y[123_456], s.Y[777_777] = 40, -40
	lines := testPlane().trace(s).lines
	if len(lines) != 1 || len(lines[0]) > 4*1001 {
		t.Fatalf("%d lines", len(lines))
	}
	low, high := extremes(lines)
	if high != (point{123.456, 10}) || low != (point{777.777, 90}) {
		t.Errorf("low %v, high %v", low, high)
	}
}

func extremes(lines [][]point) (low, high point) {
	low, high = point{0, -1e9}, point{0, 1e9}
	for _, line := range lines {
		for _, p := range line {
			if p.y > low.y {
				low = p
			}
			if p.y < high.y {
				high = p
			}
		}
	}
	return low, high
}

func TestLineGoesThroughAll(t *testing.T) {
	s := &Series{Style: Line, X: []float64{1, 2, 2.1, 2.2, 2.3, 3, 4, 5}, Y: []float64{0, 1, 9, -9, 2, 0, math.NaN(), 7}}
	lines := testPlane().trace(s).lines
	want := [][]point{{{1, 50}, {2, 49}, {2.1, 41}, {2.2, 59}, {2.3, 48}, {3, 50}}, {{5, 43}}}
	if !samePoints(lines, want) {
		t.Errorf("%v, want %v", lines, want)
	}
}

func samePoints(a, b [][]point) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if len(a[i]) != len(b[i]) {
			return false
		}
		for k := range a[i] {
			if math.Hypot(a[i][k].x-b[i][k].x, a[i][k].y-b[i][k].y) > 1e-9 {
				return false
			}
		}
	}
	return true
}

// TestDotsKeepAll compares the runs of many dots with the dots themselves.
func TestDotsKeepAll(t *testing.T) {
	s := &Series{}
	for i := range 100_000 {
		y := float64(i%7) - 30
		if i%1000 == 0 {
			y = 45
		}
		s.X, s.Y = append(s.X, float64(i)/100), append(s.Y, y)
	}
	p := testPlane()
	runs := p.trace(s).lines
	for i := range s.X {
		if !nearRun(runs, point{p.x(s.X[i]), p.y(s.Y[i])}) {
			t.Fatalf("point %d is not drawn", i)
		}
	}
	if len(runs) > 2*1001 {
		t.Errorf("%d runs", len(runs))
	}
}

func nearRun(runs [][]point, at point) bool {
	// Each column has up to two runs, in order.
	for i := max(0, int(at.x)-2); i < min(len(runs), 2*int(at.x)+4); i++ {
		top, bottom := runs[i][0], runs[i][len(runs[i])-1]
		if math.Abs(top.x-at.x) <= 1 && at.y >= top.y-1 && at.y <= bottom.y+1 {
			return true
		}
	}
	return false
}

func TestBand(t *testing.T) {
	s := &Series{Style: Band, X: []float64{1, 1.2, 1.4, 3, 4, 5}, Y: []float64{0, -3, 0, 0, math.NaN(), 0}}
	s.High = []float64{1, 1, 5, 1, 1, 2}
	got := testPlane().trace(s).lines
	want := [][]point{{{1, 45}, {3, 49}, {4, 49}, {4, 50}, {3, 50}, {1, 53}}, {{5, 48}, {6, 48}, {6, 50}, {5, 50}}}
	if !samePoints(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestRims(t *testing.T) {
	s := &Series{X: []float64{1, 2, 3, 500, 600}, Y: []float64{51, 70, 60, -51, 0}}
	got := testPlane().trace(s)
	if got.above.count != 3 || got.above.farthest != 70 || len(got.above.places()) != 1 {
		t.Errorf("above: %+v", got.above)
	}
	if got.below.count != 1 || got.below.farthest != -51 || len(got.lines) != 1 {
		t.Errorf("below: %+v, %d dots", got.below, len(got.lines))
	}
}

func TestUnsorted(t *testing.T) {
	s := &Series{Style: Line, X: []float64{3, math.NaN(), 1, 2, math.Inf(1)}, Y: []float64{3, 0, 1, 2, 0}}
	if got := testPlane().trace(s).lines; !samePoints(got, [][]point{{{1, 49}, {2, 48}, {3, 47}}}) {
		t.Errorf("%v", got)
	}
}

// TestSpans joins what touches.
func TestSpans(t *testing.T) {
	p := testPlane()
	list := []Span{{From: 1, To: 4}, {From: 4, To: 8}, {From: 10, To: 10}, {From: -5, To: math.NaN()}, {From: 999, To: 5000}}
	got := p.spansOf(0, list, 0, 10)
	want := [][]point{rect{1, 0, 7, 10}.corners(), rect{10, 0, minSpan, 10}.corners(), rect{999, 0, minSpan, 10}.corners()}
	if !samePoints(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestGlyphs reads the whole font: all of ASCII that can be printed, with strokes within the letter's width.
func TestGlyphs(t *testing.T) {
	for r := ' '; r <= '~'; r++ {
		if glyphOf(r) == glyphOf(unknown) {
			t.Errorf("no glyph for %q", r)
		}
	}
	if glyphOf('水') != glyphOf(unknown) {
		t.Error("a letter that the font does not have is no box")
	}
	for r, g := range parsed() {
		for _, line := range g.lines {
			for _, p := range line {
				if p.x < 0 || p.x > g.width || p.y < -0.25 || p.y > 0.85 {
					t.Errorf("%q goes to %v; its width is %v", r, p, g.width)
				}
			}
		}
	}
}

func TestText(t *testing.T) {
	f := font{size: 10}
	if got := f.shorten("garage_20260301T120000.000Z.mp4", 100); f.width(got) > 100 || f.width(got) < 80 {
		t.Errorf("shortened to %q", got)
	}
	if got := f.shorten("a", 100); got != "a" {
		t.Errorf("shortened to %q", got)
	}
	if got := f.shorten("äöüß€", 1); got != "…" {
		t.Errorf("shortened to %q", got)
	}
	lines := f.wrap("one two  three\nfour", f.width("one two three")+1)
	if len(lines) != 2 || lines[0] != "one two three" || lines[1] != "four" {
		t.Errorf("%q", lines)
	}
}

// TestFillCoverage fills areas whose part of each pixel is known.
func TestFillCoverage(t *testing.T) {
	var m mask
	square := func(x0, y0, x1, y1 float64) []point { return []point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}} }
	for name, c := range map[string]struct {
		area []point
		want []float32 // of 3 × 2 pixels
	}{
		"whole":     {square(-5, -5, 50, 50), []float32{1, 1, 1, 1, 1, 1}},
		"half":      {square(0.5, 0, 2, 1), []float32{0.5, 1, 0, 0, 0, 0}},
		"quarter":   {square(1.5, 0.5, 2, 1), []float32{0, 0.25, 0, 0, 0, 0}},
		"triangle":  {[]point{{0, 0}, {2, 0}, {0, 2}}, []float32{1, 0.5, 0, 0.5, 0, 0}},
		"leftwards": {square(2, 1, 1, 2), []float32{0, 0, 0, 0, 1, 0}},
		"outside":   {square(3, 0, 9, 9), []float32{0, 0, 0, 0, 0, 0}},
	} {
		m.reset(image.Rect(0, 0, 3, 2))
		for k, p := range c.area {
			m.edge(p, c.area[(k+1)%len(c.area)])
		}
		m.sum()
		for i, want := range c.want {
			if got := m.cover[i/3*4+i%3]; math.Abs(float64(got-want)) > 1e-3 {
				t.Errorf("%s: pixel %d is covered by %v, want %v", name, i, got, want)
			}
		}
	}
}

// dayFigure is what a day of frames makes: three panels. At 25 fps there are two million points in each.
func dayFigure(fps int) *Figure {
	n := 24 * 3600 * fps
	x, y, high := make([]float64, n), make([]float64, n), make([]float64, n)
	state := uint64(1)
	for i := range x {
		state = state*6364136223846793005 + 1442695040888963407
		noise := float64(state>>40) / (1 << 24)
		x[i], y[i] = float64(i)/float64(fps), -noise-math.Sin(float64(i)/1e5)
		high[i] = noise + 0.5
	}
	return &Figure{Start: time.Unix(1.77e9, 0), Panels: []Panel{
		{Series: []Series{{Style: Band, X: x, Y: y, High: high}}},
		{Series: []Series{{X: x, Y: y}}},
		{Series: []Series{{Style: Line, X: x, Y: y}}},
	}}
}

// TestDaySize wants a file that one can send by mail.
func TestDaySize(t *testing.T) {
	if doc := write(t, dayFigure(5), SVG); len(doc) > 1e6 {
		t.Errorf("%d bytes", len(doc))
	}
}

func BenchmarkDay(b *testing.B) {
	f := dayFigure(25)
	for name, format := range map[string]Format{"SVG": SVG, "PNG": PNG} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.SetBytes(int64(len(write(b, f, format))))
			}
		})
	}
}
