package clock

import (
	"math"
	"slices"
	"time"
)

// study tells what was found out.
func (f *fit) study(reports int) *Study {
	s := &Study{Reports: make([]Verdict, reports), Class: f.class, Grain: f.grain}
	if len(f.frames) == 0 {
		return s
	}
	s.Estimates = f.estimates()
	s.Interval = f.reportInterval()
	s.Drift = f.drift * 1e6
	s.RTPDrift = f.mediaDrift()
	f.judgeReports(s)
	f.compareClocks(s)
	s.Breaks = f.breaks()
	return s
}

func (f *fit) reportInterval() time.Duration {
	var steps []float64
	for i := 1; i < len(f.reports); i++ {
		steps = append(steps, f.reports[i].host-f.reports[i-1].host)
	}
	return duration(medianOf(steps))
}

func duration(seconds float64) time.Duration { return time.Duration(nanos(seconds)) }

// mediaDrift is the mean rate of R against UTC, ppm. a = UTC - R falls where the media clock runs fast.
func (f *fit) mediaDrift() float64 {
	var rates []float64
	for g := range f.segments {
		c := &f.times[g]
		if n := len(c.x); n > 1 && c.x[n-1] > c.x[0] {
			rates = append(rates, (c.y[n-1]-c.y[0])/(c.x[n-1]-c.x[0]))
		}
	}
	if len(rates) == 0 {
		return 0
	}
	return -medianOf(rates) * 1e6
}

// judgeReports fills the verdicts and the noise.
func (f *fit) judgeReports(s *Study) {
	for i := range f.reports {
		s.Reports[f.reports[i].index].Residual = duration(f.residual(&f.reports[i]))
	}
	for _, k := range f.reference {
		s.Reports[f.reports[k].index].Used = true
	}
	s.Noise = duration(f.residualNoise())
}

// residualNoise is the standard deviation of the used reports about the fitted clock.
func (f *fit) residualNoise() float64 {
	if len(f.reference) == 0 {
		return 0
	}
	squares := 0.0
	for _, k := range f.reference {
		off := f.residual(&f.reports[k])
		squares += off * off
	}
	return math.Sqrt(squares / float64(len(f.reference)))
}

// residual is what a report says minus the fitted clock.
func (f *fit) residual(r *report) float64 {
	at := &f.times[r.segment]
	if f.class != SendStamped {
		return r.pair - at.at(r.media)
	}
	// At its arrival the media clock showed R + lag.
	media := r.media + r.lag
	return r.sent - (at.at(media) - f.segments[r.segment].envelope.at(media))
}

// newestReports returns the last reports that tell how far the two clocks are apart.
func (f *fit) newestReports() []int {
	last := f.reference
	if len(last) == 0 && len(f.levels) > 0 {
		last = f.levels[len(f.levels)-1].members
	}
	return last[max(len(last)-5, 0):]
}

// compareClocks tells how the camera's clock stands to the host's at the end.
func (f *fit) compareClocks(s *Study) {
	last := f.newestReports()
	if !f.heard || len(last) == 0 {
		return
	}
	sent, grain := f.medianSent(last), f.grain.Seconds()
	s.Offset = duration(sent)
	s.apart = !nearHost(sent, grain) && !nearHost(f.medianOf(last), grain)
}

// breaks lists where the clocks did not run on evenly.
func (f *fit) breaks() []Break {
	var out []Break
	for g := 1; g < len(f.segments); g++ {
		out = append(out, Break{Frame: f.segments[g].from, Cause: f.segments[g].cause, By: f.jump(g)})
	}
	for i := 1; i < len(f.levels); i++ {
		at := f.reports[f.levels[i].members[0]].frame
		out = append(out, Break{Frame: at, Cause: ClockSet, By: duration(f.step(&f.levels[i-1], &f.levels[i]))})
	}
	slices.SortStableFunc(out, func(a, b Break) int { return a.Frame - b.Frame })
	return out
}

// step is how far the camera's clock was set between two levels, s. It may drift within them, so the reports next to the step
// tell it.
func (f *fit) step(before, after *clockLevel) float64 {
	const beside = 3 // reports on either side: their median is no outlier
	last, first := before.members, after.members
	last, first = last[max(len(last)-beside, 0):], first[:min(beside, len(first))]
	drift := f.drift
	if f.saw != nil {
		drift = f.saw.drift
	}
	mean := func(members []int) (at float64) {
		for _, k := range members {
			at += f.reports[k].host / float64(len(members))
		}
		return at
	}
	return f.medianOf(first) - f.medianOf(last) - drift*(mean(first)-mean(last))
}

// jump is how far the media clock was set at the beginning of a segment: forwards is positive.
func (f *fit) jump(g int) time.Duration {
	if f.segments[g].cause != MediaSet {
		return 0
	}
	at := f.media[f.segments[g].from]
	return duration(f.times[g-1].at(at) - f.times[g].at(at))
}
