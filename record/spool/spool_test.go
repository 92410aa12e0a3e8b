package spool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// on runs a test in virtual time with a Spool on a disk. The test closes the Spool.
func on(t *testing.T, o Options, test func(t *testing.T, d *disk, s *Spool)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d, s := newDisk(t), New(o)
		var wg sync.WaitGroup
		wg.Go(s.Run)
		test(t, d, s)
		wg.Wait()
	})
}

// record writes a file with parts 1 to n and a tail n+1.
func record(s *Spool, d *disk, n int) *File {
	f := s.Create(d.create)
	f.Write(box(0, 16))
	for i := 1; i <= n; i++ {
		f.Write(box(i, 40), nil)
	}
	f.Finish(box(n+1, 100), 0, patch())
	return f
}

func closeSpool(t *testing.T, s *Spool) {
	t.Helper()
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// told returns what was told since the last time, as words.
func told(s *Spool) (kinds []string) {
	for n, ok := s.Next(); ok; n, ok = s.Next() {
		kinds = append(kinds, n.Kind.String())
	}
	return kinds
}

func expect(t *testing.T, s *Spool, want string) {
	t.Helper()
	if got := strings.Join(told(s), " "); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		sync time.Duration
		ops  string
	}{
		{0, "create write write write write sync patch sync close"},
		{-1, "create write write write write patch close"},
		{time.Minute, "create write write write write sync patch sync close"},
		{time.Nanosecond, "create write sync write sync write sync write sync patch sync close"},
	} {
		on(t, Options{Sync: tt.sync}, func(t *testing.T, d *disk, s *Spool) {
			d.delay = time.Millisecond
			f := record(s, d, 2)
			if f.Name() != "" || f.Size() != 0 {
				t.Errorf("%q has %d bytes already", f.Name(), f.Size())
			}
			closeSpool(t, s)
			if got := strings.Join(d.ops, " "); got != tt.ops {
				t.Errorf("sync %v: %s, want %s", tt.sync, got, tt.ops)
			}
			d.holds(0, patched, 1, 2, 3)
			if f.Name() != "file0" || f.Size() != 196 || f.Err() != nil {
				t.Errorf("%q, %d bytes, %v", f.Name(), f.Size(), f.Err())
			}
			if want := (Stats{Highest: 196}); s.Stats() != want {
				t.Errorf("%+v, want %+v", s.Stats(), want)
			}
			expect(t, s, "created finished")
		})
	}
}

// TestSync has a part twice a second for a minute.
func TestSync(t *testing.T) {
	for sync, want := range map[time.Duration]int{5 * time.Second: 11, 0: 0, -1: 0, time.Hour: 0} {
		on(t, Options{Sync: sync}, func(t *testing.T, d *disk, s *Spool) {
			f := s.Create(d.create)
			for i := range 120 {
				f.Write(box(i, 16))
				time.Sleep(500 * time.Millisecond)
			}
			f.Abandon()
			closeSpool(t, s)
			got := 0
			for _, op := range d.ops {
				if op == "sync" {
					got++
				}
			}
			if got != want || d.ops[len(d.ops)-1] != "close" {
				t.Errorf("sync %v: %d times, want %d", sync, got, want)
			}
		})
	}
}

// TestFull has a disk that fills up for an hour: what the queue holds is not lost, what it does not is refused.
func TestFull(t *testing.T) {
	on(t, Options{Limit: 1000}, func(t *testing.T, d *disk, s *Spool) {
		d.space = 16 + 250 // two parts and a half
		f := s.Create(d.create)
		f.Write(box(0, 16))
		for i := 1; s.Room(100); i++ {
			f.Write(box(i, 100))
			time.Sleep(500 * time.Millisecond)
			synctest.Wait()
			d.holds(0, upTo(0, min(i, 2))...) // never half a part, since this is not the moment after a failure
		}
		n, _ := s.Next() // created
		n, ok := s.Next()
		if !ok || n.Kind != Stalled || !errors.Is(n.Err, syscall.ENOSPC) || n.Took != stallAfter {
			t.Errorf("told %v, %v %v", n.Kind, n, n.Took)
		}
		if got := s.Stats(); got.Queued != 1000 || got.Refused != 1 {
			t.Errorf("%+v", got)
		}
		time.Sleep(time.Hour)
		expect(t, s, "") // once is enough
		d.set(func() { d.space = 1 << 20 })
		time.Sleep(DefaultRetry)
		synctest.Wait()
		n, ok = s.Next()
		if !ok || n.Kind != Resumed || n.Took.Round(time.Minute) != time.Hour {
			t.Errorf("told %v, %v", n.Kind, n)
		}
		f.Write(box(13, 100))
		f.Finish(box(14, 100), 0, patch())
		closeSpool(t, s)
		d.holds(0, append([]int{patched}, upTo(1, 14)...)...)
		expect(t, s, "finished")
	})
}

