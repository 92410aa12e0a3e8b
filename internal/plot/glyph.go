package plot

import (
	"strconv"
	"sync"
)

// glyph is a letter of the stroke font, in parts of the font's size, with y growing upwards from the base line.
type glyph struct {
	width float64
	lines [][]point
}

// unknown is drawn for what the font does not have: an empty box.
const unknown = '\uFFFD'

var parsed = sync.OnceValue(func() map[rune]*glyph {
	list := make(map[rune]*glyph, len(glyphs))
	for r, g := range glyphs {
		list[r] = &glyph{g.width / 10, parseGlyph(g.path)}
	}
	return list
})

func glyphOf(r rune) *glyph {
	if g := parsed()[r]; g != nil {
		return g
	}
	return parsed()[unknown]
}

// curveSteps is the number of lines that stand for a curve.
const curveSteps = 6

// parseGlyph reads the words of glyphs. In lines of one point there is a dot.
func parseGlyph(path string) (lines [][]point) {
	p := pathReader{path}
	for len(p.rest) > 0 {
		switch command := p.command(); command {
		case 'M', 'D':
			lines = append(lines, []point{p.point()})
		case 'L':
			last := &lines[len(lines)-1]
			*last = append(*last, p.point())
		case 'Q':
			last := &lines[len(lines)-1]
			*last = appendCurve(*last, p.point(), p.point())
		case 'O':
			lines = append(lines, ellipse(p.point(), p.point()))
		default:
			panic("plot: a glyph has the command " + strconv.Quote(string(command))) // a test reads them all
		}
	}
	return lines
}

// appendCurve goes on from the end of line to b as a quadratic Bézier curve.
func appendCurve(line []point, control, b point) []point {
	a := line[len(line)-1]
	for i := 1; i <= curveSteps; i++ {
		t := float64(i) / curveSteps
		line = append(line, between(between(a, control, t), between(control, b, t), t))
	}
	return line
}

func ellipse(center, radius point) []point {
	c, r := center, radius
	line := []point{{c.x, c.y + r.y}}
	for _, q := range [][2]point{{{1, 1}, {1, 0}}, {{1, -1}, {0, -1}}, {{-1, -1}, {-1, 0}}, {{-1, 1}, {0, 1}}} {
		line = appendCurve(line, point{c.x + q[0].x*r.x, c.y + q[0].y*r.y}, point{c.x + q[1].x*r.x, c.y + q[1].y*r.y})
	}
	return line
}

// pathReader reads commands and numbers.
type pathReader struct{ rest string }

func (p *pathReader) command() byte {
	c := p.rest[0]
	p.rest = p.rest[1:]
	return c
}

func (p *pathReader) point() point {
	x := p.number()
	return point{x, p.number()}
}

// number reads a number in tenths, up to a space or the next command.
func (p *pathReader) number() float64 {
	n := 0
	for n < len(p.rest) && (p.rest[n] == '.' || p.rest[n] == '-' || '0' <= p.rest[n] && p.rest[n] <= '9') {
		n++
	}
	v, err := strconv.ParseFloat(p.rest[:n], 64)
	if err != nil {
		panic("plot: a glyph: " + err.Error()) // a test reads them all
	}
	if n < len(p.rest) && p.rest[n] == ' ' {
		p.rest = p.rest[n+1:]
	} else {
		p.rest = p.rest[n:]
	}
	return v / 10
}
