package h264

import "github.com/timeslate/timeslate/internal/bitio"

// VUI is the video usability information of a sequence parameter set (ITU-T H.264 §E.1). Its zero value says nothing.
type VUI struct {
	SARWidth, SARHeight uint16 // sample aspect ratio; 0:0 unspecified
	FullRange           bool   // video_full_range_flag
	Primaries           uint8  // colour_primaries; 0 when absent, as also Transfer and Matrix
	Transfer            uint8
	Matrix              uint8
	UnitsInTick         uint32 // num_units_in_tick; 0 when there is no timing
	TimeScale           uint32
	Restrictions        bool // bitstream_restriction_flag: Reorder is known
	Reorder             int  // max_num_reorder_frames
}

const (
	extendedSAR = 255
	maxCPB      = 32 // cpb_cnt_minus1 is at most 31 (ITU-T H.264 §E.2.2)
	maxDPB      = 16 // max_dec_frame_buffering is at most 16 frames (ITU-T H.264 §A.3.1)
)

// sampleAspectRatios is ITU-T H.264 table E-1.
var sampleAspectRatios = [...][2]uint16{
	{0, 0}, {1, 1}, {12, 11}, {10, 11}, {16, 11}, {40, 33}, {24, 11}, {20, 11}, {32, 11},
	{80, 33}, {18, 11}, {15, 11}, {64, 33}, {160, 99}, {4, 3}, {3, 2}, {2, 1},
}

// read reads vui_parameters(). Where the bits end early, what came before counts.
func (v *VUI) read(r *bitio.Reader) {
	v.readAspect(r)
	if r.Bit() { // overscan_info_present_flag
		r.Skip(1)
	}
	v.readColour(r)
	if r.Bit() { // chroma_loc_info_present_flag
		r.UE()
		r.UE()
	}
	v.readTiming(r)
	v.skipHRDs(r)
	r.Skip(1) // pic_struct_present_flag
	v.readRestrictions(r)
}

func (v *VUI) readAspect(r *bitio.Reader) {
	if !r.Bit() {
		return
	}
	idc := r.Bits(8)
	switch {
	case idc == extendedSAR:
		v.SARWidth, v.SARHeight = uint16(r.Bits(16)), uint16(r.Bits(16))
	case int(idc) < len(sampleAspectRatios):
		v.SARWidth, v.SARHeight = sampleAspectRatios[idc][0], sampleAspectRatios[idc][1]
	}
}

func (v *VUI) readColour(r *bitio.Reader) {
	if !r.Bit() { // video_signal_type_present_flag
		return
	}
	r.Skip(3) // video_format
	v.FullRange = r.Bit()
	if r.Bit() { // colour_description_present_flag
		v.Primaries, v.Transfer, v.Matrix = uint8(r.Bits(8)), uint8(r.Bits(8)), uint8(r.Bits(8))
	}
}

func (v *VUI) readTiming(r *bitio.Reader) {
	if !r.Bit() {
		return
	}
	units, scale := r.Bits(32), r.Bits(32)
	r.Skip(1) // fixed_frame_rate_flag
	if r.Err() == nil {
		v.UnitsInTick, v.TimeScale = units, scale
	}
}

func (v *VUI) skipHRDs(r *bitio.Reader) {
	nal := r.Bit()
	if nal {
		skipHRD(r)
	}
	vcl := r.Bit()
	if vcl {
		skipHRD(r)
	}
	if nal || vcl {
		r.Skip(1) // low_delay_hrd_flag
	}
}

// skipHRD is hrd_parameters() of ITU-T H.264 §E.1.2.
func skipHRD(r *bitio.Reader) {
	count := min(r.UE()+1, maxCPB)
	r.Skip(4 + 4) // bit_rate_scale, cpb_size_scale
	for range count {
		r.UE()    // bit_rate_value_minus1
		r.UE()    // cpb_size_value_minus1
		r.Skip(1) // cbr_flag
	}
	r.Skip(5 + 5 + 5 + 5) // lengths of delays and time offsets
}

func (v *VUI) readRestrictions(r *bitio.Reader) {
	if !r.Bit() {
		return
	}
	r.Skip(1)                         // motion_vectors_over_pic_boundaries_flag
	r.UE()                            // max_bytes_per_pic_denom
	r.UE()                            // max_bits_per_mb_denom
	r.UE()                            // log2_max_mv_length_horizontal
	r.UE()                            // log2_max_mv_length_vertical
	reorder, frames := r.UE(), r.UE() // max_num_reorder_frames, max_dec_frame_buffering
	if r.Err() == nil && reorder <= maxDPB && frames <= maxDPB {
		v.Restrictions, v.Reorder = true, int(reorder)
	}
}
