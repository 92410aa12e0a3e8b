package clocksim

import "math/rand/v2"

// Random draws a camera from the whole space of plausible ones: any of the traits of the kinds together with any other. It
// records for one to two minutes.
func Random(seed uint64) Camera {
	d := &draw{Rand: rand.New(rand.NewPCG(seed, 0x72616e646f6d))}
	d.seconds = d.between(60, 120)
	c := Camera{Seconds: d.seconds}
	d.sensor(&c)
	d.reports(&c)
	d.media(&c)
	d.systemClock(&c)
	d.encoder(&c)
	d.network(&c)
	d.host(&c)
	return c
}

func (d *draw) chance(p float64) bool { return d.Float64() < p }

func pick[T any](d *draw, of ...T) T { return of[d.IntN(len(of))] }

func (d *draw) sensor(c *Camera) {
	c.Capture.FPS = pick(d, 5, 10, 12.5, 15, 20, 25, 25, 25, 30000.0/1001, 30, 50, 60)
	c.Capture.PPM = d.between(-100, 100)
	if d.chance(0.12) {
		c.Capture.BFrames = 1 + d.IntN(3)
	}
	if d.chance(0.05) {
		c.Capture.Changes = []Pace{{d.seconds * 0.4, c.Capture.FPS / 2}, {d.seconds * 0.7, c.Capture.FPS}}
	}
}

func (d *draw) media(c *Camera) {
	m := &c.Media
	m.Source = pick(d, Free, Free, Free, Free, Free, Free, Free, Follows, Counted, Counted)
	switch m.Source {
	case Free:
		m.PPM, m.Wander, m.WanderPeriod = d.between(-200, 200), d.between(0, 5), d.between(600, 3600)
	case Counted:
		c.Capture.Jitter = pick(d, 0, 0, min(10e-3, 0.3/c.Capture.FPS)) * d.Float64()
		if d.chance(0.3) && c.Reports.Policy != Exact { // an exact report can't be told from stamps that lie
			m.CountedFPS = c.Capture.FPS * d.between(0.8, 1.25)
		}
	}
	if m.Source == Counted && c.Capture.Jitter == 0 && d.chance(0.2) {
		m.Source, m.CountedFPS = Nominal, c.Capture.FPS*d.between(1.005, 1.04)
	}
	if d.chance(0.1) {
		m.Tick = ClockRate / 1000
	}
	if d.chance(0.2) {
		m.WrapAt = d.seconds * d.Float64()
	}
	if d.chance(0.1) {
		m.Restarts = []Restart{{At: d.seconds * d.between(0.3, 0.6), Gap: d.between(0.2, 4), SameSSRC: d.chance(0.3)}}
	}
}

func (d *draw) reports(c *Camera) {
	r := &c.Reports
	r.Policy = pick(d, Exact, Exact, Exact, Exact, LastFrame, LastFrame, LastFrame, LastFrame, OfFrame)
	if d.chance(0.03) {
		r.Policy = NoReports
	}
	interval := pick(d, 1.0, 5, 5, 5, 5, 10)
	r.Shortest, r.Longest = interval*0.98, interval*1.02
	switch {
	case d.chance(0.05):
		r.Shortest, r.Longest = interval, interval
	case d.chance(0.1):
		r.Shortest, r.Longest = 1, 30
	}
	r.First = d.between(0.05, interval)
	if d.chance(0.2) {
		r.Loss, r.Duplicates = d.between(0, 0.3), d.between(0, 0.1)
	}
	if d.chance(0.2) {
		r.Grain = pick(d, 1e-3, 1e-3, 1e-3, 1.0/64, 10e-3, 1)
	}
	if d.chance(0.2) {
		r.Delay = 3e-3
	}
}

// systemClock is right for most; the others are wrong in one way.
func (d *draw) systemClock(c *Camera) {
	s := &c.Clock
	middle := d.seconds * d.between(0.3, 0.7)
	switch way := d.Float64(); {
	case way < 0.08: // set right
		s.Offset = d.sign() * d.between(0.02, 3)
		s.Steps = []Step{{middle, -s.Offset}}
	case way < 0.12: // set wrong
		s.Steps = []Step{{middle, d.between(-0.4, -0.02)}}
	case way < 0.15: // moved right little by little
		s.Offset = d.sign() * d.between(0.02, 0.05)
		s.Slews = []Slew{{d.seconds * 0.2, -s.Offset, d.between(1000, 5000)}}
	case way < 0.18: // set each 20 s
		s.PPM = d.sign() * d.between(20, 100)
		for t := 20.0; t < d.seconds; t += 20 {
			s.Steps = append(s.Steps, Step{t, -s.PPM * 1e-6 * 20})
		}
	case way < 0.24:
		*c = c.unset(d)
	case way < 0.27: // local time, without a zone
		s.Offset = d.sign() * 900 * float64(1+d.IntN(48))
	case way < 0.32:
		s.Wander = d.between(0.1e-3, 1e-3)
	}
	if len(s.Steps) == 1 && s.Steps[0].By < 0 && c.Media.Source == Follows {
		c.Media.Source = Free // when its stamps go back by a few frames, nobody knows in which order to show them
	}
}

func (d *draw) encoder(c *Camera) {
	e := &c.Encoder
	e.Latency = d.between(3e-3, min(60e-3, 1/c.Capture.FPS))
	e.Jitter = pick(d, 0, 0.4e-3, 0.4e-3, 1e-3, 3e-3)
	e.Key = pick(d, 0, 2e-3, 8e-3)
	e.GOP = pick(d, 12, 25, 50, 250)
}

func (d *draw) network(c *Camera) {
	switch way := d.Float64(); {
	case way < 0.6:
		c.Network = Network{Delay: 0.3e-3, Jitter: 0.2e-3}
	case way < 0.8:
		c.Network = Network{Delay: 0.5e-3, Jitter: 0.6e-3, Stalls: 0.02, StallShort: 0.1, StallLong: 0.6}
	case way < 0.97:
		*c = c.wifi()
	default:
		c.Network = Network{Delay: 0.3e-3, Jitter: 0.2e-3, Batch: d.between(0.02, 0.1)}
	}
	if d.chance(0.1) {
		c.Network.Loss, c.Network.LongestBurst = 0.02, 1+d.IntN(12)
	}
}

// host may be one that writes down no arrivals, or whose own clock is wrong; then that of the camera is right.
func (d *draw) host(c *Camera) {
	c.Host = Host{PPM: d.between(-0.5, 0.5), Wander: 0.1e-3}
	switch way := d.Float64(); {
	case way < 0.05:
		c.Host.Blind = true
	case way < 0.09:
		c.Host.Offset, c.Host.Unset, c.Clock = d.sign()*d.between(1, 1000), true, SystemClock{}
	}
}
