package h264

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/internal/bitio"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The parameter sets of cameras as they stand in their SDP, and of x264. The values are those that ffprobe and ffmpeg's
// trace_headers report.
var spsVectors = []struct {
	name          string
	sps           string
	codec         string
	width, height int
	fps           float64
	reorder       int
}{
	{"Anpviz", "674d401f95a02c049a6c04", "avc1.4d401f", 704, 576, 0, 0},
	{"Wowza", "6742c01ed903c56840000003004000000c03c58b92", "avc1.42c01e", 240, 160, 24, 0},
	{"Dahua", "6764001eac2c6a82c0f69b828082a0000003002000000303d08000", "avc1.64001e", 704, 480, 15, -1},
	{"Foscam", "674d001f95a814016e40", "avc1.4d001f", 1280, 720, 0, 0},
	{"Geovision", "674d403295a00a80307e266e020202800001f40000753042", "avc1.4d4032", 2688, 1520, 30, 0},
	{"GW main", "674d002a95a81e0089f966e02020204000000001", "avc1.4d002a", 1920, 1080, 0, 0},
	{"GW sub", "674d001e95a82d0f69b80808081000000001", "avc1.4d001e", 720, 480, 0, 0},
	{"H264DVR", "67420029963540f0044fcb37010101400000030040000007a1", "avc1.420029", 1920, 1080, 15, 0},
	{"Hikvision", "674d00299a6403c0113f2cd404040500000303e80000ea6004", "avc1.4d0029", 1920, 1080, 30, -1},
	{"IPCAM", "274d00208d6a050079a10000030001000003002884", "avc1.4d0020", 1280, 960, 20, 0},
	{"Macrovideo", "274de0288d6805005ba1000003000100000300280f1422a0", "avc1.4de028", 1280, 720, 20, 0},
	{"Reolink", "67640033ace802800b59", "avc1.640033", 2560, 1440, 0, -1},
	{"Ubiquiti", "674d402a8d8d403c0113f2e02dc040405000003e800015f909da08846a", "avc1.4d402a", 1920, 1080, 45, 0},
	{"VStarcam", "674d002a9da81e0089f966e02020280000030008000003007c20", "avc1.4d002a", 1920, 1080, 7.5, 0},

	{"baseline", "6742c01ed900a03db011000003000100000300320f162e48", "avc1.42c01e", 640, 480, 25, 0},
	{"main, B", "674d401feca02802dd808800001f480007530078c18cb0", "avc1.4d401f", 1280, 720, 30000. / 1001, 2},
	{"high, B pyramid", "6764002aacd940780227e5c044000003000400000301903c60c658", "avc1.64002a", 1920, 1080, 50, 2},
	{"high 10", "676e001fa6cd9405005bb011000003000100000300320f183196", "avc1.6e001f", 1280, 720, 25, 2},
	{"high 4:2:2, 16:9", "677a001ebcd940b4126ffc010000b440000003004000000c83c58b6580", "avc1.7a001e", 720, 576, 25, 2},
	{"high 4:4:4", "67f4001e919b281405ff1380880000030008000003019078b16cb0", "avc1.f4001e", 640, 360, 25, 2},
	{"interlaced, HRD, colours", "67640028acd94078044fde02d404040500000300010000030032648000f424001e84a4c300f8b16cb0", "avc1.640028", 1920, 1080, 25, 2},
	{"scaling matrix of 14496-10, odd size", "6764000cacd94150878888c05b20000003002000000303c1e28532c0", "avc1.64000c", 322, 242, 15, 2},
	{"high 4:2:2 intra", "677a101eb6cb81407b60220000030002000003006408", "avc1.7a101e", 640, 480, 25, 0},
	{"scaling lists in the PPS", "67640020acb402803cd808800000030080000014078c1950", "avc1.640020", 1280, 960, 20, 0},
}

