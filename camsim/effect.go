package camsim

import "time"

// faultEffects is what each fault does to a camera, whose lock is held, when it comes.
var faultEffects = map[FaultKind]func(s *station, f Fault, came time.Time) error{
	Reboot:       (*station).reboot,
	OtherSource:  (*station).newSources,
	Bye:          (*station).sayBye,
	Silence:      (*station).fallSilent,
	Resize:       (*station).resize,
	SequenceJump: (*station).jumpSequence,
	TimeJump:     (*station).jumpTime,
	AudioSilence: (*station).muteSound,
	Deaf:         (*station).goDeaf,
}

func (s *station) reboot(f Fault, came time.Time) error {
	s.trouble.newSources()
	s.trouble.downUntil = came.Add(f.For)
	s.trouble.deafUntil = time.Time{}
	for v := range s.viewers {
		s.remove(v)
	}
	for c := range s.clients {
		c.cut()
	}
	return nil
}

func (s *station) newSources(Fault, time.Time) error {
	s.trouble.newSources()
	return nil
}

func (s *station) sayBye(Fault, time.Time) error {
	for v := range s.viewers {
		s.offer(v, &Frame{bye: true})
		if s.viewers[v] {
			s.remove(v)
		}
	}
	return nil
}

func (s *station) fallSilent(f Fault, came time.Time) error {
	for i := range s.trouble.silentUntil {
		s.trouble.silentUntil[i] = came.Add(f.For)
	}
	return nil
}

func (s *station) muteSound(f Fault, came time.Time) error {
	s.trouble.silentUntil[audioTrack] = came.Add(f.For)
	return nil
}

func (s *station) resize(f Fault, _ time.Time) error {
	return s.feeds[videoTrack].(*drawn).source.resize(f.Width, f.Height)
}

func (s *station) jumpSequence(Fault, time.Time) error {
	for i := range s.trouble.lines {
		s.trouble.lines[i].jumps++
	}
	return nil
}

func (s *station) jumpTime(f Fault, _ time.Time) error {
	for i, k := range s.clocks {
		ticks := uint32(mulDiv(int64(f.By.Abs()), k.rate, 1e9))
		if f.By < 0 {
			ticks = -ticks
		}
		s.trouble.lines[i].base += ticks
	}
	return nil
}

func (s *station) goDeaf(f Fault, came time.Time) error {
	s.trouble.deafUntil = came.Add(f.For)
	return nil
}

// isDown tells whether connections are refused.
func (s *station) isDown(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.trouble.downUntil)
}

// admit lets a connection in that names the camera, so that it is cut with all others, unless it is to be refused. It
// returns until when nothing is read of it.
func (s *station) admit(c *connection, now time.Time) (deafUntil time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.trouble.downUntil) {
		return time.Time{}, false
	}
	s.clients[c] = true
	return s.trouble.deafUntil, true
}

// forget undoes admit.
func (s *station) forget(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
}
