// Package spool does the disk work of a recording in a goroutine of its own, behind a bounded queue: a disk that is slow,
// full or hangs costs pictures when the queue is full, but it never keeps anybody from reading the socket.
package spool

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Options are the settings of a Spool. The zero value is good.
type Options struct {
	Limit int           // bytes that may wait; 0 means DefaultLimit
	Sync  time.Duration // least time between two syncs of a growing file; 0: only what is finished is synced; negative: nothing
	Retry time.Duration // between two attempts of what failed; 0 means DefaultRetry
}

// What Options say when they say nothing.
const (
	DefaultLimit = 32 << 20    // a minute of a camera of 4 Mbit/s
	DefaultRetry = time.Second // much shorter than the queue lasts, and too seldom to wear anything out
)

const (
	// stallAfter is how long something may wait before the disk counts as stalled: longer than a busy disk takes for a sync,
	// and much shorter than the queue lasts.
	stallAfter = 3 * time.Second

	// patience is how long a file is tried again whose handle may be broken: it takes a new one, of another file, to get at a
	// disk that was plugged in anew. Shorter troubles of a network disk pass.
	patience = 10 * time.Second

	// closeGrace is how long Close waits, when its context has ended, for the disk to answer at all.
	closeGrace = time.Second

	// maxCalls is the number of functions of Do that may wait.
	maxCalls = 16
)

// Spool is the queue of one recording and what it does with it. Run works it off; the other methods never wait for the disk,
// except for Close, and may be called from any goroutine.
type Spool struct {
	o     Options
	calls chan func()   // of Do
	wake  chan struct{} // there is something new for Run
	news  chan struct{} // there is something new for Next
	abort chan struct{} // closed when Close waits no longer
	done  chan struct{} // closed when Run ends
	open  []*File       // those with a handle; Run's own

	mu       sync.Mutex
	queue    queue // its head is what Run has in hand
	notices  []Notice
	stats    Stats
	closing  bool
	refusing bool      // something was refused since the queue was empty
	stalled  time.Time // when what waits first began to wait; zero when the disk is not stalled
	reason   error     // why the head of the queue has to be tried again
	ended    bool      // Run takes nothing more
	lost     int       // bytes that waited when Run ended
	undone   bool      // jobs waited then
}

// Stats are the figures of a Spool.
type Stats struct {
	Queued    int   // bytes that wait, and those being written
	Highest   int   // the most bytes that ever waited
	Refused   int64 // how often Room said no
	Discarded int64 // bytes that were queued but never written, because their file failed
}

// New returns a Spool. It does nothing until Run is called.
func New(o Options) *Spool {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	if o.Retry <= 0 {
		o.Retry = DefaultRetry
	}
	return &Spool{
		o:     o,
		calls: make(chan func(), maxCalls),
		wake:  make(chan struct{}, 1),
		news:  make(chan struct{}, 1),
		abort: make(chan struct{}),
		done:  make(chan struct{}),
	}
}

// Run does what is asked of the Spool, in order. It returns once Close was called and all is done. While a call of the
// kernel hangs, nothing can end it.
func (s *Spool) Run() {
	defer close(s.done)
	defer s.leave()
	for !s.aborted() {
		if s.call() {
			continue
		}
		j, closing := s.peek()
		switch {
		case j != nil:
			if s.perform(j) {
				s.pop()
			}
		case closing:
			if !s.call() {
				return
			}
		default:
			select {
			case <-s.wake:
			case f := <-s.calls:
				f()
			}
		}
	}
}

// Room reports whether n more bytes fit into the queue. Who gets a no drops what the bytes would be made of, whole: Write
// itself refuses nothing. What is larger than the queue may ever hold fits when it is empty.
func (s *Spool) Room(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stats.Queued == 0 || s.stats.Queued+n <= s.o.Limit {
		return true
	}
	s.stats.Refused++
	s.refusing = true
	s.watch()
	return false
}

// Do has Run call f before whatever comes next, also while the disk is full and the queue waits for space, which f may make.
// It is not called when too many wait because the disk hangs: f is to be asked for again and again. Not after Close.
func (s *Spool) Do(f func()) {
	select {
	case s.calls <- f:
	default:
	}
}

// call does one thing of those that Do asked for, if there is one.
func (s *Spool) call() bool {
	select {
	case f := <-s.calls:
		f()
		return true
	default:
		return false
	}
}

// Stats returns the figures so far.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Close waits until all is on the disk and Run has ended. When ctx ends before, what waits is dropped: a part that is half
// written is cut off and the files are closed as they are, which is as growing ones that can be repaired; each gets a notice
// that it failed. A disk that does not even answer is waited for no longer than a second; Run ends when it does. Files that
// were neither finished nor abandoned are closed like abandoned ones. Close must be called once.
func (s *Spool) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	signal(s.wake)
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	close(s.abort)
	timer := time.NewTimer(closeGrace)
	defer timer.Stop()
	answers := true
	select {
	case <-s.done:
	case <-timer.C:
		answers = false
	}
	return s.notWritten(answers, context.Cause(ctx))
}

// notWritten returns the error of a Close that had to give up.
func (s *Spool) notWritten(answers bool, cause error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !answers:
		return fmt.Errorf("the disk does not answer, %d bytes may not be written: %w", s.stats.Queued, cause)
	case s.undone:
		return fmt.Errorf("the disk did not take the last %d bytes: %w", s.lost, cause)
	}
	return nil
}

func (s *Spool) aborted() bool {
	select {
	case <-s.abort:
		return true
	default:
		return false
	}
}

// signal wakes who waits for c; one signal is as good as many.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
