package record

import (
	"time"

	"github.com/timeslate/timeslate/media"
)

// follower places the units of a track that goes along with the first one: sound beside the picture. The two have clocks
// of their own, which drift apart; the sender reports of both say which of their instants are the same.
//
// Until both have reported it goes by what the camera announced at the start, or else by the arrivals. What it learns
// later it follows by letting its units come a little closer or farther, so that all are kept and none hides another. A new
// run of the track begins where the arrivals put it, as late as units have been so far.
type follower struct {
	rate    int64 // ticks per second
	started bool
	run     int
	shift   int64 // what to add to the PTS of this run
	pts     int64 // of the newest unit
	last    int64 // its place
	lag     lag
	starts  int   // how often it began anew
	guess   bool  // where it began the last time was guessed, and is not settled
	learnt  bool  // late is known
	late    int64 // how much later than the first track's its units arrive, on average: what is sent first is captured last
}

func newFollower(rate, leadRate int64) follower {
	return follower{rate: rate, lag: lag{lead: leadRate, own: rate}}
}

// place returns where on the first track's line u belongs, in ticks of its own clock. origin are the time stamps of both
// tracks at one instant, if the camera announced them.
func (f *follower) place(u *media.Unit, lead *timeline, origin *origin) int64 {
	if !f.started || u.Run != f.run || f.jumps(u, lead) {
		f.begin(u, lead, origin)
	} else if d, ok := f.due(lead); ok {
		f.learn(lead.at(u.Arrival, f.rate) - (u.PTS + f.shift + d))
		f.steer(d, u.PTS-f.pts)
	}
	f.started, f.run, f.pts = true, u.Run, u.PTS
	place := u.PTS + f.shift
	if place <= f.last { // units never stand on one another
		f.shift += f.last + 1 - place
		place = f.last + 1
	}
	f.last = place
	return place
}

// origin is an instant on the clocks of two tracks, as RTP-Info gives it.
type origin struct{ lead, own uint32 }

// begin starts a run with u.
func (f *follower) begin(u *media.Unit, lead *timeline, o *origin) {
	f.guess = true
	f.starts++
	f.lag.forget(ofOwn)
	place := lead.at(u.Arrival, f.rate) - f.late
	if o != nil && lead.started {
		announced := rescale(lead.placeOf(o.lead), lead.rate, f.rate) + int64(int32(u.RTP-o.own))
		if d := announced - place; d >= -f.rate*maxAnnounced && d <= f.rate*maxAnnounced {
			place = announced
		}
	}
	if !f.started {
		f.last = place - 1
	}
	f.shift = place - u.PTS
}

// maxAnnounced is how far the announced start may lie from what the arrivals say, in seconds: cameras announce what is
// not true.
const maxAnnounced = 2

// jumps tells whether u is so far from the unit before it, or from the line's present, that arrivals can't explain it.
func (f *follower) jumps(u *media.Unit, lead *timeline) bool {
	if u.PTS-f.pts < -f.rate*maxBack {
		return true
	}
	off := u.PTS + f.shift - lead.at(u.Arrival, f.rate)
	return off > f.rate*maxOff || off < -f.rate*maxOff
}

// maxOff is how far a unit may lie from the line's present, in seconds, however late it is: as with the first track.
const maxOff = int64(maxLeap / time.Second)

// maxBack is how far back a unit may lie behind the one before, in seconds.
const maxBack = 2

// How fast a track moves to where it belongs, in parts of the time that passes. Clocks drift by less than the slow one;
// the fast one is for starts that were guessed wrongly.
const (
	slowSlew = 500
	fastSlew = 20
)

// steer moves the track a little towards d ticks from here, where the reports put it, while passed ticks go by.
func (f *follower) steer(d, passed int64) {
	off := max(d, -d)
	f.guess = f.guess && off > f.rate/settled
	part := int64(slowSlew)
	if f.guess || off > f.rate/fastFrom {
		part = fastSlew
	}
	limit := max(1, passed/part)
	f.shift += min(max(d, -limit), limit)
}

// learn takes note of how late a unit came, so that the next run need not be guessed as badly as the first.
func (f *follower) learn(late int64) {
	switch {
	case late < -f.rate*maxAnnounced || late > f.rate*maxAnnounced:
	case !f.learnt:
		f.learnt, f.late = true, late
	default:
		f.late += (late - f.late) / lateMemory
	}
}

// lateMemory is the number of units over which the lateness is averaged: a second or so.
const lateMemory = 32

const (
	// fastFrom: more than a 25th of a second off is what people hear and see (ITU-R BT.1359 puts the threshold at 45 ms).
	fastFrom = 25
	// settled: a start that was guessed is mended when it is off by no more than a 500th of a second.
	settled = 500
)

// due returns by how much the track is to be moved. Reports that want it farther from the arrivals than a unit may lie are of
// other time stamps than the media's.
func (f *follower) due(lead *timeline) (ticks int64, ok bool) {
	shift, ok := f.lag.shift(lead.shift)
	ticks = shift - f.shift
	return ticks, ok && ticks >= -f.rate*maxOff && ticks <= f.rate*maxOff
}

// settle returns by how much all since the start lies wrong, once that is known, if that was guessed; and ends the guess.
func (f *follower) settle(lead *timeline) (ticks int64) {
	d, ok := f.due(lead)
	if !ok || !f.guess {
		return 0
	}
	if f.guess = false; d >= -f.rate/settled && d <= f.rate/settled {
		return 0 // it moves there by itself, unnoticed
	}
	f.shift += d
	f.last += d
	return d
}
