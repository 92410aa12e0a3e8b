package clock

import (
	"math"
	"time"
)

const (
	// fastestSlew is how fast clocks are slewed when they are set gently, with room: adjtime and ntpd do 500 ppm.
	fastestSlew = 1000e-6
	// beforeCapture is a delay by which frames would arrive before they were captured, with room for the disciplines of both
	// clocks. A level that says so loses against one that does not.
	beforeCapture = -0.005
)

// disputed returns how far off the reference is if another plausible level is the right one, in s. A camera may be right first
// and be set wrong later; nothing in a single recording tells. What is settled: a clock that was slewed, for only a server does
// that, and a level by which frames arrive before they are captured.
func (f *fit) disputed(best int) float64 {
	width, ours := 0.0, f.levels[best].median
	for i, l := range f.levels {
		off := math.Abs(l.median - ours)
		if i == best || !l.plausible || len(l.members) < f.leastDisputing() || off <= f.threshold/2 {
			continue
		}
		if f.slewed(min(i, best), max(i, best)) || f.judged() && settled(l.median, ours) {
			continue
		}
		width = max(width, off)
	}
	return width
}

// settled says whether another level, s ahead of the host's clock, loses against ours because of when its frames would arrive.
func settled(other, ours float64) bool { return -other < beforeCapture && -ours >= beforeCapture }

// strife returns how far off the reference is if it is the host's clock that is right, in s. ahead is the camera's clock minus
// the host's, less the frames' way.
func (f *fit) strife(ahead float64) float64 {
	if f.options.Trust != TrustNeither || !f.heard {
		return 0
	}
	return strife(ahead, f.interval, f.origin)
}

// strife is that with a frame interval (s) and the host's time. There is none where both clocks can be right, or where the
// host's was never set.
func strife(ahead, interval float64, host time.Time) float64 {
	if nearHost(ahead, 0) || !EverSet(host) {
		return 0
	}
	return math.Abs(ahead) + interval
}

// leastDisputing is how many reports make a level that may be the right one: a single one is an outlier, if there are more.
func (f *fit) leastDisputing() int {
	if len(f.reports) < 2*leastMembers {
		return 1
	}
	return 2
}

// slewed says whether the camera's clock went gradually from one level to another.
func (f *fit) slewed(from, to int) bool {
	whole := math.Abs(f.levels[to].median - f.levels[from].median)
	for i := from; i < to; i++ {
		p, q := f.levels[i].members, f.levels[i+1].members
		last, first := p[len(p)-1], q[0]
		if !gradual(f.series[first]-f.series[last], whole, f.threshold, f.reports[first].host-f.reports[last].host) {
			return false
		}
	}
	return true
}

// gradual says whether a step between two reports, so many seconds apart, is a part of a slew of the whole, and not a setting.
func gradual(step, whole, threshold, apart float64) bool {
	step = math.Abs(step)
	return step < whole/2 && step <= threshold+fastestSlew*apart
}
