package clock

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// TestPlace finds the frames beside a report of a run, whichever stretch of it they are in.
func TestPlace(t *testing.T) {
	var frames []Frame
	for _, run := range []int{0, 0, 1, 1, 0, 0, 1, 0} {
		frames = append(frames, Frame{Run: run, RTP: int64(len(frames)) * 3600, Arrival: time.Unix(1.8e9, 0)})
	}
	r := newRecording(Options{ClockRate: 90000}, nil, frames)
	for _, test := range []struct{ run, before, stretch, frame int }{
		{0, 0, 0, 0}, {0, 1, 0, 0}, {0, 2, 0, 1}, {0, 3, 0, 1}, {0, 4, 2, 4}, {0, 6, 2, 5}, {0, 7, 2, 5}, {0, 99, 4, 7},
		{1, 0, 1, 2}, {1, 4, 1, 3}, {1, 5, 1, 3}, {1, 6, 3, 6}, {1, 8, 3, 6},
	} {
		s, frame, ok := r.place(&Report{Run: test.run, Before: test.before})
		if s != test.stretch || frame != test.frame || !ok {
			t.Errorf("run %d, before frame %d: stretch %d, frame %d, want %d, %d", test.run, test.before, s, frame, test.stretch, test.frame)
		}
	}
	if _, _, ok := r.place(&Report{Run: 2}); ok {
		t.Error("a run that has no frames")
	}
}

// BenchmarkRuns has a run per frame, as two mixed-up streams have. It must grow evenly.
func BenchmarkRuns(b *testing.B) {
	var frames []Frame
	var reports []Report
	at := time.Unix(1.8e9, 0)
	for i := range 100_000 {
		at = at.Add(40 * time.Millisecond)
		frames = append(frames, Frame{Run: i % 2, RTP: int64(i) * 3600, Arrival: at})
		reports = append(reports, Report{NTP: ntp.FromTime(at), RTP: int64(i) * 3600, Run: i % 2, Before: i, Arrival: at})
	}
	for b.Loop() {
		Fit(Options{ClockRate: 90000}, reports, frames)
	}
}
