package h264

import (
	"bytes"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/internal/bitio"
)

// Parameter sets for tests, with SPS id 0 unless the name says otherwise.
var (
	sps704  = []byte("\x67\x4d\x40\x1f\x95\xa0\x2c\x04\x9a\x6c\x04") // Anpviz: 704 x 576
	sps1280 = []byte("\x67\x4d\x00\x1f\x95\xa8\x14\x01\x6e\x40")     // Foscam: 1280 x 720
	pps0    = []byte("\x68\xee\x3c\x80")                             // id 0, SPS 0
	pps0b   = []byte("\x68\xce\x3c\x80")                             // the same with another entropy_coding_mode
	pps1    = []byte("\x68\x5b\x8f\x20")                             // id 1, SPS 0
	pps2for = []byte("\x68\x64\xb8\xf2")                             // id 2, SPS 3
	sps3    = spsParts{mbs: [2]uint32{40, 30}, chroma: 1}.nal()      // id 3: 640 x 480
)

// ppsNAL returns the beginning of a PPS.
func ppsNAL(id, sps uint32) []byte {
	var w bitio.Writer
	w.UE(id)
	w.UE(sps)
	w.TrailingBits()
	return bitio.AppendEscaped([]byte{0x68}, w.Bytes())
}

func TestNewConfig(t *testing.T) {
	tests := []struct {
		name       string
		sps, pps   [][]byte
		width      int // 0: fails
		nSPS, nPPS int
	}{
		{"one of each", [][]byte{sps704}, [][]byte{pps0}, 704, 1, 1},
		{"two PPS", [][]byte{sps704}, [][]byte{pps0, pps1}, 704, 1, 2},
		{"the first of one id counts", [][]byte{sps1280, sps704}, [][]byte{pps0, pps0b, pps0}, 1280, 1, 1},
		{"two SPS", [][]byte{sps3, sps704}, [][]byte{pps0, pps2for}, 640, 2, 2},
		{"an SPS without PPS", [][]byte{sps3, sps704}, [][]byte{pps0}, 704, 1, 1},
		{"a PPS without SPS", [][]byte{sps704}, [][]byte{pps2for, pps0}, 704, 1, 1},
		{"broken ones", [][]byte{{0x67}, sps704}, [][]byte{{0x68}, nil, pps0}, 704, 1, 1},
		{"zeros behind", [][]byte{append(bytes.Clone(sps704), 0, 0)}, [][]byte{append(bytes.Clone(pps0), 0)}, 704, 1, 1},
		{"ids beyond the limits", [][]byte{sps704}, [][]byte{pps0, ppsNAL(256, 0), ppsNAL(1, 32)}, 704, 1, 1},
		{"nothing", nil, nil, 0, 0, 0},
		{"SPS alone", [][]byte{sps704}, nil, 0, 0, 0},
		{"PPS alone", nil, [][]byte{pps0}, 0, 0, 0},
		{"unrelated", [][]byte{sps3}, [][]byte{pps0}, 0, 0, 0},
		{"too long", [][]byte{append(bytes.Clone(sps704), bytes.Repeat([]byte{1}, maxParameterSet)...)}, [][]byte{pps0}, 0, 0, 0},
	}
	for _, tt := range tests {
		c, err := NewConfig(tt.sps, tt.pps)
		if tt.width == 0 {
			if err == nil {
				t.Errorf("%s: %+v", tt.name, c)
			}
			continue
		}
		if err != nil || c.Width != tt.width || len(c.SPS) != tt.nSPS || len(c.PPS) != tt.nPPS {
			t.Errorf("%s: %+v, %v", tt.name, c, err)
		}
	}
}

func TestNewConfigCopies(t *testing.T) {
	sps := bytes.Clone(sps704)
	c, err := NewConfig([][]byte{sps}, [][]byte{pps0})
	if err != nil {
		t.Fatal(err)
	}
	clear(sps)
	if !bytes.Equal(c.SPS[0], sps704) {
		t.Error("the configuration changed with the caller's memory")
	}
}

func TestNewConfigNamesTheFault(t *testing.T) {
	_, err := NewConfig([][]byte{{0x67, 0x42}}, [][]byte{{0x68, 0x00, 0x00}})
	if err == nil || !strings.Contains(err.Error(), "SPS: bit string of 1 bytes") || !strings.Contains(err.Error(), "PPS: bit") {
		t.Errorf("%v", err)
	}
}

