package clock

import "math"

// Shown tells in what order the frames of a track are shown, while they come in the order in which they are decoded: run after
// run, and within a run by their RTP time stamps, which with B-frames go back and on. Where they go back farther than B-frames
// do, the media clock was set back or a single frame had a wrong stamp: then the order begins anew. Whoever shows the frames of
// a recording, and whoever tells their times, must agree on this.
type Shown struct {
	far    uint64 // room while no leap is known
	begun  bool
	run    int
	newest int64              // the highest time stamp so far
	before int64              // the highest before that one came
	leap   uint64             // to the newest, or what is left of longer ones of late; 0: there was none
	room   uint64             // how far before the newest a frame may be shown
	since  int                // frames since then that are shown before it
	tops   [reorder + 1]int64 // the highest time stamps since then, falling
	n      int
}

const (
	// reorder is how many frames are shown after one that is decoded later: H.264 allows 16 (max_num_reorder_frames, §E.2.1), as
	// does H.265.
	reorder = 16
	// mostBetween is how many frames are decoded after the one that is shown after them all: encoders build pyramids of 32.
	mostBetween = 64
	// farBack is more than B-frames go back by, as long as nothing is known of a stream: 16 frames at five a second.
	farBack = 4 // s
	// mostLeap bounds leaps so that some of them don't overflow.
	mostLeap = 1 << 56
)

// NewShown returns a Shown for a track whose RTP time stamps count clockRate ticks per second.
func NewShown(clockRate uint32) Shown { return Shown{far: farBack * uint64(max(clockRate, 1))} }

// Begins takes the next frame in decode order, and reports whether the order begins anew with it: it and all frames to come
// are shown after all before it. Frames between two such places are shown in the order of their RTP time stamps.
func (s *Shown) Begins(f *Frame) bool {
	switch {
	case !s.begun || f.Run != s.run || f.Jump || s.setBack(f.RTP):
		*s = Shown{far: s.far, begun: true, run: f.Run, newest: f.RTP, before: math.MinInt64, room: s.far}
		s.note(f.RTP)
		return true
	case f.RTP > s.newest:
		s.rise(f.RTP)
	case f.RTP < s.newest:
		s.since++
		s.note(f.RTP)
	}
	return false
}

// setBack reports whether a time stamp is none of a B-frame. These are made from the two frames between which they are shown,
// so both have come before. Where the newest leapt ahead of all before it by more than B-frames can fill that come all of a
// sudden, its own stamp was wrong.
func (s *Shown) setBack(rtp int64) bool {
	return rtp < s.before || rtp < s.newest && (s.since == mostBetween || uint64(s.newest)-uint64(rtp) > s.room) ||
		s.n == len(s.tops) && rtp < s.tops[s.n-1]
}

// rise takes a frame that is shown after all before it.
func (s *Shown) rise(rtp int64) {
	s.room = s.far
	if s.leap > 0 {
		s.room = (reorder + 1) * s.leap
	}
	s.leap = max(min(uint64(rtp)-uint64(s.newest), mostLeap), s.leap/4*3) // after a key frame comes a short one
	s.newest, s.before, s.since, s.n = rtp, s.newest, 0, 0
	s.note(rtp)
}

// note keeps a time stamp if it is one of the highest.
func (s *Shown) note(rtp int64) {
	if s.n == len(s.tops) && rtp <= s.tops[s.n-1] {
		return
	}
	s.n = min(s.n+1, len(s.tops))
	i := s.n - 1
	for ; i > 0 && s.tops[i-1] < rtp; i-- {
		s.tops[i] = s.tops[i-1]
	}
	s.tops[i] = rtp
}
