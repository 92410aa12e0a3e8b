package record

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// TestLatency: the known delay of a camera is taken off the times of its pictures, and the file says so.
func TestLatency(t *testing.T) {
	const delay = 38 * time.Millisecond
	var boxes [2]*stamp.TimingBox
	for i := range boxes {
		output := filepath.Join(t.TempDir(), "cam.mp4")
		bubble(t, oneCamera(), func(ctx context.Context, o Options) {
			o.Output, o.Duration, o.Camera.Latency = output, 3*time.Second, time.Duration(i)*delay
			if _, err := Run(ctx, o); err != nil {
				t.Error(err)
			}
		})
		_, boxes[i] = open(t, output)
	}
	without, with := boxes[0], boxes[1]
	if want := []stamp.TimingLatency{{Track: 0, Delay: delay}}; !slices.Equal(with.Latencies, want) || without.Latencies != nil {
		t.Errorf("the files say %v and %v, want %v and nothing", with.Latencies, without.Latencies, want)
	}
	if len(with.Frames) != 75 || len(without.Frames) != 75 {
		t.Fatalf("%d and %d frames", len(with.Frames), len(without.Frames))
	}
	for i, f := range with.Frames {
		plain := without.Frames[i]
		if got := plain.Wall.Time.Sub(f.Wall.Time); got != delay || f.Wall.Flags != plain.Wall.Flags|clock.Latency || !f.Arrival.Equal(plain.Arrival) {
			t.Errorf("frame %d: %v taken off, flags %v, arrival %v", i, got, f.Wall.Flags, f.Arrival)
		}
	}
}
