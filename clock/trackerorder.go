package clock

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// order keeps time from running backwards as frames are shown. It remembers those between which frames to come can be shown: the
// highest before the newest high, that one, and those that came since.
type order struct {
	shown   Shown
	rate    float64                 // ticks per second
	recent  [mostBetween + 2]placed // as they are shown
	n       int
	high    bool   // the present frame is shown after all before it
	source  Source // the best of all so far
	carried bool   // some frame of the run carried its time
	follow  bool   // the next high may be far behind those before it
	freed   bool   // the newest one was
}

func newOrder(clockRate uint32) order {
	return order{shown: NewShown(clockRate), rate: float64(max(clockRate, 1))}
}

// placed is a frame, and the time that was given out for it.
type placed struct {
	rtp  int64
	time time.Time
}

const (
	// slewSpeed is the part of its speed at which time goes on while it waits for a clock that was set back.
	slewSpeed = 0.1
	// slewMost bounds the pause between two frames that time goes on for, s.
	slewMost = 1.0
	// leastOnward is the least that time goes on from frame to frame.
	leastOnward = time.Microsecond
	// slewWorth is from how much on waiting is worth to be told.
	slewWorth = time.Millisecond
)

// maxSlew is the largest step back that is waited for where time may follow one: an hour of summer time, say, would be
// followed too late to be of use.
const maxSlew = time.Second

// inOrder moves an estimate so that time does not run backwards.
func (t *Tracker) inOrder(f *Frame, e Estimate) Estimate {
	o := &t.order
	o.enter(f)
	if e.State == None {
		return e
	}
	o.follow = (t.follows(f, e.Source) || o.follow) && o.n > 0
	at := o.place(f.RTP, e.Time, t.interval)
	if at.Sub(e.Time) > slewWorth {
		e.Flags |= SlewOut
	}
	if o.freed {
		e.Flags |= Stepped
	}
	e.move(at)
	return e
}

// follows says whether a time from a source may be far behind the one before: where footage jumps or a run brings footage of
// before, and where it is the first of a better source than all before. Times that jump about for no such reason must not make
// time run backwards.
func (t *Tracker) follows(f *Frame, source Source) bool {
	o := &t.order
	better := o.source == NoSource || source < o.source
	if better {
		o.source = source
	}
	again := source.perFrame() && !o.carried
	o.carried = o.carried || again
	return better && !(source == SenderReport && t.trusted()) || again || f.Jump
}

// setBack takes note that the camera's clock was set back, in s, and whether that alone tells the time: the recorder's, which is
// not trusted, runs on beside it.
func (o *order) setBack(by float64, alone bool) {
	o.follow = o.follow || alone && by > maxSlew.Seconds()
}

// enter takes the next frame, with a time or without, and forgets those that no frame to come can be shown beside.
func (o *order) enter(f *Frame) {
	run := o.shown.run
	ahead := f.RTP > o.shown.newest
	begins := o.shown.Begins(f)
	o.carried = o.carried && f.Run == run
	if o.high = ahead || begins; !o.high {
		return
	}
	o.freed = false
	if o.n > 0 {
		o.recent[0], o.n = o.recent[o.n-1], 1
	}
	if begins {
		o.recent[0].rtp = math.MinInt64 // all that come are shown after it, whatever their stamps
	}
}

// place returns a frame's time, moved as little as needed to stand behind what is shown before and ahead of what is shown after
// it.
func (o *order) place(rtp int64, at time.Time, interval float64) time.Time {
	i, again := slices.BinarySearchFunc(o.recent[:o.n], rtp, func(p placed, rtp int64) int { return cmp.Compare(p.rtp, rtp) })
	if again {
		return o.recent[i].time
	}
	if o.high {
		if o.freed = o.follow && i > 0 && o.recent[i-1].time.Sub(at) > maxSlew; o.freed {
			i, o.n = 0, 0
		}
		o.follow = false
	}
	room := time.Duration(math.MaxInt64) // to either side; where there is little between two frames, it lies halfway
	if i > 0 && i < o.n {
		room = o.recent[i].time.Sub(o.recent[i-1].time) / 2
	}
	if i > 0 && at.Sub(o.recent[i-1].time) < leastOnward {
		at = o.recent[i-1].time.Add(min(room, o.onward(&o.recent[i-1], rtp, interval)))
	}
	if i < o.n && o.recent[i].time.Sub(at) < leastOnward {
		at = o.recent[i].time.Add(-min(room, leastOnward))
	}
	copy(o.recent[i+1:], o.recent[i:o.n])
	o.recent[i] = placed{rtp, at}
	o.n++
	return at
}

// onward returns by how much time goes on at least from one frame to another.
func (o *order) onward(from *placed, rtp int64, interval float64) time.Duration {
	if from.rtp != math.MinInt64 {
		interval = float64(rtp-from.rtp) / o.rate
	}
	return max(leastOnward, duration(slewSpeed*min(interval, slewMost)))
}
