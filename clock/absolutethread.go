package clock

import "time"

// knot is a frame with a time of its own.
type knot struct {
	carried
	place  int           // among the frames of its run, in presentation order
	jump   int           // place of a frame between this knot and the one before at which the camera told of a jump; -1: none
	begins bool          // it was not captured right after the knot before
	off    time.Duration // from the line between its neighbours
	ahead  float64       // of the frame's arrival, s
	opinion
}

// thread runs through the knots of one source in one run.
type thread struct {
	knots []knot
	ticks float64       // of the media clock in a second of the capture
	rate  int64         // in a second of its own
	grain time.Duration // in which the times are told
	noise time.Duration // of the times, at about their most
	error time.Duration // of each knot
}

// newThread takes the knots in presentation order, and drops those that are wrong.
func newThread(knots []knot, rate int64, grain time.Duration) *thread {
	t := &thread{rate: rate, ticks: float64(rate), grain: grain}
	if grain < coarseGrain {
		t.ticks *= speed(knots, rate)
	}
	t.string(knots)
	if grain >= coarseGrain {
		t.ahead()
	}
	t.noise = 2 * t.measure()
	t.error = carriedError(grain, rate) + t.noise
	return t
}

// speed returns how many seconds the media clock counts in one of the capture: recorded footage may be sent faster than it was
// captured.
func speed(knots []knot, rate int64) float64 {
	var s scratch
	var ratios []float64
	first := 0
	for _, k := range knots {
		sent, passed := ticksTime(k.rtp-knots[first].rtp, rate), k.at.Sub(knots[first].at)
		if max(sent, passed) < fastSpan {
			continue
		}
		if passed > 0 {
			ratios = append(ratios, float64(sent)/float64(passed))
		}
		first++
	}
	if ratio := s.median(ratios); ratio > 1+fastBy || ratio < 1-fastBy && ratio > 1./maxPace {
		return min(ratio, maxPace)
	}
	return 1
}

// string takes the knots one after the other. Where one contradicts the one before, something has jumped, unless it is just
// wrong.
func (t *thread) string(knots []knot) {
	t.knots = knots[:0]
	for i, k := range knots {
		before, after := t.knots[max(0, len(t.knots)-2):], knots[i+1:min(i+3, len(knots))]
		if t.wrong(before, k, after) {
			if len(after) > 0 && k.jump >= 0 {
				after[0].jump = k.jump
			}
			continue
		}
		k.begins = k.jump >= 0 || len(before) > 0 && t.contradict(before[len(before)-1], k)
		t.knots = append(t.knots, k)
	}
}

// wrong says whether a knot contradicts those beside it, which agree with each other or with those beyond them. A jump
// that the camera told of explains a contradiction.
func (t *thread) wrong(before []knot, k knot, after []knot) bool {
	if k.jump >= 0 {
		before = nil
	}
	if len(after) > 0 && after[0].jump >= 0 {
		after = nil
	}
	switch {
	case len(before) > 0 && len(after) > 0:
		a, b := before[len(before)-1], after[0]
		return t.contradict(a, k) && t.contradict(k, b) && (!t.contradict(a, b) || t.agree(before) && t.agree(after))
	case len(before) > 0:
		return t.agree(before) && t.contradict(before[len(before)-1], k)
	}
	return t.agree(after) && t.contradict(k, after[0])
}

// agree says whether two knots are on one line; fewer can't be.
func (t *thread) agree(knots []knot) bool {
	return len(knots) == 2 && knots[1].jump < 0 && !t.contradict(knots[0], knots[1])
}

// contradict says whether two knots are not on one line.
func (t *thread) contradict(a, b knot) bool {
	ticks := b.rtp - a.rtp
	return b.at.Sub(a.after(ticks, t.ticks)).Abs() > carriedTolerance+t.grain+t.drift(ticks)
}

// drift returns by how much two clocks may part in so many ticks.
func (t *thread) drift(ticks int64) time.Duration {
	return drifted(ticksTime(ticks, t.rate))
}

// ahead keeps of coarse knots, which are rounded down, those that are ahead of the line: they have just changed.
func (t *thread) ahead() {
	kept := t.knots[:0]
	for _, k := range t.knots {
		if len(kept) > 0 && !k.begins {
			last := &kept[len(kept)-1]
			ticks := k.rtp - last.rtp
			if k.at.Before(last.after(ticks, t.ticks).Add(-t.drift(ticks))) {
				continue
			}
		}
		kept = append(kept, k)
	}
	t.knots = kept
}

// measure sets how far each knot is off the line between its neighbours, and returns the mean.
func (t *thread) measure() (mean time.Duration) {
	count := 0
	for i := 1; i+1 < len(t.knots); i++ {
		k, next := &t.knots[i], &t.knots[i+1]
		if k.begins || next.begins {
			continue
		}
		k.off = k.at.Sub(between(t.knots[i-1].carried, next.carried, k.rtp)).Abs()
		mean += k.off
		count++
	}
	return mean / time.Duration(max(1, count))
}

// between returns the time at rtp on the line through a and b.
func between(a, b carried, rtp int64) time.Time {
	share := float64(rtp-a.rtp) / float64(max(1, b.rtp-a.rtp))
	return a.at.Add(time.Duration(share * float64(b.at.Sub(a.at))))
}

// at returns the estimate for the frame at a place, of which next is the first knot behind, if any knot is near enough.
func (t *thread) at(next, place int, rtp int64) (e Estimate, ok bool) {
	a, b := t.neighbours(next, place)
	if a != nil && b != nil && b.begins { // the jump may have been here already
		e.Error, e.Flags = b.at.Sub(a.after(b.rtp-a.rtp, t.ticks)).Abs(), Suspect
		b = nil
	}
	var distance int64
	switch {
	case a == nil && b == nil:
		return Estimate{}, false
	case a != nil && a.place == place:
		e.Time, e.Error, e.Flags = a.at, a.off, 0
	case a == nil:
		distance, e.Time = b.rtp-rtp, b.after(rtp-b.rtp, t.ticks)
	case b == nil:
		distance, e.Time = rtp-a.rtp, a.after(rtp-a.rtp, t.ticks)
	default:
		distance, e.Time = min(rtp-a.rtp, b.rtp-rtp), between(a.carried, b.carried, rtp)
	}
	e.Error += t.error + t.drift(distance)
	by := a
	if a == nil {
		by = b
	}
	by.on(&e)
	e.State = Locked
	if ticksTime(distance, t.rate) > CoastAfter {
		e.State = Coasting
	}
	return e, ticksTime(distance, t.rate) <= carriedReach && !by.against
}

// neighbours returns the knots between which a place lies, the first of which may be there, or the one on its side of a jump
// that the camera told of.
func (t *thread) neighbours(next, place int) (a, b *knot) {
	if next > 0 {
		a = &t.knots[next-1]
	}
	if next < len(t.knots) {
		b = &t.knots[next]
	}
	switch {
	case a == nil || b == nil || b.jump < 0:
		return a, b
	case place >= b.jump:
		return nil, b
	}
	return a, nil
}
