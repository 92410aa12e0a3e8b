package clocksim

import (
	"math"
	"time"
)

// at returns the instant that lies so many seconds after Epoch.
func at(seconds float64) time.Time {
	whole := math.Floor(seconds)
	return Epoch.Add(time.Duration(whole) * time.Second).Add(time.Duration(math.Round((seconds - whole) * 1e9)))
}

// show returns what the camera's clock shows at time t.
func (c *SystemClock) show(t float64) float64 {
	shown := t + c.Offset + c.PPM*1e-6*t + c.Wander*math.Sin(2*math.Pi*t/600)
	for _, s := range c.Steps {
		if t >= s.At {
			shown += s.By
		}
	}
	for _, s := range c.Slews {
		if t > s.At {
			shown += math.Copysign(min(math.Abs(s.By), s.PPM*1e-6*(t-s.At)), s.By)
		}
	}
	return shown
}

// run returns what an oscillator shows at time t. Phase, from 0 to 1, is where its wander begins.
func (m *MediaClock) run(t, phase float64) float64 {
	period := m.WanderPeriod
	if period == 0 {
		period = 1800
	}
	w := 2 * math.Pi / period
	start := 2 * math.Pi * phase
	return t*(1+m.PPM*1e-6) + m.Wander*1e-6/w*(math.Sin(w*t+start)-math.Sin(start))
}

// show returns what the recorder's clock shows at time t.
func (h *Host) show(t, phase float64) float64 {
	return t + h.Offset + h.PPM*1e-6*t + h.Wander*math.Sin(2*math.Pi*(t/900+phase))
}

// epochs are the stretches between the restarts of the stream.
type epoch struct {
	from  float64
	until float64 // the pause of the next restart begins
	base  int64   // of the time stamps
	run   int
}

func (s *simulation) epochs() []epoch {
	base := s.Int64N(1 << 32)
	if s.Media.WrapAt > 0 {
		base = 1<<32 - int64(s.Media.WrapAt*ClockRate)
	}
	list := []epoch{{until: s.Seconds, base: base}}
	for _, r := range s.Media.Restarts {
		last := &list[len(list)-1]
		last.until = r.At
		next := epoch{from: r.At + r.Gap, until: s.Seconds, base: s.Int64N(1 << 32), run: last.run}
		if !r.SameSSRC {
			next.run++
		}
		list = append(list, next)
	}
	return list
}

// stamp returns the media clock at time t, without a base, for clocks that don't count frames.
func (s *simulation) stamp(t float64) int64 {
	if s.Media.Source == Follows {
		return s.coarse(int64(math.Floor(s.Clock.show(t) * ClockRate)))
	}
	return s.coarse(int64(math.Floor(s.Media.run(t, s.phase) * ClockRate)))
}

func (s *simulation) coarse(ticks int64) int64 {
	tick := max(s.Media.Tick, 1)
	return ticks - ((ticks%tick)+tick)%tick
}

// counter is a media clock that counts frames.
type counter struct {
	interval float64 // seconds
	resync   bool
	extra    int // frames that were not there
}

func (s *simulation) counter() counter {
	fps := s.Media.CountedFPS
	if fps == 0 {
		fps = s.Capture.FPS
	}
	return counter{interval: 1 / fps, resync: s.Media.Source == Nominal}
}

// stamp returns the time stamp of the k-th frame, captured at t.
func (c *counter) stamp(k int, t float64) int64 {
	if !c.resync {
		return int64(math.Round(float64(k) * c.interval * ClockRate))
	}
	for t-float64(k+c.extra)*c.interval > c.interval {
		c.extra++
	}
	return int64(math.Round(float64(k+c.extra)*c.interval*1000)) * (ClockRate / 1000)
}
