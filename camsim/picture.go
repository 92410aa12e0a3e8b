package camsim

import (
	"fmt"
	"strings"
	"time"
)

// minRows is the least height of a picture in macroblocks: the bar code, two lines of text, the digits and the bar of
// the second, with two rows between them.
const minRows = 30

// painter draws the pictures of one camera: the bar code, its name, a clock with milliseconds, the date, and a bar that
// fills once per second. One goroutine owns it.
type painter struct {
	columns, rows int
	blocks        []block // the picture in hand
	empty         []block // what is the same in all of them
	style         palette
	digits        area // the clock
	digitColumns  int
	thickness     int // of the digits' lines
	date          area
	second        area // the bar
}

// newPainter returns the painter of pictures of columns times rows macroblocks with a name and the nth palette.
func newPainter(columns, rows int, name string, n int) (*painter, error) {
	if columns < barcodeBits || rows < minRows {
		return nil, fmt.Errorf("a picture of %d×%d is too small for bar code and clock: %d×%d at least",
			columns*16, rows*16, barcodeBits*16, minRows*16)
	}
	p := &painter{columns: columns, rows: rows, blocks: make([]block, columns*rows), style: palettes[n%len(palettes)]}
	p.layOut(strings.Map(drawable, strings.ToUpper(name)))
	return p, nil
}

// clockForm is how the clock is drawn: digits, and one column each for the marks between them.
const clockForm = "15:04:05.000"

const (
	clockDigits = 9
	clockMarks  = 3
	clockGaps   = len(clockForm) - 1
	dateForm    = "2006-01-02 UTC"
)

// layOut finds the places of all parts and draws those that stay the same. The rows that are free are shared out
// evenly.
func (p *painter) layOut(name string) {
	p.sizeDigits()
	const barRows = 2
	gap := (p.rows - 1 - 2*letterRows - p.digits.rows - barRows) / 5
	nameRow := 1 + gap
	p.digits.row = nameRow + letterRows + gap
	p.date = area{centred(p.columns, dateForm), p.digits.row + p.digits.rows + gap, textColumns(dateForm), letterRows}
	p.second = area{p.digits.column, p.date.row + letterRows + gap, p.digits.columns, barRows}

	p.fill(area{0, 0, p.columns, p.rows}, p.style.ground)
	name = name[:min(len(name), (p.columns+1)/(letterColumns+1))]
	p.text(centred(p.columns, name), nameRow, name, p.style.accent)
	for i := range 11 {
		column := p.second.column + i*(p.second.columns-1)/10
		p.fill(area{column, p.second.row - 1, 1, 1}, p.style.accent)
	}
	p.empty = append([]block(nil), p.blocks...)
}

// sizeDigits finds the largest digits for which there is room.
func (p *painter) sizeDigits() {
	p.digitColumns = (p.rows-minRows)/2 + 4
	for {
		p.thickness = max(1, p.digitColumns/5)
		p.digits.columns = clockDigits*p.digitColumns + clockMarks*p.thickness + clockGaps
		if p.digits.columns <= p.columns-4 {
			break
		}
		p.digitColumns--
	}
	p.digits.rows = 2*p.digitColumns - 1
	p.digits.column = (p.columns - p.digits.columns) / 2
}

// drawable replaces characters for which there is no letter by spaces.
func drawable(c rune) rune {
	if _, ok := letters[c]; ok {
		return c
	}
	return ' '
}

func textColumns(s string) int { return len(s)*(letterColumns+1) - 1 }

func centred(columns int, s string) int { return (columns - textColumns(s)) / 2 }

// draw returns the picture of a capture time, borrowed until the next call.
func (p *painter) draw(captured time.Time) []block {
	captured = captured.UTC()
	copy(p.blocks, p.empty)
	var scratch [len(dateForm) + 8]byte
	p.clock(captured.AppendFormat(scratch[:0], clockForm))
	for i, c := range captured.AppendFormat(scratch[:0], dateForm) {
		p.letter(p.date.column+i*(letterColumns+1), p.date.row, rune(c), p.style.digit)
	}
	p.secondBar(captured.Nanosecond())
	drawBarcode(p.blocks, captured)
	return p.blocks
}

// clock draws the digits and marks of clockForm.
func (p *painter) clock(form []byte) {
	column := p.digits.column
	colour := p.style.digit
	for _, c := range form {
		columns := p.thickness
		switch c {
		case ':':
			p.dots(column, colour, p.digits.rows/3-p.thickness/2, p.digits.rows*2/3-p.thickness/2)
		case '.':
			p.dots(column, colour, p.digits.rows-p.thickness)
			colour = p.style.accent // for the milliseconds
		default:
			columns = p.digitColumns
			p.digit(area{column, p.digits.row, columns, p.digits.rows}, int(c-'0'), colour)
		}
		column += columns + 1
	}
}

// dots draws square dots in the given rows of the clock.
func (p *painter) dots(column int, colour block, rows ...int) {
	for _, row := range rows {
		p.fill(area{column, p.digits.row + row, p.thickness, p.thickness}, colour)
	}
}

// digit draws a seven-segment digit: first the segments that are not lit, faintly, then the others over them.
func (p *painter) digit(where area, value int, colour block) {
	p.segments(where, ^segments[value], p.style.unlit)
	p.segments(where, segments[value], colour)
}

func (p *painter) segments(where area, which uint8, colour block) {
	for s := range 7 {
		if which>>s&1 == 1 {
			p.fill(segmentArea(where, s, p.thickness), colour)
		}
	}
}

// secondBar fills the bar up to the fraction of the second; the block in which it ends shows the rest by its
// brightness.
func (p *painter) secondBar(nanosecond int) {
	const steps = 256
	filled := int(int64(p.second.columns) * steps * int64(nanosecond) / int64(time.Second))
	whole, rest := filled/steps, filled%steps
	bar := p.second
	p.fill(bar, p.style.unlit)
	bar.columns = whole
	p.fill(bar, p.style.accent)
	p.fill(area{bar.column + whole, bar.row, 1, bar.rows}, mix(p.style.unlit, p.style.accent, rest, steps))
}

func (p *painter) text(column, row int, s string, colour block) {
	for _, c := range s {
		p.letter(column, row, c, colour)
		column += letterColumns + 1
	}
}

func (p *painter) letter(column, row int, c rune, colour block) {
	glyph := letters[c]
	for i := range letterColumns * letterRows {
		if glyph>>(letterColumns*letterRows-1-i)&1 == 1 {
			p.blocks[(row+i/letterColumns)*p.columns+column+i%letterColumns] = colour
		}
	}
}

func (p *painter) fill(a area, colour block) {
	for row := a.row; row < a.row+a.rows; row++ {
		line := p.blocks[row*p.columns:][:p.columns]
		for column := a.column; column < a.column+a.columns; column++ {
			line[column] = colour
		}
	}
}
