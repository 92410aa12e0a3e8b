package camera

import (
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
)

// Memory is what one session with a camera teaches the next, so that a recording goes on over breaks: runs are counted on,
// and the clocks stay known. The zero value is ready for use. It belongs to one stream at a time.
type Memory struct {
	tcp    bool // media came by TCP after none had come by UDP
	warned bool // it was told what this host should be better at
	paused bool // a session was ended because a track beside the first fell silent
	runs   int  // how many there have been
	clocks map[clockKey]*times
}

// clockKey tells whether a track of a new session can be the same as one before.
type clockKey struct {
	kind media.Kind
	rate uint32
}

// times is where the capture times of a track come from.
type times struct {
	tracker *clock.Tracker
	frames  int // units that came out so far
}

// maxClocks is how many tracks are remembered: what a camera offers differs with its settings, not each time.
const maxClocks = 8

// times returns those of a track. trust is as in Options.
func (m *Memory) times(t *media.Track, trust clock.Trust) *times {
	key := clockKey{t.Kind, t.ClockRate}
	known := m.clocks[key]
	if known == nil {
		known = &times{tracker: clock.NewTracker(clock.Options{ClockRate: t.ClockRate, Trust: trust})}
		if m.clocks == nil || len(m.clocks) == maxClocks {
			m.clocks = map[clockKey]*times{}
		}
		m.clocks[key] = known
	}
	return known
}

// number counts run number n of a session whose first one is number first.
func (m *Memory) number(first, n int) int {
	m.runs = max(m.runs, first+n+1)
	return first + n
}