// TestSlow has a disk that is too slow for what comes.
func TestSlow(t *testing.T) {
	on(t, Options{Limit: 1000}, func(t *testing.T, d *disk, s *Spool) {
		d.delay = time.Second
		f := s.Create(d.create)
		refused := 0
		for i := range 100 {
			if s.Room(100) {
				f.Write(box(i, 100))
			} else {
				refused++
			}
			time.Sleep(500 * time.Millisecond)
		}
		if got := s.Stats(); got.Highest != 1000 || refused < 35 || refused > 45 || got.Refused != int64(refused) {
			t.Errorf("%+v, %d refused", got, refused)
		}
		expect(t, s, "created stalled")
		time.Sleep(20 * time.Second)
		expect(t, s, "resumed")
		closeSpool(t, s)
	})
}

// TestBurst has more come at once than the queue holds, and a part that is larger than the queue.
func TestBurst(t *testing.T) {
	on(t, Options{Limit: 1000}, func(t *testing.T, d *disk, s *Spool) {
		f := s.Create(d.create)
		f.Write(box(0, 900))
		if s.Room(101) || !s.Room(100) {
			t.Error("there is room for more or less than the limit")
		}
		expect(t, s, "stalled")
		synctest.Wait()
		expect(t, s, "created resumed")
		if !s.Room(5000) {
			t.Error("a large part can never be written")
		}
		f.Write(box(1, 5000))
		closeSpool(t, s)
		expect(t, s, "")
		d.holds(0, 0, 1)
	})
}

// TestReason has a disk that was full before it hangs: that is not why it hangs.
func TestReason(t *testing.T) {
	on(t, Options{}, func(t *testing.T, d *disk, s *Spool) {
		d.space = 0
		f := s.Create(d.create)
		f.Write(box(0, 16))
		time.Sleep(time.Minute)
		d.set(func() { d.space = 1000 })
		time.Sleep(time.Minute)
		expect(t, s, "created stalled resumed")
		d.set(func() { d.delay = time.Minute })
		f.Write(box(1, 16))
		time.Sleep(time.Minute / 2)
		if n, ok := s.Next(); !ok || n.Kind != Stalled || n.Err != nil {
			t.Errorf("told %v: %v", n.Kind, n)
		}
		closeSpool(t, s)
	})
}

// TestFailedThenFull closes a Spool with a file that had failed before.
func TestFailedThenFull(t *testing.T) {
	on(t, Options{}, func(t *testing.T, d *disk, s *Spool) {
		f := s.Create(d.create)
		f.Write(box(0, 16))
		synctest.Wait()
		d.set(func() {
			d.fault = func(op string, _ int) error {
				if op == "write" {
					return syscall.EFBIG
				}
				return syscall.ENOSPC
			}
		})
		f.Write(box(1, 16))
		s.Create(d.create)
		f.Abandon()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Close(ctx); err == nil {
			t.Error("no error")
		}
		expect(t, s, "created failed failed")
		if !errors.Is(f.Err(), syscall.EFBIG) {
			t.Error(f.Err())
		}
	})
}

// TestHang has a call of the kernel that does not return.
func TestHang(t *testing.T) {
	on(t, Options{Limit: 1000}, func(t *testing.T, d *disk, s *Spool) {
		f := s.Create(d.create)
		f.Write(box(0, 100))
		synctest.Wait()
		hang := make(chan struct{})
		d.set(func() { d.hang = hang })
		f.Write(box(1, 100))
		f.Write(box(2, 100))
		time.Sleep(stallAfter - 1)
		expect(t, s, "created")
		time.Sleep(time.Nanosecond)
		n, ok := s.Next()
		if !ok || n.Kind != Stalled || n.Err != nil {
			t.Errorf("told %v %v", n.Kind, n)
		}
		for range maxCalls + 1 {
			s.Do(func() {})
		}
		if len(s.calls) != maxCalls {
			t.Errorf("%d calls wait", len(s.calls))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		err := s.Close(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "200 bytes") {
			t.Error(err)
		}
		if took := time.Since(begun); took != time.Minute+closeGrace {
			t.Errorf("closing took %v", took)
		}
		close(hang)
		synctest.Wait()
		d.holds(0, 0, 1) // the part that the kernel had in hand is whole
		if !d.files[0].closed {
			t.Error("the file is open still")
		}
		expect(t, s, "failed")
	})
}

// TestGivingUp closes a Spool whose disk is full and stays so.
func TestGivingUp(t *testing.T) {
	on(t, Options{}, func(t *testing.T, d *disk, s *Spool) {
		d.space = 150
		f := record(s, d, 5)
		g := s.Create(d.create)
		g.Write(box(0, 16))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err := s.Close(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), fmt.Sprint("last ", 2*40+100+16, " bytes")) {
			t.Error(err)
		}
		d.holds(0, 0, 1, 2, 3)
		if !d.files[0].closed || len(d.files) != 1 {
			t.Errorf("%d files, closed %v", len(d.files), d.files[0].closed)
		}
		if err := f.Err(); !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "file0 could not be finished") {
			t.Error(err)
		}
		if err := g.Err(); err == nil || !strings.HasPrefix(err.Error(), "a file could not be created") {
			t.Error(err)
		}
		expect(t, s, "created stalled failed failed")
		f.Write(box(7, 40)) // comes too late
		if got := s.Stats(); got.Queued != 0 || got.Discarded != 40 {
			t.Errorf("%+v", got)
		}
	})
}

