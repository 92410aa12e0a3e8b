package aac

import (
	"bytes"
	"encoding/hex"
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

// bits returns the bytes of pairs of a value and its number of bits.
func bits(pairs ...uint32) []byte {
	var w bitio.Writer
	for i := 0; i < len(pairs); i += 2 {
		w.Bits(pairs[i], int(pairs[i+1]))
	}
	return w.Bytes()
}

var configs = []struct {
	name string
	asc  string
	want Config // without its bytes
	code string
}{
	{"Anpviz", "1408", Config{ObjectType: 2, SampleRate: 16000, Channels: 1, FrameLength: 1024}, "mp4a.40.2"},
	{"48 kHz stereo", "1190", Config{ObjectType: 2, SampleRate: 48000, Channels: 2, FrameLength: 1024}, "mp4a.40.2"},
	{"960 samples", "1194", Config{ObjectType: 2, SampleRate: 48000, Channels: 2, FrameLength: 960}, "mp4a.40.2"},
	{"7.1 channels", "11b8", Config{ObjectType: 2, SampleRate: 48000, Channels: 8, FrameLength: 1024}, "mp4a.40.2"},
	{"zeros behind", "14080000000000", Config{ObjectType: 2, SampleRate: 16000, Channels: 1, FrameLength: 1024}, "mp4a.40.2"},
	{"ffmpeg: an extension that says there is no SBR", "140856e500",
		Config{ObjectType: 2, SampleRate: 16000, Channels: 1, FrameLength: 1024}, "mp4a.40.2"},
	{"ffmpeg: four channels by a program config element", "120005040400 2110 0d 4c61766335392e33372e313030 56e500",
		Config{ObjectType: 2, SampleRate: 44100, Channels: 4, FrameLength: 1024}, "mp4a.40.2"},
	{"HE-AAC, hierarchical", "2b920800",
		Config{ObjectType: 2, SampleRate: 22050, Channels: 2, FrameLength: 1024, SBR: true}, "mp4a.40.5"},
	{"HE-AAC, compatible", "139056e5a0",
		Config{ObjectType: 2, SampleRate: 22050, Channels: 2, FrameLength: 1024, SBR: true}, "mp4a.40.5"},
	{"HE-AAC v2, hierarchical", "eb8a0800",
		Config{ObjectType: 2, SampleRate: 22050, Channels: 1, FrameLength: 1024, SBR: true, PS: true}, "mp4a.40.29"},
	{"HE-AAC v2, compatible", "138856e5a54880",
		Config{ObjectType: 2, SampleRate: 22050, Channels: 1, FrameLength: 1024, SBR: true, PS: true}, "mp4a.40.29"},
	{"explicit frequency", hex.EncodeToString(bits(2, 5, 15, 4, 12345, 24, 1, 4, 0, 3)),
		Config{ObjectType: 2, SampleRate: 12345, Channels: 1, FrameLength: 1024}, "mp4a.40.2"},
	{"core coder", hex.EncodeToString(bits(2, 5, 8, 4, 1, 4, 1, 2, 99, 14, 0, 1)),
		Config{ObjectType: 2, SampleRate: 16000, Channels: 1, FrameLength: 1024}, "mp4a.40.2"},
	{"low delay", hex.EncodeToString(bits(23, 5, 3, 4, 2, 4, 1, 3, 0, 4, 0, 2)),
		Config{ObjectType: 23, SampleRate: 48000, Channels: 2, FrameLength: 512}, "mp4a.40.23"},
	{"enhanced low delay, by the escape", hex.EncodeToString(bits(31, 5, 7, 6, 3, 4, 2, 4, 1, 1, 0, 12)),
		Config{ObjectType: 39, SampleRate: 48000, Channels: 2, FrameLength: 480}, "mp4a.40.39"},
	{"error resilient", hex.EncodeToString(bits(17, 5, 3, 4, 1, 4, 0, 3, 0, 2)),
		Config{ObjectType: 17, SampleRate: 48000, Channels: 1, FrameLength: 1024}, "mp4a.40.17"},
}

func TestParseConfig(t *testing.T) {
	for _, tt := range configs {
		asc := unhex(t, strings.ReplaceAll(tt.asc, " ", ""))
		c, err := ParseConfig(asc)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if !bytes.Equal(c.ASC(), asc) || c.Codec() != tt.code {
			t.Errorf("%s: %s, bytes %x", tt.name, c.Codec(), c.ASC())
		}
		got := *c
		got.asc = nil
		if got.ObjectType != tt.want.ObjectType || got.SampleRate != tt.want.SampleRate || got.Channels != tt.want.Channels ||
			got.FrameLength != tt.want.FrameLength || got.SBR != tt.want.SBR || got.PS != tt.want.PS {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
		asc[0] ^= 0xff
		if bytes.Equal(c.ASC(), asc) {
			t.Errorf("%s: the bytes are the caller's", tt.name)
		}
	}
}

func TestParseConfigErrors(t *testing.T) {
	tests := []struct {
		name, asc, want string
	}{
		{"empty", "", "empty"},
		{"one byte", "14", "ends"},
		{"reserved frequency", hex.EncodeToString(bits(2, 5, 13, 4, 1, 4, 0, 3)), "reserved sampling frequency"},
		{"frequency of 1 Hz", hex.EncodeToString(bits(2, 5, 15, 4, 1, 24, 1, 4, 0, 3)), "sampling frequency 1"},
		{"frequency of 16 MHz", hex.EncodeToString(bits(2, 5, 15, 4, 1<<24-1, 24, 1, 4, 0, 3)), "sampling frequency"},
		{"CELP", hex.EncodeToString(bits(8, 5, 8, 4, 1, 4, 0, 3)), "type 8"},
		{"layer 3", hex.EncodeToString(bits(31, 5, 2, 6, 8, 4, 1, 4, 0, 16)), "type 34"},
		{"reserved channels", hex.EncodeToString(bits(2, 5, 8, 4, 9, 4, 0, 3)), "channel configuration 9"},
		{"no program config element", "1400", "ends"},
		{"a program config element of no channels", hex.EncodeToString(bits(2, 5, 8, 4, 0, 4, 0, 3, 0, 32, 0, 32)), "channel"},
		{"too long", strings.Repeat("14", maxASC+1), "513 bytes"},
	}
	for _, tt := range tests {
		if c, err := ParseConfig(unhex(t, tt.asc)); err == nil || !strings.Contains(err.Error(), tt.want) || c != nil {
			t.Errorf("%s: %+v, %v", tt.name, c, err)
		}
	}
}

func TestNewConfig(t *testing.T) {
	for _, rate := range append(sampleRates[:], 12345, 192000) {
		for _, channels := range []int{1, 2, 3, 4, 5, 6, 8} {
			c, err := NewConfig(rate, channels)
			if err != nil || c.SampleRate != rate || c.Channels != channels || c.FrameLength != 1024 || c.ObjectType != typeLC {
				t.Errorf("%d Hz, %d channels: %+v, %v", rate, channels, c, err)
			}
		}
	}
	if c, _ := NewConfig(48000, 2); !bytes.Equal(c.ASC(), []byte{0x11, 0x90}) {
		t.Errorf("%x", c.ASC())
	}
	for _, bad := range [][2]int{{48000, 0}, {48000, 7}, {48000, -1}, {0, 1}, {-5, 1}, {1 << 20, 1}} {
		if c, err := NewConfig(bad[0], bad[1]); err == nil {
			t.Errorf("%v: %+v", bad, c)
		}
	}
}

func TestEqual(t *testing.T) {
	a, _ := NewConfig(48000, 2)
	b, _ := NewConfig(48000, 2)
	c, _ := NewConfig(48000, 1)
	var none *Config
	if !a.Equal(b) || a.Equal(c) || a.Equal(none) || none.Equal(a) || !none.Equal(none) {
		t.Error("Equal is wrong")
	}
}

func FuzzParseConfig(f *testing.F) {
	for _, tt := range configs {
		f.Add(unhex(f, strings.ReplaceAll(tt.asc, " ", "")))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseConfig(b)
		if err != nil {
			return
		}
		if c.SampleRate < minSampleRate || c.SampleRate > maxSampleRate || c.Channels < 1 || c.FrameLength < 480 || c.FrameLength > 1024 ||
			!bytes.Equal(c.ASC(), b) || !strings.HasPrefix(c.Codec(), "mp4a.40.") {
			t.Fatalf("%x: %+v", b, c)
		}
		again, err := ParseConfig(c.ASC())
		if err != nil || !again.Equal(c) {
			t.Fatalf("%x: %v", b, err)
		}
	})
}
