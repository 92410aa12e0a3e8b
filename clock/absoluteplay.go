package clock

import "time"

// played reckons capture times from what the reply to PLAY said of the first frame. That is one time for a whole session, so
// it counts only with cameras that send no reports, and until the first one.
type played struct {
	never bool // reports came
	first carried
	run   int
	grain time.Duration // in which the time was told, and what else it is off by
	shift time.Duration // from the times by arrival to those of this session
	opinion
}

// playedFloor is the error of the best of these times: they are told in milliseconds, and for an instant some seconds from the
// first frame that is whole.
const playedFloor = 2 * time.Millisecond

// begin takes the time of a session's first frame, of which the host's clock shows host.
func (p *played) begin(f *Frame, own carried, trust Trust, host time.Time) {
	var s inSteps
	s.add(own.at)
	*p = played{never: p.never, first: own, run: f.Run, grain: playedFloor + s.grain()}
	p.opinion = weigh(trust, Play, own.ahead(host), s.grain(), host)
}

// estimate returns the better of e, which is what is known otherwise, and what the reply to PLAY tells of f. The media clock
// carries that time on, and over the end of a run, where nothing is known of it, the host's.
func (p *played) estimate(f *Frame, e Estimate, rate int64) Estimate {
	switch known := e.State != None; {
	case p.never, p.against, p.first.at.IsZero(), known && e.Source.OfCamera(), !known && f.Run != p.run:
		return e
	}
	own := Estimate{State: Coasting, Source: Play}
	if f.Run == p.run {
		after := ticksTime(f.RTP-p.first.rtp, rate)
		own.Time = p.first.at.Add(after)
		own.Error = carriedError(p.grain, rate) + drifted(after)
		if after <= CoastAfter {
			own.State = Acquiring
		}
		p.shift = own.Time.Sub(e.Time)
		p.on(&own)
		return own
	}
	own.Time = e.Time.Add(p.shift)
	own.Error = e.Error + p.grain + drifted(own.Time.Sub(p.first.at))
	p.on(&own)
	return own
}
