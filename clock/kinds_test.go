package clock_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/clocksim"
)

// goal is how good estimates of a kind of camera must be.
type goal struct {
	meanAbs, p99 float64 // ms
	cover        float64
}

// goals has a row for each kind of camera: for the whole recording at once, and live from a minute on.
var goals = map[string]struct{ offline, live goal }{
	"i_ideal":        {goal{0.02, 0.05, 0.95}, goal{0.05, 0.2, 0.95}},
	"ii_sendstamp":   {goal{0.1, 0.4, 0.95}, goal{0.2, 0.6, 0.95}},
	"ii_alias":       {goal{0.7, 0.8, 0.95}, goal{0.7, 0.9, 0.95}},
	"ii_enc25ms":     {goal{0.2, 0.4, 0.95}, goal{0.2, 0.6, 0.95}},
	"iii_ms_ntp":     {goal{0.1, 0.3, 0.95}, goal{0.2, 0.5, 0.95}},
	"iv_ppm":         {goal{0.02, 0.05, 0.95}, goal{0.05, 0.2, 0.95}},
	"ii+iv":          {goal{0.1, 0.4, 0.95}, goal{0.2, 0.6, 0.95}},
	"ii+iv_wifi":     {goal{1, 2, 0.95}, goal{2, 6, 0.95}},
	"v_const_jitter": {goal{0.4, 1.5, 0.95}, goal{0.5, 2, 0.95}},
	"vi_sys_step":    {goal{0.1, 0.3, 0.95}, goal{0.1, 0.3, 0.95}},
	"vii_step":       {goal{0.1, 0.3, 0.95}, goal{0.1, 0.3, 0.95}},
	"vii_slew":       {goal{0.15, 0.4, 0.95}, goal{2, 5, 0.90}},
	"viii_sr_sparse": {goal{0.5, 1.5, 0.90}, goal{0.5, 1.5, 0.90}},
	"ix_wrap":        {goal{0.05, 0.2, 0.95}, goal{0.1, 0.5, 0.95}},
	"ix_restart":     {goal{0.05, 0.2, 0.95}, goal{0.1, 0.5, 0.95}},
	"x_bframes":      {goal{0.02, 0.05, 0.95}, goal{0.05, 0.2, 0.95}},
	"x_bframes_ii":   {goal{0.15, 0.4, 0.95}, goal{0.3, 1, 0.95}},
	"xi_1970":        {goal{45, 45, 0.95}, goal{45, 45, 0.95}},
	"xi_1970_wifi":   {goal{45, 45, 0.95}, goal{45, 45, 0.95}},
	"xii_loss":       {goal{0.02, 0.05, 0.95}, goal{0.05, 0.2, 0.95}},
	"xiii_rate_lie":  {goal{0.1, 0.3, 0.95}, goal{0.2, 0.5, 0.95}},
	"harsh":          {goal{0.5, 1, 0.95}, goal{0.8, 2, 0.95}},
	"harsh_exact":    {goal{0.2, 0.4, 0.95}, goal{0.2, 0.6, 0.95}},
	"frame_ntp":      {goal{0.02, 0.05, 0.95}, goal{0.05, 0.2, 0.95}},
	"sawtooth":       {goal{0.3, 0.5, 0.95}, goal{4, 7, 0}}, // live nothing tells before it is set
	"sec_ntp":        {goal{600, 600, 0.95}, goal{200, 300, 0.95}},
	"batch100":       {goal{3, 5, 0.85}, goal{6, 20, 0.85}},
	"fps5_ii":        {goal{0.1, 0.4, 0.95}, goal{0.2, 0.6, 0.95}},
	"night_fps":      {goal{0.1, 0.3, 0.95}, goal{40, 1200, 0.95}}, // live some seconds pass until it is seen
	"xiv_rtp_ms":     {goal{0.3, 0.6, 0.95}, goal{0.5, 1.2, 0.95}},
}

func TestFitOfKinds(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string, c *clocksim.Camera, r *clocksim.Recording) {
		goals[kind].offline.check(t, clocksim.Judge(fit(r), r.Truth, clocksim.Judging{Known: r.Latency}))
	})
}

func TestTrackerOfKinds(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string, c *clocksim.Camera, r *clocksim.Recording) {
		goals[kind].live.check(t, clocksim.Judge(track(r), r.Truth, clocksim.Judging{Known: r.Latency, Skip: settled(c)}))
	})
}

