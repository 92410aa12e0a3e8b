package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timeslate/timeslate/record"
)

// TestOneStory kills a server again and again while two of its cameras are recorded, one by TCP into one file, the other
// by UDP into a file per 10 s: all that came is there, with the right times across the gaps, and each gap is told.
func TestOneStory(t *testing.T) {
	t.Parallel()
	rounds, up := 4, 14*time.Second // a session of 10 s is one that works: after it the next is tried at once
	if long() {
		rounds = 20
	}
	dir, port := t.TempDir(), freePort(t)
	url := "rtsp://127.0.0.1:" + port
	outputs := []string{filepath.Join(dir, "one.mp4"), filepath.Join(dir, "many")}
	recorders := []*process{
		start(t, nil, binary, "record", "--json", "--transport", "tcp", url+"/cam0", outputs[0]),
		start(t, nil, binary, "record", "--json", "--transport", "udp", "-l", "10", url+"/cam1", outputs[1]),
	}
	var acts []act
	for i := range rounds {
		a := act{truthFile: filepath.Join(dir, fmt.Sprintf("truth%d.csv", i))}
		simulator := start(t, nil, binary, "simulate", "--listen", "127.0.0.1:"+port, "--cameras", "2", "--sr-interval", "1s",
			"--truth", a.truthFile)
		simulator.line(t)
		a.began = time.Now()
		time.Sleep(up)
		a.ended, a.killed = time.Now(), i%2 == 1
		if a.killed {
			simulator.Process.Kill()
		} else {
			simulator.Process.Signal(syscall.SIGTERM)
		}
		<-simulator.done
		time.Sleep(300 * time.Millisecond)
		acts = append(acts, a)
	}
	for i, p := range recorders {
		p.Process.Signal(syscall.SIGTERM)
		if code := p.wait(t, 10*time.Second); code != exitGaps {
			t.Errorf("%s: exit code %d, want %d", outputs[i], code, exitGaps)
		}
		camera := fmt.Sprintf("cam%d", i)
		files := []string{outputs[i]}
		if i == 1 {
			files, _ = filepath.Glob(outputs[i] + "_*.mp4")
			slices.Sort(files) // their names are times
		}
		checkStory(t, camera, files, acts)
		checkVerified(t, camera, files, "connection lost")
		gaps := eventsOf(t, p, record.Gap)
		if len(gaps) != rounds { // between the acts, and after the last
			t.Errorf("%s: %d gaps were told, want %d: %+v", camera, len(gaps), rounds, gaps)
		}
	}
}

// An act is the life of one simulator.
type act struct {
	began, ended time.Time
	killed       bool // and not told to end, so that the end of its truth is lost
	truthFile    string
}

// checkStory compares the files of a camera with the truth of all acts.
func checkStory(t *testing.T, camera string, files []string, acts []act) {
	t.Helper()
	var frames []pictured
	for _, file := range files {
		if n, decoded := probeFrames(t, file), len(frameHashes(t, file)); n != decoded {
			t.Errorf("%s: %d of %d frames can be decoded", file, decoded, n)
		}
		frames = append(frames, recording(t, file)...)
	}
	for i, a := range acts {
		what := fmt.Sprintf("%s, act %d", camera, i)
		var own []pictured
		for len(frames) > 0 && frames[0].captured.Before(a.ended) {
			own, frames = append(own, frames[0]), frames[1:]
		}
		sent := truthIn(t, a.truthFile)[camera]
		if a.killed && len(own) > 0 {
			sent = prolong(sent, own[len(own)-1].rtp)
		}
		first := checkWhole(t, what, own, sent)
		checkTimes(t, what, own, sent[first:], time.Millisecond)
		if first > 0 {
			t.Errorf("%s: the first %d frames are missing", what, first)
		}
		if missing := len(sent) - first - len(own); missing > 2 { // they may be under way when the server goes
			t.Errorf("%s: the last %d frames are missing", what, missing)
		}
		if late := own[0].captured.Sub(a.began); late > 6*time.Second {
			t.Errorf("%s: it began %v after the camera did", what, late)
		}
		if end := own[len(own)-1].captured; a.ended.Sub(end) > 2*time.Second {
			t.Errorf("%s: it ended %v before the camera did", what, a.ended.Sub(end))
		}
	}
	if len(frames) > 0 {
		t.Errorf("%s: %d frames from after the end", camera, len(frames))
	}
}

// prolong adds to the truth of a simulator that was killed what it had not written yet: up to the frame with the given
// RTP time stamp, if that is no later than it lived. It writes once a second, and late on a busy machine.
func prolong(sent []trueFrame, until uint32) []trueFrame {
	if len(sent) < 2 {
		return sent
	}
	step, pause := sent[1].rtp-sent[0].rtp, sent[1].captured.Sub(sent[0].captured)
	for range 14 * clipRate {
		last := sent[len(sent)-1]
		if last.rtp == until {
			break
		}
		sent = append(sent, trueFrame{last.number + 1, last.rtp + step, last.captured.Add(pause)})
	}
	return sent
}

// eventsOf returns the events of a type that a recorder told as JSON.
func eventsOf(t *testing.T, p *process, kind string) (events []record.Event) {
	t.Helper()
	for line := range strings.Lines(p.said()) {
		var e record.Event
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &e) == nil && e.Type == kind {
			events = append(events, e)
		}
	}
	return events
}
