//go:build unix

package verify

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/timeslate/timeslate/repair"
)

// TestPipe checks that nobody waits for what a pipe in the place of a file may bring.
func TestPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "garage.mp4")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	r, err := Files(t.Context(), []string{name}, Options{})
	if err != nil || r.Summary.Verdict != Damaged || r.Stories[0].Files[0].State != Unreadable {
		t.Errorf("%+v, %v", r, err)
	}
	if report, err := repair.File(name, repair.Options{DryRun: true}); err == nil {
		t.Errorf("%+v", report)
	}
}
