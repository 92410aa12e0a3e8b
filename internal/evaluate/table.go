package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table is rows of cells; the first row is the heading.
type table [][]string

// write aligns the columns, all but the first to the right.
func (t table) write(w io.Writer, markdown bool) {
	widths := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	separator, rim := "   ", ""
	if markdown {
		separator, rim = " | ", "|"
	}
	for n, row := range t {
		cells := make([]string, len(row))
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if cells[i] = space + cell; i == 0 {
				cells[i] = cell + space
			}
		}
		line := strings.Join(cells, separator)
		if markdown {
			line = rim + " " + line + " " + rim
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
		if markdown && n == 0 {
			fmt.Fprintln(w, "|---|"+strings.Repeat("---:|", len(row)-1))
		}
	}
}

// blocks writes a row as lines of its own, for tables that are wider than a terminal.
func (t table) blocks(w io.Writer) {
	for n, row := range t[1:] {
		if n > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, row[0])
		for i, cell := range row[1:] {
			fmt.Fprintf(w, "  %-17s %s\n", t[0][i+1], cell)
		}
	}
}
