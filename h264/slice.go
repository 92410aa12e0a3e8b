package h264

import (
	"fmt"

	"github.com/timeslate/timeslate/internal/bitio"
)

// SliceType is a slice_type, the values above 4 folded onto those below (ITU-T H.264 table 7-6).
type SliceType uint8

// The slice types.
const (
	SliceP SliceType = iota
	SliceB
	SliceI
	SliceSP
	SliceSI
)

// SliceHeader is the beginning of a slice header (ITU-T H.264 §7.3.3).
type SliceHeader struct {
	FirstMB uint32 // address of the first macroblock: 0 in a picture's first slice
	Type    SliceType
	PPS     uint32 // id of the picture parameter set

	// Known with a sequence parameter set only:
	FrameNum uint32
	Field    bool // the slice belongs to a field and not to a frame
	Bottom   bool // to the bottom field
}

// maxSliceHeader bounds the bytes that hold the fields of SliceHeader: five Exp-Golomb codes and numbers of 4 bytes at
// most, and emulation prevention bytes among them.
const maxSliceHeader = 32

// ParseSliceHeader reads the beginning of the header of nal, a slice or partition A; it need not be whole. Without sps,
// the parameter set that the slice refers to, it reads what can be read without.
func ParseSliceHeader(nal []byte, sps *SPSInfo) (SliceHeader, error) {
	switch NALType(nal) {
	case SliceNonIDR, PartitionA, SliceIDR:
		return parseSliceHeader(nal[1:], sps)
	}
	return SliceHeader{}, fmt.Errorf("h264: %v has no slice header", NALType(nal))
}

func parseSliceHeader(b []byte, sps *SPSInfo) (SliceHeader, error) {
	var rbsp [maxSliceHeader]byte
	r := bitio.NewReader(bitio.AppendUnescaped(rbsp[:0], b[:min(len(b), maxSliceHeader)]))
	h := SliceHeader{FirstMB: r.UE(), Type: SliceType(r.UE() % 5), PPS: r.UE()}
	if sps != nil {
		h.readField(r, sps)
	}
	if err := r.Err(); err != nil {
		return SliceHeader{}, fmt.Errorf("h264: slice header: %w", err)
	}
	return h, nil
}

func (h *SliceHeader) readField(r *bitio.Reader, sps *SPSInfo) {
	if sps.SeparateColourPlanes {
		r.Skip(2) // colour_plane_id
	}
	h.FrameNum = r.Bits(sps.FrameNumBits)
	if !sps.FrameMBsOnly {
		h.Field = r.Bit()
		h.Bottom = h.Field && r.Bit()
	}
}
