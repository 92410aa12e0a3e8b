package camsim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// station is one camera of a server with all who watch it. Its goroutine takes a frame from a feed when it is due and
// puts it into the viewers' queues; it never waits for a viewer.
type station struct {
	path   string // "cam0"
	camera Camera
	clocks []*clocks // of the tracks
	truth  *truth

	mu      sync.Mutex
	feeds   []feed // of the tracks
	viewers map[*viewer]bool
}

// newStation switches a camera on at the true time start.
func newStation(c Camera, index int, start time.Time, seed uint64, t *truth) (*station, error) {
	c, err := c.withDefaults(index)
	if err != nil {
		return nil, err
	}
	s := &station{path: pathName(index), camera: c, truth: t, viewers: map[*viewer]bool{}}
	k := videoClocks(&c, index, start, seed)
	pictures, err := newPictures(&c, index, k)
	if err != nil {
		return nil, err
	}
	s.clocks, s.feeds = []*clocks{k}, []feed{pictures}
	if c.Audio.SampleRate > 0 {
		k := audioClocks(&c, index, start, seed)
		sound, err := newMicrophone(c.Audio, k)
		if err != nil {
			return nil, errors.Join(err, pictures.Close())
		}
		s.clocks, s.feeds = append(s.clocks, k), append(s.feeds, sound)
	}
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
	for {
		f := s.feeds[0]
		for _, other := range s.feeds[1:] {
			if other.due().Before(f.due()) {
				f = other
			}
		}
		if next = f.due(); next.After(now) {
			return next, nil
		}
		if err := s.sendNext(f); err != nil {
			return next, err
		}
	}
}

// sendNext sends the next frame of a feed, if anyone watches.
func (s *station) sendNext(f feed) error {
	if len(s.viewers) == 0 {
		f.skip()
		return nil
	}
	frame, err := f.frame()
	if err == nil {
		s.share(frame)
	}
	return err
}

// share gives a frame to all viewers of its track but those that wait for their first key frame.
func (s *station) share(f *Frame) {
	shared := f.clone()
	given := false
	for v := range s.viewers {
		if !v.wants(f) {
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
	for track, f := range s.feeds {
		stamps[track] = f.join(len(s.viewers) == 0)
	}
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
