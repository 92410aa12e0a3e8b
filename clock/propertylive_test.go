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
	var shown order
	eachRandomCamera(t, func(t *testing.T, seed uint64, c *clocksim.Camera, r *clocksim.Recording) {
		if unknowableOrder(c) != "" {
			return
		}
		list := track(r)
		if sound(t, seed, c, r, list) && shown.add(t, seed, c, r, list) && unknowableLive(c) == "" {
			checkBounds(c, r, list, true, &bounds)
			checkAgreement(c, r, fit(r), list, &agreed)
		}
	})
	shown.check(t)
	bounds.check(t, "the bound holds", 0.95, 0.8)
	agreed.check(t, "live and offline agree", 0.975, 0.85)
}

// unknowableOrder returns why nobody can tell in which order frames are shown as they come, or nothing.
func unknowableOrder(c *clocksim.Camera) string {
	if c.Media.Source == clocksim.Follows && len(c.Clock.Steps) > 0 && c.Capture.BFrames > 0 {
		return "the media clock is set, and the B-frames that come next are still stamped by what it was"
	}
	return ""
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
