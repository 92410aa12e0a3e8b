package extract

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits of a table of a packet log.
const (
	maxTableLine = 64 << 10 // bytes; rows of numbers have 60, but other columns may stand beside them
	maxTableRows = 1 << 24  // six days at 30 frames per second; empty lines count
	maxTableSize = 1 << 32  // bytes, when unzipped: 256 a row
	maxQuoted    = 40       // bytes of a cell in errors
)

// table reads CSV with a header, plain or gzipped. Columns are found by their names; others are passed over.
type table struct {
	name    string // of the file, in errors
	lines   *bufio.Scanner
	line    int            // of the row in hand, from 1
	columns map[string]int // by name, from 0
	cells   []string
	err     error // the first; there is no row after it
}

// newTable reads the header, which must name the needed columns.
func newTable(file LogFile, needed ...string) (*table, error) {
	plain, err := unzipped(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file.Name, err)
	}
	t := &table{name: file.Name, lines: bufio.NewScanner(plain), columns: map[string]int{}}
	t.lines.Buffer(nil, maxTableLine)
	if !t.next() {
		return nil, cmp.Or(t.end(), fmt.Errorf("%s: line 1: no header line", t.name))
	}
	if what := notTable(t.lines.Text()); what != "" {
		return nil, fmt.Errorf("%s: line %d: %s", t.name, t.line, what)
	}
	for i, cell := range t.cells {
		if _, again := t.columns[cell]; !again {
			t.columns[cell] = i
		}
	}
	for _, name := range needed {
		if _, ok := t.columns[name]; !ok {
			what := fmt.Errorf("%s: line %d: no column %s; it has %s", t.name, t.line, name, shortened(strings.Join(t.cells, ", ")))
			return nil, cmp.Or(t.end(), what)
		}
	}
	return t, nil
}

func unzipped(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if first, _ := b.Peek(len(gzipMagic)); string(first) != gzipMagic {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	return &limitedReader{z, maxTableSize}, err
}

// gzipMagic is what RFC 1952 §2.3.1 begins with.
const gzipMagic = "\x1f\x8b"

// limitedReader fails where a file has been unzipped that far: a small one can become any size.
type limitedReader struct {
	io.Reader
	left int64
}

func (l *limitedReader) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("more than %d bytes when unzipped", int64(maxTableSize))
	}
	n, err := l.Reader.Read(b[:min(int64(len(b)), l.left)])
	l.left -= int64(n)
	return n, err
}

// notTable says what is wrong with the first line of a file that is no CSV with commas, or is written in another way.
func notTable(line string) string {
	comma := strings.Contains(line, ",")
	switch {
	case strings.HasPrefix(line, gzipMagic):
		return "gzipped twice; unzip it once"
	case strings.Contains(line, "\x00"), strings.HasPrefix(line, "\xff\xfe"), strings.HasPrefix(line, "\xfe\xff"):
		return "not plain text; if it is UTF-16, save it as UTF-8"
	case strings.HasPrefix(line, "{"), strings.HasPrefix(line, "["):
		return "JSON; a table in CSV is needed, with a header line"
	case strings.Contains(strings.TrimRight(line, "\r"), "\r"):
		return "lines end with a carriage return only; they must end with a line feed"
	case !comma && strings.ContainsAny(line, ";\t"):
		return "columns must be separated by commas"
	}
	return ""
}

// next goes to the next line that is not empty. At the end of the file and after an error, which end returns, it is false.
func (t *table) next() bool {
	for t.err == nil && t.line <= maxTableRows && t.lines.Scan() {
		t.line++
		line := strings.TrimPrefix(t.lines.Text(), byteOrderMark)
		if strings.TrimSpace(line) != "" {
			cells, whole := splitRow(t.cells[:0], line)
			if t.cells = cells; !whole {
				t.err = fmt.Errorf("%s: line %d: a quoted cell does not end on its line", t.name, t.line)
			}
			return whole
		}
	}
	return false
}

// end returns why next was false: nil at the end of the file.
func (t *table) end() error {
	err := t.lines.Err()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF): // the row before it, cut off, may look wrong
		return fmt.Errorf("%s: line %d: the gzip file ends here, it is cut off: %w", t.name, t.line, err)
	case t.err != nil:
		return t.err
	case t.line > maxTableRows:
		err = fmt.Errorf("more than %d lines", maxTableRows)
	case errors.Is(err, bufio.ErrTooLong):
		err = fmt.Errorf("longer than %d bytes", maxTableLine)
	case err == nil:
		return nil
	}
	return fmt.Errorf("%s: line %d: %w", t.name, t.line+1, err)
}

// splitRow splits at commas that don't stand in quotes (RFC 4180 §2, but for quoted line ends). Whole is false if quotes are open
// at the end of the line.
func splitRow(cells []string, line string) (_ []string, whole bool) {
	quoted, start := false, 0
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '"' && (quoted || strings.TrimSpace(line[start:i]) == ""):
			quoted = !quoted
		case line[i] == '"' && line[i-1] == '"': // two of them stand for one
			quoted = true
		case line[i] == ',' && !quoted:
			cells, start = append(cells, trimCell(line[start:i])), i+1
		}
	}
	return append(cells, trimCell(line[start:])), !quoted
}

func trimCell(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	return s
}

// cell returns the text in a column, which is empty where there is no such column or the row ends before it.
func (t *table) cell(name string) string {
	if i, ok := t.columns[name]; ok && i < len(t.cells) {
		return t.cells[i]
	}
	return ""
}

// unsigned reads a number in the given base of so many bits; hexadecimal ones may begin with 0x. After an error it is 0.
func (t *table) unsigned(name string, base, bits int) uint64 {
	text := t.cell(name)
	if base == 16 {
		text = strings.TrimPrefix(text, "0x")
	}
	n, err := strconv.ParseUint(text, base, bits)
	if err != nil {
		t.bad(name, fmt.Sprintf("no number of %d bits to the base %d", bits, base))
		return 0
	}
	return n
}

// whole reads a number that is not negative; an empty cell is otherwise. After an error it is 0.
func (t *table) whole(name string, otherwise, most int64) int64 {
	text := t.cell(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		t.bad(name, fmt.Sprintf("no whole number from 0 to %d", most))
		return 0
	}
	return n
}

// bad notes what is wrong with a cell, unless something was before.
func (t *table) bad(name, what string) {
	if t.err == nil {
		t.err = fmt.Errorf("%s: line %d, column %d (%s): %q is %s", t.name, t.line, t.columns[name]+1, name, shortened(t.cell(name)), what)
	}
}

// shortened returns so much of a text as errors show.
func shortened(s string) string {
	if len(s) > maxQuoted {
		return s[:maxQuoted] + "…"
	}
	return s
}
