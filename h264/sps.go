package h264

import (
	"errors"
	"fmt"

	"github.com/timeslate/timeslate/internal/bitio"
)

// Limits of a sequence parameter set. A set beyond them is refused.
const (
	maxSPSID = 31  // ITU-T H.264 §7.4.2.1.1
	maxPPSID = 255 // ITU-T H.264 §7.4.2.2

	// The largest level, 6.2, has 139,264 macroblocks; neither side may have more than sqrt(8 * 139264) (ITU-T H.264
	// §A.3.1, table A-1).
	maxFrameMBs = 139264
	maxSideMBs  = 1055

	maxRefFramesInCycle = 255 // ITU-T H.264 §7.4.2.1.1, num_ref_frames_in_pic_order_cnt_cycle
)

// SPSInfo is what a sequence parameter set says (ITU-T H.264 §7.3.2.1.1), as far as a recorder needs it.
type SPSInfo struct {
	ID                   uint32
	Profile              uint8 // profile_idc
	Compatibility        uint8 // constraint_set0_flag (bit 7) to constraint_set5_flag, and two reserved bits
	Level                uint8 // level_idc: ten times the level
	ChromaFormat         uint8 // chroma_format_idc: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4
	SeparateColourPlanes bool
	BitDepthLuma         uint8
	BitDepthChroma       uint8
	FrameNumBits         int   // bits of frame_num in a slice header
	POCType              uint8 // pic_order_cnt_type
	FrameMBsOnly         bool  // no fields: progressive
	Width, Height        int   // in pixels, cropped
	VUI                  VUI
}

// profiles with chroma format, bit depths and scaling matrix in their parameter sets (ITU-T H.264 §7.3.2.1.1).
func hasChromaFields(profile uint8) bool {
	switch profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		return true
	}
	return false
}

var errNotSPS = errors.New("h264: not a sequence parameter set")

// ParseSPS reads a sequence parameter set NAL unit. It is lenient where cameras are careless: bytes after the end are
// ignored, of a damaged VUI counts what comes before the damage, and cropping beyond the picture is ignored.
func ParseSPS(nal []byte) (*SPSInfo, error) {
	if NALType(nal) != SPS {
		return nil, errNotSPS
	}
	r := bitio.NewReader(bitio.AppendUnescaped(make([]byte, 0, len(nal)), nal[1:]))
	s := &SPSInfo{Profile: uint8(r.Bits(8)), Compatibility: uint8(r.Bits(8)), Level: uint8(r.Bits(8)), ID: r.UE()}
	s.readChroma(r)
	s.FrameNumBits = int(min(r.UE(), 12)) + 4 // log2_max_frame_num_minus4 is at most 12
	s.readPictureOrder(r)
	r.UE()    // max_num_ref_frames
	r.Skip(1) // gaps_in_frame_num_value_allowed_flag
	sizeErr := s.readSize(r)
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("h264: SPS: %w", err)
	}
	if s.ID > maxSPSID {
		return nil, fmt.Errorf("h264: SPS: id %d is above %d", s.ID, maxSPSID)
	}
	if sizeErr != nil {
		return nil, sizeErr
	}
	if r.Bit() {
		s.VUI.read(r)
	}
	return s, nil
}

func (s *SPSInfo) readChroma(r *bitio.Reader) {
	s.ChromaFormat, s.BitDepthLuma, s.BitDepthChroma = 1, 8, 8
	if !hasChromaFields(s.Profile) {
		return
	}
	s.ChromaFormat = uint8(min(r.UE(), 3))
	if s.ChromaFormat == 3 {
		s.SeparateColourPlanes = r.Bit()
	}
	s.BitDepthLuma = 8 + uint8(min(r.UE(), 6))
	s.BitDepthChroma = 8 + uint8(min(r.UE(), 6))
	r.Skip(1)    // qpprime_y_zero_transform_bypass_flag
	if r.Bit() { // seq_scaling_matrix_present_flag
		s.skipScalingLists(r)
	}
}

func (s *SPSInfo) skipScalingLists(r *bitio.Reader) {
	lists := 8
	if s.ChromaFormat == 3 {
		lists = 12
	}
	for i := range lists {
		if !r.Bit() {
			continue
		}
		if i < 6 {
			skipScalingList(r, 16)
		} else {
			skipScalingList(r, 64)
		}
	}
}

