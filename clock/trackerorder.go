package clock

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// order keeps time from running backwards as frames are shown. It remembers the newest of them, sorted by their place: with
// B-frames a later unit belongs between earlier ones.
type order struct {
	recent [reach + 1]placed
	n      int
}

// placed is a frame on the media clock, and the time that was given out for it. Seconds.
type placed struct {
	epoch int     // of an origin of the media clock: places in two can't be compared
	r     float64 // media time
	time  float64
}

func comparePlaces(p, q placed) int {
	return cmp.Or(cmp.Compare(p.epoch, q.epoch), cmp.Compare(p.r, q.r))
}

const (
	// slewSpeed is the part of its speed at which time goes on while it waits for a clock that was set back.
	slewSpeed = 0.1
	// slewMost bounds the pause between two frames that time goes on for, s.
	slewMost = 1.0
	// leastOnward is the least that time goes on from frame to frame, s.
	leastOnward = 1e-6
	// slewWorth is from how much on waiting is worth to be told, s.
	slewWorth = 0.001
)

// maxSlew is the largest step back that is waited for where time may follow one: an hour of summer time, say, would be
// followed too late to be of use.
const maxSlew = time.Second

// place returns p's time, moved as little as needed to stand behind what is shown before and ahead of what is shown after it.
// With follow, it is another clock's: then a large step back is followed at once, and all begins anew.
func (o *order) place(p placed, interval float64, follow bool) float64 {
	i, again := slices.BinarySearchFunc(o.recent[:o.n], p, comparePlaces)
	if again {
		return o.recent[i].time
	}
	if follow && i > 0 && o.recent[i-1].time-p.time > maxSlew.Seconds() {
		i, o.n = 0, 0
	}
	room := math.Inf(1) // to either side; where there is little between two frames, it lies halfway
	if i > 0 && i < o.n {
		room = (o.recent[i].time - o.recent[i-1].time) / 2
	}
	if i > 0 {
		last, passed := &o.recent[i-1], interval
		if last.epoch == p.epoch {
			passed = p.r - last.r
		}
		p.time = max(p.time, last.time+min(room, max(leastOnward, slewSpeed*min(passed, slewMost))))
	}
	if i < o.n {
		p.time = min(p.time, o.recent[i].time-min(room, leastOnward))
	}
	o.insert(i, p)
	return p.time
}

// fold puts the strays of an epoch that does not come behind all frames of the present one so far.
func (o *order) fold(epoch int) {
	for i := range o.recent[:o.n] {
		if p := &o.recent[i]; p.epoch > epoch {
			p.epoch = epoch
			if i > 0 && o.recent[i-1].epoch == epoch {
				p.r = o.recent[i-1].r + leastOnward
			}
		}
	}
}

// insert puts p at position i and forgets the oldest when there is no room.
func (o *order) insert(i int, p placed) {
	if o.n < len(o.recent) {
		copy(o.recent[i+1:o.n+1], o.recent[i:o.n])
		o.recent[i] = p
		o.n++
		return
	}
	if i == 0 {
		return
	}
	copy(o.recent[:], o.recent[1:i])
	o.recent[i-1] = p
}
