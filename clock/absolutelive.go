package clock

import "time"

// carrier follows the frames that carry their capture times, as they come, and reckons those of the frames between them. It
// stands beside the sender reports: while it knows a time, that is the better one.
type carrier struct {
	rate   int64
	trust  Trust
	host   *hostLine
	source Source // of the times in hand; NoSource: none
	run    int
	newest carried
	seen   int64   // time stamp of the newest frame with a time, whether that was used or not
	doubt  carried // a time that did not fit, while the next one has to show which is right; at is zero without
	pace   pace
	steps  inSteps
	noise  time.Duration // how far the times were off the line through those before them, at most of late
	ahead  float64       // of the host's clock, as those that came fastest of late, s
	play   played
}

// frame returns the better of e, which is what the reports tell of f, and what f or the frames before it carry.
func (c *carrier) frame(f *Frame, e Estimate) Estimate {
	switch own, ok := carriedTime(f); {
	case f.Jump && !(ok && f.Source.perFrame()):
		c.source = NoSource
	case ok && f.Source == Play:
		c.play.begin(f, own, c.trust, c.came(f))
	case ok && f.Source.perFrame() && (f.Source <= c.source || !c.reaches(f)):
		c.take(f, own)
	}
	if c.reaches(f) {
		if o := weigh(c.trust, c.source, c.ahead-c.noise.Seconds(), c.steps.grain(), c.host.base); !o.against {
			own := c.estimate(f)
			o.on(&own)
			return own
		}
	}
	return c.play.estimate(f, e, c.rate)
}

// came returns what the host's clock showed when f came; zero if it is not known.
func (c *carrier) came(f *Frame) time.Time {
	if !c.host.known || f.Arrival.IsZero() {
		return time.Time{}
	}
	return c.host.time(c.host.second(f.Arrival))
}

// reported takes note that a report came.
func (c *carrier) reported() { c.play.never = true }

// reaches says whether the times in hand tell anything of f.
func (c *carrier) reaches(f *Frame) bool {
	return c.source != NoSource && f.Run == c.run && ticksTime(f.RTP-c.seen, c.rate).Abs() <= carriedReach
}

// take takes a frame's own time. One that does not fit those before it may be wrong; when the next one does not fit them
// either, something has jumped. So a single wrong time does no harm, and a jump is followed one frame late, or at once where the
// camera tells of it.
func (c *carrier) take(f *Frame, own carried) {
	c.steps.add(own.at)
	ahead := own.ahead(c.came(f))
	switch before := c.doubt; {
	case f.Source != c.source || !c.reaches(f):
		*c = carrier{rate: c.rate, trust: c.trust, host: c.host, play: c.play, pace: newPace(own), ahead: ahead}
		c.steps.add(own.at)
		c.newest = own
	case f.Jump:
		c.newest, c.doubt, c.ahead = own, carried{}, ahead
		c.pace.restart(own)
	case !c.contradicts(own):
		c.ahead = max(ahead, c.ahead-c.drift(own.rtp).Seconds())
		c.follow(own)
	case before.at.IsZero():
		c.doubt = own
	default:
		c.newest = before
		faster := c.contradicts(own) && c.steps.grain() < coarseGrain
		c.pace.restart(before)
		c.pace.add(own, c.rate, faster)
		c.newest, c.doubt, c.ahead = own, carried{}, ahead
	}
	c.source, c.run, c.seen = f.Source, f.Run, f.RTP
}

// off returns how far a time is ahead of the line.
func (c *carrier) off(own carried) time.Duration { return own.at.Sub(c.at(own.rtp)) }

func (c *carrier) at(rtp int64) time.Time {
	return c.newest.after(rtp-c.newest.rtp, c.pace.ticks(c.rate))
}

func (c *carrier) contradicts(own carried) bool {
	return c.off(own).Abs() > carriedTolerance+c.steps.grain()+c.drift(own.rtp)
}

// drift returns by how much the line may have gone wrong since the newest time.
func (c *carrier) drift(rtp int64) time.Duration {
	return drifted(ticksTime(rtp-c.newest.rtp, c.rate))
}

// noiseDecay is in how many times the noise falls by about two thirds when there is no more.
const noiseDecay = 64

// follow goes on to a time that fits. Of coarse times, which are rounded down, only those count that are ahead of the line:
// they have just changed.
func (c *carrier) follow(own carried) {
	off, coarse := c.off(own), c.steps.grain() >= coarseGrain
	c.doubt = carried{}
	switch {
	case !coarse:
		c.noise = max(off.Abs(), c.noise-c.noise/noiseDecay)
	case off < -c.drift(own.rtp):
		return
	}
	c.newest = own
	if !coarse {
		c.pace.add(own, c.rate, false)
	}
}

// estimate reckons from the newest time, which may be the frame's own.
func (c *carrier) estimate(f *Frame) Estimate {
	e := Estimate{
		Time:   c.at(f.RTP),
		Error:  carriedError(0, c.rate) + c.noise + c.drift(f.RTP),
		State:  Locked,
		Source: c.source,
	}
	if c.source != RFC7273 { // its times are as fine as the media clock
		e.Error += c.steps.grain()
	}
	if !c.doubt.at.IsZero() {
		e.Error += c.off(c.doubt).Abs()
		e.Flags = Suspect
	}
	if ticksTime(f.RTP-c.seen, c.rate) > CoastAfter {
		e.State = Coasting
	}
	return e
}

// pace measures how fast the media clock runs against the times: recorded footage may be sent faster than it was captured.
type pace struct {
	base, middle carried // from where it is measured, and what will take its place
	ratio        float64 // seconds of the media clock in one of the capture
}

const (
	// paceSpan is the time over which the drift of two crystals is measured, and from half of which on it is.
	paceSpan = time.Minute
	// fastSpan and fastBy are from when on another speed is believed, and how much it differs.
	fastSpan, fastBy = 500 * time.Millisecond, 0.05
	maxPace          = 64
)

func newPace(own carried) pace { return pace{own, own, 1} }

// restart begins the measurement anew; what is known of the speed stays.
func (p *pace) restart(own carried) { p.base, p.middle = own, own }

func (p *pace) ticks(rate int64) float64 { return float64(rate) * p.ratio }

// add takes a time on the line. Surely says that the speed is another one, however short the time.
func (p *pace) add(own carried, rate int64, surely bool) {
	if ticksTime(own.rtp-p.middle.rtp, rate) >= paceSpan {
		p.base, p.middle = p.middle, own
	}
	onMediaClock, inTruth := ticksTime(own.rtp-p.base.rtp, rate), own.at.Sub(p.base.at)
	if onMediaClock < fastSpan && !surely || inTruth <= 0 {
		return
	}
	ratio := float64(onMediaClock) / float64(inTruth)
	switch fast := ratio < 1-fastBy || ratio > 1+fastBy; {
	case ratio > maxPace || ratio < 1./maxPace:
	case fast || onMediaClock >= paceSpan/2:
		p.ratio = ratio
	default:
		p.ratio = 1
	}
}
