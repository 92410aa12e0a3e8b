package spool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
)

// smallDisk returns a folder on a disk of 1 MiB of which all but free bytes are in the file filler.
func smallDisk(t *testing.T, free int) (dir, filler string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small disk can't be made here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	filler = filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20-free), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir, filler
}

// pictures records a camera of 20 kB/s for so long, and looks at the file after every picture.
func pictures(t *testing.T, w *mp4.Writer, f *File, seconds int) {
	t.Helper()
	f.Write(w.Header())
	for i := range 25 * seconds {
		ready, err := w.Push(&media.Unit{PTS: int64(i) * 3600, Key: i%25 == 0, Data: [][]byte{make([]byte, 800)}})
		if err != nil {
			t.Fatal(err)
		}
		if ready {
			f.Write(w.Part(nil))
		}
		time.Sleep(40 * time.Millisecond)
		synctest.Wait()
		if m := open(t, f.Name()); m.Torn != nil || !m.Fragmented {
			t.Fatalf("after picture %d: fragmented %v, torn: %v", i, m.Fragmented, m.Torn)
		}
	}
}

// open reads a file's structure.
func open(t *testing.T, name string) *mp4.File {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	m, err := mp4.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newWriter(t *testing.T) *mp4.Writer {
	t.Helper()
	format, err := h264.ParseFormat("H264/90000", "sprop-parameter-sets=Z0LACtoINsBEAAADAAQAAAMAyDxImoA=,aM4Ecg==")
	if err != nil {
		t.Fatal(err)
	}
	w, err := mp4.NewWriter([]media.Track{{ClockRate: h264.ClockRate, Config: format.Config}}, mp4.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestSmallDisk records on a disk that fills up. Then there is space again, or there is none until the recording ends.
func TestSmallDisk(t *testing.T) {
	for _, spaceReturns := range []bool{true, false} {
		dir, filler := smallDisk(t, 200_000)
		synctest.Test(t, func(t *testing.T) {
			s := New(Options{Sync: time.Second})
			go s.Run()
			f := s.Create(func() (Handle, error) { return os.Create(filepath.Join(dir, "cam.mp4")) })
			w := newWriter(t)
			pictures(t, w, f, 20)
			if n := open(t, f.Name()).Tracks[0].Len; n < 200 || n > 250 {
				t.Errorf("%d pictures in 200 kB", n)
			}
			expect(t, s, "created stalled")
			if spaceReturns {
				s.Do(func() {
					if err := os.Remove(filler); err != nil {
						t.Error(err)
					}
				})
			}
			f.Write(w.Part(nil))
			tail, at, patch, err := w.Finish(nil)
			if err != nil {
				t.Fatal(err)
			}
			f.Finish(tail, at, patch)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err = s.Close(ctx)
			m := open(t, f.Name())
			if m.Torn != nil || m.Fragmented == spaceReturns || (m.Tracks[0].Len == 500) != spaceReturns {
				t.Errorf("%d pictures, fragmented %v, torn: %v", m.Tracks[0].Len, m.Fragmented, m.Torn)
			}
			if spaceReturns {
				expect(t, s, "finished resumed")
			} else {
				expect(t, s, "failed")
			}
			if spaceReturns != (err == nil) || spaceReturns == errors.Is(f.Err(), syscall.ENOSPC) {
				t.Errorf("%v, %v", err, f.Err())
			}
		})
	}
}
