package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// simulated starts a simulated camera in a process of its own and returns its URL.
func simulated(t *testing.T, flags ...string) string {
	t.Helper()
	return start(t, nil, binary, append([]string{"simulate", "--listen", "127.0.0.1:0"}, flags...)...).line(t)
}

// eventually waits for another process to bring something about.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 1000 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s", what)
}

// TestThreeStates decodes a file while it grows, when everything is appended but the one write that finishes it, and
// finished: the same pictures come out.
func TestThreeStates(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe")
	t.Parallel()
	url := simulated(t)
	dir := t.TempDir()
	file, growing, appended := filepath.Join(dir, "x.mp4"), filepath.Join(dir, "growing.mp4"), filepath.Join(dir, "appended.mp4")
	p := start(t, nil, binary, "record", "--transport", "tcp", url, file)
	eventually(t, "four parts", func() bool { return strings.Count(read(file), "moof") >= 4 })
	probeFrames(t, file) // in place, while it grows
	os.WriteFile(growing, []byte(read(file)), 0o644)
	p.Process.Signal(syscall.SIGTERM)
	if code := p.wait(t, 10*time.Second); code != exitDone {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	finished := read(file)
	at := strings.Index(finished[:200], "mdat") - 4
	if at < 0 {
		t.Fatal("no mdat header near the start of the finished file")
	}
	// The state before the last write: a free box of 16 bytes where the mdat header is.
	os.WriteFile(appended, []byte(finished[:at]+"\x00\x00\x00\x10free\x00\x00\x00\x00\x00\x00\x00\x00"+finished[at+16:]), 0o644)
	all := frameHashes(t, file)
	if n := probeFrames(t, file); n != len(all) || n < 50 {
		t.Errorf("%d frames in the file, %d decoded", n, len(all))
	}
	if some := frameHashes(t, growing); len(some) < 12 || !slices.Equal(some, all[:len(some)]) {
		t.Errorf("the growing file decodes to %d other pictures", len(some))
	}
	if probeFrames(t, appended); !slices.Equal(frameHashes(t, appended), all) {
		t.Error("the appended file decodes to other pictures")
	}
}

// TestSignals ends recordings as timeout(1) does, which sends its signal twice, and as a terminal that is closed.
func TestSignals(t *testing.T) {
	t.Parallel()
	url := simulated(t)
	for name, signals := range map[string][]syscall.Signal{
		"SIGINT twice": {syscall.SIGINT, syscall.SIGINT},
		"SIGHUP":       {syscall.SIGHUP},
	} {
		if signal.Ignored(signals[0]) {
			continue // as under nohup, which record heeds
		}
		file := filepath.Join(t.TempDir(), "x.mp4")
		p := start(t, nil, binary, "record", "--transport", "tcp", url, file)
		eventually(t, "a part", func() bool { return strings.Contains(read(file), "moof") })
		for _, signal := range signals {
			p.Process.Signal(signal)
			time.Sleep(2 * time.Millisecond) // so that they don't become one
		}
		if code := p.wait(t, 10*time.Second); code != exitDone {
			t.Errorf("exit code %d after %s", code, name)
		}
		if finished := read(file); strings.Contains(finished[:200], "moof") || !strings.Contains(finished, "moov") {
			t.Errorf("the file is not finished after %s", name)
		}
	}
}

func read(file string) string {
	b, _ := os.ReadFile(file)
	return string(b)
}
