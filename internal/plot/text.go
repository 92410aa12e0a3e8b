package plot

import (
	"strings"
	"unicode/utf8"
)

// boldWidth is how much wider bold letters are.
const boldWidth = 1.1

// width returns the length of s in f. Browsers have fonts of their own: ours is among the widest, so what fits by it
// fits.
func (f font) width(s string) float64 {
	w := 0.0
	for _, r := range s {
		w += glyphOf(r).width
	}
	if f.bold {
		w *= boldWidth
	}
	return w * f.size
}

// wrap breaks s into lines of up to width.
func (f font) wrap(s string, width float64) (lines []string) {
	var line []string
	space := f.width(" ")
	length := -space // of line; there is none before its first word
	for _, word := range strings.Fields(s) {
		word = f.shorten(word, width)
		w := f.width(word)
		if length+space+w > width && len(line) > 0 {
			lines, line, length = append(lines, strings.Join(line, " ")), nil, -space
		}
		line = append(line, word)
		length += space + w
	}
	if len(line) > 0 {
		lines = append(lines, strings.Join(line, " "))
	}
	return lines
}

// shorten takes from the middle of s what is too long for width. File names differ at both ends.
func (f font) shorten(s string, width float64) string {
	length := f.width(s)
	if length <= width {
		return s
	}
	head, tail := s[:len(s)/2], s[len(s)/2:]
	for length += f.width("…"); length > width && len(head)+len(tail) > 0; {
		if len(head) > len(tail) {
			r, size := utf8.DecodeLastRuneInString(head)
			head = head[:len(head)-size]
			length -= f.width(string(r))
		} else {
			r, size := utf8.DecodeRuneInString(tail)
			tail = tail[size:]
			length -= f.width(string(r))
		}
	}
	return head + "…" + tail
}
