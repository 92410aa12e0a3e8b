package camsim

import (
	"math/rand/v2"
	"time"
)

// trouble is what the faults have made of a camera by now. Its station guards it.
type trouble struct {
	rand    *rand.Rand
	steady  bool // time stamps go on over everything
	pending []pendingFault

	lines       [numTracks]line
	downUntil   time.Time // connections are refused
	deafUntil   time.Time // requests aren't read
	silentUntil [numTracks]time.Time
	silent      [numTracks]bool // the last frame was left out for that
}

// pendingFault is a fault and when it comes next.
type pendingFault struct {
	Fault
	due time.Time
}

// line is what the packets of a track have to agree on from some frame on.
type line struct {
	source int    // counts the SSRCs
	jumps  int    // counts the jumps of sequence numbers
	base   uint32 // is added to the time stamps of the track's clock
}

// newTrouble returns the faults of a camera that is switched on at the true time start.
func newTrouble(c *Camera, start time.Time, r *rand.Rand) trouble {
	t := trouble{rand: r, steady: c.TimeSource == RFC7273}
	for _, f := range c.Faults {
		if f.Kind != Drop && f.Kind != Reorder { // those two are always there
			t.pending = append(t.pending, pendingFault{f.withDefaults(c), start.Add(f.At)})
		}
	}
	return t
}

// next returns the fault that comes next, or nil.
func (t *trouble) next() (first *pendingFault) {
	for i := range t.pending {
		if f := &t.pending[i]; first == nil || f.due.Before(first.due) {
			first = f
		}
	}
	return first
}

// take takes note that f came, and returns when.
func (t *trouble) take(f *pendingFault) (came time.Time) {
	came = f.due
	f.due = came.Add(f.At)
	if !f.Every {
		f.due = came.Add(2 * maxFaultTime)
	}
	return came
}

// newSources gives all tracks other SSRCs and time bases.
func (t *trouble) newSources() {
	for i := range t.lines {
		t.lines[i].source++
		if base := t.rand.Uint32(); !t.steady {
			t.lines[i].base = base
		}
	}
}

// silence ends and begins a track's silence. It says whether a frame that is due is left out, and whether it is the
// first after those that were.
func (t *trouble) silence(track int, due time.Time) (silent, over bool) {
	silent = due.Before(t.silentUntil[track])
	over = t.silent[track] && !silent
	t.silent[track] = silent
	return silent, over
}
