package clock_test

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/clocksim"
)

// TestTrackerOfRandomCameras is TestFitOfRandomCameras live. What is said at once must be what is said afterwards, within
// what both may be off by.
func TestTrackerOfRandomCameras(t *testing.T) {
	var bounds, agreed tally
	eachRandomCamera(t, func(t *testing.T, seed uint64, c *clocksim.Camera, r *clocksim.Recording) {
		list := track(r)
		var mayGoBack func(i int) bool
		if c.Host.Unset {
			mayGoBack = firstReport(list)
		}
		forwards(t, seed, c, r, list, mayGoBack)
		if sound(t, seed, c, r, list) && unknowableLive(c) == "" {
			checkBounds(c, r, list, true, &bounds)
			checkAgreement(c, r, fit(r), list, &agreed)
		}
	})
	bounds.check(t, "the bound holds", 0.95, 0.8)
	agreed.check(t, "live and offline agree", 0.975, 0.85)
}

// firstReport returns a function that tells at which frame the first report shows how wrong the host's clock is. It is the next
// one that is shown after all before it.
func firstReport(list []clock.Estimate) func(i int) bool {
	known, done := false, false
	return func(i int) bool {
		known = known || i > 0 && list[i-1].Source == clock.Arrival && list[i].Source != clock.Arrival
		if done || !known || list[i].Flags&clock.Stepped == 0 {
			return false
		}
		done = true
		return true
	}
}

// unknowableLive returns why nobody can bound how wrong the times of a camera are as they come, or nothing.
func unknowableLive(c *clocksim.Camera) string {
	if c.Host.Blind {
		return "no arrivals, which every recorder has that is there: the first reports can't be checked by anything"
	}
	return unknowable(c, true)
}

// checkAgreement counts the frames for which both say the same.
func checkAgreement(c *clocksim.Camera, r *clocksim.Recording, a, b []clock.Estimate, count *tally) {
	frames, within := 0, 0
	for i := range a {
		if a[i].Time.IsZero() || b[i].Time.IsZero() || unknowableFrame(c, &b[i], r.Truth[i], true) {
			continue
		}
		frames++
		if a[i].Time.Sub(b[i].Time).Abs() <= a[i].Error+b[i].Error {
			within++
		}
	}
	count.add(traits(c), frames, within)
}

// Live it must hold both from the second report after the step on.
func TestTwoPlausibleLevelsLive(t *testing.T) {
	eachTwoLevels(t, func(t *testing.T, r *clocksim.Recording, other time.Duration) {
		checkBothLevels(t, track(r), r.Truth, other, 110)
	})
}
