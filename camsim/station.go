package camsim

import (
	"context"
	"sync"
	"time"
)

// station is one camera of a server with all who watch it. Its goroutine captures a picture when it is time and puts it
// into the viewers' queues; it never waits for a viewer.
type station struct {
	path   string // "cam0"
	truth  *truth
	clocks *clocks

	mu      sync.Mutex
	source  *Source
	viewers map[*viewer]bool
	joined  bool // someone came since the last picture: the next must be a key frame
}

// run captures until ctx ends.
func (s *station) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-timer.C:
			next := s.capture(now)
			s.truth.tick(now)
			timer.Reset(time.Until(next))
		}
	}
}

// capture captures all pictures whose time has come and returns the time of the next one.
func (s *station) capture(now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		next := s.source.NextCapture()
		if next.After(now) {
			return next
		}
		if len(s.viewers) == 0 {
			s.source.Skip()
			continue
		}
		frame := s.source.Next(s.joined).clone()
		s.joined = false
		s.truth.frame(s.path, frame)
		for v := range s.viewers {
			if !v.offer(frame) {
				s.remove(v)
			}
		}
	}
}

// join lets a viewer have all pictures from the next one on, a key frame. It returns its RTP time stamp.
func (s *station) join(v *viewer) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.viewers[v] = true
	s.joined = true
	return s.clocks.rtp(s.source.NextCapture())
}

// leave ends what join began. The viewer may have left before.
func (s *station) leave(v *viewer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.viewers[v] {
		s.remove(v)
	}
}

func (s *station) remove(v *viewer) {
	delete(s.viewers, v)
	close(v.queue)
}
