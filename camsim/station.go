package camsim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	clients map[*connection]bool // that have named the camera
	trouble trouble
}

// newStation switches a camera on at the true time start.
func newStation(c Camera, index int, start time.Time, seed uint64, t *truth) (*station, error) {
	c, err := c.withDefaults(index)
	if err != nil {
		return nil, err
	}
	s := &station{path: pathName(index), camera: c, truth: t, viewers: map[*viewer]bool{}, clients: map[*connection]bool{}}
	s.trouble = newTrouble(&c, start, rand.New(rand.NewPCG(seed, faultStream+uint64(index))))
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

// send sends all frames that are due, lets come what faults are, and returns when there is something to do again.
func (s *station) send(now time.Time) (next time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		track := s.nextTrack()
		next = s.feeds[track].due()
		fault := s.trouble.next()
		if fault != nil && !fault.due.After(next) {
			next = fault.due
		}
		switch {
		case next.After(now):
			return next, nil
		case fault != nil && !fault.due.After(next):
			err = faultEffects[fault.Kind](s, fault.Fault, s.trouble.take(fault))
		default:
			err = s.sendNext(track)
		}
		if err != nil {
			return next, err
		}
	}
}

// nextTrack returns the track whose next frame comes first.
func (s *station) nextTrack() (first int) {
	for track, f := range s.feeds {
		if f.due().Before(s.feeds[first].due()) {
			first = track
		}
	}
	return first
}

// sendNext sends the next frame of a track, if anyone watches and it isn't silent. After a silence pictures begin anew
// with a key frame.
func (s *station) sendNext(track int) error {
	f := s.feeds[track]
	silent, over := s.trouble.silence(track, f.due())
	if silent || len(s.viewers) == 0 {
		f.skip()
		return nil
	}
	if over && track == videoTrack {
		f.join(false)
		for v := range s.viewers {
			v.begun = false
		}
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
	shared.line = s.trouble.lines[f.track]
	shared.RTP += shared.line.base
	given := false
	for v := range s.viewers {
		if !v.wants(f) {
			continue
		}
		given = true
		s.offer(v, shared)
	}
	if given {
		s.truth.frame(s.path, shared)
	}
}

// offer gives a viewer a frame, unless it is too slow and has to leave.
func (s *station) offer(v *viewer, f *Frame) {
	if !v.offer(f) {
		s.remove(v)
	}
}

// join lets a viewer have all frames from the next key frame on. It returns the RTP time stamps of each track's first
// frame.
func (s *station) join(v *viewer) (stamps [numTracks]uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for track, f := range s.feeds {
		line := s.trouble.lines[track]
		stamps[track] = f.join(len(s.viewers) == 0) + line.base
		if v.streams[track] != nil {
			v.streams[track].sender.join(line)
		}
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
