package camsim

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// station is one camera of a server with all who watch it. Its goroutine takes a frame from the feed when it is due and
// puts it into the viewers' queues; it never waits for a viewer.
type station struct {
	path   string // "cam0"
	camera Camera
	tracks []track
	truth  *truth

	mu      sync.Mutex
	feed    feed
	viewers map[*viewer]bool
}

// track is what the streams of a track have in common.
type track struct{ clocks *clocks }

// newStation switches a camera on at the true time start.
func newStation(c Camera, index int, start time.Time, seed uint64, t *truth) (*station, error) {
	c, err := c.withDefaults(index)
	if err != nil {
		return nil, err
	}
	k := newClocks(&c.Clock, start, rtpStart(index, seed))
	f, err := newFeed(&c, index, k)
	if err != nil {
		return nil, err
	}
	s := &station{path: pathName(index), camera: c, truth: t, feed: f, viewers: map[*viewer]bool{}}
	s.tracks = []track{{clocks: k}}
	return s, nil
}

// run sends frames until ctx ends, and returns nil then, or the feed fails.
func (s *station) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-timer.C:
			next, err := s.send(now)
			if err != nil {
				return fmt.Errorf("camsim: camera %s: %w", s.camera.Name, err)
			}
			s.truth.tick(now)
			timer.Reset(time.Until(next))
		}
	}
}

// send sends all frames that are due and returns when the next one is.
func (s *station) send(now time.Time) (next time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for next = s.feed.due(); !next.After(now); next = s.feed.due() {
		if len(s.viewers) == 0 {
			s.feed.skip()
			continue
		}
		f, err := s.feed.frame()
		if err != nil {
			return next, err
		}
		s.share(f)
	}
	return next, nil
}

// share gives a frame to all viewers but those that wait for their first key frame.
func (s *station) share(f *Frame) {
	shared := f.clone()
	given := false
	for v := range s.viewers {
		v.begun = v.begun || f.Key
		if !v.begun {
			continue
		}
		given = true
		if !v.offer(shared) {
			s.remove(v)
		}
	}
	if given {
		s.truth.frame(s.path, shared)
	}
}

// join lets a viewer have all frames from the next key frame on. It returns the RTP time stamps of each track's first
// frame.
func (s *station) join(v *viewer) (stamps [numTracks]uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stamps[videoTrack] = s.feed.join(len(s.viewers) == 0)
	s.viewers[v] = true
	return stamps
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
