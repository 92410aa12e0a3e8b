package mp4

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/clips"
	"github.com/timeslate/timeslate/media"
)

// interval is the distance of the pictures of both clips in ticks.
const interval = 3600

// started is the capture time of the first picture in the tests.
var started = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// clip returns the track and the units of a clip in testdata.
func clip(t testing.TB, name string) (media.Track, []*media.Unit) {
	t.Helper()
	track, units := clips.Read(t, "testdata/"+name+".h264")
	for i, u := range units {
		u.PTS, u.Wall = int64(i)*interval, unit(i).Wall
		if name == "bframes" {
			u.PTS = clips.BFrames[i] * interval
		}
	}
	return track, units
}

// unit returns the i-th unit of a track with 25 regular pictures per second.
func unit(i int, data ...[]byte) *media.Unit {
	at := started.Add(time.Duration(i) * time.Second / 25)
	return &media.Unit{
		PTS:  int64(i) * interval,
		Wall: clock.Estimate{Time: at, State: clock.Locked, Source: clock.SenderReport},
		Key:  i == 0,
		Data: data,
	}
}

// states are the bytes of one recording in the states that a file goes through, and where its parts end.
type states struct {
	growing, appended, finished []byte
	partEnds                    []int
}

// recorded writes units with a Writer; box is put before each part and at the end.
func recorded(t testing.TB, tracks []media.Track, o Options, units []*media.Unit, box []byte) states {
	t.Helper()
	w, err := NewWriter(tracks, o)
	if err != nil {
		t.Fatal(err)
	}
	var s states
	s.growing = append(s.growing, w.Header()...)
	part := func() {
		head, body := w.Part(box)
		s.growing = append(append(s.growing, head...), body...)
		s.partEnds = append(s.partEnds, len(s.growing))
	}
	for i, u := range units {
		ready, err := w.Push(u)
		if err != nil {
			t.Fatalf("unit %d: %v", i, err)
		}
		if ready {
			part()
		}
	}
	part()
	tail, at, patch, err := w.Finish(box)
	if err != nil {
		t.Fatal(err)
	}
	s.appended = append(append([]byte(nil), s.growing...), tail...)
	s.finished = append([]byte(nil), s.appended...)
	copy(s.finished[at:], patch[:])
	return s
}
