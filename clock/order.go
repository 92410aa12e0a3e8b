package clock

import (
	"cmp"
	"slices"
	"time"
)

// order keeps the estimates of one source from running backwards in presentation order. It remembers the newest of them,
// sorted by media time: with B-frames a later unit belongs between earlier ones (H.264 allows 16 frames of reordering,
// §A.3.1).
type order struct {
	run    int
	source Source
	recent [reorderDepth + 1]placed
	n      int
	latest time.Time // the latest time that was given out by this source, over all runs
}

type placed struct {
	rtp int64
	at  time.Time
}

const (
	reorderDepth = 16
	// slewSpeed divides the speed of time while it waits for a clock that was set back.
	slewSpeed = 10
	// maxSlew is the largest step that is waited for, which takes a ninth longer than the step. A clock that was set back by
	// more, by an hour of summer time say, would be followed too late to be of use.
	maxSlew = time.Second
)

// place returns at, moved as little as needed to stand behind what was presented before and ahead of what is presented
// after it.
//
// Another source is another clock, and a large step back is another setting of it: then all begins anew.
func (o *order) place(run int, source Source, rtp int64, at time.Time, rate int64) time.Time {
	if source != o.source || o.behind(run, rtp, at, rate) > maxSlew {
		*o = order{source: source}
	}
	if run != o.run {
		o.run, o.n = run, 0
	}
	i, again := slices.BinarySearchFunc(o.recent[:o.n], rtp, func(p placed, rtp int64) int { return cmp.Compare(p.rtp, rtp) })
	if again {
		return o.recent[i].at
	}
	at = o.between(i, rtp, at, rate)
	o.insert(i, placed{rtp, at})
	if at.After(o.latest) {
		o.latest = at
	}
	return at
}

// behind returns how far at lies behind the time that the frames before it lead one to expect: by the media clock, or in
// another run at least the latest.
func (o *order) behind(run int, rtp int64, at time.Time, rate int64) time.Duration {
	if run != o.run || o.n == 0 {
		return o.latest.Sub(at)
	}
	newest := o.recent[o.n-1]
	return advance(newest.at, rtp-newest.rtp, rate).Sub(at)
}

// between bounds at by the neighbours of position i.
func (o *order) between(i int, rtp int64, at time.Time, rate int64) time.Time {
	switch {
	case o.n == 0: // the first frame of a run stands behind everything before it
		return later(at, o.latest)
	case i == o.n: // presented last
		before := o.recent[i-1]
		return later(at, before.at.Add(time.Duration((rtp-before.rtp)*(1e9/slewSpeed)/rate)))
	}
	at = earlier(at, o.recent[i].at.Add(-1))
	if i == 0 {
		return at
	}
	return later(at, o.recent[i-1].at)
}

// insert puts p at position i and forgets the oldest when there is no room.
func (o *order) insert(i int, p placed) {
	if o.n == len(o.recent) {
		if i == 0 {
			return
		}
		copy(o.recent[:], o.recent[1:i])
		o.recent[i-1] = p
		return
	}
	copy(o.recent[i+1:o.n+1], o.recent[i:o.n])
	o.recent[i] = p
	o.n++
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