func TestParseSPS(t *testing.T) {
	for _, tt := range spsVectors {
		s, err := ParseSPS(unhex(t, tt.sps))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if s.Width != tt.width || s.Height != tt.height {
			t.Errorf("%s: %d x %d, want %d x %d", tt.name, s.Width, s.Height, tt.width, tt.height)
		}
		if math.Abs(s.FrameRate()-tt.fps) > 1e-9 || s.Reorder() != tt.reorder {
			t.Errorf("%s: %v fps, reorder %d, want %v, %d", tt.name, s.FrameRate(), s.Reorder(), tt.fps, tt.reorder)
		}
		c, err := NewConfig([][]byte{unhex(t, tt.sps)}, [][]byte{{0x68, 0xee, 0x3c, 0x80}})
		if err != nil || c.Codec() != tt.codec {
			t.Errorf("%s: codec %q, %v, want %q", tt.name, c.Codec(), err, tt.codec)
		}
	}
}

func TestParseSPSDetails(t *testing.T) {
	tests := []struct {
		name string
		want func(*SPSInfo) bool
	}{
		{"high 10", func(s *SPSInfo) bool { return s.BitDepthLuma == 10 && s.BitDepthChroma == 10 && s.ChromaFormat == 1 }},
		{"high 4:2:2, 16:9", func(s *SPSInfo) bool {
			return s.ChromaFormat == 2 && s.VUI.SARWidth == 64 && s.VUI.SARHeight == 45
		}},
		{"high 4:4:4", func(s *SPSInfo) bool { return s.ChromaFormat == 3 && !s.SeparateColourPlanes }},
		{"interlaced, HRD, colours", func(s *SPSInfo) bool {
			return !s.FrameMBsOnly && s.VUI.Primaries == 1 && s.VUI.Transfer == 1 && s.VUI.Matrix == 1 && !s.VUI.FullRange
		}},
		{"scaling matrix of 14496-10, odd size", func(s *SPSInfo) bool { return s.VUI.FullRange && s.FrameMBsOnly }},
		{"Dahua", func(s *SPSInfo) bool { return s.VUI.Primaries == 5 && s.VUI.Matrix == 5 && s.VUI.FullRange }},
		{"Ubiquiti", func(s *SPSInfo) bool { return s.VUI.SARWidth == 1 && s.VUI.SARHeight == 1 && s.POCType == 0 }},
	}
	for _, tt := range tests {
		for _, v := range spsVectors {
			if v.name != tt.name {
				continue
			}
			if s, err := ParseSPS(unhex(t, v.sps)); err != nil || !tt.want(s) {
				t.Errorf("%s: %+v, %v", tt.name, s, err)
			}
		}
	}
}

// spsParts is an SPS of the High 4:4:4 profile, written field by field.
type spsParts struct {
	id        uint32 // less 3
	scaling   func(w *bitio.Writer)
	pocCycle  int
	mbs       [2]uint32
	crop      [4]uint32
	vui       func(w *bitio.Writer)
	separate  bool
	chroma    uint32
	fieldMBs  bool
	noRBSPEnd bool
}

func (p spsParts) nal() []byte {
	var w bitio.Writer
	w.Bits(0xf4_00_28, 24)
	w.UE(3 + p.id)
	w.UE(p.chroma)
	if p.chroma == 3 {
		w.Bit(p.separate)
	}
	w.UE(0)
	w.UE(0)
	w.Bit(false)
	w.Bit(p.scaling != nil)
	if p.scaling != nil {
		p.scaling(&w)
	}
	w.UE(2) // frame_num of 6 bits
	w.UE(1) // pic_order_cnt_type
	w.Bit(false)
	w.SE(-3)
	w.SE(4)
	w.UE(uint32(p.pocCycle))
	for range p.pocCycle {
		w.SE(-2)
	}
	w.UE(1)
	w.Bit(false)
	w.UE(p.mbs[0] - 1)
	w.UE(p.mbs[1] - 1)
	w.Bit(!p.fieldMBs)
	if p.fieldMBs {
		w.Bit(true)
	}
	w.Bit(true)
	w.Bit(p.crop != [4]uint32{})
	if p.crop != [4]uint32{} {
		for _, c := range p.crop {
			w.UE(c)
		}
	}
	w.Bit(p.vui != nil)
	if p.vui != nil {
		p.vui(&w)
	}
	if !p.noRBSPEnd {
		w.TrailingBits()
	}
	return bitio.AppendEscaped([]byte{0x67}, w.Bytes())
}

