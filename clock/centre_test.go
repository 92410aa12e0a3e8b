package clock

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// TestBoundedNoise: of thirty reports whose noise is even up to 25 ms, as after the step here, the mean is known to 2.6 ms,
// the middle to 1.1 ms. Gaussian noise is no reason to look at the extremes.
func TestBoundedNoise(t *testing.T) {
	even := func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(50e6) - 25e6) }
	gaussian := func(r *rand.Rand) time.Duration { return time.Duration(r.NormFloat64() * 14.4e6) }
	for _, test := range []struct {
		name  string
		noise func(*rand.Rand) time.Duration
		good  float64 // root of the mean square, ms
	}{{"even", even, 2}, {"gaussian", gaussian, 3.5}} {
		const draws = 40
		squares, within := 0.0, 0
		for seed := range uint64(draws) {
			e, truth := noisyMinute(rand.New(rand.NewPCG(seed, 1)), test.noise)
			off := e.Time.Sub(truth)
			squares += float64(off) * float64(off) / 1e12
			if off.Abs() <= e.Error {
				within++
			}
		}
		if rms := math.Sqrt(squares / draws); rms > test.good || within < draws*9/10 {
			t.Errorf("%s: off by %.2f ms, %d of %d within the bound", test.name, rms, within, draws)
		}
	}
}

// noisyMinute returns the estimate and the true time of a frame of a minute of a camera with a report per second, whose
// clock is 0.4 s ahead and is set right half-way.
func noisyMinute(r *rand.Rand, noise func(*rand.Rand) time.Duration) (e Estimate, captured time.Time) {
	const count, perReport, step = 1500, 25, 750
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	way := func() time.Duration { return time.Duration(3e5 + r.ExpFloat64()*2e5) }
	var frames []Frame
	var reports []Report
	phase := time.Duration(r.Int64N(38e6))
	for i := range count {
		at := start.Add(time.Duration(i) * 40 * time.Millisecond)
		frames = append(frames, Frame{RTP: int64(i) * 3600, Arrival: at.Add(way())})
		if i%perReport != perReport/2 {
			continue
		}
		left, shown := at.Add(phase), at.Add(phase+noise(r))
		if i < step {
			shown = shown.Add(400 * time.Millisecond)
		}
		reports = append(reports, Report{
			NTP: ntp.FromTime(shown), RTP: int64(left.Sub(start)) * 9 / 1e5, Before: i + 1, Arrival: left.Add(way()),
		})
	}
	return Fit(Options{ClockRate: 90000}, reports, frames)[count/2], start.Add(count / 2 * 40 * time.Millisecond)
}
