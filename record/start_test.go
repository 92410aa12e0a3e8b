package record

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
)

// TestStart has a camera that is in the middle of a group of pictures, and one whose parameter sets come late.
func TestStart(t *testing.T) {
	config, err := h264.NewConfig([][]byte{[]byte("\x67\x4d\x00\x1f\x95\xa8\x14\x01\x6e\x40")}, [][]byte{[]byte("\x68\xee\x3c\x80")})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Unix(1772366400, 0)
	r := newRecorder(Options{Output: filepath.Join(t.TempDir(), "x.mp4")}, []media.Track{{ClockRate: 90000}}, start)
	for i, tt := range []struct {
		key     bool
		config  media.Config
		started bool
	}{
		{false, config, false},
		{true, nil, false},
		{false, nil, false},
		{true, config, true},
		{false, config, true},
	} {
		u := media.Unit{
			PTS: int64(i) * 3600, Arrival: start.Add(time.Duration(i) * 40 * time.Millisecond),
			Key: tt.key, Config: tt.config, Data: [][]byte{{0x65, 0x88, 0x84, 0x11}},
		}
		if err := r.unit(&u); err != nil {
			t.Fatalf("unit %d: %v", i, err)
		}
		if started := r.file != nil; started != tt.started {
			t.Errorf("after unit %d the recording has begun: %v", i, started)
		}
	}
	if err := r.finish(nil, 0); err != nil || r.summary.Frames != 2 {
		t.Errorf("%d frames, %v", r.summary.Frames, err)
	}
}
