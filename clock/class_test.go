package clock

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// TestClassOfStrayReports: where the RTP times of reports are those of no frame and of no instant either, the NTP times are
// when they left, if the arrivals say so, and the noise is gone. Where the NTP times stray it stays, and the bound says so.
func TestClassOfStrayReports(t *testing.T) {
	for _, test := range []struct {
		name  string
		stray func(r *Report, by time.Duration)
		class Class
		good  time.Duration
	}{
		{"rtp", func(r *Report, by time.Duration) { r.RTP += int64(by) * 9 / 1e5 }, SendStamped, time.Millisecond},
		{"ntp", func(r *Report, by time.Duration) { r.NTP += ntp.Time(int64(by) << 30 / 1e9 << 2) }, Exact, 15 * time.Millisecond},
	} {
		reports, frames, captured := strayReports(test.stray)
		study := Examine(Options{ClockRate: 90000}, reports, frames)
		if study.Class != test.class {
			t.Errorf("%s strays: class %v, want %v", test.name, study.Class, test.class)
		}
		checkErrors(t, test.name+" strays", study.Estimates, captured, test.good)
	}
}

// TestAheadOfHost: a camera whose reports arrive before they left, by the host's clock, is ahead, and the bound says so.
func TestAheadOfHost(t *testing.T) {
	const ahead = 4 * time.Millisecond
	reports, frames, captured := strayReports(func(r *Report, by time.Duration) {
		r.RTP += int64(by) * 9 / 1e5
		r.NTP = ntp.FromTime(r.NTP.Near(r.Arrival).Add(ahead))
	})
	checkErrors(t, "ahead", Fit(Options{ClockRate: 90000}, reports, frames), captured, ahead+time.Millisecond)
}

// TestStrayAndHeldUp: such reports may be exact all the same, and have waited. The bound has room for it.
func TestStrayAndHeldUp(t *testing.T) {
	const wait = 20 * time.Millisecond
	reports, frames, captured := strayReports(func(r *Report, by time.Duration) {
		r.RTP += int64(by) * 9 / 1e5
		r.NTP = ntp.FromTime(r.NTP.Near(r.Arrival).Add(-wait))
		r.RTP -= int64(wait) * 9 / 1e5
	})
	checkErrors(t, "held up", Fit(Options{ClockRate: 90000}, reports, frames), captured, 2*wait)
}

// strayReports returns a minute of frames and of reports that arrive through a quiet network, and when the frames were
// captured. Reports are changed by stray, with a random amount of up to 25 ms.
func strayReports(stray func(r *Report, by time.Duration)) (reports []Report, frames []Frame, captured []time.Time) {
	const perReport = 53 // a prime, so that reports fall anywhere between the frames
	r := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	way := func() time.Duration { return time.Duration(r.ExpFloat64() * 2e5) }
	for i := range 1500 {
		at := start.Add(time.Duration(i) * 40 * time.Millisecond)
		frames, captured = append(frames, Frame{RTP: int64(i) * 3600, Arrival: at.Add(way())}), append(captured, at)
		if i%perReport == 0 {
			left := at.Add(time.Duration(1 + r.Int64N(38e6)))
			report := Report{NTP: ntp.FromTime(left), RTP: int64(left.Sub(start)) * 9 / 1e5, Before: i + 1, Arrival: left.Add(way())}
			stray(&report, time.Duration(r.Int64N(50e6)-25e6))
			reports = append(reports, report)
		}
	}
	return reports, frames, captured
}

// checkErrors compares estimates with the truth: each is within its bound, and that no larger than good.
func checkErrors(t *testing.T, what string, estimates []Estimate, captured []time.Time, good time.Duration) {
	t.Helper()
	for i, e := range estimates {
		if off := e.Time.Sub(captured[i]).Abs(); off > e.Error || e.Error > good {
			t.Errorf("%s: frame %d is off by %v, and claims %v", what, i, off, e.Error)
			return
		}
	}
}
