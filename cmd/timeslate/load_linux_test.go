package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// TestTenCameras records ten cameras of 4 Mbit/s by UDP in one process: the kernel drops no datagram, and all files are
// whole.
func TestTenCameras(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe")
	const cameras = 10
	duration := 12 * time.Second
	if long() {
		duration = 10 * time.Minute
	}
	// The simulator's own pictures are padded with what is not recorded.
	s := simulators(t, cameras, "--file", noise(t, "4M"), "--sr-interval", "2s")
	dir := t.TempDir()
	args := []string{"record", "--once", "--transport", "udp", "--duration", duration.String()}
	files := make([]string, cameras)
	for i, url := range s.urls {
		files[i] = filepath.Join(dir, fmt.Sprintf("cam%d.mp4", i))
		args = append(args, url, files[i])
	}
	p := start(t, nil, binary, args...)
	sockets, drops := 0, int64(0)
	for running := true; running; {
		select {
		case <-p.done:
			running = false
		case <-time.After(100 * time.Millisecond):
			n, dropped := udpSockets(t, p.Process.Pid)
			sockets, drops = max(sockets, n), max(drops, dropped)
		}
	}
	if code := p.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	t.Logf("%d sockets, %d datagrams dropped", sockets, drops)
	if sockets < 2*cameras {
		t.Errorf("%d UDP sockets were seen, want %d", sockets, 2*cameras)
	}
	if drops > 0 {
		t.Errorf("the kernel dropped %d datagrams", drops)
	}
	sent := s.stop(t)
	for i, file := range files {
		name := fmt.Sprintf("cam%d", i)
		frames := recording(t, file)
		first := checkWhole(t, name, frames, sent[name])
		checkTimes(t, name, frames, sent[name][first:], time.Millisecond)
		if len(frames) < int(duration.Seconds()*clipRate)-2*clipRate {
			t.Errorf("%s: %d frames in %v", name, len(frames), duration)
		}
		if n := probeFrames(t, file); n != len(frames) {
			t.Errorf("%s: ffprobe finds %d frames, extract %d", name, n, len(frames))
		}
		for j, f := range observed(t, file).Frames {
			if f.Lost != 0 || f.Damaged {
				t.Errorf("%s: frame %d: %d packets lost, damaged %v", name, j, f.Lost, f.Damaged)
			}
		}
	}
}

// udpSockets counts a process's UDP sockets and the datagrams that the kernel dropped because they were full.
func udpSockets(t *testing.T, pid int) (sockets int, drops int64) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	handles, _ := os.ReadDir(dir) // none when the process has just ended
	own := map[string]bool{}
	for _, h := range handles {
		name, _ := os.Readlink(filepath.Join(dir, h.Name()))
		if inode, ok := strings.CutPrefix(name, "socket:["); ok {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	for _, table := range []string{"udp", "udp6"} {
		for line := range strings.Lines(read(fmt.Sprintf("/proc/%d/net/%s", pid, table))) {
			// sl local rem st queues tr retrnsmt uid timeout inode ref pointer drops
			if f := strings.Fields(line); len(f) == 13 && own[f[9]] {
				sockets++
				drops += number(t, f[12])
			}
		}
	}
	return sockets, drops
}
