package clock

import "math"

// model is the filter on its way along the media clock, and where it stands. Times outside the filter are seconds.
type model struct {
	filter
	segment int     // of the media clock
	x       float64 // media time
	at      float64 // host's time
	late    int     // minima in a row that came too late to be believed
	drift   float64 // of the camera's clock against the host's, s per s
	held    bool    // reports can be held up by the network after they were stamped
}

// unknownWay is the state before anything was seen of a camera: frames arrive one interval after their capture, more or less.
func unknownWay(interval float64) filter {
	half := interval / 2 * 1e3
	return filter{q: -interval * 1e3, cov: covariance{qq: half * half}}
}

// entrySigma is how many times worse the height of the envelope is known at the beginning of a segment than by a minimum.
const entrySigma = 3

// enter begins a segment at media time x, where the arrivals' lower envelope (arrival - R) has the given height, slope and
// noise; at is the host's time there.
func (m *model) enter(segment int, x, envelope, slope, noise, at float64) {
	m.restart(envelope*1e3, slope*1e6, entrySigma*1e3*noise, max(0, at-m.at), m.drift*1e6)
	m.segment, m.x, m.at, m.late = segment, x, at, 0
}

// reach moves the state to media time x.
func (m *model) reach(x float64) {
	m.predict(x-m.x, m.drift*1e6)
	m.x = x
}

// envelope returns arrival - R at media time r for a frame that meets no delay.
func (m *model) envelope(r float64) float64 {
	return (m.a - m.q + m.b*1e-3*(r-m.x)) * 1e-3
}

// mediaAt returns the media time of a frame that arrives without delay at a time of the host.
func (m *model) mediaAt(at float64) float64 {
	return m.x + (at-m.x-m.envelope(m.x))/max(1+m.b*1e-6, 0.01)
}

// utc returns UTC - R at media time r, and its variance in s².
func (m *model) utc(r float64) (value, variance float64) {
	k := 1e-3 * (r - m.x)
	p := &m.cov
	v := p.aa + 2*k*p.ab + k*k*p.bb + rateNoise*math.Abs(r-m.x)*k*k/3
	return (m.a + m.b*k) * 1e-3, max(v, 0) * 1e-6
}

// take brings in a measurement in seconds.
func (m *model) take(kind measure, value, variance float64) {
	value, variance = value*1e3, variance*1e6
	off, spread := m.expect(kind, value, variance)
	sigma := math.Sqrt(spread)
	switch kind {
	case ofEnvelope:
		if off > lateSigma*sigma+lateMargin {
			if m.late++; m.late < mostLate {
				return
			}
		}
		m.late = 0
		if math.Abs(off) > jumpSigma*sigma+jumpMargin {
			m.loosen(off)
		}
	case ofSend:
		if m.held && off < -heldSigma*sigma {
			variance *= off * off / (heldSigma * heldSigma * spread)
		}
	}
	m.update(kind, value, variance)
}

// measured is one thing that a report says of the clocks, in seconds.
type measured struct {
	segment         int
	x               float64 // media time
	kind            measure
	value, variance float64
	envelope        float64 // arrival - R there, as it was seen
}

// refit lets the filter run anew over all that is remembered, now that the reports are seen with other eyes.
func (t *Tracker) refit() {
	lows, reports := t.floor.since(t.host.now-window), t.measured
	m := model{filter: t.prior(), drift: t.verdict.drift, held: t.verdict.class == SendStamped, segment: -1}
	m.at = t.firstSecond(lows, reports)
	for len(lows)+len(reports) > 0 {
		if len(reports) == 0 || len(lows) > 0 && lows[0].before(&reports[0]) {
			l := &lows[0]
			lows = lows[1:]
			m.move(l.segment, l.x, l.value, l.slope, t.floor.noise)
			m.take(ofEnvelope, l.value, l.noise*l.noise)
			continue
		}
		r := &reports[0]
		reports = reports[1:]
		if r.segment != m.segment {
			envelope, slope := t.entry(lows, r)
			m.enter(r.segment, r.x, envelope, slope, t.floor.noise, r.x+envelope)
		} else {
			m.move(r.segment, r.x, m.envelope(r.x), 0, 0)
		}
		m.take(r.kind, r.value, r.variance)
	}
	if s := &t.media.segment; m.segment != s.id {
		m.enter(s.id, 0, s.first, s.slope, t.floor.noise, s.first)
	}
	t.model = m
	if len(t.verdict.used) >= LockedFrom {
		t.known = knownWay{true, m.q * 1e-3, m.cov.qq * 1e-6, m.at}
	}
}

// move brings the state to media time x of a segment, where the envelope has the given height.
func (m *model) move(segment int, x, envelope, slope, noise float64) {
	if segment != m.segment {
		m.enter(segment, x, envelope, slope, noise, x+envelope)
		return
	}
	m.reach(x)
	m.at = max(m.at, x+envelope)
}

// entry returns height and slope of the envelope where a report is the first thing that is remembered of a segment.
func (t *Tracker) entry(lows []low, r *measured) (envelope, slope float64) {
	if len(lows) > 0 && lows[0].segment == r.segment {
		l := &lows[0]
		return l.value - l.slope*(l.x-r.x), l.slope
	}
	if s := &t.media.segment; s.id == r.segment {
		return s.first + s.slope*r.x, s.slope
	}
	return r.envelope, 0
}

// firstSecond returns the host's time of the first thing that is remembered.
func (t *Tracker) firstSecond(lows []low, reports []measured) float64 {
	at := t.host.now
	if len(lows) > 0 {
		at = min(at, lows[0].x+lows[0].value)
	}
	if len(reports) > 0 {
		at = min(at, reports[0].x+reports[0].envelope)
	}
	return at
}

// prior returns what is known of q before the first thing that is remembered.
func (t *Tracker) prior() filter {
	const loose = 100 // ms: the reports will say it better
	if len(t.verdict.used) > 0 {
		return filter{q: t.verdict.q * 1e3, cov: covariance{qq: loose * loose}}
	}
	if k := &t.known; k.ever {
		age := max(0, t.host.now-k.at)
		return filter{q: k.q * 1e3, cov: covariance{qq: k.variance*1e6 + wayNoise*age}}
	}
	return unknownWay(t.interval)
}

// knownWay is what reports have told of q, for when they all lie too long ago or are no longer believed. Seconds.
type knownWay struct {
	ever        bool
	q, variance float64
	at          float64 // host's time
}
