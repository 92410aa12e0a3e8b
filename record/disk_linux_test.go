package record

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/timeslate/timeslate/stamp"
)

// smallDisk mounts a disk of a size as the kernel writes it, like 4m.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk can't be made here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	return dir
}

// A disk that is full for four minutes costs whole groups of pictures, counted, and the recording goes on by itself in the
// same file when there is space again.
func TestDiskFull(t *testing.T) {
	dir := smallDisk(t, "512k")
	var told []string
	bubble(t, oneCamera(), func(ctx context.Context, o Options) {
		o.Output, o.Duration = filepath.Join(dir, "cam.mp4"), 5*time.Minute
		o.Queue = 512 << 10
		o.Events = func(e Event) {
			if e.Type != Status {
				told = append(told, e.Type)
			}
		}
		time.AfterFunc(4*time.Minute, func() { syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=200m") })
		s, err := Run(ctx, o)
		if err != nil || s.Files != 1 || s.Gaps != 1 || s.Frames < 100*25 || s.Frames > 200*25 {
			t.Errorf("summary %+v, error %v", s, err)
		}
	})
	if want := "[connected opened stalled resumed gap finished]"; fmt.Sprint(told) != want {
		t.Errorf("events %v, want %s", told, want)
	}
	m, box := open(t, filepath.Join(dir, "cam.mp4"))
	if m.Fragmented || len(box.Gaps) != 1 || box.Gaps[0].Cause != stamp.DiskStalled || box.Gaps[0].Track != -1 {
		t.Errorf("fragmented %v, gaps %+v", m.Fragmented, box.Gaps)
	}
	if len(box.Frames) != m.Tracks[0].Len {
		t.Errorf("%d frames in the timing box, %d in the file", len(box.Frames), m.Tracks[0].Len)
	}
	checkSamples(t, m)
}

// A disk that stays full ends a recording with an error that says so; what was recorded before is a file that plays.
func TestDiskStaysFull(t *testing.T) {
	dir := smallDisk(t, "128k")
	output := filepath.Join(dir, "cam.mp4")
	bubble(t, oneCamera(), func(ctx context.Context, o Options) {
		o.Output, o.Duration = output, time.Minute
		if s, err := Run(ctx, o); err == nil || s.Files != 0 {
			t.Errorf("summary %+v, error %v", s, err)
		}
	})
	if m, _ := open(t, output); m.Torn != nil || m.Tracks[0].Len < 100 {
		t.Errorf("what is left: %d frames, torn %v", m.Tracks[0].Len, m.Torn)
	}
}
