package segment

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestName(t *testing.T) {
	start := time.Date(2026, 10, 25, 2, 30, 0, 123999999, time.FixedZone("CEST", 2*3600))
	for attempt, want := range map[int]string{
		1:  "rec/cam_20261025T003000.123Z.mp4",
		2:  "rec/cam_20261025T003000.123Z_2.mp4",
		10: "rec/cam_20261025T003000.123Z_10.mp4",
	} {
		got := Name("rec/cam", start, attempt)
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
		back, n, ok := Parse("rec/cam", got)
		if !ok || n != attempt || !back.Equal(start.Truncate(time.Millisecond)) {
			t.Errorf("%s: %v, %d, %v", got, back, n, ok)
		}
	}
}

// strangers are names that look like those of the output cam and are not.
var strangers = []string{
	"cam.mp4", "cam_.mp4", "cam_20260301T120000.000Z", "cam_20260301T120000.000Z.mp4.part", "cam_20260301T120000.000Z.MP4",
	"cam_2_20260301T120000.000Z.mp4",                    // of the output cam_2
	"cam_20260301T120000.000Z_20260301T120000.000Z.mp4", // of the output cam_20260301T120000.000Z
	"cam_20260301T120000.000Z_1.mp4",                    // the first one has no number
	"cam_20260301T120000.000Z_02.mp4",
	"cam_20260301T120000.000Z_+2.mp4",
	"cam_20260301T120000.000Z_-2.mp4",
	"cam_20260301T120000.000Z_.mp4",
	"cam_20260301T120000.000Z_2_2.mp4",
	"cam_20260301T120000.000Z_99999999999999999999.mp4",
	"cam_20260301T120000.000Z copy.mp4",
	"cam_20260301T120000,000Z.mp4",
	"cam_20260301T120000Z.mp4",
	"cam_20260301T120000.0000Z.mp4",
	"cam_20260230T120000.000Z.mp4",
	"cam_20260301T250000.000Z.mp4",
	"cam_20260301T120000.000z.mp4",
	"Cam_20260301T120000.000Z.mp4",
	"xcam_20260301T120000.000Z.mp4",
	"cam20260301T120000.000Z.mp4",
}

func TestStrangers(t *testing.T) {
	for _, name := range strangers {
		if start, n, ok := Parse("cam", name); ok {
			t.Errorf("%s is taken for %v, %d", name, start, n)
		}
	}
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size int) {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range strangers {
		write(name, 1)
	}
	write("cam_20260301T120000.000Z_10.mp4", 3)
	write("cam_20260301T120000.000Z_2.mp4", 2)
	write("cam_20260301T120000.000Z.mp4", 1)
	write("cam_20251231T235959.999Z.mp4", 0)
	if err := os.Mkdir(filepath.Join(dir, "cam_20260101T120000.000Z.mp4"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("cam_20260301T120000.000Z.mp4", filepath.Join(dir, "cam_20260102T120000.000Z.mp4")); err != nil {
		t.Log("no symbolic links here:", err)
	}
	files, err := List(dir + "/cam")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i, f := range files {
		if f.Size != int64(i) {
			t.Errorf("%s has %d bytes", f.Name, f.Size)
		}
		if f.Name != Name(dir+"/cam", f.Start, f.Attempt) {
			t.Errorf("%s does not belong to %v, %d", f.Name, f.Start, f.Attempt)
		}
		names = append(names, strings.TrimPrefix(f.Name, dir+"/cam_"))
	}
	const want = "20251231T235959.999Z.mp4 20260301T120000.000Z.mp4 20260301T120000.000Z_2.mp4 20260301T120000.000Z_10.mp4"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestListHere has an output without a folder.
func TestListHere(t *testing.T) {
	t.Chdir(t.TempDir())
	const name = "cam_20260301T120000.000Z.mp4"
	if err := os.WriteFile(name, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for output, want := range map[string]string{"cam": name, "./cam": "./" + name} {
		if files, err := List(output); err != nil || len(files) != 1 || files[0].Name != want {
			t.Errorf("%v, %v", files, err)
		}
	}
	if _, err := List("nowhere/cam"); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// TestListFolder has an output that is a folder: the names begin with what comes behind the prefix.
func TestListFolder(t *testing.T) {
	dir := t.TempDir() + string(filepath.Separator)
	name := Name(dir, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), 1)
	if err := os.WriteFile(name, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if files, err := List(dir); err != nil || len(files) != 1 || files[0].Name != name {
		t.Errorf("%v, %v; want %s", files, err, name)
	}
}

func TestNames(t *testing.T) {
	dir := t.TempDir() + string(filepath.Separator)
	all := []string{
		"cam_20260301T120000.000Z_2.mp4", "cam_20260301T120000.000Z_10.mp4", "cam.mp4", "cam_2.mp4", "cam_10.mp4", "cam_1.mp4",
		"cam_02.mp4", "cam_x.mp4", "camera.mp4", "cam.mp4.bak", "cam_2_20260301T120000.000Z.mp4",
	}
	for _, name := range all {
		if err := os.WriteFile(dir+name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for output, want := range map[string][]string{
		"cam":       all[:2],
		"cam.mp4":   all[2:5],
		"cam_2":     all[10:],
		"other":     nil,
		"other.mp4": nil,
		"no/cam":    nil,
	} {
		got, err := Names(dir + output)
		for i := range got {
			got[i] = strings.TrimPrefix(got[i], dir)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", output, got, err, want)
		}
	}
}

func TestStem(t *testing.T) {
	for name, want := range map[string]string{
		"rec/cam_20260301T120000.000Z.mp4":    "rec/cam",
		"rec/cam_20260301T120000.000Z_12.mp4": "rec/cam",
		"rec/cam.mp4":                         "rec/cam",
		"rec/cam_2.mp4":                       "rec/cam",
		"rec/cam_2_20260301T120000.000Z.mp4":  "rec/cam_2",
		"rec/cam.mov":                         "rec/cam.mov",
	} {
		if got := Stem(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// FuzzParse: a name is of one output at most, whatever outputs there are, and is what Name makes of what Parse says.
func FuzzParse(f *testing.F) {
	f.Add("cam_20260301T120000.000Z.mp4")
	for _, name := range strangers {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		owner := ""
		for i := range name {
			start, n, ok := Parse(name[:i], name)
			if !ok {
				continue
			}
			if owner != "" {
				t.Errorf("%q is of %q and of %q", name, owner, name[:i])
			}
			owner = name[:i]
			if Name(owner, start, n) != name || n < 1 {
				t.Errorf("%q of %q is %v, %d", name, owner, start, n)
			}
		}
	})
}
