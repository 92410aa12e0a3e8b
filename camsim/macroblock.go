package camsim

import "github.com/timeslate/timeslate/internal/bitio"

// Values of mb_type (§7.4.5, tables 7-11 and 7-13).
const (
	intra16x16    = 1 // I_16x16_0_0_0; plus the prediction mode, plus withChromaDC
	withChromaDC  = 4
	firstIntraInP = 5 // where the types of I slices begin in P slices
)

// outside is what is predicted where there are no neighbours (§8.3.3.3).
var outside = block{128, 128, 128}

// prediction is where a flat macroblock is predicted from. Since the neighbours are flat, horizontal and vertical
// prediction stand for "as left" and "as above".
type prediction uint8

const (
	fromNothing prediction = iota // DC prediction without neighbours: 128
	fromLeft
	fromAbove
)

// The codes of the predictions: Intra16x16PredMode (table 8-4) and intra_chroma_pred_mode (table 7-16).
var (
	lumaMode   = [...]uint32{fromNothing: 2, fromLeft: 1, fromAbove: 0}
	chromaMode = [...]uint32{fromNothing: 0, fromLeft: 1, fromAbove: 2}
)

// macroblock writes an Intra_16x16 macroblock (§7.3.5) whose only coefficients are the DC of the three planes.
func (e *encoder) macroblock(picture []block, i int, firstType uint32) {
	luma, chroma := e.predict(picture, i)
	mbType := firstType + intra16x16 + lumaMode[luma.from]
	coloured := chroma.cb != 0 || chroma.cr != 0
	if coloured {
		mbType += withChromaDC
	}
	e.w.UE(mbType)
	e.w.UE(chromaMode[chroma.from])
	e.w.SE(0) // mb_qp_delta
	lumaDC.write(&e.w, luma.y)
	if coloured {
		chromaDC.write(&e.w, chroma.cb)
		chromaDC.write(&e.w, chroma.cr)
	}
}

// residual is what prediction from a neighbour leaves.
type residual struct {
	from      prediction
	y, cb, cr int32
}

func (r residual) chromaCost() int32 { return abs(r.cb) + abs(r.cr) }

// predict returns the best predictions of block i, one for luma and one for chroma.
func (e *encoder) predict(picture []block, i int) (luma, chroma residual) {
	b := picture[i]
	left, above := i%e.columns > 0, i >= e.columns
	if !left && !above {
		r := b.minus(outside, fromNothing)
		return r, r
	}
	if left {
		luma = b.minus(picture[i-1], fromLeft)
		chroma = luma
	}
	if above {
		r := b.minus(picture[i-e.columns], fromAbove)
		if !left || abs(r.y) < abs(luma.y) {
			luma = r
		}
		if !left || r.chromaCost() < chroma.chromaCost() {
			chroma = r
		}
	}
	return luma, chroma
}

func (b block) minus(p block, from prediction) residual {
	return residual{from, int32(b.y) - int32(p.y), int32(b.cb) - int32(p.cb), int32(b.cr) - int32(p.cr)}
}

// dcCoding holds the codes of a block of coefficients of which at most the first is not zero (§9.2), with the number of
// neighbouring coefficients nC that applies.
type dcCoding struct{ none, one, more code }

// code is a code word of a variable length code.
type code struct {
	bits   uint32
	length int
}

// From table 9-5: coeff_token for no coefficient, for one that is ±1 and for one that is larger.
var (
	lumaDC   = dcCoding{none: code{0b1, 1}, one: code{0b01, 2}, more: code{0b000101, 6}} // nC = 0: there is no AC
	chromaDC = dcCoding{none: code{0b01, 2}, one: code{0b1, 1}, more: code{0b000111, 6}} // nC = -1
)

// write writes one block.
func (c *dcCoding) write(w *bitio.Writer, level int32) {
	switch {
	case level == 0:
		w.Bits(c.none.bits, c.none.length)
		return
	case abs(level) == 1:
		w.Bits(c.one.bits, c.one.length)
		w.Bit(level < 0) // trailing_ones_sign_flag
	default:
		w.Bits(c.more.bits, c.more.length)
		writeLevel(w, level)
	}
	w.Bits(1, 1) // total_zeros = 0 (tables 9-7 and 9-9)
}

// writeLevel writes the first level of a block, which is not ±1 since that would be a trailing one (§9.2.2.1 backwards,
// with suffixLength 0).
func writeLevel(w *bitio.Writer, level int32) {
	levelCode := 2*abs(level) - 4
	if level < 0 {
		levelCode++
	}
	switch { // level_prefix, the one that ends it, level_suffix
	case levelCode < 14:
		w.Bits(1, int(levelCode)+1)
	case levelCode < 30:
		w.Bits(1<<4|uint32(levelCode-14), 14+1+4)
	default:
		w.Bits(1<<12|uint32(levelCode-30), 15+1+12)
	}
}

func abs(v int32) int32 { return max(v, -v) }
