package record

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
)

// TestTimelineJumps places units whose time stamps and arrivals disagree.
func TestTimelineJumps(t *testing.T) {
	const second = 90000
	type unit struct {
		pts int64
		at  time.Duration
		run int
	}
	tests := []struct {
		name  string
		units []unit
		want  []int64
	}{
		{"even", []unit{{100, 0, 0}, {3700, 40 * time.Millisecond, 0}}, []int64{100, 3700}},
		{"B-frames", []unit{{0, 0, 0}, {10800, 0, 0}, {3600, 0, 0}, {7200, 0, 0}}, []int64{0, 10800, 3600, 7200}},
		{"one time stamp hours off", []unit{{0, 0, 0}, {9800 * second, time.Second, 0}, {2 * second, 2 * time.Second, 0},
			{3 * second, 3 * time.Second, 0}}, []int64{0, second + 1, 2*second + 2, 3*second + 2}},
		{"the media clock starts anew", []unit{{50 * second, 0, 0}, {second, time.Second, 0}, {2 * second, 2 * time.Second, 0}},
			[]int64{50 * second, 51*second + 1, 52*second + 1}},
		{"a pause of the network", []unit{{0, 0, 0}, {3600, 9 * time.Second, 0}, {7200, 9 * time.Second, 0}, {9 * second, 9 * time.Second, 0}},
			[]int64{0, 3600, 7200, 9 * second}},
		{"a pause of the camera", []unit{{0, 0, 0}, {60 * second, 60 * time.Second, 0}}, []int64{0, 60 * second}},
		{"another run", []unit{{0, 0, 0}, {1 << 40, time.Second, 1}, {1<<40 + 3600, time.Second, 1}}, []int64{0, second + 1, second + 3601}},
	}
	for _, tt := range tests {
		line := timeline{rate: second}
		var got []int64
		for _, u := range tt.units {
			m := &media.Unit{PTS: u.pts, Run: u.run, Arrival: time.Unix(1772366400, 0).Add(u.at)}
			if next := line.next(m); next != line.place(m) {
				t.Errorf("%s: next and place differ", tt.name)
			}
			got = append(got, line.last)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestTimelineBackwards has media clocks that run backwards, by a frame or by a tick with each unit, and pictures in pyramids as
// deep as encoders build them, which don't.
func TestTimelineBackwards(t *testing.T) {
	const second, frame = 90000, 3600
	for name, step := range map[string]int64{"a frame": -frame, "a tick": -1} {
		line, top := timeline{rate: second}, int64(0)
		for i := range int64(500) {
			at := time.Duration(i) * 40 * time.Millisecond
			place := line.place(&media.Unit{PTS: i * step, Arrival: time.Unix(1772366400, 0).Add(at)})
			if top = max(top, place); top < int64(at)*9/1e5-3*second || place < top-second {
				t.Errorf("%s back: at %v the place is %d, after %d", name, at, place, top)
				break
			}
		}
	}
	line := timeline{rate: second}
	for i, pts := range append([]int64{32}, between(0, 32)...) {
		u := &media.Unit{PTS: pts * frame, Arrival: time.Unix(1772366400, 0).Add(time.Duration(i) * 40 * time.Millisecond)}
		if place := line.place(u); place != u.PTS {
			t.Fatalf("unit %d of the pyramid, %d, is at %d", i, u.PTS, place)
		}
	}
}

// between returns the pictures between two others in the order in which they are decoded: the middle one, then those on
// either side of it.
func between(a, b int64) []int64 {
	middle := (a + b) / 2
	if middle == a {
		return nil
	}
	return append(append([]int64{middle}, between(a, middle)...), between(middle, b)...)
}

// TestAwait lets a camera send no key frame.
func TestAwait(t *testing.T) {
	var events []Event
	start := time.Unix(1772366400, 0)
	o := Options{Output: filepath.Join(t.TempDir(), "x.mp4"), Events: func(e Event) { events = append(events, e) }}
	r := recorderOf(t, o, start)
	defer r.closeDisk()
	for i := range 10 * 60 {
		at := time.Duration(i) * time.Second
		reports := make([]clock.Report, 8)
		err := r.unit(&media.Unit{PTS: int64(i) * 90000, Arrival: start.Add(at), Reports: reports})
		if warned := len(events) > 0; warned != (at >= keyExpected) {
			t.Fatalf("after %v: events %v", at, events)
		}
		if err != nil {
			if !errors.Is(err, ErrNoKeyFrame) || at != keyPatience {
				t.Errorf("after %v: %v", at, err)
			}
			if n := len(r.states[0].unwritten); len(events) != 1 || n != maxReports {
				t.Errorf("%d events, %d reports", len(events), n)
			}
			return
		}
	}
	t.Error("the recorder waits for ever")
}

// TestCut has segments of a minute and media times that can't be true.
func TestCut(t *testing.T) {
	start := time.Unix(1772366400, 0)
	r := recorderOf(t, Options{Output: "garage", Length: time.Minute}, start)
	defer r.closeDisk()
	r.file = &file{begun: start}
	key := media.Unit{Key: true, Config: new(h264.Config)}
	for _, tt := range []struct {
		media, host time.Duration
		cut         bool
	}{
		{59 * time.Second, time.Minute, false},
		{time.Minute, time.Minute, true},
		{time.Minute, 50 * time.Second, true}, // stored frames came at once
		{time.Hour, time.Second, false},
		{time.Second, 2 * time.Minute, true},
	} {
		key.Arrival = start.Add(tt.host)
		if cut := r.cutBefore(&key, int64(tt.media/time.Second)*90000); cut != tt.cut {
			t.Errorf("after %v of media in %v: cut is %v", tt.media, tt.host, cut)
		}
	}
}

// TestEnough ends a recording of a minute by the media's time, and by the host's where that stands still.
func TestEnough(t *testing.T) {
	start := time.Unix(1772366400, 0)
	r := recorderOf(t, Options{Output: "garage", Duration: time.Minute}, start)
	defer r.closeDisk()
	r.summary.Frames, r.begun = 1, start
	for _, tt := range []struct {
		media, host time.Duration
		over        bool
	}{
		{59 * time.Second, time.Minute, false},
		{time.Minute, 50 * time.Second, true}, // stored frames came at once
		{time.Second, 2*time.Minute - 1, false},
		{time.Second, 2 * time.Minute, true},
	} {
		r.lead = timeline{rate: 90000}
		r.lead.place(&media.Unit{Arrival: start})
		u := &media.Unit{PTS: int64(tt.media/time.Second) * 90000, Arrival: start.Add(tt.host)}
		if over := r.over(u); over != tt.over {
			t.Errorf("after %v of media in %v: over is %v", tt.media, tt.host, over)
		}
	}
}

// TestTimelineRate lets the line go on with a track that has another clock rate.
func TestTimelineRate(t *testing.T) {
	start := time.Unix(1772366400, 0)
	line := timeline{rate: 48000}
	line.place(&media.Unit{PTS: 4e9, Arrival: start})
	from := line.convert(4e9-48000, 16000)
	line.setRate(16000)
	place := line.place(&media.Unit{PTS: 77, Arrival: start.Add(time.Second)})
	if d := line.duration(from, place); d.Round(time.Millisecond) != 2*time.Second {
		t.Errorf("%v after a second and a break of another", d)
	}
}
