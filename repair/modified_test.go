package repair

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timeslate/timeslate/media"
)

// TestModified checks that a repaired file keeps the time of its last change: the oldest files are deleted first, and an old
// one must not look new.
func TestModified(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units[:5], nil)
	written := time.Date(2026, 3, 1, 12, 0, 0, 250e6, time.UTC)
	for state, b := range map[State][]byte{
		Growing: r.growing, Appended: r.appended, Finished: r.finished, Empty: nil, Cut: r.finished[:len(r.finished)-100],
	} {
		name := filepath.Join(t.TempDir(), "file.mp4")
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, written, written); err != nil {
			t.Fatal(err)
		}
		if report, err := File(name, Options{}); err != nil || report.State != state {
			t.Errorf("%s: %+v, %v", state, report, err)
		}
		if info, err := os.Stat(name); err != nil || !info.ModTime().Equal(written) {
			t.Errorf("%s: the time is %v, %v, and was %v", state, info.ModTime(), err, written)
		}
	}
}
