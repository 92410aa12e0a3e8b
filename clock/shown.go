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
	newest int64  // the highest time stamp so far
	before int64  // the highest before that one came
	leap   uint64 // between the two; 0 is none
	room   uint64 // how far before the newest a frame may be shown
	behind int    // frames since the newest that are shown before it
}

const (
	// reach is how many frames are shown before one that was decoded earlier: H.264 allows 16 (§A.3.1), as does H.265 (§A.4.2).
	reach = 16
	// farBack is more than so many take, at five a second.
	farBack = 4 // s
	// mostLeap bounds a leap so that reach of them don't overflow.
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
		return true
	case f.RTP > s.newest:
		s.room = s.far
		if s.leap > 0 {
			s.room = (reach + 1) * s.leap
		}
		s.leap = min(uint64(f.RTP)-uint64(s.newest), mostLeap)
		s.newest, s.before, s.behind = f.RTP, s.newest, 0
	case f.RTP < s.newest:
		s.behind++
	}
	return false
}

// setBack reports whether a time stamp is none of a B-frame. These are made from the two frames between which they are shown,
// so both have come before. When the newest one leapt ahead of all before it by more than B-frames can fill, its own stamp
// was wrong.
func (s *Shown) setBack(rtp int64) bool {
	return rtp < s.before || rtp < s.newest && (s.behind == reach || uint64(s.newest)-uint64(rtp) > s.room)
}