func eachKind(t *testing.T, f func(t *testing.T, kind string, c *clocksim.Camera, r *clocksim.Recording)) {
	for _, kind := range clocksim.Kinds() {
		if _, ok := goals[kind]; !ok {
			t.Errorf("no goal for %s", kind)
		}
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%s/%d", kind, seed), func(t *testing.T) {
				t.Parallel()
				c := clocksim.Kind(kind, seed, 300)
				f(t, kind, &c, c.Record(seed))
			})
		}
	}
}

// settled returns when a Tracker must have come to terms with a camera.
func settled(c *clocksim.Camera) float64 {
	switch {
	case len(c.Clock.Slews) > 0:
		s := c.Clock.Slews[0]
		return s.At + 0.05/(s.PPM*1e-6) + 20
	case len(c.Clock.Steps) == 1:
		return c.Clock.Steps[0].At + 15
	}
	return 60
}

func (g goal) check(t *testing.T, s clocksim.Score) {
	t.Helper()
	if s.Missing > 0 || s.Back > 0 || millis(s.MeanAbs) > g.meanAbs || millis(s.P99) > g.p99 || s.Cover < g.cover {
		t.Errorf("mean abs %.3f ms, p99 %.3f, cover %.3f, %d backwards, %d missing; want %v",
			millis(s.MeanAbs), millis(s.P99), s.Cover, s.Back, s.Missing, g)
	}
}

func millis(d time.Duration) float64 { return float64(d) / 1e6 }

// A camera that was never set has no time, but its frames must keep their distances.
func TestUnsetClockKeepsDistances(t *testing.T) {
	r := clocksim.Kind("xi_1970", 3, 300).Record(3)
	for what, list := range map[string][]clock.Estimate{"offline": fit(r), "live": track(r)} {
		if s := clocksim.Judge(list, r.Truth, clocksim.Judging{Skip: 60}); millis(s.Std) > 0.5 {
			t.Errorf("%s: the error spreads by %v", what, s.Std)
		}
	}
}

// Two cameras that see the same must be told so.
func TestPairOfCameras(t *testing.T) {
	for _, kind := range []string{"ii+iv", "v_const_jitter", "x_bframes_ii", "ix_restart"} {
		p := clocksim.Pair(kind, 10, 300)
		s := clocksim.JudgePair(fit(p[0]), fit(p[1]), p[0].Truth, p[1].Truth, 5)
		if millis(s.MeanAbs) > 0.4 || s.Paired < 0.999 {
			t.Errorf("%s offline: %+v", kind, s)
		}
		s = clocksim.JudgePair(track(p[0]), track(p[1]), p[0].Truth, p[1].Truth, 30)
		if millis(s.MeanAbs) > 0.5 || s.Paired < 0.995 {
			t.Errorf("%s live: %+v", kind, s)
		}
	}
}

// A camera whose clock is right, and then set wrong by so little that it might be right as well: who is to tell? The bound
// must hold both times.
func TestTwoPlausibleLevels(t *testing.T) {
	eachTwoLevels(t, func(t *testing.T, r *clocksim.Recording, other time.Duration) {
		checkBothLevels(t, fit(r), r.Truth, other, 0)
	})
}

// eachTwoLevels calls f for cameras whose clocks show the truth for half of the time, and else one that is off.
func eachTwoLevels(t *testing.T, f func(t *testing.T, r *clocksim.Recording, other time.Duration)) {
	for _, by := range []float64{-0.02, -0.06, -0.15, -0.35} {
		for _, order := range []string{"right first", "wrong first"} {
			t.Run(fmt.Sprintf("%v s, %s", by, order), func(t *testing.T) {
				c := clocksim.Kind("iv_ppm", 5, 180)
				c.Clock.Steps = []clocksim.Step{{At: 90, By: by}}
				if order == "wrong first" {
					c.Clock.Offset, c.Clock.Steps[0].By = by, -by
				}
				f(t, c.Record(5), time.Duration(by*1e9))
			})
		}
	}
}

func checkBothLevels(t *testing.T, list []clock.Estimate, truth []time.Time, other time.Duration, from float64) {
	t.Helper()
	frames, within := 0, 0
	for i, e := range list {
		if truth[i].Sub(clocksim.Epoch).Seconds() < from {
			continue
		}
		frames++
		if off := e.Time.Sub(truth[i]); off.Abs() <= e.Error && (off-other).Abs() <= e.Error {
			within++
		}
	}
	if share := float64(within) / float64(frames); share < 0.95 {
		t.Errorf("the bound of %.3f of the frames holds both times", share)
	}
}
