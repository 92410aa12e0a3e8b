package record

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/timeslate/timeslate/mp4"
)

// A disk that fills up ends the recording with an error; what was recorded before is a file that plays.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Skipf("a small disk can't be made here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	output := filepath.Join(dir, "cam.mp4")
	bubble(t, oneCamera(), func(ctx context.Context, o Options) {
		o.Output, o.Duration = output, time.Hour
		s, err := Run(ctx, o)
		if !errors.Is(err, syscall.ENOSPC) || s.Files != 0 || s.Frames < 100 {
			t.Errorf("summary %+v, error %v", s, err)
		}
	})
	f, err := os.Open(output)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if m, err := mp4.Open(f, info.Size()); err != nil || m.Torn != nil || m.Tracks[0].Len < 100 {
		t.Errorf("what is left: %+v, %v", m, err)
	}
}
