package h264

import (
	"fmt"

	"github.com/timeslate/timeslate/internal/bitio"
)

// sliceHeader is what tells one picture's slices from the next one's: the beginning of a slice header (ITU-T H.264 §7.3.3).
type sliceHeader struct {
	firstMB uint32 // address of the first macroblock: 0 in a picture's first slice

	// Known with a sequence parameter set only:
	frameNum uint32
	field    bool // the slice belongs to a field and not to a frame
	bottom   bool // to the bottom field
}

// maxSliceHeader bounds the bytes that hold the fields of sliceHeader: five Exp-Golomb codes and numbers of 4 bytes at
// most, and emulation prevention bytes among them.
const maxSliceHeader = 32

// parseSliceHeader reads the beginning of a slice or partition A, of which b is what follows the NAL unit's header; it need
// not be whole. Without sps, the parameter set that the slice refers to, it reads what can be read without.
func parseSliceHeader(b []byte, sps *SPSInfo) (sliceHeader, error) {
	var rbsp [maxSliceHeader]byte
	r := bitio.NewReader(bitio.AppendUnescaped(rbsp[:0], b[:min(len(b), maxSliceHeader)]))
	h := sliceHeader{firstMB: r.UE()}
	r.UE() // slice_type
	r.UE() // pic_parameter_set_id
	if sps != nil {
		h.readField(r, sps)
	}
	if err := r.Err(); err != nil {
		return sliceHeader{}, fmt.Errorf("h264: slice header: %w", err)
	}
	return h, nil
}

func (h *sliceHeader) readField(r *bitio.Reader, sps *SPSInfo) {
	if sps.SeparateColourPlanes {
		r.Skip(2) // colour_plane_id
	}
	h.frameNum = r.Bits(sps.FrameNumBits)
	if !sps.FrameMBsOnly {
		h.field = r.Bit()
		h.bottom = h.field && r.Bit()
	}
}