// skipScalingList is scaling_list() of ITU-T H.264 §7.3.2.1.1.1.
func skipScalingList(r *bitio.Reader, size int) {
	last, next := int32(8), int32(8)
	for range size {
		if next != 0 {
			next = (last + r.SE()%256 + 256) % 256
		}
		if next != 0 {
			last = next
		}
	}
}

func (s *SPSInfo) readPictureOrder(r *bitio.Reader) {
	s.POCType = uint8(min(r.UE(), 3))
	switch s.POCType {
	case 0:
		r.UE() // log2_max_pic_order_cnt_lsb_minus4
	case 1:
		r.Skip(1) // delta_pic_order_always_zero_flag
		r.SE()    // offset_for_non_ref_pic
		r.SE()    // offset_for_top_to_bottom_field
		for range min(r.UE(), maxRefFramesInCycle) {
			r.SE() // offset_for_ref_frame
		}
	}
}

func (s *SPSInfo) readSize(r *bitio.Reader) error {
	widthMBs, heightUnits := int64(r.UE())+1, int64(r.UE())+1
	s.FrameMBsOnly = r.Bit()
	fields := int64(1)
	if !s.FrameMBsOnly {
		fields = 2
		r.Skip(1) // mb_adaptive_frame_field_flag
	}
	heightMBs := heightUnits * fields
	if widthMBs > maxSideMBs || heightMBs > maxSideMBs || widthMBs*heightMBs > maxFrameMBs {
		return fmt.Errorf("h264: SPS: %d x %d macroblocks are more than any level allows", widthMBs, heightMBs)
	}
	r.Skip(1) // direct_8x8_inference_flag
	s.Width, s.Height = int(widthMBs*16), int(heightMBs*16)
	if r.Bit() {
		s.crop(r, fields)
	}
	return nil
}

// crop reads frame_crop_*_offset, which count in units of chroma samples and fields (ITU-T H.264 §7.4.2.1.1, equations
// 7-19 to 7-22).
func (s *SPSInfo) crop(r *bitio.Reader, fields int64) {
	unitX, unitY := int64(1), fields
	if !s.SeparateColourPlanes {
		switch s.ChromaFormat {
		case 1:
			unitX, unitY = 2, 2*fields
		case 2:
			unitX = 2
		}
	}
	width := int64(s.Width) - unitX*(int64(r.UE())+int64(r.UE()))
	height := int64(s.Height) - unitY*(int64(r.UE())+int64(r.UE()))
	if width > 0 && height > 0 {
		s.Width, s.Height = int(width), int(height)
	}
}

// FrameRate returns the frames per second that the VUI states, or 0 when it does not or is beyond belief. Cameras are
// known to state the rate of fields, and rates they never send: it is a hint.
func (s *SPSInfo) FrameRate() float64 {
	if s.VUI.UnitsInTick == 0 {
		return 0
	}
	// A frame lasts two ticks (ITU-T H.264 §E.2.1, table E-6).
	rate := float64(s.VUI.TimeScale) / (2 * float64(s.VUI.UnitsInTick))
	if rate > maxFrameRate {
		return 0
	}
	return rate
}

// maxFrameRate is above what any network camera delivers.
const maxFrameRate = 1000

// Reorder returns the greatest number of frames that precede a frame in decoding order and follow it in output order, or
// -1 when the set does not say.
func (s *SPSInfo) Reorder() int {
	const constraintSet3 = 0x10
	switch {
	case s.VUI.Restrictions:
		return s.VUI.Reorder
	case s.POCType == 2: // output order is decoding order (ITU-T H.264 §8.2.1.3)
		return 0
	case s.Profile == 66: // Baseline has no B slices (ITU-T H.264 §A.2.1)
		return 0
	case mayBeIntraOnly(s.Profile) && s.Compatibility&constraintSet3 != 0: // §E.2.1, max_num_reorder_frames
		return 0
	}
	return -1
}

// mayBeIntraOnly reports whether constraint_set3_flag means, in a stream of the profile, that all pictures are intra coded.
func mayBeIntraOnly(profile uint8) bool {
	switch profile {
	case 44, 86, 100, 110, 122, 244:
		return true
	}
	return false
}
