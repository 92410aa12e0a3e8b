package aac

import (
	"bytes"
	"os"
	"testing"
)

// tone returns the units of testdata/tone.aac and their configuration.
func tone(t testing.TB) (*Config, [][]byte) {
	t.Helper()
	b, err := os.ReadFile("testdata/tone.aac")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ADTSConfig(b)
	if err != nil {
		t.Fatal(err)
	}
	var units [][]byte
	for u := range SplitADTS(b) {
		units = append(units, u)
	}
	return c, units
}

// A real stream of ffmpeg, taken apart and put together again.
func TestADTS(t *testing.T) {
	c, units := tone(t)
	if c.SampleRate != 16000 || c.Channels != 1 || c.ObjectType != typeLC || len(units) != 17 {
		t.Fatalf("%+v, %d units", c, len(units))
	}
	want, _ := os.ReadFile("testdata/tone.aac")
	var got []byte
	for _, u := range units {
		var err error
		if got, err = AppendADTS(got, c, u); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes, and not the same %d", len(got), len(want))
	}
	for u := range SplitADTS(want[:len(want)-1]) {
		if &u[0] == &units[16][0] {
			t.Error("a torn frame")
		}
	}
	for range SplitADTS(want) {
		break
	}
}

func TestADTSErrors(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty": nil, "no sync word": {0, 0xf1, 0x60, 0x40, 0x43, 0x1f, 0xfc}, "layer 3": {0xff, 0xfb, 0x60, 0x40, 0x43, 0x1f, 0xfc},
		"no channels": {0xff, 0xf1, 0x60, 0, 0x43, 0x1f, 0xfc}, "reserved frequency": {0xff, 0xf1, 0x7c, 0x40, 0x43, 0x1f, 0xfc},
		"shorter than its header": {0xff, 0xf1, 0x60, 0x40, 0, 0x1f, 0xfc}, "with checksum, shorter": {0xff, 0xf0, 0x60, 0x40, 0, 0xff, 0xfc},
	} {
		if c, err := ADTSConfig(b); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
	odd, _ := NewConfig(12345, 1)
	plain, _ := NewConfig(16000, 1)
	sevenOne, _ := NewConfig(16000, 8)
	if _, err := AppendADTS(nil, odd, []byte{1}); err == nil {
		t.Error("12345 Hz in ADTS")
	}
	if _, err := AppendADTS(nil, plain, make([]byte, maxADTSFrame)); err == nil {
		t.Error("a unit that is too large")
	}
	b, err := AppendADTS(nil, sevenOne, []byte{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := ADTSConfig(b); err != nil || c.Channels != 8 {
		t.Errorf("%+v, %v", c, err)
	}
}
