package main

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/stamp"
	"github.com/timeslate/timeslate/verify"
)

// TestFaults records two cameras with sound through all that cameras do to their recorders: what was sent is there, at its
// time, sound beside its picture, and verify tells one story with each gap in it.
func TestFaults(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe")
	silence := 13 * time.Second
	if long() {
		silence = 30 * time.Second
	}
	s := simulators(t, 2, "--sr-interval", "1s", "--audio", "48000", "--fault", fmt.Sprintf(
		"reboot=12s/1s,ssrc=20s,resolution=24s,seqjump=27s,silence=34s/%v", silence))
	dir := t.TempDir()
	one, many := filepath.Join(dir, "one.mp4"), filepath.Join(dir, "many")
	duration := 34*time.Second + silence + 8*time.Second
	args := []string{"record", "--json", "--duration", duration.String(), "--transport"}
	recorders := []*process{
		start(t, nil, binary, append(args, "tcp", s.urls[0], one)...),
		start(t, nil, binary, append(args, "udp", "-l", "10", s.urls[1], many)...),
	}
	t.Parallel() // they go on while this test waits for its turn
	for _, p := range recorders {
		if code := p.wait(t, duration+30*time.Second); code != exitGaps {
			t.Errorf("exit code %d, want %d", code, exitGaps)
		}
	}
	sent := s.stop(t)
	segments, _ := filepath.Glob(many + "_*.mp4")
	slices.Sort(segments)
	for camera, files := range map[string][]string{"cam0": {one}, "cam1": segments} {
		var frames []pictured
		for _, file := range files {
			if n, decoded := probeFrames(t, file), len(frameHashes(t, file)); n != decoded {
				t.Errorf("%s: %d of %d frames can be decoded", file, decoded, n)
			}
			checkSync(t, file, sent[camera], sent[camera+"/audio"])
			frames = append(frames, recording(t, file)...)
		}
		checkSent(t, camera, frames, sent[camera])
		checkVerified(t, camera, files, "connection lost", "camera restart")
	}
}

// checkSent compares frames with what was sent, of which the last seconds may have come after the end. TCP may lose what
// was under way when a connection is cut.
func checkSent(t *testing.T, what string, frames []pictured, sent []trueFrame) {
	t.Helper()
	at := map[uint32]pictured{}
	timeless := 0
	for i, f := range frames {
		at[f.rtp] = f
		if f.captured.IsZero() {
			timeless++
		} else if i > 0 && !f.captured.After(frames[i-1].captured) {
			t.Errorf("%s: frame %d was captured at %v, the one before at %v", what, i, f.captured, frames[i-1].captured)
		}
	}
	missing, worst := 0, time.Duration(0)
	end := frames[len(frames)-1].rtp
	for _, true := range sent {
		f, ok := at[true.rtp]
		if !ok {
			missing++
			t.Logf("%s: frame %d of %v is missing", what, true.number, true.captured.UTC().Format("15:04:05.000"))
		} else if f.captured.IsZero() {
			continue
		} else if off := f.captured.Sub(true.captured).Abs(); off > worst {
			if worst = off; off > f.error+time.Millisecond {
				t.Errorf("%s: frame %d is off by %v, and claims %v", what, true.number, off, f.error)
			}
		}
		if true.rtp == end {
			break
		}
	}
	t.Logf("%s: %d frames, %d missing, times off by up to %v, %d without", what, len(frames), missing, worst, timeless)
	if timeless > 2*clipRate {
		t.Errorf("%s: %d frames have no capture time", what, timeless)
	}
	if missing > 2 {
		t.Errorf("%s: %d frames are missing", what, missing)
	}
}

