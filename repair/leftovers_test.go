package repair

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/timeslate/timeslate/internal/filelock"
	"github.com/timeslate/timeslate/media"
)

// TestLeftovers checks which files a recorder at its start takes for those of a former run.
func TestLeftovers(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units[:5], nil)
	dir := t.TempDir()
	locked := "cam_20261120T120300.250Z.mp4"
	for name, b := range map[string][]byte{
		"cam_20261120T120000.250Z.mp4":     r.finished,
		"cam_20261120T120100.250Z.mp4":     r.growing,
		"cam_20261120T120100.250Z_10.mp4":  r.growing,
		"cam_20261120T120100.250Z_9.mp4":   r.appended,
		"cam_20261120T120200.250Z.mp4":     r.growing[:len(r.growing)-1],
		locked:                             r.growing,
		"cam_20261120T120400.250Z.mp4":     nil,
		"cam_20261120T120500.250Z.mp4.bak": r.growing,
		"camera_20261120T120100.250Z.mp4":  r.growing,
		"cam_2_20261120T120100.250Z.mp4":   r.growing,
		"cam.mp4":                          r.growing,
		"cam_2.mp4":                        r.growing,
		"cam_notes.mp4":                    r.growing,
		"_20261120T120100.250Z.mp4":        r.growing,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(filepath.Join(dir, locked))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := filelock.Lock(f); err != nil {
		t.Fatal(err)
	}
	for output, want := range map[string][]string{
		"cam": {"cam_20261120T120100.250Z.mp4", "cam_20261120T120100.250Z_9.mp4", "cam_20261120T120100.250Z_10.mp4",
			"cam_20261120T120200.250Z.mp4"},
		"cam.mp4":     {"cam.mp4", "cam_2.mp4"},
		"":            {"_20261120T120100.250Z.mp4"},
		"other":       nil,
		"missing/cam": nil,
	} {
		got, err := Leftovers(dir + string(filepath.Separator) + output)
		for i := range got {
			got[i] = filepath.Base(got[i])
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", output, got, err, want)
		}
	}
}

// TestLeftoversHere checks an output in the working directory.
func TestLeftoversHere(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units[:5], nil)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("cam_20261120T120100.250Z.mp4", r.growing, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := Leftovers("cam"); err != nil || !slices.Equal(got, []string{"cam_20261120T120100.250Z.mp4"}) {
		t.Errorf("%q, %v", got, err)
	}
}