// TestLeftOpen closes a Spool with a file that nobody ended.
func TestLeftOpen(t *testing.T) {
	on(t, Options{}, func(t *testing.T, d *disk, s *Spool) {
		s.Create(d.create).Write(box(0, 16))
		closeSpool(t, s)
		if !d.files[0].closed {
			t.Error("the file is open still")
		}
		expect(t, s, "created")
	})
}

// TestDo makes space while the disk is full.
func TestDo(t *testing.T) {
	on(t, Options{}, func(t *testing.T, d *disk, s *Spool) {
		d.space = 100
		record(s, d, 5)
		time.Sleep(time.Minute)
		s.Do(func() { d.set(func() { d.space = 1000 }) })
		begun := time.Now()
		s.Do(func() {
			if time.Since(begun) != 0 {
				t.Error("the function had to wait")
			}
		})
		closeSpool(t, s)
		d.holds(0, patched, 1, 2, 3, 4, 5, 6)
	})
	on(t, Options{}, func(t *testing.T, _ *disk, s *Spool) { // nothing else to do
		done := 0
		for range 3 {
			s.Do(func() { done++ })
			synctest.Wait()
		}
		s.Do(func() { done++ })
		closeSpool(t, s)
		if done != 4 {
			t.Errorf("%d of 4 done", done)
		}
	})
}

// TestCreate has a disk on which no file can be created for a while.
func TestCreate(t *testing.T) {
	for _, tt := range []struct {
		err  error
		told string
	}{
		{syscall.ENOSPC, "stalled created finished resumed"},
		{syscall.EROFS, "stalled created finished resumed"},
		{syscall.ENOENT, "stalled created finished resumed"},
		{syscall.EACCES, "failed"},
		{syscall.EEXIST, "failed"},
		{errors.New("no number"), "failed"},
	} {
		on(t, Options{}, func(t *testing.T, d *disk, s *Spool) {
			begun := time.Now()
			d.fault = func(string, int) error {
				if time.Since(begun) < time.Minute {
					return tt.err
				}
				return nil
			}
			f := record(s, d, 3)
			closeSpool(t, s)
			expect(t, s, tt.told)
			if failed := tt.told == "failed"; failed != errors.Is(f.Err(), tt.err) || failed != (s.Stats().Discarded == 16+3*40+100) {
				t.Errorf("%v: %v, %+v", tt.err, f.Err(), s.Stats())
			}
		})
	}
}

// TestBroken has a file that can't be written any more: the next one can.
func TestBroken(t *testing.T) {
	for err, want := range map[error]time.Duration{syscall.EIO: patience, syscall.ESTALE: patience, syscall.EFBIG: 0} {
		on(t, Options{}, func(t *testing.T, d *disk, s *Spool) {
			f := s.Create(d.create)
			f.Write(box(0, 16))
			f.Write(box(1, 16))
			synctest.Wait()
			d.set(func() {
				d.fault = func(op string, _ int) error {
					if len(d.files) == 1 && op != "create" {
						return err
					}
					return nil
				}
				d.take = func(size int) int { return size / 2 }
			})
			begun := time.Now()
			f.Write(box(2, 16))
			f.Finish(box(3, 100), 0, patch())
			record(s, d, 2)
			<-s.News() // created
			for f.Err() == nil {
				time.Sleep(time.Millisecond)
				synctest.Wait()
			}
			if took := time.Since(begun).Round(time.Second); took != want {
				t.Errorf("%v: given up after %v", err, took)
			}
			d.set(func() {
				if !d.files[0].closed {
					t.Errorf("%v: the file that was given up is open still", err)
				}
			})
			closeSpool(t, s)
			if !errors.Is(f.Err(), err) || s.Stats().Discarded != 116 {
				t.Errorf("%v, %+v", f.Err(), s.Stats())
			}
			d.holds(1, patched, 1, 2, 3)
		})
	}
}
