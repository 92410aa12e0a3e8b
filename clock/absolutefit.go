package clock

import (
	"cmp"
	"slices"
	"time"
)

// carryAll puts the times that frames carry, and those reckoned from them for the frames between, in the place of the
// estimates that the reports gave. Frames too far from any such time keep theirs; Source says which is which.
func carryAll(o Options, reports []Report, frames []Frame, estimates []Estimate) {
	if !slices.ContainsFunc(frames, func(f Frame) bool { return f.Absolute != 0 }) {
		return
	}
	b := bearer{rate: int64(max(o.ClockRate, 1)), trust: o.Trust, frames: frames, estimates: estimates}
	b.eachRun(b.run)
	if !slices.ContainsFunc(reports, func(r Report) bool { return r.NTP != 0 }) {
		b.played()
	}
}

// bearer is carryAll at work.
type bearer struct {
	rate      int64
	trust     Trust
	frames    []Frame
	estimates []Estimate
	order     []int // of the run in hand: its frames in presentation order
}

// eachRun calls do for each run, with order set.
func (b *bearer) eachRun(do func()) {
	for first := 0; first < len(b.frames); {
		b.order = b.order[:0]
		next := first
		for ; next < len(b.frames) && b.frames[next].Run == b.frames[first].Run; next++ {
			b.order = append(b.order, next)
		}
		slices.SortStableFunc(b.order, func(i, j int) int { return cmp.Compare(b.frames[i].RTP, b.frames[j].RTP) })
		do()
		first = next
	}
}

// run fills the frames of a run, from the best source first.
func (b *bearer) run() {
	var there [SenderReport]bool
	for _, i := range b.order {
		if f := &b.frames[i]; f.Absolute != 0 && f.Source.perFrame() {
			there[f.Source] = true
		}
	}
	for s, there := range there {
		if there {
			b.source(Source(s))
		}
	}
}

// source fills the frames of the run in hand that no better source has filled.
func (b *bearer) source(s Source) {
	all, grain := b.knots(s)
	line := newThread(all, b.rate, grain)
	line.weigh(b.trust, s)
	next := 0 // the first knot behind the frame
	for place, i := range b.order {
		for next < len(line.knots) && line.knots[next].place <= place {
			next++
		}
		if b.estimates[i].Source.perFrame() {
			continue
		}
		if e, ok := line.at(next, place, b.frames[i].RTP); ok {
			e.Source = s
			b.estimates[i] = e
		}
	}
}

// knots returns the frames that carry a time of a source, and the steps in which it is told.
func (b *bearer) knots(s Source) (knots []knot, grain time.Duration) {
	var in inSteps
	jump := -1 // where frames after a jump begin
	for place, i := range b.order {
		f := &b.frames[i]
		if f.Jump && jump < 0 {
			jump = place
		}
		own, ok := carriedTime(f)
		if !ok || f.Source != s {
			continue
		}
		in.add(own.at)
		knots = append(knots, knot{carried: own, place: place, jump: jump, ahead: own.ahead(f.Arrival)})
		jump = -1
	}
	if s == RFC7273 { // its times are as fine as the media clock
		return knots, 0
	}
	return knots, in.grain()
}

// played puts the times by the reply to PLAY in the place of those by arrival alone. The host's clock carries them through the
// session and on, to sessions that have none. It is only for cameras that send no reports.
func (b *bearer) played() {
	var own carried
	var shift, grain time.Duration
	var o opinion
	for i, f := range b.frames {
		if c, ok := carriedTime(&f); ok && f.Source == Play && (i == 0 || b.frames[i-1].Source != Play) {
			var in inSteps
			in.add(c.at)
			own, shift, grain = c, c.at.Sub(b.estimates[i].Time), playedFloor+in.grain()
			o = weigh(b.trust, Play, c.ahead(f.Arrival), in.grain(), f.Arrival)
		}
		e := &b.estimates[i]
		if own.at.IsZero() || o.against || e.Source != Arrival || e.State == None {
			continue
		}
		e.Time, e.Source, e.State = e.Time.Add(shift), Play, Coasting
		e.Error += carriedError(grain, b.rate)
		if e.Time.Sub(own.at) <= CoastAfter {
			e.State = Acquiring
		}
		o.on(e)
	}
}
