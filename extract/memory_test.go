package extract

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// held returns how many bytes of what make returns stay, and how many were allocated for it, per frame.
func held(t *testing.T, frames int, make func() *Recording) (stay, allocated int) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := make()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if r.Frames.Len() != frames || r.Frames.unstamped > 0 {
		t.Fatalf("%d frames", r.Frames.Len())
	}
	return int(int64(after.HeapAlloc)-int64(before.HeapAlloc)) / frames, int(after.TotalAlloc-before.TotalAlloc) / frames
}

// TestMemory: a day has two million frames.
func TestMemory(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("the race detector takes memory of its own")
	}
	const frames = 20000
	var log strings.Builder
	log.WriteString("rtp_timestamp,receive_time_ns\n")
	w := newRecorder(t, 0, true)
	for i := range frames {
		fmt.Fprintf(&log, "%d,%d\n", 3600*i, start.Add(time.Duration(i)*40*ms).UnixNano())
		u := cameraUnit(0)
		u.PTS, u.RTP, u.Reports, u.Data = u.PTS+3000*int64(i), u.RTP+3000*uint32(i), nil, u.Data[:1]
		w.write(t, u, 3000*int64(i))
	}
	file := w.finish(t)
	if stay, _ := held(t, frames, func() *Recording { return readLog(t, log.String(), reportsHeader) }); stay > 95 {
		t.Errorf("%d bytes a frame of a packet log stay", stay)
	}
	if stay, allocated := held(t, frames, func() *Recording { return open(t, file) }); stay > 135 || allocated > 300 {
		t.Errorf("%d bytes a frame of a timing box stay, %d were allocated", stay, allocated)
	}
	r := open(t, file)
	r.Examine()
	_, allocated := held(t, frames, func() *Recording {
		for row := range r.All(Best) {
			_ = row
		}
		return r
	})
	if allocated > 25 {
		t.Errorf("%d bytes a row were allocated", allocated)
	}
}