// checkSync compares where picture and sound stand in a file with when they were captured.
func checkSync(t *testing.T, file string, picture, sound []trueFrame) {
	t.Helper()
	captured := []map[uint32]time.Time{{}, {}}
	for i, track := range [][]trueFrame{picture, sound} {
		for _, f := range track {
			captured[i][f.rtp] = f.captured
		}
	}
	var rtp [2][]uint32
	frames := observed(t, file).Frames
	for _, f := range frames {
		rtp[f.Track] = append(rtp[f.Track], f.RTP)
	}
	blur := lateStart(frames, captured)
	var lines [2][]timed // the simulator has no reordered pictures
	for i, name := range []string{"v", "a"} {
		units := packetTimes(t, file, name)
		if len(units) != len(rtp[i]) {
			t.Fatalf("%s: %d packets, %d in the timing box", file, len(units), len(rtp[i]))
		}
		for j, pts := range units {
			at, ok := captured[i][rtp[i][j]]
			if !ok {
				t.Fatalf("%s: track %d: RTP time stamp %d was not sent", file, i, rtp[i][j])
			}
			lines[i] = append(lines[i], timed{pts, float64(at.UnixNano()) / 1e9})
		}
	}
	worst, pair, off, compared := 0.0, 0, 0, 0
	for _, a := range lines[1] {
		for pair+1 < len(lines[0]) && lines[0][pair+1].ntp <= a.ntp {
			pair++
		}
		if v := lines[0][pair]; math.Abs(a.ntp-v.ntp) < 0.05 {
			late := (a.pts - a.ntp) - (v.pts - v.ntp)
			if compared++; math.Abs(late) > 0.005+blur {
				off++
			}
			if math.Abs(late) > math.Abs(worst) {
				worst = late
			}
		}
	}
	t.Logf("%s: %d pictures, %d of sound, which is late by up to %.2f ms, by more than 5 ms and the arrivals' %.2f ms %d times",
		filepath.Base(file), len(lines[0]), len(lines[1]), 1e3*worst, 1e3*blur, off)
	// After a break the arrivals are all that is known until the next reports. Nobody hears 40 ms (ITU-R BT.1359).
	if math.Abs(worst) > 0.04+blur || off > compared/5 {
		t.Errorf("%s: the sound is late by up to %.2f ms, more than can be explained %d of %d times", filepath.Base(file), 1e3*worst, off, compared)
	}
}

// lateStart returns by how many seconds a busy machine made the first unit of a run later than the quickest one of its track.
func lateStart(frames []stamp.TimingFrame, captured []map[uint32]time.Time) (blur float64) {
	var first, quickest [2]float64
	runs := [2]int{-1, -1}
	for _, f := range frames {
		late := f.Arrival.Sub(captured[f.Track][f.RTP]).Seconds()
		if runs[f.Track] < 0 {
			quickest[f.Track] = late
		}
		quickest[f.Track] = min(quickest[f.Track], late)
		if f.Run != runs[f.Track] {
			runs[f.Track], first[f.Track] = f.Run, max(first[f.Track], late)
		}
	}
	return max(first[0]-quickest[0], first[1]-quickest[1])
}

// packetTimes returns the presentation times of a track's packets.
func packetTimes(t *testing.T, file, track string) (times []float64) {
	t.Helper()
	out := program(t, "ffprobe", "-v", "error", "-select_streams", track, "-show_entries", "packet=pts_time", "-of", "csv=p=0", file)
	for field := range strings.FieldsSeq(out) {
		times = append(times, float(t, strings.TrimSuffix(field, ",")))
	}
	return times
}

// checkVerified has verify tell the story: one recording, nothing damaged, no time that goes
// back, and gaps of the expected causes.
func checkVerified(t *testing.T, what string, files []string, expected ...string) {
	t.Helper()
	code, out, stderr := timeslate(t, nil, append([]string{"verify", "--json"}, files...)...)
	if code != exitGaps {
		t.Errorf("%s: verify: exit code %d, want %d: %s", what, code, exitGaps, stderr)
	}
	causes := map[string]int{}
	var sum verify.Summary
	for line := range strings.Lines(out) {
		var gap verify.Gap
		if err := json.Unmarshal([]byte(line), &gap); err != nil {
			t.Fatal(err)
		}
		switch gap.Type {
		case "gap":
			causes[gap.Cause]++
			t.Log(what, gap)
		case "summary":
			if err := json.Unmarshal([]byte(line), &sum); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%s: %v", what, sum)
	if sum.Recordings != 1 || sum.Files != len(files) || sum.Damage != 0 || sum.Backwards != 0 {
		t.Errorf("%s: verify tells another story: %+v", what, sum)
	}
	for _, cause := range expected {
		if causes[cause] == 0 {
			t.Errorf("%s: no gap because of %s: %v", what, cause, causes)
		}
	}
}
