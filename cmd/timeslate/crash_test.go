package main

import (
	bits "encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// TestKill kills recorders at random moments: at most 0.7 s of what was sent is lost each time, and repair makes finished
// files of all the rest. It measures time, so that it runs before the tests that keep the machine busy, which are all
// parallel.
func TestKill(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe")
	const cameras = 5
	rounds := 2
	if long() {
		rounds = 20
	}
	s := simulators(t, cameras, "--sr-interval", "0.5s", "--bitrate", "1M")
	dir := t.TempDir()
	var kills []*kill
	for round := range rounds {
		var now []*kill
		for i, url := range s.urls {
			k := &kill{camera: fmt.Sprintf("cam%d", i), file: filepath.Join(dir, fmt.Sprintf("%d-%d.mp4", round, i))}
			k.process = start(t, nil, binary, "record", "--transport", []string{"tcp", "udp"}[i%2], url, k.file)
			now = append(now, k)
		}
		for _, k := range now {
			eventually(t, "the first part", func() bool { return strings.Contains(read(k.file), "moof") })
			// Without one there are no times to compare.
			eventually(t, "the first sender report", func() bool { return len(observed(t, k.file).Reports) > 0 })
		}
		for _, k := range now {
			time.Sleep(time.Duration(rand.Int64N(int64(time.Second))))
			k.Process.Kill()
			k.at = time.Now()
			<-k.done
		}
		kills = append(kills, now...)
	}
	sent := s.stop(t)
	for _, k := range kills {
		k.check(t, sent[k.camera])
	}
}

// A kill is a recorder that was killed.
type kill struct {
	*process
	camera, file string
	at           time.Time
}

func (k *kill) check(t *testing.T, sent []trueFrame) {
	t.Helper()
	name := filepath.Base(k.file)
	frames := recording(t, k.file)
	first := checkWhole(t, name, frames, sent)
	until := first
	for until < len(sent) && sent[until].captured.Before(k.at) {
		until++
	}
	lost := time.Duration(until-first-len(frames)) * time.Second / clipRate
	t.Logf("%s: %d frames, %v lost", name, len(frames), lost)
	if lost > 700*time.Millisecond {
		t.Errorf("%s: %v lost", name, lost)
	}
	left := frameHashes(t, k.file)
	if len(left) != len(frames) {
		t.Errorf("%s: %d of %d frames can be decoded", name, len(left), len(frames))
	}
	torn := filepath.Join(t.TempDir(), "torn.mp4")
	content := read(k.file)
	os.WriteFile(torn, []byte(content[:len(content)-1-rand.IntN(len(content)/4)]), 0o644)
	complete := framesIn(content[:len(read(torn))])
	for file, want := range map[string][]string{k.file: left, torn: left[:complete]} {
		if code, _, stderr := timeslate(t, nil, "repair", file); code != exitDone {
			t.Fatalf("%s: repair: exit code %d: %s", name, code, stderr)
		}
		if got := frameHashes(t, file); !slices.Equal(got, want) {
			t.Errorf("%s: %d frames before the repair, %d after it, or others", name, len(want), len(got))
		}
		if head := read(file); !strings.Contains(head[:min(200, len(head))], "mdat") {
			t.Errorf("%s: not a finished file after its repair", name)
		}
	}
	checkTimes(t, name, recording(t, k.file), sent[first:], time.Millisecond)
}

// framesIn counts the frames of the parts that are whole in the beginning of a growing file, in which each part has one
// movie fragment of one track.
func framesIn(b string) (frames int) {
	pending := 0 // of the fragment whose media have not come yet
	for len(b) >= 8 {
		size := int(bits.BigEndian.Uint32([]byte(b)))
		if size < 8 || size > len(b) {
			break
		}
		switch b[4:8] {
		case "moof":
			at := strings.Index(b[:size], "trun") + len("trun") + 4 // version and flags (ISO/IEC 14496-12 §8.8.8)
			pending = int(bits.BigEndian.Uint32([]byte(b[at:])))
		case "mdat":
			frames += pending
			pending = 0
		}
		b = b[size:]
	}
	return frames
}
