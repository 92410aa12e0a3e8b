package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/record"
)

// TestFullDisk fills the disk under a recorder and frees it again: the files from before are whole, the recording goes on
// by itself, and what is missing between is told.
func TestFullDisk(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe")
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=120m"); err != nil {
		t.Skipf("a small disk can't be made here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	// The recorder keeps in memory what a disk does not take at first: 32 MiB, which are 6 s of this camera.
	s := simulators(t, 1, "--file", noise(t, "40M"), "--sr-interval", "0.5s")
	prefix, filler := filepath.Join(dir, "cam"), filepath.Join(dir, "filler")
	p := start(t, nil, binary, "record", "--json", "--once", "--transport", "tcp", "-l", "2", s.urls[0], prefix)
	eventually(t, "two files", func() bool { return len(eventsOf(t, p, record.Finished)) >= 2 })
	fill(t, filler)
	eventually(t, "the disk to be full for the recorder", func() bool { return len(eventsOf(t, p, record.Stalled)) > 0 })
	time.Sleep(7 * time.Second)
	os.Remove(filler)
	eventually(t, "the recording to go on", func() bool { return len(eventsOf(t, p, record.Resumed)) > 0 })
	opened := len(eventsOf(t, p, record.Opened))
	eventually(t, "another file", func() bool { return len(eventsOf(t, p, record.Finished)) > opened })
	time.Sleep(500 * time.Millisecond) // ffprobe does not understand a file of one picture
	p.Process.Signal(syscall.SIGTERM)
	if code := p.wait(t, 10*time.Second); code != exitGaps {
		t.Errorf("exit code %d, want %d", code, exitGaps)
	}
	sent := s.stop(t)["cam0"]
	files, _ := filepath.Glob(prefix + "_*.mp4")
	slices.Sort(files)
	have := map[uint32]bool{}
	var all []pictured
	for _, file := range files {
		if n, decoded := probeFrames(t, file), len(frameHashes(t, file)); n != decoded {
			t.Errorf("%s: %d of %d frames can be decoded", file, decoded, n)
		}
		for _, f := range recording(t, file) {
			have[f.rtp] = true
			all = append(all, f)
		}
	}
	missing, holes := 0, 0
	from, to := all[0].rtp, all[len(all)-1].rtp
	for i, f := range sent {
		if f.rtp-from > to-from || have[f.rtp] {
			continue
		}
		missing++
		if have[sent[i-1].rtp] {
			holes++
		}
	}
	told := eventsOf(t, p, record.Gap)
	dropped := int64(0)
	for _, e := range told {
		dropped += e.Dropped
	}
	t.Logf("%d files, %d frames, %d missing in %d holes; told of %d in %d", len(files), len(all), missing, holes, dropped, len(told))
	if missing == 0 || int64(missing) != dropped || holes != len(told) {
		t.Errorf("%d frames are missing in %d holes, the recorder told of %d in %d", missing, holes, dropped, len(told))
	}
	gaps := 0
	for _, file := range files {
		gaps += strings.Count(strings.Join(causes(t, file), " "), "disk")
	}
	if gaps != holes {
		t.Errorf("%d gaps of the disk in the timing boxes, want %d", gaps, holes)
	}
}

// causes returns the causes of the gaps in a file.
func causes(t *testing.T, file string) (all []string) {
	t.Helper()
	for _, g := range observed(t, file).Gaps {
		all = append(all, g.Cause.String())
	}
	return all
}

// fill writes a file until the disk is full.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
}

// TestRetention looks into the folder all the time: there are never more files, nor more bytes, than are to be kept and
// the one file needs that is growing.
func TestRetention(t *testing.T) {
	t.Parallel()
	s := simulators(t, 2, "--file", noise(t, "4M"))
	dir := t.TempDir()
	byNumber, bySize := filepath.Join(dir, "number"), filepath.Join(dir, "size")
	const keep, keepBytes, growing = 3, 5_000_000, 1_500_000
	recorders := []*process{
		start(t, nil, binary, "record", "--json", "-l", "2", "-n", "3", s.urls[0], byNumber),
		start(t, nil, binary, "record", "--json", "-l", "2", "--keep-bytes", "5M", s.urls[1], bySize),
	}
	for range 180 {
		time.Sleep(100 * time.Millisecond)
		if n, _ := folder(byNumber); n > keep+1 {
			t.Fatalf("%d files, %d are to be kept", n, keep)
		}
		if _, size := folder(bySize); size > keepBytes+growing {
			t.Fatalf("%d bytes, %d are to be kept", size, keepBytes)
		}
	}
	for _, p := range recorders {
		p.Process.Signal(syscall.SIGTERM)
		if code := p.wait(t, 10*time.Second); code != exitDone {
			t.Errorf("exit code %d", code)
		}
		if n := len(eventsOf(t, p, record.Deleted)); n < 3 {
			t.Errorf("%d files were deleted in 18 s", n)
		}
	}
	if n, _ := folder(byNumber); n != keep {
		t.Errorf("%d files in the end, %d are to be kept", n, keep)
	}
	if n, size := folder(bySize); size > keepBytes || size < keepBytes/2 {
		t.Errorf("%d files of %d bytes in the end, %d are to be kept", n, size, keepBytes)
	}
}

// folder counts the files of an output and their bytes.
func folder(prefix string) (files int, bytes int64) {
	names, _ := filepath.Glob(prefix + "_*.mp4")
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			files++
			bytes += info.Size()
		}
	}
	return files, bytes
}
