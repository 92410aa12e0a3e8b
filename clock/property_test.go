package clock_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/clocksim"
)

func track(r *clocksim.Recording) []clock.Estimate { return clock.Live(r.Options, r.Reports, r.Frames) }

func fit(r *clocksim.Recording) []clock.Estimate { return clock.Fit(r.Options, r.Reports, r.Frames) }

// unknowable returns why nobody can bound how wrong the times of a camera are, or nothing. Live, less can be known.
func unknowable(c *clocksim.Camera, live bool) string {
	right := c.Clock.Offset == 0 && len(c.Clock.Steps) == 0 && len(c.Clock.Slews) == 0
	switch {
	case c.Reports.Grain >= 0.1:
		return "the camera's clock is read in whole seconds"
	case c.Network.Batch > 0:
		return "packets arrive in batches"
	case c.Reports.Policy == clocksim.LastFrame && c.Reports.Shortest == c.Reports.Longest:
		return "the lag of the reports is constant"
	case c.Host.Blind && !right:
		return "the camera's clock is wrong, and no arrivals contradict it"
	case c.Host.Unset && c.Reports.Policy == clocksim.NoReports:
		return "the host's clock is wrong, and no reports contradict it"
	case live && len(c.Clock.Slews) > 0:
		return "the camera's clock is moved little by little"
	case live && c.Clock.PPM != 0:
		return "the camera's clock drifts and is set again and again"
	case live && c.Media.Source >= clocksim.Counted && len(c.Capture.Changes) > 0:
		return "the frame rate changes, and the time stamps don't tell"
	}
	return ""
}

// unknowableFrame is the same for one frame.
func unknowableFrame(c *clocksim.Camera, e *clock.Estimate, truth time.Time, live bool) bool {
	if c.Host.Unset && e.Source == clock.Arrival {
		return true // no report has come yet
	}
	// What is wrong about the camera's clock is seen when it is set right.
	return live && c.Clock.Offset != 0 && len(c.Clock.Steps) > 0 &&
		truth.Sub(clocksim.Epoch).Seconds() < c.Clock.Steps[0].At+2.2*c.Reports.Longest
}

// traits are the words by which cameras are told apart when their bounds are counted.
func traits(c *clocksim.Camera) []string {
	list := []string{
		"policy " + [...]string{"exact", "last frame", "of frame", "none"}[c.Reports.Policy],
		"media " + [...]string{"free", "follows", "counted", "nominal"}[c.Media.Source],
	}
	for name, has := range map[string]bool{
		"wifi": c.Network.Jitter > 1e-3, "stalls": c.Network.Stalls > 0, "loss": c.Network.Loss > 0,
		"B-frames": c.Capture.BFrames > 0, "rate change": len(c.Capture.Changes) > 0, "capture jitter": c.Capture.Jitter > 0,
		"counts wrongly": c.Media.CountedFPS > 0 && c.Media.Source == clocksim.Counted, "media in ms": c.Media.Tick > 1,
		"wrap": c.Media.WrapAt > 0, "restart": len(c.Media.Restarts) > 0, "grain": c.Reports.Grain > 0,
		"sparse": c.Reports.Longest > 20, "lost reports": c.Reports.Loss > 0, "delayed reports": c.Reports.Delay > 0,
		"blind": c.Host.Blind, "host unset": c.Host.Unset, "encoder jitter": c.Encoder.Jitter > 1e-3,
		"5 fps": c.Capture.FPS == 5, "clock " + clockTrait(&c.Clock): true,
	} {
		if has {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func clockTrait(s *clocksim.SystemClock) string {
	switch {
	case len(s.Slews) > 0:
		return "slewed"
	case s.PPM != 0:
		return "sawtooth"
	case len(s.Steps) > 0 && s.Offset != 0:
		return "set right"
	case len(s.Steps) > 0:
		return "set wrong"
	case s.Offset < -1e6:
		return "unset"
	case s.Offset != 0:
		return "local time"
	case s.Wander != 0:
		return "wandering"
	}
	return "right"
}

// tally counts frames by trait, and those whose bound holds.
type tally struct {
	mu             sync.Mutex
	frames, within map[string]int
}

func (c *tally) add(traits []string, frames, within int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frames == nil {
		c.frames, c.within = map[string]int{}, map[string]int{}
	}
	for _, name := range append(traits, "all") {
		c.frames[name] += frames
		c.within[name] += within
	}
}

// check wants so many of all the frames, and so many of those of the cameras with each trait.
func (c *tally) check(t *testing.T, what string, least, leastOfTrait float64) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.frames)) {
		share := float64(c.within[name]) / float64(c.frames[name])
		fmt.Fprintf(&b, "\n  %-20s %9d frames %.4f", name, c.frames[name], share)
		if share < leastOfTrait || name == "all" && share < least {
			t.Errorf("%s: %s: %.4f of the frames", what, name, share)
		}
	}
	t.Logf("%s:%s", what, b.String())
}

