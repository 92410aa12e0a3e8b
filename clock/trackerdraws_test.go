package clock_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/clocksim"
	"github.com/timeslate/timeslate/ntp"
)

// Single cameras whose reports came by chance so that a Tracker was led astray.
func TestTrackerOfUnluckyDraws(t *testing.T) {
	for _, c := range []struct {
		kind, why    string
		seed         uint64
		meanAbs, p99 float64 // ms
	}{
		{"viii_sr_sparse", "the first three reports leave evenly, two of them right after their frames", 5083, 0.2, 0.5},
		{"viii_sr_sparse", "so do these", 5169, 0.2, 0.5},
		{"batch100", "the first report comes before the fastest frame does", 5028, 1, 5},
		{"batch100", "arrivals say by chance that later reports have no later pairs", 5062, 1, 3},
		{"batch100", "so they do, and the first dozen fills half of an interval", 7023, 1, 3},
	} {
		t.Run(fmt.Sprintf("%s/%d", c.kind, c.seed), func(t *testing.T) {
			camera := clocksim.Kind(c.kind, c.seed, 300)
			goal{c.meanAbs, c.p99, 0.95}.check(t, liveScore(camera.Record(c.seed)))
		})
	}
}

// Late in a slew the reports before it seem to be those right after the settings of a clock that drifts.
func TestSlewIsNoSawtooth(t *testing.T) {
	camera := clocksim.Kind("vii_slew", 5046, 300)
	goal{13, 50.1, 0.93}.check(t, liveScore(camera.Record(5046)))
}

// A camera that reports with each frame is followed as well as one that does every five seconds.
func TestTrackerOfManyReports(t *testing.T) {
	for _, kind := range []string{"harsh", "ii+iv_wifi", "iii_ms_ntp"} {
		camera := clocksim.Kind(kind, 1, 180)
		camera.Reports.Shortest, camera.Reports.Longest = 0.04, 0.042
		goal{0.5, 1.2, 0.95}.check(t, liveScore(camera.Record(1)))
	}
}

func liveScore(r *clocksim.Recording) clocksim.Score {
	return clocksim.Judge(track(r), r.Truth, clocksim.Judging{Known: r.Latency, Skip: 60})
}

// BenchmarkReport is a report, and a frame, of a camera behind a network, when the memory is full.
func BenchmarkReport(b *testing.B) {
	c, tr, k, r := camera{}, clock.NewTracker(clock.Options{ClockRate: rate}), 0, rand.New(rand.NewPCG(1, 1))
	late := func() time.Duration { return time.Duration(r.ExpFloat64() * 1e6) }
	follow := func() {
		f := c.frame(k)
		f.Arrival = f.Arrival.Add(late())
		tr.Frame(f)
	}
	report := func() {
		s := c.report(k)
		s.NTP = ntp.FromTime(s.Arrival.Add(late()))
		s.Arrival = s.Arrival.Add(late())
		tr.Report(s)
	}
	for ; k < 25000; k++ {
		if k%125 == 0 {
			report()
		}
		follow()
	}
	b.ReportAllocs()
	for b.Loop() {
		k += 125
		report()
		follow()
	}
}
