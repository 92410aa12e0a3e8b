package spool

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"
)

// nowhere is a Handle that keeps nothing.
type nowhere struct{}

func (nowhere) Name() string                           { return "nowhere" }
func (nowhere) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }
func (nowhere) Truncate(int64) error                   { return nil }
func (nowhere) Sync() error                            { return nil }
func (nowhere) Close() error                           { return nil }

// running starts a Spool with a file that keeps nothing.
func running(t testing.TB) (*Spool, *File) {
	s := New(Options{Sync: 5 * time.Second})
	var wg sync.WaitGroup
	wg.Go(s.Run)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		wg.Wait()
	})
	return s, s.Create(func() (Handle, error) { return nowhere{}, nil })
}

// part is half a second of a camera of 4 Mbit/s.
var part = make([]byte, 250<<10)

// through writes a part and waits until it is written.
func through(s *Spool, f *File) {
	if s.Room(len(part)) {
		f.Write(part[:100], part[100:])
	}
	for s.Stats().Queued > 0 {
		runtime.Gosched()
	}
}

func TestAllocs(t *testing.T) {
	s, f := running(t)
	for range 2 * maxSpare {
		through(s, f)
	}
	if n := testing.AllocsPerRun(100, func() { through(s, f) }); n > 0 {
		t.Errorf("%v allocations per part", n)
	}
}

// TestMemory fills the queue once: what it took is not kept.
func TestMemory(t *testing.T) {
	s, f := running(t)
	hold := make(chan struct{})
	s.Do(func() { <-hold })
	f.Write(make([]byte, maxSpareBytes+1))
	for s.Room(len(part)) {
		f.Write(part)
	}
	close(hold)
	for s.Stats().Queued > 0 {
		runtime.Gosched()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for j := s.queue.spare; j != nil; j = j.next {
		if cap(j.data) > maxSpareBytes {
			t.Errorf("a buffer of %d bytes is kept", cap(j.data))
		}
	}
	if s.queue.spares != maxSpare || s.queue.head != nil || s.queue.tail != nil {
		t.Errorf("%d jobs are kept", s.queue.spares)
	}
}

func BenchmarkPart(b *testing.B) {
	s, f := running(b)
	b.SetBytes(int64(len(part)))
	for b.Loop() {
		through(s, f)
	}
}
