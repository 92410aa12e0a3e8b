package mp4

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/timeslate/timeslate/media"
)

// save writes a file for a foreign program.
func save(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a program that must not complain and returns what it says.
func runQuiet(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stderr testWriter
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || len(stderr) > 0 {
		t.Errorf("%s %v: %v\n%s", name, args, err, stderr)
	}
	return string(out)
}

type testWriter []byte

func (w *testWriter) Write(b []byte) (int, error) {
	*w = append(*w, b...)
	return len(b), nil
}

// frameHashes returns a line per decoded picture with its time and hash.
func frameHashes(t *testing.T, path string) string {
	return runQuiet(t, "ffmpeg", "-v", "warning", "-xerror", "-i", path, "-map", "0:v", "-f", "framemd5", "-")
}

func TestFFmpegDecodesEveryState(t *testing.T) {
	requireProgram(t, "ffmpeg")
	requireProgram(t, "ffprobe")
	for _, name := range []string{"plain", "bframes"} {
		t.Run(name, func(t *testing.T) {
			track, units := clip(t, name)
			s := recorded(t, []media.Track{track}, Options{Created: started}, units, nil)
			want := frameHashes(t, save(t, "finished.mp4", s.finished))
			t.Log(want)
			for state, b := range map[string][]byte{"growing": s.growing, "appended": s.appended} {
				path := save(t, state+".mp4", b)
				runQuiet(t, "ffprobe", "-v", "warning", "-show_packets", path)
				if got := frameHashes(t, path); got != want {
					t.Errorf("%s differs:\n%s", state, got)
				}
			}
		})
	}
}
