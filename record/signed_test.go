package record

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/stamp"
)

// signature is an SEI NAL unit of ONVIF Media Signing, as far as it is looked at.
var signature = h264.AppendSEI(nil, h264.PayloadUserDataUnregistered, []byte{
	0x00, 0x5b, 0xc9, 0x3f, 0x2d, 0x71, 0x5e, 0x95, 0xad, 0xa4, 0x79, 0x6f, 0x90, 0x87, 0x7a, 0x6f, 1, 2, 3,
})

// A stream whose signatures show up after the first GOP: from the first one on no SEI of ours is in the file, the user is
// told once, and the timing box has every frame.
func TestSignedVideo(t *testing.T) {
	config := testConfig(t)
	output := filepath.Join(t.TempDir(), "cam.mp4")
	warnings := 0
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := recorderOf(t, Options{Output: output, Stamps: stamp.MISB | stamp.Strawlab, Events: func(e Event) {
		if e.Type == Warning {
			warnings++
		}
	}}, start)
	for i := range 20 {
		at := start.Add(time.Duration(i) * 40 * time.Millisecond)
		u := &media.Unit{
			PTS: int64(i) * 3600, RTP: uint32(i) * 3600, Arrival: at, Key: i%5 == 0, Config: config,
			Wall: clock.Estimate{Time: at, State: clock.RxOnly, Source: clock.Arrival},
			Data: [][]byte{{0x41, 0x9a, 0x80}},
		}
		if u.Key {
			u.Data = [][]byte{{0x65, 0x88, 0x80}}
		}
		if i >= 10 && u.Key {
			u.Data = slices.Insert(u.Data, 0, signature)
		}
		if err := r.unit(u); err != nil {
			t.Fatal(err)
		}
	}
	r.finish(nil, 0)
	if err := r.closeDisk(); err != nil {
		t.Fatal(err)
	}
	if warnings != 1 {
		t.Errorf("%d warnings", warnings)
	}
	m, box := open(t, output)
	if len(box.Frames) != 20 {
		t.Errorf("%d frames in the timing box", len(box.Frames))
	}
	i := 0
	for _, units := range nalUnits(t, m) {
		want := 3 // 89H, MISB and the picture
		switch {
		case i >= 10 && i%5 == 0:
			want = 2 // the signature and the picture
		case i >= 10:
			want = 1
		}
		if len(units) != want {
			t.Errorf("sample %d has %d NAL units, want %d", i, len(units), want)
		}
		i++
	}
}
