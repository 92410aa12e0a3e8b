package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// A simulator is a process that simulates cameras and tells the truth about them when it is stopped.
type simulator struct {
	*process
	urls      []string
	truthFile string
}

// simulators starts a simulator of so many cameras.
func simulators(t *testing.T, cameras int, flags ...string) simulator {
	t.Helper()
	return simulatorsIn(t, nil, cameras, flags...)
}

// simulatorsIn is the same with words before the command line, by which it runs elsewhere.
func simulatorsIn(t *testing.T, prefix []string, cameras int, flags ...string) simulator {
	t.Helper()
	s := simulator{truthFile: filepath.Join(t.TempDir(), "truth.csv")}
	args := append(prefix, binary, "simulate", "--listen", "127.0.0.1:0", "--truth", s.truthFile, "--cameras", strconv.Itoa(cameras))
	args = append(args, flags...)
	s.process = start(t, nil, args[0], args[1:]...)
	for range cameras {
		s.urls = append(s.urls, s.line(t))
	}
	return s
}

// truth is what a simulator says of the frames it sent, by camera, or "cam0/audio" for its sound.
type truth map[string][]trueFrame

type trueFrame struct {
	number   int64
	rtp      uint32
	captured time.Time
}

// stop ends the simulator and returns the truth.
func (s simulator) stop(t *testing.T) truth {
	t.Helper()
	s.Process.Signal(syscall.SIGTERM)
	if code := s.wait(t, 10*time.Second); code != exitDone {
		t.Errorf("the simulator's exit code is %d", code)
	}
	return truthIn(t, s.truthFile)
}

// readTruth reads the whole lines of a truth file.
func truthIn(t *testing.T, file string) truth {
	t.Helper()
	all := truth{}
	for line := range strings.Lines(read(file)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ",")
		if len(f) == 4 && f[0] != "camera" && strings.HasSuffix(line, "\n") {
			all[f[0]] = append(all[f[0]], trueFrame{number(t, f[1]), uint32(number(t, f[2])), time.Unix(0, number(t, f[3]))})
		}
	}
	return all
}

// observed returns what the timing box of a file says.
func observed(t *testing.T, file string) (box stamp.TimingBox) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	m, err := mp4.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	if err := box.AddAll(m.UUID(stamp.TimingUUID)); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return box
}

// A pictured frame is one of picture, as extract has it.
type pictured struct {
	pts      float64
	rtp      uint32
	captured time.Time
	error    time.Duration
}

// recording returns the pictures of a file with their capture times.
func recording(t *testing.T, file string) (frames []pictured) {
	t.Helper()
	table := filepath.Join(t.TempDir(), "frames.csv")
	if code, _, stderr := timeslate(t, nil, "extract", "-o", table, file); code != exitDone {
		t.Fatalf("extract: exit code %d: %s", code, stderr)
	}
	for _, row := range readCSV(t, table) {
		f := pictured{pts: float(t, row["pts"]), rtp: uint32(number(t, row["rtp"])), error: time.Hour}
		if row["unix_ns"] != "" { // a file may end before the first sender report of a run
			f.captured = time.Unix(0, number(t, row["unix_ns"]))
		}
		if row["error_ns"] != "" { // before the first sender report it is unknown
			f.error = time.Duration(number(t, row["error_ns"]))
		}
		frames = append(frames, f)
	}
	return frames
}

// checkWhole compares frames with what was sent: from the first to the last one none is missing. It returns where in the
// truth they begin.
func checkWhole(t *testing.T, what string, frames []pictured, sent []trueFrame) (first int) {
	t.Helper()
	if len(frames) == 0 {
		t.Fatalf("%s: no frames", what)
	}
	for first < len(sent) && sent[first].rtp != frames[0].rtp {
		first++
	}
	missing := 0
	i := first
	for _, f := range frames {
		for ; i < len(sent) && sent[i].rtp != f.rtp; i++ {
			missing++
		}
		i++
	}
	if i > len(sent) {
		t.Fatalf("%s: frames in the file that were not sent, or in another order", what)
	}
	if missing > 0 {
		t.Errorf("%s: %d of the %d frames sent are missing", what, missing, i-first)
	}
	return first
}

// beyond is how far off the few frames may be that are not within what they claim: the claim is for 95 of 100.
const beyond = 20 * time.Millisecond

// checkTimes compares capture times with the truth: 95 of 100 are within tolerance beside what they claim to be good for, none is
// far beyond, and they never go back.
func checkTimes(t *testing.T, what string, frames []pictured, sent []trueFrame, tolerance time.Duration) {
	t.Helper()
	worst, outside := time.Duration(0), 0
	for i, f := range frames {
		off := f.captured.Sub(sent[i].captured).Abs()
		if off > f.error+tolerance {
			outside++
		}
		if worst = max(worst, off); off > f.error+tolerance+beyond {
			t.Errorf("%s: frame %d is off by %v, and claims %v", what, i, off, f.error)
			break
		}
		if i > 0 && !f.captured.After(frames[i-1].captured) {
			t.Errorf("%s: frame %d was captured at %v, the one before at %v", what, i, f.captured, frames[i-1].captured)
			break
		}
	}
	if outside > len(frames)/20 {
		t.Errorf("%s: %d of %d frames are farther off than they claim", what, outside, len(frames))
	}
	t.Logf("%s: %d frames, times off by up to %v", what, len(frames), worst)
}
