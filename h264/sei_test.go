package h264

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestAppendSEI(t *testing.T) {
	uuid := []byte("MISPmicrosectime")
	tests := []struct {
		name        string
		payloadType int
		payload     []byte
		want        string
	}{
		// MISB ST 0604: 2025-06-15T12:34:56.533333Z
		{"MISB", 5, append(uuid, 0x1f, 0, 6, 0xff, 0x37, 0x9b, 0xff, 0x81, 0xbf, 0xff, 0x7f, 0x55),
			"06051c4d4953506d6963726f73656374696d651f0006ff379bff81bfff7f5580"},
		// RTCP-NTP-Recorder: three emulation prevention bytes
		{"recorder", 5, unhex(t, "96dac8c1d1cb42e4898134f2291808500000207caf13da410000008070"+"3cf9eb00000010"+"00000010"),
			"06052896dac8c1d1cb42e4898134f2291808500000207caf13da410000030080703cf9eb0000030010000003001080"},
		{"empty", 6, nil, "06060080"},
		{"buffering period, nothing but zeros", 0, []byte{0, 0, 0}, "060003000003008" + "0"},
	}
	for _, tt := range tests {
		got := AppendSEI([]byte{0, 0}, tt.payloadType, tt.payload)
		if !bytes.Equal(got[2:], unhex(t, tt.want)) {
			t.Errorf("%s: %x, want %s", tt.name, got[2:], tt.want)
		}
	}
}

func TestSEIRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 254, 255, 256, 509, 510, 511, 70000} {
		for _, payloadType := range []int{0, 5, 128, 254, 255, 300} {
			payload := make([]byte, n)
			for i := range payload {
				payload[i] = byte(i / 7 % 3)
			}
			count := 0
			for gotType, got := range SEIMessages(AppendSEI(nil, payloadType, payload), nil) {
				count++
				if gotType != payloadType || !bytes.Equal(got, payload) {
					t.Errorf("type %d, %d bytes: type %d, %d bytes", payloadType, n, gotType, len(got))
				}
			}
			if count != 1 && !(n == 0 && payloadType == 128) {
				t.Errorf("type %d, %d bytes: %d messages", payloadType, n, count)
			}
		}
	}
}

func TestSEIMessages(t *testing.T) {
	tests := []struct {
		name, nal string
		types     []int
	}{
		{"two messages", "0601020a0b06018480", []int{1, 6}},
		{"no trailing bits", "0601020a0b060184", []int{1, 6}},
		{"zeros behind the trailing bits", "060601848000", []int{6}},
		{"the second doesn't fit", "0601020a0b06098480", []int{1}},
		{"only trailing bits", "0680", nil},
		{"endless type", "06ffffffff", nil},
		{"endless size", "0605ffffff", nil},
		{"a type beyond all", "06" + strings.Repeat("ff", maxSEINumber) + "0501aa80", nil},
		{"not SEI", "650601848000", nil},
		{"header alone", "06", nil},
		{"empty", "", nil},
	}
	for _, tt := range tests {
		var types []int
		for payloadType := range SEIMessages(unhex(t, tt.nal), nil) {
			types = append(types, payloadType)
		}
		if !slices.Equal(types, tt.types) {
			t.Errorf("%s: %v, want %v", tt.name, types, tt.types)
		}
	}
	for range SEIMessages(unhex(t, "0601020a0b06018480"), nil) {
		break // a caller may stop
	}
}

func FuzzSEIMessages(f *testing.F) {
	f.Add(unhex(f, "0601020a0b06018480"))
	f.Add(AppendSEI(nil, 5, make([]byte, 600)))
	f.Fuzz(func(t *testing.T, nal []byte) {
		before := bytes.Clone(nal)
		scratch := make([]byte, 0, len(nal))
		total := 0
		for payloadType, payload := range SEIMessages(nal, scratch) {
			total += 2 + len(payload)
			if payloadType < 0 || payloadType > 255*len(nal) || total > len(nal) {
				t.Fatalf("type %d, %d bytes of %d", payloadType, total, len(nal))
			}
			again := AppendSEI(nil, payloadType, payload)
			if NALType(again) != SEI || bytes.Contains(again, startCode) {
				t.Fatalf("%x", again)
			}
		}
		if !bytes.Equal(before, nal) {
			t.Fatal("the input was changed")
		}
	})
}
