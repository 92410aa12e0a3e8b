package camsim

// Letters are 3 blocks wide and 5 high: each octal digit is a row, from the top, its bits the columns from the left.
const letterColumns, letterRows = 3, 5

var letters = map[rune]uint16{
	'0': 0o75557, '1': 0o26227, '2': 0o71747, '3': 0o71717, '4': 0o55711, '5': 0o74717, '6': 0o74757, '7': 0o71111,
	'8': 0o75757, '9': 0o75717, 'A': 0o25755, 'B': 0o65656, 'C': 0o34443, 'D': 0o65556, 'E': 0o74647, 'F': 0o74644,
	'G': 0o34553, 'H': 0o55755, 'I': 0o72227, 'J': 0o11152, 'K': 0o55655, 'L': 0o44447, 'M': 0o57755, 'N': 0o65555,
	'O': 0o25552, 'P': 0o65644, 'Q': 0o25531, 'R': 0o65655, 'S': 0o34216, 'T': 0o72222, 'U': 0o55557, 'V': 0o55552,
	'W': 0o55775, 'X': 0o55255, 'Y': 0o55222, 'Z': 0o71247, '-': 0o00700, '_': 0o00007, '/': 0o11244, '.': 0o00002,
}

// segments are the parts of a seven-segment digit that are lit, bit 0 to 6 for a to g: clockwise from the top, then the
// middle.
var segments = [10]uint8{
	0b0111111, 0b0000110, 0b1011011, 0b1001111, 0b1100110, 0b1101101, 0b1111101, 0b0000111, 0b1111111, 0b1101111,
}

// area is a rectangle of blocks.
type area struct{ column, row, columns, rows int }

// segmentArea returns where segment s, 0 to 6 for a to g, of the digit in d lies, in lines of the given thickness.
func segmentArea(d area, s, thickness int) area {
	right := d.column + d.columns - thickness
	middle := d.row + (d.rows-thickness)/2
	upper, lower := middle+thickness-d.row, d.row+d.rows-middle
	switch s {
	case 0:
		return area{d.column, d.row, d.columns, thickness}
	case 1:
		return area{right, d.row, thickness, upper}
	case 2:
		return area{right, middle, thickness, lower}
	case 3:
		return area{d.column, d.row + d.rows - thickness, d.columns, thickness}
	case 4:
		return area{d.column, middle, thickness, lower}
	case 5:
		return area{d.column, d.row, thickness, upper}
	default:
		return area{d.column, middle, d.columns, thickness}
	}
}
