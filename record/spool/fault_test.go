package spool

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestEveryFault has each operation fail in each way, once, twice, or from then on, with no, some or nearly all bytes
// written. Whatever happens, a file ends with a whole box, one that is finished has all of its boxes, and the next file works.
func TestEveryFault(t *testing.T) {
	const parts = 3
	clean := 0 // operations without a fault
	on(t, Options{Sync: time.Nanosecond}, func(t *testing.T, d *disk, s *Spool) {
		d.delay = time.Millisecond
		record(s, d, parts)
		closeSpool(t, s)
		clean = len(d.ops)
	})
	for _, err := range []error{syscall.ENOSPC, syscall.EIO, syscall.EACCES} {
		for _, times := range []int{1, 2, 1000} {
			for taken := range 3 {
				for nth := range clean {
					name := fmt.Sprintf("%v, %d times from operation %d on, write %d", err, times, nth, taken)
					oneFault(t, name, parts, fault{err, times, taken, nth})
				}
			}
		}
	}
}

// fault is what happens to a disk.
type fault struct {
	err               error
	times, taken, nth int
}

func oneFault(t *testing.T, name string, parts int, x fault) {
	on(t, Options{Sync: time.Nanosecond}, func(t *testing.T, d *disk, s *Spool) {
		d.delay = time.Millisecond
		healed := false
		d.fault = func(_ string, nth int) error {
			if nth >= x.nth && nth < x.nth+x.times && !healed {
				return x.err
			}
			return nil
		}
		d.take = func(size int) int { return []int{0, size / 2, size - 1}[x.taken] }
		f := record(s, d, parts)
		time.Sleep(time.Minute)
		d.set(func() { healed = true })
		time.Sleep(time.Minute)
		g := record(s, d, parts)
		closeSpool(t, s)
		if g.Err() != nil {
			t.Errorf("%s: the next file: %v", name, g.Err())
		}
		op := d.ops[x.nth]
		if op == "write" || op == "patch" || op == "create" || op == "truncate" {
			if x.err == syscall.ENOSPC && f.Err() != nil || x.err == syscall.EIO && x.times < 3 && f.Err() != nil {
				t.Errorf("%s: %v", name, f.Err())
			}
		} else if f.Err() == nil {
			t.Errorf("%s: %s failed and the file did not", name, op)
		}
		if f.Err() != nil && f.Size()+s.Stats().Discarded != int64(16+parts*40+100) {
			t.Errorf("%s: %d bytes written, %d discarded", name, f.Size(), s.Stats().Discarded)
		}
		if len(d.files) == 2 {
			first := d.files[0]
			if !first.closed {
				t.Errorf("%s: the first file is open still", name)
			}
			got, whole := boxes(first.data)
			unfinished, finished := upTo(0, parts+1), append([]int{patched}, upTo(1, parts+1)...)
			switch {
			case f.Err() == nil && !slices.Equal(got, finished):
				t.Errorf("%s: finished with %v", name, got)
			case f.Err() != nil && len(got) > 0 && got[0] == patched && !slices.Equal(got, finished):
				t.Errorf("%s: patched with %v", name, got)
			case f.Err() != nil && len(got) > 0 && got[0] != patched && !slices.Equal(got, unfinished[:len(got)]):
				t.Errorf("%s: failed with %v", name, got)
			case !whole && !first.torn: // torn: even cutting failed
				t.Errorf("%s: ends with half a box", name)
			}
		}
	})
}

// TestTroubles has a disk that is in trouble for longer than a broken handle is tried, but never without a pause.
func TestTroubles(t *testing.T) {
	on(t, Options{}, func(t *testing.T, d *disk, s *Spool) {
		begun := time.Now()
		var index time.Time // when it was written
		d.fault = func(op string, nth int) error {
			switch since := time.Since(begun); {
			case op == "sync":
				index = time.Now()
			case op == "patch" && time.Since(index) < patience*4/5:
				return syscall.EIO
			case op == "write" && since >= time.Minute && since < time.Hour:
				return syscall.ENOSPC
			case op == "write" && since > time.Minute-patience/2 && since < time.Hour+patience*4/5:
				return syscall.EIO
			}
			return nil
		}
		f := s.Create(d.create)
		f.Write(box(0, 16))
		time.Sleep(time.Minute - patience/5)
		f.Finish(box(1, 100), 0, patch())
		closeSpool(t, s)
		if took := time.Since(begun).Round(time.Second); took != time.Hour+2*patience*4/5 {
			t.Errorf("it took %v", took)
		}
		d.holds(0, patched, 1)
	})
}

// TestTruncateFails has a disk that takes half a part and then can't even cut it off, for a while.
func TestTruncateFails(t *testing.T) {
	on(t, Options{}, func(t *testing.T, d *disk, s *Spool) {
		begun := time.Now()
		d.fault = func(op string, nth int) error {
			if nth > 2 && (op == "write" || op == "truncate") && time.Since(begun) < patience/2 {
				return syscall.EIO
			}
			return nil
		}
		d.take = func(size int) int { return size / 2 }
		record(s, d, 3)
		closeSpool(t, s)
		d.holds(0, patched, 1, 2, 3, 4)
	})
}
