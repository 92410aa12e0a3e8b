package clock

import (
	"slices"
	"time"
)

// Break is a place where one of the camera's clocks did not run on evenly.
type Break struct {
	Frame int           // index of the first frame after it
	By    time.Duration // how far the camera's clock was set; 0 for a new start of the media clock
	Cause Cause
}

// Cause says what happened at a Break.
type Cause uint8

// The causes.
const (
	Restart  Cause = iota // the media clock began anew: a new SSRC, a new session
	MediaSet              // the media clock was set within a run
	Pace                  // the media clock runs at another speed from here on
	ClockSet              // the camera's clock was set
)

var causeNames = [...]string{"restart", "media clock set", "pace", "clock set"}

// String returns the cause in words.
func (c Cause) String() string { return name(causeNames[:], int(c)) }

// breaks lists where the clocks did not run on evenly.
func (f *fit) breaks() []Break {
	var out []Break
	for g := 1; g < len(f.segments); g++ {
		out = append(out, Break{Frame: f.segments[g].from, Cause: f.segments[g].cause, By: f.jump(g)})
	}
	for i := 1; i < len(f.levels); i++ {
		at := f.reports[f.levels[i].reports[0]].frame
		out = append(out, Break{Frame: at, Cause: ClockSet, By: duration(f.step(&f.levels[i-1], &f.levels[i]))})
	}
	slices.SortStableFunc(out, func(a, b Break) int { return a.Frame - b.Frame })
	return out
}

// step is how far the camera's clock was set between two levels, s. It may drift within them, so the reports next to the step
// tell it.
func (f *fit) step(before, after *level) float64 {
	const beside = 3 // reports on either side: their median is no outlier
	last, first := before.reports, after.reports
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
