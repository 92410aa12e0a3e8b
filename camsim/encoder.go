package camsim

import (
	"github.com/timeslate/timeslate/internal/bitio"
)

// block is the colour of one macroblock in 8-bit YCbCr. The simulator's pictures consist of flat 16×16 macroblocks.
type block struct{ y, cb, cr uint8 }

// encoder turns pictures of flat macroblocks into H.264 slices, one per picture: Constrained Baseline, I slices of
// Intra_16x16 macroblocks and P slices of P_Skip and Intra_16x16 ones.
//
// It is lossless. A flat macroblock predicted from a flat neighbour differs from it by one number per plane, which is
// the single DC coefficient that is sent. At QP'Y = 28 a luma DC level of n comes out of scaling and transform (§8.5.2,
// §8.5.10) as exactly n: LevelScale4x4(4,0,0) = 256, (256n + 2) >> 2 = 64n, (64n + 32) >> 6 = n. With
// chroma_qp_index_offset = -6 the chroma is scaled at QP'C = 22 (§8.5.11.2): (256n << 3) >> 5 = 64n, hence n as well.
// The deblocking filter is off. So the decoder's picture equals the given one bit for bit, and no reconstruction need
// be computed.
//
// One goroutine owns an encoder.
type encoder struct {
	columns, rows int
	shown         []block // the picture before, as each decoder shows it
	frameNum      uint32  // of the next picture
	idrPicID      uint32  // of the next IDR picture: two in a row must differ (§7.4.3)
	w             bitio.Writer
}

const (
	lumaQP         = 28
	chromaQPOffset = -6
	frameNumBits   = 8 // log2_max_frame_num
)

// NAL unit headers: nal_ref_idc and nal_unit_type (§7.3.1).
const (
	nalSlice = 2<<5 | 1
	nalIDR   = 3<<5 | 5
	nalSPS   = 3<<5 | 7
	nalPPS   = 3<<5 | 8

	nalFiller = 12
)

func newEncoder(columns, rows int) *encoder {
	return &encoder{columns: columns, rows: rows, shown: make([]block, columns*rows)}
}

// append appends the NAL unit of one picture, rows times columns blocks from the top left, to dst. The first picture
// must be a key frame.
func (e *encoder) append(dst []byte, picture []block, key bool) []byte {
	e.w.Reset(e.w.Bytes())
	if key {
		e.frameNum = 0
		e.keySlice(picture)
		dst = append(dst, nalIDR)
	} else {
		e.deltaSlice(picture)
		dst = append(dst, nalSlice)
	}
	e.w.TrailingBits()
	copy(e.shown, picture)
	e.frameNum = (e.frameNum + 1) % (1 << frameNumBits)
	return bitio.AppendEscaped(dst, e.w.Bytes())
}

// Slice types that say that all slices of the picture are of this type (§7.4.3, table 7-6).
const (
	sliceP = 5
	sliceI = 7
)

// keySlice writes an IDR picture (§7.3.3, §7.3.4).
func (e *encoder) keySlice(picture []block) {
	e.sliceStart(sliceI)
	e.w.UE(e.idrPicID)
	e.idrPicID ^= 1
	e.w.Bits(0, 2) // no_output_of_prior_pics_flag, long_term_reference_flag
	e.sliceEnd()
	for i := range picture {
		e.macroblock(picture, i, 0)
	}
}

// deltaSlice writes a P picture that shows the picture before but for the blocks that changed. A P_Skip macroblock
// copies the one at its own place: its motion vector is predicted from neighbours that don't move (§8.4.1.1).
func (e *encoder) deltaSlice(picture []block) {
	e.sliceStart(sliceP)
	// num_ref_idx_active_override_flag, ref_pic_list_modification_flag_l0, adaptive_ref_pic_marking_mode_flag
	e.w.Bits(0, 3)
	e.sliceEnd()
	skipped := uint32(0)
	for i, b := range picture {
		if b == e.shown[i] {
			skipped++
			continue
		}
		e.w.UE(skipped)
		skipped = 0
		e.macroblock(picture, i, firstIntraInP)
	}
	if skipped > 0 {
		e.w.UE(skipped)
	}
}

func (e *encoder) sliceStart(sliceType uint32) {
	e.w.UE(0) // first_mb_in_slice
	e.w.UE(sliceType)
	e.w.UE(0) // pic_parameter_set_id
	e.w.Bits(e.frameNum, frameNumBits)
}

func (e *encoder) sliceEnd() {
	e.w.SE(0) // slice_qp_delta
	e.w.UE(1) // disable_deblocking_filter_idc
}
