package camsim

import (
	"fmt"

	"github.com/timeslate/timeslate/internal/bitio"
)

// level is a row of table A-1.
type level struct {
	idc        uint32
	rate, size int // MaxMBPS, MaxFS: macroblocks per second and per picture
}

var levels = [...]level{
	{30, 40500, 1620}, {31, 108000, 3600}, {32, 216000, 5120}, {40, 245760, 8192}, {42, 522240, 8704},
	{50, 589824, 22080}, {51, 983040, 36864}, {52, 2073600, 36864},
}

// levelFor returns the lowest level_idc that allows such pictures (§A.3.1): a side is at most √(8·MaxFS) macroblocks.
func levelFor(columns, rows int, fps Rate) (uint32, error) {
	size := columns * rows
	longest := max(columns, rows)
	for _, l := range levels {
		if size <= l.size && longest*longest <= 8*l.size && float64(size)*fps.Float() <= float64(l.rate) {
			return l.idc, nil
		}
	}
	return 0, fmt.Errorf("%d×%d macroblocks at %s frames per second are beyond H.264 level 5.2", columns, rows, fps)
}

// macroblocks returns how many macroblocks cover n pixels.
func macroblocks(n int) int { return (n + 15) / 16 }

// sequenceParameterSet returns the SPS (§7.3.2.1.1) of pictures of width times height pixels, both even.
func sequenceParameterSet(width, height int, fps Rate) ([]byte, error) {
	columns, rows := macroblocks(width), macroblocks(height)
	levelIDC, err := levelFor(columns, rows, fps)
	if err != nil {
		return nil, err
	}
	var w bitio.Writer
	w.Bits(66, 8)         // profile_idc: Baseline
	w.Bits(0b11000000, 8) // constraint_set0_flag and 1: Constrained Baseline (§A.2.1.1)
	w.Bits(levelIDC, 8)
	w.UE(0)                // seq_parameter_set_id
	w.UE(frameNumBits - 4) // log2_max_frame_num_minus4
	w.UE(2)                // pic_order_cnt_type: output in decoding order
	w.UE(1)                // max_num_ref_frames
	w.Bit(false)           // gaps_in_frame_num_value_allowed_flag
	w.UE(uint32(columns - 1))
	w.UE(uint32(rows - 1))
	w.Bit(true) // frame_mbs_only_flag
	w.Bit(true) // direct_8x8_inference_flag
	appendCropping(&w, columns*16-width, rows*16-height)
	w.Bit(true) // vui_parameters_present_flag
	appendVUI(&w, fps)
	w.TrailingBits()
	return bitio.AppendEscaped([]byte{nalSPS}, w.Bytes()), nil
}

// appendCropping cuts pixels off at the right and the bottom, in units of two pixels (§7.4.2.1.1, 4:2:0 frames).
func appendCropping(w *bitio.Writer, right, bottom int) {
	w.Bit(right > 0 || bottom > 0)
	if right > 0 || bottom > 0 {
		w.UE(0)
		w.UE(uint32(right / 2))
		w.UE(0)
		w.UE(uint32(bottom / 2))
	}
}

// appendVUI writes the colours (BT.709, limited range), the frame rate and that nothing is reordered (§E.1.1).
func appendVUI(w *bitio.Writer, fps Rate) {
	w.Bits(0, 2)          // aspect_ratio_info_present_flag, overscan_info_present_flag
	w.Bit(true)           // video_signal_type_present_flag
	w.Bits(5, 3)          // video_format: unspecified
	w.Bit(false)          // video_full_range_flag
	w.Bit(true)           // colour_description_present_flag
	w.Bits(1, 8)          // colour_primaries: BT.709
	w.Bits(1, 8)          // transfer_characteristics
	w.Bits(1, 8)          // matrix_coefficients
	w.Bit(false)          // chroma_loc_info_present_flag
	w.Bit(true)           // timing_info_present_flag
	w.Bits(fps.Den, 32)   // num_units_in_tick: a tick is a field, half a frame
	w.Bits(2*fps.Num, 32) // time_scale
	w.Bit(true)           // fixed_frame_rate_flag
	w.Bits(0, 3)          // nal_ and vcl_hrd_parameters_present_flag, pic_struct_present_flag
	w.Bit(true)           // bitstream_restriction_flag
	w.Bit(true)           // motion_vectors_over_pic_boundaries_flag
	w.UE(0)               // max_bytes_per_pic_denom: no limit
	w.UE(0)               // max_bits_per_mb_denom: no limit
	w.UE(0)               // log2_max_mv_length_horizontal
	w.UE(0)               // log2_max_mv_length_vertical
	w.UE(0)               // max_num_reorder_frames
	w.UE(1)               // max_dec_frame_buffering
}

// pictureParameterSet returns the PPS (§7.3.2.2).
func pictureParameterSet() []byte {
	var w bitio.Writer
	w.UE(0)      // pic_parameter_set_id
	w.UE(0)      // seq_parameter_set_id
	w.Bits(0, 2) // entropy_coding_mode_flag: CAVLC; bottom_field_pic_order_in_frame_present_flag
	w.UE(0)      // num_slice_groups_minus1
	w.UE(0)      // num_ref_idx_l0_default_active_minus1
	w.UE(0)      // num_ref_idx_l1_default_active_minus1
	w.Bits(0, 3) // weighted_pred_flag, weighted_bipred_idc
	w.SE(lumaQP - 26)
	w.SE(0) // pic_init_qs_minus26
	w.SE(chromaQPOffset)
	w.Bit(true)  // deblocking_filter_control_present_flag
	w.Bits(0, 2) // constrained_intra_pred_flag, redundant_pic_cnt_present_flag
	w.TrailingBits()
	return bitio.AppendEscaped([]byte{nalPPS}, w.Bytes())
}