func TestConfigEqual(t *testing.T) {
	config := func(sps, pps [][]byte) *Config {
		c, err := NewConfig(sps, pps)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a := config([][]byte{sps704}, [][]byte{pps0, pps1})
	tests := []struct {
		name  string
		o     *Config
		equal bool
	}{
		{"the same", a, true},
		{"another order", config([][]byte{sps704}, [][]byte{pps1, pps0}), true},
		{"a PPS fewer", config([][]byte{sps704}, [][]byte{pps0}), false},
		{"another PPS", config([][]byte{sps704}, [][]byte{pps0b, pps1}), false},
		{"another SPS", config([][]byte{sps1280}, [][]byte{pps0, pps1}), false},
		{"none", nil, false},
	}
	for _, tt := range tests {
		if a.Equal(tt.o) != tt.equal || tt.o.Equal(a) != tt.equal {
			t.Errorf("%s: not %v", tt.name, tt.equal)
		}
	}
	if !(*Config)(nil).Equal(nil) {
		t.Error("nil differs from nil")
	}
}

// The records of the High profiles are those that ffmpeg writes.
func TestAVCC(t *testing.T) {
	tests := []struct{ name, avcc string }{
		{"main", "014d401fffe1000b674d401f95a02c049a6c0401000468ee3c80"},
		{"high 10", "016e001fffe1001a676e001fa6cd9405005bb011000003000100000300320f18319601000668ebe3cb22c0fdfafa00"},
		{"high 4:2:2", "017a001effe1001d677a001ebcd940b4126ffc010000b440000003004000000c83c58b658001000668ebe3cb22c0fef8f800"},
	}
	for _, tt := range tests {
		want := unhex(t, tt.avcc)
		c, size, err := ParseAVCC(want)
		if err != nil || size != 4 {
			t.Errorf("%s: %d, %v", tt.name, size, err)
			continue
		}
		if got := AppendAVCC([]byte{1, 2}, c); !bytes.Equal(got[2:], want) {
			t.Errorf("%s: %x, want %x", tt.name, got[2:], want)
		}
		needed := len(want)
		if avccExtended(c.Profile) {
			needed -= 4
		}
		for cut := range needed {
			if _, _, err := ParseAVCC(want[:cut]); err == nil {
				t.Errorf("%s: no error for the first %d bytes", tt.name, cut)
			}
		}
	}
	if _, size, err := ParseAVCC(unhex(t, "014d401ffce1000b674d401f95a02c049a6c0401000468ee3c80")); size != 1 || err != nil {
		t.Errorf("length prefixes of %d bytes, %v", size, err)
	}
}

func TestParseAVCCErrors(t *testing.T) {
	tests := []struct{ name, avcc, want string }{
		{"empty", "", "shorter than 6 bytes"},
		{"version 2", "024d401fffe1000b674d401f95a02c049a6c0401000468ee3c80", "version 1"},
		{"no sets", "014d401fffe000", "no SPS"},
		{"a broken SPS", "014d401fffe10002674d01000468ee3c80", "SPS: bit string of 1 bytes"},
	}
	for _, tt := range tests {
		if c, _, err := ParseAVCC(unhex(t, tt.avcc)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %+v, %v, want %q", tt.name, c, err, tt.want)
		}
	}
}

func FuzzParseAVCC(f *testing.F) {
	f.Add(unhex(f, "014d401fffe1000b674d401f95a02c049a6c0401000468ee3c80"))
	f.Add(unhex(f, "016e001fffe1001a676e001fa6cd9405005bb011000003000100000300320f18319601000668ebe3cb22c0fdfafa00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, size, err := ParseAVCC(b)
		if err != nil {
			return
		}
		if size < 1 || size > 4 || len(c.SPS) == 0 || len(c.PPS) == 0 {
			t.Fatalf("%+v, %d", c, size)
		}
		again, _, err := ParseAVCC(AppendAVCC(nil, c))
		if err != nil || !again.Equal(c) {
			t.Fatalf("%+v became %+v, %v", c, again, err)
		}
	})
}

// TestWith checks which configuration a unit's parameter sets put in force.
func TestWith(t *testing.T) {
	c, err := NewConfig([][]byte{sps704}, [][]byte{pps0})
	if err != nil {
		t.Fatal(err)
	}
	slice := []byte{0x41, 1}
	for name, unit := range map[string][][]byte{
		"no parameter sets": {slice}, "those in force": {sps704, pps0, slice}, "none that can be read": {{0x67, 1}, {0x68}, {}},
	} {
		if c.With(unit) != c {
			t.Errorf("%s: another configuration", name)
		}
	}
	got := c.With([][]byte{sps1280, pps0b, slice})
	if want, _ := NewConfig([][]byte{sps1280}, [][]byte{pps0b}); !got.Equal(want) || got.Width != 1280 {
		t.Errorf("other sets: %+v", got)
	}
	if got = c.With([][]byte{pps1}); got.Width != 704 || len(got.PPS) != 2 || len(c.PPS) != 1 {
		t.Errorf("one more PPS: %+v, before %+v", got, c)
	}
}
