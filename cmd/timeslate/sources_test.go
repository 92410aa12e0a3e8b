package main

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestTimeSources records cameras that tell the capture times in each way there is, by TCP and UDP, with a clock that
// is 0.4 s ahead: extract says which way it was, and finds what the camera's clock showed.
func TestTimeSources(t *testing.T) {
	t.Parallel()
	const ahead = 400 * time.Millisecond
	sources := []string{"onvif", "abs-capture-time", "ntp-64", "rfc7273", "play", "sr"}
	s := simulators(t, len(sources), "--clock-offset", ahead.String(), "--rtp-ppm", "60",
		"--time-source", "onvif,abs-capture-time,ntp-64,rfc7273,play,none", "--sr-interval", "5s,5s,5s,none,none,5s")
	dir := t.TempDir()
	var recorders sync.WaitGroup
	for i, url := range s.urls {
		for _, transport := range []string{"tcp", "udp"} {
			file := filepath.Join(dir, sources[i]+transport+".mp4")
			recorders.Go(func() {
				if code, _, stderr := timeslate(t, nil, "record", "--duration", "4s", "--transport", transport, url, file); code != exitDone {
					t.Errorf("%s: exit code %d: %s", file, code, stderr)
				}
			})
		}
	}
	recorders.Wait()
	all := s.stop(t)
	for i, source := range sources {
		captured := map[uint32]time.Time{}
		for _, f := range all[fmt.Sprintf("cam%d", i)] {
			captured[f.rtp] = f.captured.Add(ahead)
		}
		for _, transport := range []string{"tcp", "udp"} {
			checkJump(t, filepath.Join(dir, source+transport+".mp4"), source == "onvif")
			for _, method := range []string{"best", "live"} {
				checkSource(t, filepath.Join(dir, source+transport+".mp4"), method, source, captured)
			}
		}
	}
}

// checkJump looks for what the first frame since PLAY carries with ONVIF, and no other one.
func checkJump(t *testing.T, file string, want bool) {
	t.Helper()
	jumps := 0
	for i, f := range observed(t, file).Frames {
		if f.Jump {
			jumps++
		}
		if f.Track == 0 && i == 0 && f.Jump != want {
			t.Errorf("%s: the first frame has a jump: %v", file, f.Jump)
		}
	}
	if jumps > 1 {
		t.Errorf("%s: %d jumps", file, jumps)
	}
}

// checkSource looks at the capture times of a file. Live, some are known only after the first frames. PLAY and the one report
// tell a single time: how fast the media clock runs, only the arrivals tell, which a busy machine delays.
func checkSource(t *testing.T, file, method, source string, captured map[uint32]time.Time) {
	t.Helper()
	table := filepath.Join(t.TempDir(), "frames.csv")
	if code, _, stderr := timeslate(t, nil, "extract", "--method", method, "--trust", "camera", "-o", table, file); code != exitDone {
		t.Fatalf("%s: exit code %d: %s", file, code, stderr)
	}
	rows := readCSV(t, table)
	others, limit := 0, time.Millisecond
	if source == "play" || source == "sr" {
		limit = 10 * time.Millisecond
	}
	for _, row := range rows {
		if row["source"] != source && method == "live" && others < len(rows)/2 {
			others++
			continue
		}
		at, bound := time.Unix(0, number(t, row["unix_ns"])), time.Duration(number(t, row["error_ns"]))
		off := at.Sub(captured[uint32(number(t, row["rtp"]))]).Abs()
		if row["source"] != source || off > limit || off > bound {
			t.Errorf("%s, %s: frame %s is off by %v with an error of %v, by %s", file, method, row["frame"], off, bound, row["source"])
			return
		}
	}
	if len(rows) < 90 || others > 0 && source != "abs-capture-time" && source != "sr" {
		t.Errorf("%s, %s: %d rows, %d by other sources", file, method, len(rows), others)
	}
}
