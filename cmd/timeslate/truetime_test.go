package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/internal/interop"
)

// TestTrueTime is what it is all about: cameras whose clocks drift, are wrong by 0.4 s and are set right while they are
// recorded, and whose reports are noisy. The bar code in each picture shows when it was captured. The times of the files
// agree with it within the bounds that they state, and frames that were captured together are paired.
func TestTrueTime(t *testing.T) {
	interop.Require(t, "ffmpeg")
	const cameras = 4
	duration, step := 55*time.Second, 10*time.Second
	if long() {
		duration, step = 5*time.Minute, 2*time.Minute
	}
	sim := simulators(t, cameras, "--size", "928x480", "--clock-ppm", "60", "--sr-interval", "1s", "--sr-jitter", "25ms",
		"--clock-offset", "0.4s,0.4s,-0.4s,-0.4s",
		"--clock-step", fmt.Sprintf("-0.4s@%[1]v,-0.4s@%[1]v,0.4s@%[1]v,0.4s@%[1]v", step))
	dir := t.TempDir()
	args := []string{"record", "--once", "--trust", "host", "--duration", duration.String()}
	var files []string
	for i, url := range sim.urls {
		files = append(files, filepath.Join(dir, fmt.Sprintf("cam%d.mp4", i)))
		args = append(args, url, files[i])
	}
	recorder := start(t, nil, binary, args...)
	t.Parallel() // the recording goes on while this test waits for its turn
	if code := recorder.wait(t, duration+30*time.Second); code != exitDone {
		t.Fatalf("record: exit code %d", code)
	}
	sim.stop(t)

	shown := map[string][]time.Time{}
	for i, file := range files {
		shown[file] = barcodes(t, file, 928)
		// A clock that is behind may be right and the network slow, as far as one can tell before it is set.
		known := 0
		if i >= 2 {
			known, _ = slices.BinarySearchFunc(shown[file], shown[file][0].Add(step+10*time.Second), time.Time.Compare)
		}
		checkBounds(t, file, shown[file], known, "--method", "live")
	}
	for _, trust := range []string{"host", "camera"} {
		for _, file := range files {
			checkBounds(t, file, shown[file], 0, "--trust", trust)
		}
		for i := 0; i < cameras; i += 2 {
			checkPairs(t, files[i], files[i+1], shown, "--trust", trust)
		}
	}
}

// barcodes decodes a file and returns the times in the pictures, which are cut to milliseconds.
func barcodes(t *testing.T, file string, width int) (times []time.Time) {
	t.Helper()
	raw := filepath.Join(t.TempDir(), "raw")
	program(t, "ffmpeg", "-v", "warning", "-xerror", "-i", file, "-fps_mode", "passthrough",
		"-vf", fmt.Sprintf("crop=%d:16:0:0", width), "-f", "rawvideo", "-pix_fmt", "gray", raw)
	pictures, err := os.ReadFile(raw)
	if err != nil {
		t.Fatal(err)
	}
	for picture := range slices.Chunk(pictures, width*16) {
		at, ok := camsim.ReadBarcode(picture, width, width)
		if !ok {
			t.Fatalf("%s: no bar code in picture %d", file, len(times))
		}
		times = append(times, at)
	}
	return times
}

const (
	// barcodeError is by how much a time may be off the middle of the millisecond that a bar code shows.
	barcodeError = time.Millisecond / 2
	// leaving is how long after its capture a simulated camera may send a frame. That is in no clock, and in no bound.
	leaving = 2 * time.Millisecond
)

// checkBounds compares the capture times of a file with what the pictures show. Of those from one on 95 of 100 are within
// their bounds, and all of them rise.
func checkBounds(t *testing.T, file string, shown []time.Time, from int, flags ...string) {
	t.Helper()
	what := filepath.Base(file) + " " + strings.Join(flags, " ")
	code, table, stderr := timeslate(t, nil, append([]string{"extract", "-o", "-", file}, flags...)...)
	if code != exitDone {
		t.Fatalf("%s: exit code %d: %s", what, code, stderr)
	}
	rows := tableOf(t, table)
	if len(rows) != len(shown) {
		t.Fatalf("%s: %d rows, %d pictures", what, len(rows), len(shown))
	}
	within, worst, bounds := 0, time.Duration(0), []time.Duration(nil)
	var last int64
	for i, row := range rows {
		at, bound := number(t, row["unix_ns"]), time.Duration(number(t, row["error_ns"]))
		if at <= last {
			t.Errorf("%s: frame %d is not later than the one before", what, i)
		}
		last = at
		if i < from {
			continue
		}
		off := time.Unix(0, at).Sub(shown[i].Add(barcodeError)).Abs()
		if off <= bound+barcodeError+leaving {
			within++
		}
		worst, bounds = max(worst, off), append(bounds, bound)
	}
	slices.Sort(bounds)
	t.Logf("%s: %d of %d within the bound, off by up to %v, bound %v", what, within, len(bounds), worst, bounds[len(bounds)/2])
	if within*100 < len(bounds)*95 {
		t.Errorf("%s: %d of %d frames are within their bounds", what, within, len(bounds))
	}
}

// checkPairs aligns two files: 99 of 100 frames of the first get the frame that was captured nearest to them. Where two cameras
// happen to capture half an interval apart, the noise of their reports may decide: then the pair says that it is unsure.
func checkPairs(t *testing.T, a, b string, shown map[string][]time.Time, flags ...string) {
	t.Helper()
	what := filepath.Base(a) + " and " + filepath.Base(b) + " " + strings.Join(flags, " ")
	code, table, stderr := timeslate(t, nil, append([]string{"align", "--reference", "1", a, b}, flags...)...)
	if code != exitDone {
		t.Fatalf("%s: exit code %d: %s", what, code, stderr)
	}
	right, of := 0, 0
	for _, row := range tableOf(t, table) {
		if row["frame_1"] == "" {
			continue
		}
		at := shown[a][number(t, row["frame_1"])]
		nearest := slices.MinFunc(shown[b], func(x, y time.Time) int { return cmp.Compare(x.Sub(at).Abs(), y.Sub(at).Abs()) })
		if nearest.Sub(at).Abs() > 21*time.Millisecond {
			continue // the other one did not record yet, or not any more
		}
		of++
		if row["frame_2"] != "" {
			got := shown[b][number(t, row["frame_2"])]
			if got.Sub(at).Abs() <= nearest.Sub(at).Abs()+2*barcodeError || strings.Contains(row["status_2"], "+unsure") {
				right++
			}
		}
	}
	t.Logf("%s: %d of %d pairs are right, or unsure", what, right, of)
	if of == 0 || right*100 < of*99 {
		t.Errorf("%s: %d of %d pairs are right, or unsure\n%s", what, right, of, stderr)
	}
}
