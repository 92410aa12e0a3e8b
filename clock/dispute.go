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

// settled says whether another level, s ahead of the host's clock, loses against ours because of when its frames would arrive.
func settled(other, ours float64) bool { return -other < beforeCapture && -ours >= beforeCapture }

// strife is that with a frame interval (s) and the host's time. There is none where both clocks can be right, or where the
// host's was never set.
func strife(ahead, interval float64, host time.Time) float64 {
	if nearHost(ahead, 0) || !EverSet(host) {
		return 0
	}
	return math.Abs(ahead) + interval
}

// gradual says whether a step between two reports, so many seconds apart, is a part of a slew of the whole, and not a setting.
func gradual(step, whole, threshold, apart float64) bool {
	step = math.Abs(step)
	return step < whole/2 && step <= threshold+fastestSlew*apart
}
