package camsim

import "time"

// The bar code stands in the top row of macroblocks: one white, one black, then timeBits of the capture time in Unix
// milliseconds and sumBits of the sum of its six bytes, most significant bit first, white = 1. White is luma 235, black
// is luma 16, both without colour: the ends of the limited range (ITU-R BT.709-6 §4.6).
const (
	timeBits    = 48
	sumBits     = 8
	barcodeBits = 2 + timeBits + sumBits

	white = 235
	black = 16

	// minContrast is the least difference of luma between the white and the black macroblock that counts as a bar code:
	// a third of what is sent, so that pictures may have been coded again in between.
	minContrast = (white - black) / 3
)

// drawBarcode draws the bar code of a capture time over the start of the top row.
func drawBarcode(row []block, captured time.Time) {
	milliseconds := uint64(captured.UnixMilli()) & (1<<timeBits - 1)
	code := milliseconds<<sumBits | uint64(byteSum(milliseconds))
	row[0], row[1] = grey(white), grey(black)
	for i := range timeBits + sumBits {
		level := uint8(black)
		if code>>(timeBits+sumBits-1-i)&1 == 1 {
			level = white
		}
		row[2+i] = grey(level)
	}
}

func byteSum(v uint64) uint8 {
	sum := uint8(0)
	for ; v > 0; v >>= 8 {
		sum += uint8(v)
	}
	return sum
}

func grey(luma uint8) block { return block{luma, 128, 128} }

// ReadBarcode reads the capture time, in whole milliseconds UTC, from the bar code of a decoded picture of the
// simulator. luma holds the picture's 8-bit luma from the top left, stride bytes from one line to the next, of which
// width belong to the picture; 16 lines are enough. It returns false if there is no bar code or its sum is wrong.
func ReadBarcode(luma []byte, stride, width int) (time.Time, bool) {
	if width < barcodeBits*16 || stride < width || stride > len(luma) ||
		int64(len(luma)) < 15*int64(stride)+int64(width) {
		return time.Time{}, false
	}
	light, dark := blockMean(luma, stride, 0), blockMean(luma, stride, 1)
	if light-dark < minContrast {
		return time.Time{}, false
	}
	code := uint64(0)
	for i := range timeBits + sumBits {
		code <<= 1
		if blockMean(luma, stride, 2+i) > (light+dark)/2 {
			code |= 1
		}
	}
	milliseconds := code >> sumBits
	if byteSum(milliseconds) != uint8(code) {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(milliseconds)).UTC(), true
}

// blockMean returns the mean luma of the inner 8×8 pixels of a macroblock of the top row: its edges may be smeared.
func blockMean(luma []byte, stride, column int) int {
	sum := 0
	for y := 4; y < 12; y++ {
		start := y*stride + column*16 + 4
		for _, v := range luma[start : start+8] {
			sum += int(v)
		}
	}
	return sum / 64
}
