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

// rival returns how far off one level is if another plausible one is the right one, in s. A camera may be right first and be
// set wrong later; nothing in a single recording tells. Levels of fewer reports than least don't count, nor those within room, in
// s. What is settled: a clock that was slewed, for only a server does that, and where the host's clock is a judge, a level by
// which frames arrive before they are captured.
func (s *settings) rival(chosen, least int, room float64, judged bool) (width float64) {
	ours := s.levels[chosen].ahead
	for i, l := range s.levels {
		off := math.Abs(l.ahead - ours)
		if i == chosen || !l.plausible || len(l.reports) < least || off <= room {
			continue
		}
		if s.slewed(min(i, chosen), max(i, chosen)) || judged && settled(l.ahead, ours) {
			continue
		}
		width = max(width, off)
	}
	return width
}

// slewed says whether the camera's clock went gradually from one level to another.
func (s *settings) slewed(from, to int) bool {
	whole := math.Abs(s.levels[to].ahead - s.levels[from].ahead)
	for i := from; i < to; i++ {
		before := s.levels[i].reports
		last, first := before[len(before)-1], s.levels[i+1].reports[0]
		if !gradual(s.series[first]-s.series[last], whole, s.threshold, s.came[first]-s.came[last]) {
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

// settled says whether another level, s ahead of the host's clock, loses against ours because of when its frames would arrive.
func settled(other, ours float64) bool { return -other < beforeCapture && -ours >= beforeCapture }

// strife returns how far off a camera's clock is if it is the host's that is right, in s: as far as it is ahead of that, and a
// frame interval, which frames may take. 0 where both clocks can be right, or the host's was never set.
func strife(ahead, interval float64, host time.Time) float64 {
	if nearHost(ahead, 0) || !EverSet(host, host) {
		return 0
	}
	return math.Abs(ahead) + interval
}
