package h264

import (
	"bytes"
	"slices"
	"testing"
)

func TestSplitAnnexB(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want [][]byte
	}{
		{"empty", nil, nil},
		{"bare", []byte{0x65, 1, 2}, [][]byte{{0x65, 1, 2}}},
		{"3 and 4 bytes", []byte{0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2}, [][]byte{{0x67, 1}, {0x68, 2}}},
		{"zeros before, between and behind", []byte{0, 0, 0, 0, 0, 1, 0x67, 1, 0, 0, 0, 0, 1, 0x68, 2, 0, 0}, [][]byte{{0x67, 1}, {0x68, 2}}},
		{"start code behind", []byte{0x68, 2, 0, 0, 1}, [][]byte{{0x68, 2}}},
		{"start codes alone", []byte{0, 0, 1, 0, 0, 1, 0, 0, 0, 1}, nil},
		{"emulation prevention", []byte{0x65, 0, 0, 3, 1, 0, 0, 1, 0x41}, [][]byte{{0x65, 0, 0, 3, 1}, {0x41}}},
		{"zeros alone", []byte{0, 0, 0, 0}, nil},
	}
	for _, tt := range tests {
		got := slices.Collect(SplitAnnexB(tt.in))
		if !slices.EqualFunc(got, tt.want, bytes.Equal) {
			t.Errorf("%s: %x, want %x", tt.name, got, tt.want)
		}
	}
	for range SplitAnnexB([]byte{1, 0, 0, 1, 2}) {
		break // a caller may stop
	}
}

func FuzzSplitAnnexB(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var stream []byte
		nals := slices.Collect(SplitAnnexB(b))
		for _, nal := range nals {
			if len(nal) == 0 || nal[len(nal)-1] == 0 || bytes.Contains(nal, startCode) || !bytes.Contains(b, nal) {
				t.Fatalf("NAL unit %x of %x", nal, b)
			}
			stream = append(append(stream, 0, 0, 1), nal...)
		}
		if again := slices.Collect(SplitAnnexB(stream)); !slices.EqualFunc(again, nals, bytes.Equal) {
			t.Fatalf("%x became %x", nals, again)
		}
	})
}

func TestParseSliceHeader(t *testing.T) {
	progressive, err := ParseSPS(spsParts{mbs: [2]uint32{120, 68}, chroma: 1}.nal())
	if err != nil {
		t.Fatal(err)
	}
	interlaced, err := ParseSPS(spsParts{mbs: [2]uint32{120, 34}, chroma: 1, fieldMBs: true}.nal())
	if err != nil {
		t.Fatal(err)
	}
	planes, err := ParseSPS(spsParts{mbs: [2]uint32{120, 68}, chroma: 3, separate: true}.nal())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		nal  []byte
		sps  *SPSInfo
		want SliceHeader
	}{
		{"first I", slice(0x65, 0, 3), nil, SliceHeader{Type: SliceI}},
		{"later I", slice(0x65, 3600, 3), nil, SliceHeader{FirstMB: 3600, Type: SliceI}},
		{"emulation prevention", slice(0x41, 1<<23-1, 3), nil, SliceHeader{FirstMB: 1<<23 - 1, Type: SliceI}},
		{"x264 P", unhex(t, "419a2470c2"), nil, SliceHeader{Type: SliceP}},
		{"frame_num", field(0x41, 5, false), progressive, SliceHeader{Type: SliceI, FrameNum: 5}},
		{"top field", field(0x41, 5, false), interlaced, SliceHeader{Type: SliceI, FrameNum: 5, Field: true}},
		{"colour planes", unhex(t, "6588c2c0"), planes, SliceHeader{Type: SliceI, FrameNum: 5}},
		{"bottom field", field(0x41, 6, true), interlaced, SliceHeader{Type: SliceI, FrameNum: 6, Field: true, Bottom: true}},
	}
	for _, tt := range tests {
		got, err := ParseSliceHeader(tt.nal, tt.sps)
		if err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
	}
	for _, nal := range [][]byte{nil, {0x41}, {0x65, 0x00}, sps704, {0x43, 0x88}} {
		if h, err := ParseSliceHeader(nal, nil); err == nil {
			t.Errorf("%x: %+v", nal, h)
		}
	}
}

func FuzzParseSliceHeader(f *testing.F) {
	f.Add(slice(0x65, 3600, 3))
	f.Add(field(0x41, 6, true))
	sps, err := ParseSPS(spsParts{mbs: [2]uint32{120, 34}, chroma: 1, fieldMBs: true}.nal())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, nal []byte) {
		short, err := ParseSliceHeader(nal, nil)
		full, fullErr := ParseSliceHeader(nal, sps)
		if err != nil && fullErr == nil {
			t.Fatalf("%+v, but without the parameter set %v", full, err)
		}
		if fullErr == nil && (short.FirstMB != full.FirstMB || short.Type > SliceSI || full.FrameNum > 63) {
			t.Fatalf("%+v, %+v", short, full)
		}
	})
}
