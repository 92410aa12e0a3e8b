package clock

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// TestFewReports: however few reports there are of a noisy camera, the bound holds, live as well.
func TestFewReports(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 4, 5, 8, 12} {
		const cameras = 100
		held, live := 0, 0
		holds := func(list []Estimate, frame int) int {
			e := list[frame]
			if e.Time.Sub(start.Add(time.Duration(frame)*40*time.Millisecond)).Abs() <= e.Error {
				return 1
			}
			return 0
		}
		for range cameras {
			var frames []Frame
			var reports []Report
			for i := range n*50 + 20 {
				at := start.Add(time.Duration(i) * 40 * time.Millisecond)
				frames = append(frames, Frame{RTP: int64(i) * 3600, Arrival: at.Add(time.Millisecond)})
				if i%50 == 10 {
					sent := at.Add(time.Duration(1 + r.Int64N(38e6)))
					reports = append(reports, Report{
						NTP: ntp.FromTime(sent.Add(time.Duration(r.Int64N(30e6) - 15e6))), RTP: int64(sent.Sub(start)) * 9 / 1e5,
						Before: i + 1, Arrival: sent.Add(time.Millisecond),
					})
				}
			}
			held += holds(Fit(Options{ClockRate: 90000}, reports, frames), n*25)
			live += holds(Live(Options{ClockRate: 90000}, reports, frames), len(frames)-1)
		}
		if held < 90 || live < 90 {
			t.Errorf("%d reports: the bound holds for %d of %d cameras, live for %d", n, held, cameras, live)
		}
	}
}

func TestFewness(t *testing.T) {
	for _, test := range []struct {
		n                     int
		noise, interval, want float64
	}{
		{0, 1e-3, 0.04, 0}, {1, math.NaN(), 0.04, 0.04}, {3, 0, 0.04, 0.04}, {4, math.NaN(), 0.04, 0}, {9, 3e-3, 0.04, 1.3e-3}, {100, 1e-3, 0.04, 6.4e-6},
	} {
		if got := fewness(test.n, test.noise, test.interval); math.Abs(got-test.want) > test.want/20 {
			t.Errorf("%d reports of noise %v: %v, want %v", test.n, test.noise, got, test.want)
		}
	}
}
