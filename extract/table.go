package extract

import (
	"bufio"
	"bytes"
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
)

// table reads CSV with a header, plain or gzipped. Columns are found by their names; others are passed over.
type table struct {
	name    string // of the file, in errors
	lines   *bufio.Scanner
	line    int            // of the row in hand, from 1
	columns map[string]int // by name, from 0
	cells   []string
}

// newTable reads the header.
func newTable(name string, r io.Reader) (*table, error) {
	plain, err := unzipped(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t := &table{name: name, lines: bufio.NewScanner(plain), columns: map[string]int{}}
	t.lines.Buffer(nil, maxTableLine)
	if !t.next() {
		return nil, t.end(errors.New("no header line"))
	}
	for i, cell := range t.cells {
		if _, again := t.columns[cell]; !again {
			t.columns[cell] = i
		}
	}
	return t, nil
}

// unzipped looks for the two bytes that RFC 1952 §2.3.1 begins with.
func unzipped(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	if first, _ := b.Peek(2); !bytes.Equal(first, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	return gzip.NewReader(b)
}

// need returns an error if a column is missing.
func (t *table) need(names ...string) error {
	for _, name := range names {
		if _, ok := t.columns[name]; !ok {
			return fmt.Errorf("%s: line %d: no column %s", t.name, t.line, name)
		}
	}
	return nil
}

// next goes to the next line that is not empty. At the end of the file and after an error, which end returns, it is false.
func (t *table) next() bool {
	for t.line <= maxTableRows && t.lines.Scan() {
		t.line++
		line := strings.TrimPrefix(t.lines.Text(), "\ufeff") // a byte order mark
		if strings.TrimSpace(line) != "" {
			t.cells = splitRow(t.cells[:0], line)
			return true
		}
	}
	return false
}

// end returns why next was false: otherwise, if that was the end of the file.
func (t *table) end(otherwise error) error {
	err := t.lines.Err()
	switch {
	case t.line > maxTableRows:
		err = fmt.Errorf("more than %d lines", maxTableRows)
	case errors.Is(err, bufio.ErrTooLong):
		err = fmt.Errorf("longer than %d bytes", maxTableLine)
	case err == nil:
		err = otherwise
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: line %d: %w", t.name, t.line+1, err)
}

// splitRow splits at commas that don't stand in quotes (RFC 4180 §2, but for quoted line ends).
func splitRow(cells []string, line string) []string {
	quoted, start := false, 0
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == ',' && !quoted:
			cells, start = append(cells, trimCell(line[start:i])), i+1
		}
	}
	return append(cells, trimCell(line[start:]))
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

// unsigned reads a number in the given base of so many bits; hexadecimal ones may begin with 0x.
func (t *table) unsigned(name string, base, bits int) (uint64, error) {
	text := t.cell(name)
	if base == 16 {
		text = strings.TrimPrefix(text, "0x")
	}
	n, err := strconv.ParseUint(text, base, bits)
	if err != nil {
		return 0, t.bad(name, fmt.Sprintf("no number of %d bits to the base %d", bits, base))
	}
	return n, nil
}

// whole reads a number that is not negative; an empty cell is otherwise.
func (t *table) whole(name string, otherwise, most int64) (int64, error) {
	text := t.cell(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, t.bad(name, fmt.Sprintf("no whole number from 0 to %d", most))
	}
	return n, nil
}

func (t *table) bad(name, what string) error {
	return fmt.Errorf("%s: line %d, column %d (%s): %q is %s", t.name, t.line, t.columns[name]+1, name, t.cell(name), what)
}
