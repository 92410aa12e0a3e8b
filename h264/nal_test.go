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
		want sliceHeader
	}{
		{"first I", slice(0x65, 0, 3), nil, sliceHeader{}},
		{"later I", slice(0x65, 3600, 3), nil, sliceHeader{firstMB: 3600}},
		{"emulation prevention", slice(0x41, 1<<23-1, 3), nil, sliceHeader{firstMB: 1<<23 - 1}},
		{"x264 P", unhex(t, "419a2470c2"), nil, sliceHeader{}},
		{"frame_num", field(0x41, 5, false), progressive, sliceHeader{frameNum: 5}},
		{"top field", field(0x41, 5, false), interlaced, sliceHeader{frameNum: 5, field: true}},
		{"colour planes", unhex(t, "6588c2c0"), planes, sliceHeader{frameNum: 5}},
		{"bottom field", field(0x41, 6, true), interlaced, sliceHeader{frameNum: 6, field: true, bottom: true}},
	}
	for _, tt := range tests {
		got, err := parseSliceHeader(tt.nal[1:], tt.sps)
		if err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
	}
	for _, b := range [][]byte{nil, {0x00}, {0x00, 0x00, 0x03}} {
		if h, err := parseSliceHeader(b, nil); err == nil {
			t.Errorf("%x: %+v", b, h)
		}
	}
}

func FuzzParseSliceHeader(f *testing.F) {
	f.Add(slice(0x65, 3600, 3)[1:])
	f.Add(field(0x41, 6, true)[1:])
	sps, err := ParseSPS(spsParts{mbs: [2]uint32{120, 34}, chroma: 1, fieldMBs: true}.nal())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		short, err := parseSliceHeader(b, nil)
		full, fullErr := parseSliceHeader(b, sps)
		if err != nil && fullErr == nil {
			t.Fatalf("%+v, but without the parameter set %v", full, err)
		}
		if fullErr == nil && (short.firstMB != full.firstMB || full.frameNum > 63 || full.bottom && !full.field) {
			t.Fatalf("%+v, %+v", short, full)
		}
	})
}