// TestFitOfRandomCameras holds Fit to what it promises for any camera: a time for each frame, never backwards, with a bound
// that holds for 95 % of the frames.
func TestFitOfRandomCameras(t *testing.T) {
	var bounds tally
	eachRandomCamera(t, func(t *testing.T, seed uint64, c *clocksim.Camera, r *clocksim.Recording) {
		list := fit(r)
		forwards(t, seed, c, r, list, nil)
		if sound(t, seed, c, r, list) && unknowable(c, false) == "" {
			checkBounds(c, r, list, false, &bounds)
		}
	})
	bounds.check(t, "the bound holds", 0.95, 0.7)
}

// eachRandomCamera calls f for so many cameras that each mixture of traits comes up; with TIMESLATE_LONG set for many more.
func eachRandomCamera(t *testing.T, f func(*testing.T, uint64, *clocksim.Camera, *clocksim.Recording)) {
	cameras, shards := uint64(1500), uint64(4)
	if os.Getenv("TIMESLATE_LONG") != "" {
		cameras = 20000
	}
	t.Run("cameras", func(t *testing.T) {
		for shard := range shards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				for seed := shard; seed < cameras; seed += shards {
					c := clocksim.Random(seed)
					f(t, seed, &c, c.Record(seed))
				}
			})
		}
	})
}

// forwards wants time not to run backwards, neither as the frames are shown nor, if that is the same, as they were captured.
func forwards(t *testing.T, seed uint64, c *clocksim.Camera, r *clocksim.Recording, list []clock.Estimate, mayGoBack func(int) bool) {
	t.Helper()
	if err := clock.Backwards(r.Options, r.Frames, list, mayGoBack); err != nil {
		t.Errorf("seed %d: %v: %q", seed, err, traits(c))
	}
	back := clocksim.Judge(list, r.Truth, clocksim.Judging{}).Back
	if back > 0 && mayGoBack == nil && !shownAnotherWay(c, r) {
		t.Errorf("seed %d: %d steps backwards: %q", seed, back, traits(c))
	}
}

// shownAnotherWay reports whether frames are shown in another order than that in which they were captured. Nobody can know that
// order when the stamps don't tell it: where the media clock is set while B-frames are still to come that were captured before,
// or back by less than two frames lie apart.
func shownAnotherWay(c *clocksim.Camera, r *clocksim.Recording) bool {
	set := c.Media.Source == clocksim.Follows && len(c.Clock.Steps) > 0
	for _, restart := range c.Media.Restarts {
		set = set || restart.SameSSRC
	}
	order := clock.InShownOrder(r.Options, r.Frames)
	return set && !slices.IsSortedFunc(order, func(i, j int) int { return r.Truth[i].Compare(r.Truth[j]) })
}

// sound asks for an estimate per frame with what belongs to it.
func sound(t *testing.T, seed uint64, c *clocksim.Camera, r *clocksim.Recording, list []clock.Estimate) bool {
	if len(list) != len(r.Frames) {
		t.Errorf("seed %d: %d estimates of %d frames", seed, len(list), len(r.Frames))
		return false
	}
	s := clocksim.Judge(list, r.Truth, clocksim.Judging{})
	if s.Missing > 0 && !c.Host.Blind {
		t.Errorf("seed %d: %d of %d frames have no time: %q", seed, s.Missing, len(list), traits(c))
	}
	for i, e := range list {
		if e.Time.IsZero() != (e.State == clock.None) || !e.Time.IsZero() && e.Error <= 0 || e.Error > 24*time.Hour {
			t.Errorf("seed %d: frame %d: %v ± %v, %s: %q", seed, i, e.Time, e.Error, e.Status(), traits(c))
			return false
		}
	}
	return true
}

// ownError returns how far a camera's clock errs all the time, too little for anybody to see.
func ownError(s *clocksim.SystemClock) time.Duration {
	size := s.Wander
	if s.PPM != 0 && len(s.Steps) > 0 {
		size = max(s.Steps[0].By, -s.Steps[0].By)
	}
	return time.Duration(size * 1e9)
}

// checkBounds counts the frames whose bound holds, beside what the camera's clock is off by as long as nobody can see it.
func checkBounds(c *clocksim.Camera, r *clocksim.Recording, list []clock.Estimate, live bool, count *tally) {
	frames, within := 0, 0
	own := ownError(&c.Clock)
	for i := range list {
		e := &list[i]
		if e.Time.IsZero() || unknowableFrame(c, e, r.Truth[i], live) {
			continue
		}
		frames++
		if off := e.Time.Sub(r.Truth[i]); min(off.Abs(), (off-r.Latency).Abs()) <= e.Error+own {
			within++
		}
	}
	count.add(traits(c), frames, within)
}
