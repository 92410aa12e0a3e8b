package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/filelock"
	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// clipStarted is when the recordings begin that recorded makes.
var clipStarted = time.Date(2026, 11, 20, 12, 0, 0, 250e6, time.UTC)

// clipUnits returns 60 pictures, two seconds and a bit, as a camera would send them.
func clipUnits(t *testing.T) (media.Track, []*media.Unit) {
	t.Helper()
	stream, err := os.ReadFile("../../mp4/testdata/plain.h264")
	if err != nil {
		t.Fatal(err)
	}
	var units []*media.Unit
	var sets, data [][]byte
	for nal := range h264.SplitAnnexB(stream) {
		data = append(data, nal)
		switch h264.NALType(nal) {
		case h264.SPS, h264.PPS:
			sets = append(sets, nal)
		case h264.SliceIDR, h264.SliceNonIDR:
			i := len(units)
			u := &media.Unit{PTS: 1<<33 + int64(i)*3600, SSRC: 7, Key: h264.NALType(nal) == h264.SliceIDR, Data: data}
			u.RTP, u.Arrival = uint32(u.PTS), clipStarted.Add(time.Duration(i)*40*time.Millisecond)
			u.Wall = clock.Estimate{Time: u.Arrival, Error: time.Millisecond, State: clock.Locked, Source: clock.SenderReport}
			units, data = append(units, u), nil
		}
	}
	config, err := h264.NewConfig(sets[:1], sets[1:2])
	if err != nil {
		t.Fatal(err)
	}
	return media.Track{ClockRate: h264.ClockRate, Config: config}, units
}

// recorded makes a file with a recording in some state: growing, torn, finished, locked, header (and no part).
func recorded(t *testing.T, name, state string) {
	t.Helper()
	track, units := clipUnits(t)
	w, err := mp4.NewWriter([]media.Track{track}, mp4.Options{Created: clipStarted})
	if err != nil {
		t.Fatal(err)
	}
	timing := stamp.NewTiming([]media.Track{track}, clipStarted, "test")
	b := bytes.Clone(w.Header())
	for i, u := range units {
		ready, err := w.Push(u)
		if err != nil {
			t.Fatal(err)
		}
		if ready || i == len(units)-1 {
			if !ready {
				timing.AddUnit(u)
			}
			head, body := w.Part(timing.AppendPart(nil))
			b = append(append(b, head...), body...)
		}
		if ready || i < len(units)-1 {
			timing.AddUnit(u)
		}
	}
	switch state {
	case "growing", "locked":
	case "torn":
		b = b[:len(b)-100]
	case "header":
		b = b[:len(w.Header())]
	case "finished", "cut":
		tail, at, patch, err := w.Finish(timing.AppendAll(nil))
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, tail...)
		copy(b[at:], patch[:])
		if state == "cut" {
			b = b[:len(b)*3/4]
		}
	default:
		t.Fatalf("no state %q", state)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if state == "locked" {
		lockUntilTheEnd(t, name)
	}
}

func lockUntilTheEnd(t *testing.T, name string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := filelock.Lock(f); err != nil {
		t.Fatal(err)
	}
}

// TestRepairedPictures checks that ffmpeg sees the same pictures before and after a repair, and has nothing to warn of.
func TestRepairedPictures(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe")
	name := filepath.Join(t.TempDir(), "a.mp4")
	recorded(t, name, "growing")
	before := frameHashes(t, name)
	recorded(t, name, "torn")
	if code, out, errs := timeslate(t, nil, "repair", name); code != exitDone || !strings.Contains(out, "48 frames kept") {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	after := frameHashes(t, name)
	if len(before) != 60 || len(after) != 48 || strings.Join(before[:48], " ") != strings.Join(after, " ") {
		t.Errorf("%d pictures before, %d after, or others", len(before), len(after))
	}
	if n := probeFrames(t, name); n != 48 {
		t.Errorf("%d packets", n)
	}
}
