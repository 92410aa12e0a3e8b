package segment

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExpand checks what an argument stands for.
func TestExpand(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"cam_20261120T120100.250Z.mp4", "cam_20261120T120000.250Z.mp4", "cam.mp4"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Expand(filepath.Join(dir, "cam"))
	if err != nil || len(got) != 2 || !strings.HasSuffix(got[0], "120000.250Z.mp4") {
		t.Errorf("%q, %v", got, err)
	}
	if got, err = Expand(filepath.Join(dir, "cam.mp4")); err != nil || len(got) != 1 {
		t.Errorf("%q, %v", got, err)
	}
	for name, want := range map[string]string{"dog": "no such file", "": "folder"} {
		if got, err = Expand(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
}

// TestOpen checks that what is no file is refused.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir, os.O_RDONLY); err == nil || err.Error() != "open "+dir+": not a file" {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(dir, "none"), os.O_RDONLY); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
