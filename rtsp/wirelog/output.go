package wirelog

import (
	"fmt"
	"io"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	timeOfDay  = "15:04:05.000000"
	noteColumn = 56   // where comments begin, counted from the text of the line
	maxText    = 1000 // bytes of a line that are shown: parameter sets in SDP take some hundred
)

// output forms lines and writes them.
type output struct {
	w    io.Writer
	name string
	date string // of the last line
	b    []byte // lines that are not written yet
	err  error
}

// flush writes the lines in hand.
func (o *output) flush() {
	if len(o.b) > 0 && o.err == nil {
		_, o.err = o.w.Write(o.b)
	}
	o.b = o.b[:0]
}

// line adds a line with its notes: the first one beside the text when there is room, the others below. Each indent is
// two blanks.
func (o *output) line(at time.Time, direction byte, indent int, text string, notes ...string) {
	at = at.UTC()
	o.newDay(at)
	width := o.text(at, direction, indent, mask(text))
	for _, note := range notes {
		if note == "" {
			continue
		}
		if width < 0 || width > noteColumn-2 {
			o.b = append(o.b, '\n')
			width = o.text(at, direction, 0, "")
		}
		o.b = fmt.Appendf(o.b, "%*s# ", noteColumn-width, "")
		o.b = appendPrintable(o.b, mask(note))
		width = -1 // no room for another
	}
	o.b = append(o.b, '\n')
}

// text adds a line without its end and returns the number of characters in its text.
func (o *output) text(at time.Time, direction byte, indent int, text string) (width int) {
	o.b = at.AppendFormat(o.b, timeOfDay)
	o.b = append(o.b, ' ', direction, ' ')
	if o.name != "" {
		o.b = append(append(o.b, o.name...), "  "...)
	}
	start := len(o.b)
	for range indent {
		o.b = append(o.b, "  "...)
	}
	o.b = appendPrintable(o.b, text)
	return utf8.RuneCount(o.b[start:])
}

// newDay adds a line with the date when it is another than that of the line before.
func (o *output) newDay(at time.Time) {
	date := at.Format("Monday, 2 January 2006")
	if date == o.date {
		return
	}
	o.date = date
	o.line(at, remark, 0, date+", times in UTC", "> sent, < received, * remark")
}

// appendPrintable appends s, with escapes in place of what could upset a terminal or look like a line of its own.
func appendPrintable(b []byte, s string) []byte {
	more := max(0, len(s)-maxText)
	for i, r := range s[:len(s)-more] {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = fmt.Appendf(b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b = utf8.AppendRune(b, r)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	if more > 0 {
		b = fmt.Appendf(b, " … %d bytes more", more)
	}
	return b
}
