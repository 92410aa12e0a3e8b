package plot

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// svg draws on an SVG document (W3C SVG 1.1).
type svg struct {
	*bytes.Buffer
	clips int
}

func newSVG(b *bytes.Buffer, width, height float64, f *Figure) *svg {
	s := &svg{Buffer: b}
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]s" height="%[2]s" viewBox="0 0 %[1]s %[2]s"`+
		` role="img" aria-labelledby="title desc" font-family="sans-serif">`+"\n", number(width), number(height))
	fmt.Fprintf(s, "<title id=\"title\">%s</title>\n", escape(f.Title))
	fmt.Fprintf(s, "<desc id=\"desc\">%s</desc>\n", escape(f.description()))
	return s
}

// description is the figure in words, for who can't see it.
func (f *Figure) description() string {
	parts := slices.Clone(f.Summary)
	for _, p := range f.Panels {
		parts = append(parts, p.Title+".", p.Caption)
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

func (s *svg) end() { s.WriteString("</svg>\n") }

func (s *svg) group(label string) { fmt.Fprintf(s, "<g aria-label=\"%s\">\n", escape(label)) }
func (s *svg) endGroup()          { s.WriteString("</g>\n") }

func (s *svg) clip(r rect) {
	s.clips++
	fmt.Fprintf(s, `<clipPath id="c%d"><rect x="%s" y="%s" width="%s" height="%s"/></clipPath>`,
		s.clips, number(r.x), number(r.y), number(r.w), number(r.h))
	fmt.Fprintf(s, "\n<g clip-path=\"url(#c%d)\">\n", s.clips)
}

func (s *svg) endClip() { s.WriteString("</g>\n") }

func (s *svg) fill(i ink, areas ...[]point) {
	if len(areas) == 0 {
		return
	}
	fmt.Fprintf(s, `<path fill="%s"%s d="`, i.color, opacity("fill", i.opacity))
	for _, area := range areas {
		s.path(area)
		s.WriteByte('z')
	}
	s.WriteString("\"/>\n")
}

func (s *svg) stroke(p pen, lines ...[]point) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(s, `<path fill="none" stroke="%s"%s stroke-width="%s" stroke-linecap="round" stroke-linejoin="round"`,
		p.color, opacity("stroke", p.opacity), number(p.width))
	if p.dash > 0 {
		fmt.Fprintf(s, ` stroke-dasharray="%s"`, number(p.dash))
	}
	s.WriteString(` d="`)
	for _, line := range lines {
		s.path(line)
		if len(line) == 1 {
			s.WriteString("h0")
		}
	}
	s.WriteString("\"/>\n")
}

// path writes a line with as few characters as that takes: in a document of a day nearly all are here.
func (s *svg) path(line []point) {
	for i, p := range line {
		x, y := number(p.x), number(p.y)
		switch {
		case i == 0:
			s.WriteString("M" + x + " " + y)
		case x == number(line[i-1].x):
			s.WriteString("V" + y)
		case y == number(line[i-1].y):
			s.WriteString("H" + x)
		default:
			s.WriteString("L" + x + " " + y)
		}
	}
}

var anchorNames = [...]string{"start", "middle", "end"}

func (s *svg) text(at point, a anchor, f font, text string) {
	weight := ""
	if f.bold {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(s, `<text x="%s" y="%s" text-anchor="%s" font-size="%s"%s fill="%s">%s</text>`+"\n",
		number(at.x), number(at.y), anchorNames[a], number(f.size), weight, f.color, escape(text))
}

// String returns the colour as CSS has it.
func (c Color) String() string { return fmt.Sprintf("#%06x", uint32(c)&0xffffff) }

func opacity(what string, v float64) string {
	if v >= 1 {
		return ""
	}
	return " " + what + `-opacity="` + strconv.FormatFloat(v, 'g', 3, 64) + `"`
}

// number writes a length with a tenth of a unit, which is less than can be seen.
func number(v float64) string {
	tenths := math.Round(v * 10)
	return strconv.FormatFloat(tenths/10+0, 'f', -1, 64) // + 0: there is no -0
}

// escape makes s fit into text and attributes. What XML can't hold becomes U+FFFD.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes all
	return b.String()
}