func TestParseSPSWritten(t *testing.T) {
	lists := func(w *bitio.Writer) {
		for i := range 12 {
			w.Bit(i%2 == 0)
			if i%2 != 0 {
				continue
			}
			w.SE(5)
			if i == 0 {
				w.SE(-13) // next is 0: the rest repeats, no further bits
				continue
			}
			for range 15 + 48*(i/6) {
				w.SE(1)
			}
		}
	}
	tests := []struct {
		name          string
		parts         spsParts
		width, height int
	}{
		{"plain", spsParts{mbs: [2]uint32{40, 30}, chroma: 1}, 640, 480},
		{"scaling lists", spsParts{mbs: [2]uint32{40, 30}, chroma: 3, scaling: lists, pocCycle: 255}, 640, 480},
		{"cropped 4:2:0", spsParts{mbs: [2]uint32{120, 68}, chroma: 1, crop: [4]uint32{0, 0, 0, 4}}, 1920, 1080},
		{"cropped 4:2:2", spsParts{mbs: [2]uint32{120, 68}, chroma: 2, crop: [4]uint32{1, 1, 0, 8}}, 1916, 1080},
		{"cropped 4:4:4", spsParts{mbs: [2]uint32{120, 68}, chroma: 3, crop: [4]uint32{0, 1, 0, 8}}, 1919, 1080},
		{"cropped planes", spsParts{mbs: [2]uint32{120, 68}, chroma: 3, separate: true, crop: [4]uint32{0, 1, 0, 8}}, 1919, 1080},
		{"cropped monochrome fields", spsParts{mbs: [2]uint32{120, 34}, fieldMBs: true, crop: [4]uint32{0, 0, 0, 4}}, 1920, 1080},
		{"cropped fields", spsParts{mbs: [2]uint32{120, 34}, chroma: 1, fieldMBs: true, crop: [4]uint32{0, 0, 0, 2}}, 1920, 1080},
		{"cropped to nothing", spsParts{mbs: [2]uint32{2, 2}, chroma: 1, crop: [4]uint32{8, 8, 0, 0}}, 32, 32},
		{"no trailing bits", spsParts{mbs: [2]uint32{40, 30}, chroma: 1, noRBSPEnd: true}, 640, 480},
		{"VUI missing", spsParts{mbs: [2]uint32{40, 30}, chroma: 1, vui: func(*bitio.Writer) {}}, 640, 480},
	}
	for _, tt := range tests {
		s, err := ParseSPS(tt.parts.nal())
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if s.Width != tt.width || s.Height != tt.height || s.ID != 3 || s.FrameNumBits != 6 {
			t.Errorf("%s: %+v, want %d x %d", tt.name, s, tt.width, tt.height)
		}
	}
}

func TestParseSPSDamagedVUI(t *testing.T) {
	timing := func(w *bitio.Writer) {
		w.Bits(0b0000, 4) // no aspect, overscan, video signal, chroma location
		w.Bit(true)
		w.Bits(1, 32)
		w.Bits(50, 32)
		w.Bit(true)
		w.Bit(true) // nal_hrd_parameters_present_flag, and the end
	}
	s, err := ParseSPS(spsParts{mbs: [2]uint32{40, 30}, chroma: 1, vui: timing}.nal())
	if err != nil || s.FrameRate() != 25 || s.VUI.Restrictions || s.Reorder() != -1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestParseSPSFullVUI(t *testing.T) {
	hrd := func(w *bitio.Writer) {
		w.UE(31) // cpb_cnt_minus1
		w.Bits(0x35, 8)
		for i := range uint32(32) {
			w.UE(i * 1000)
			w.UE(i)
			w.Bit(true)
		}
		w.Bits(0xfffff, 20)
	}
	full := func(w *bitio.Writer) {
		w.Bit(true)
		w.Bits(255, 8) // Extended_SAR
		w.Bits(40, 16)
		w.Bits(33, 16)
		w.Bits(0b11, 2) // overscan
		w.Bit(true)
		w.Bits(5, 3) // video_format
		w.Bits(0b11, 2)
		w.Bits(9, 8)
		w.Bits(16, 8)
		w.Bits(10, 8)
		w.Bit(true) // chroma location
		w.UE(2)
		w.UE(3)
		w.Bit(true)
		w.Bits(1001, 32)
		w.Bits(120000, 32)
		w.Bit(true)
		w.Bit(true)
		hrd(w)
		w.Bit(true)
		hrd(w)
		w.Bit(false) // low_delay_hrd_flag
		w.Bit(true)  // pic_struct_present_flag
		w.Bits(0b11, 2)
		for _, v := range []uint32{2, 1, 16, 15, 3, 4} {
			w.UE(v)
		}
	}
	want := VUI{SARWidth: 40, SARHeight: 33, FullRange: true, Primaries: 9, Transfer: 16, Matrix: 10, UnitsInTick: 1001,
		TimeScale: 120000, Restrictions: true, Reorder: 3}
	s, err := ParseSPS(spsParts{mbs: [2]uint32{40, 30}, chroma: 1, vui: full}.nal())
	if err != nil || s.VUI != want {
		t.Errorf("%+v, %v, want %+v", s, err, want)
	}
}

func TestHintsBeyondBelief(t *testing.T) {
	tests := []struct {
		name    string
		sps     SPSInfo
		fps     float64
		reorder int
	}{
		{"a thousand frames", SPSInfo{Profile: 77, VUI: VUI{UnitsInTick: 1, TimeScale: 2000}}, 1000, -1},
		{"more", SPSInfo{Profile: 77, VUI: VUI{UnitsInTick: 1, TimeScale: 90000}}, 0, -1},
		{"no scale", SPSInfo{Profile: 77, VUI: VUI{UnitsInTick: 1}}, 0, -1},
		{"High 10 Intra", SPSInfo{Profile: 110, Compatibility: 0x10}, 0, 0},
		{"Stereo High, where the flag means nothing", SPSInfo{Profile: 128, Compatibility: 0x10}, 0, -1},
		{"Main, with the flag that has no such meaning there", SPSInfo{Profile: 77, Compatibility: 0x10}, 0, -1},
	}
	for _, tt := range tests {
		if fps, reorder := tt.sps.FrameRate(), tt.sps.Reorder(); fps != tt.fps || reorder != tt.reorder {
			t.Errorf("%s: %v, %d, want %v, %d", tt.name, fps, reorder, tt.fps, tt.reorder)
		}
	}
}

func TestParseSPSErrors(t *testing.T) {
	tests := []struct {
		name, want string
		nal        []byte
	}{
		{"empty", "not a sequence parameter set", nil},
		{"PPS", "not a sequence parameter set", []byte{0x68, 0xee}},
		{"header", "0 bytes ends at bit 0", []byte{0x67}},
		{"cut", "6 bytes ends at bit 47", unhex(t, "674d00299a6403")},
		{"too wide", "1056 x 1 macroblocks", spsParts{mbs: [2]uint32{1056, 1}, chroma: 1}.nal()},
		{"too large", "1000 x 1000 macroblocks", spsParts{mbs: [2]uint32{1000, 1000}, chroma: 1}.nal()},
		{"overflow", "4294967295 x 4294967295", spsParts{mbs: [2]uint32{math.MaxUint32, math.MaxUint32}, chroma: 1}.nal()},
		{"id", "id 32 is above 31", spsParts{id: 29, mbs: [2]uint32{40, 30}, chroma: 1}.nal()},
	}
	for _, tt := range tests {
		if s, err := ParseSPS(tt.nal); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %+v, %v, want %q", tt.name, s, err, tt.want)
		}
	}
}

func FuzzParseSPS(f *testing.F) {
	for _, v := range spsVectors {
		f.Add(unhex(f, v.sps))
	}
	f.Fuzz(func(t *testing.T, nal []byte) {
		before := bytes.Clone(nal)
		s, err := ParseSPS(nal)
		if !bytes.Equal(nal, before) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			return
		}
		if s.ID > maxSPSID || s.ChromaFormat > 3 || s.BitDepthLuma < 8 || s.BitDepthLuma > 14 || s.FrameNumBits > 16 {
			t.Fatalf("%+v", s)
		}
		if s.Width <= 0 || s.Height <= 0 || s.Width*s.Height > maxFrameMBs*256 {
			t.Fatalf("%d x %d", s.Width, s.Height)
		}
		if r := s.Reorder(); r < -1 || r > maxDPB {
			t.Fatalf("reorder %d", r)
		}
		if fps := s.FrameRate(); !(fps >= 0 && fps <= maxFrameRate) {
			t.Fatalf("%v frames per second", fps)
		}
	})
}
