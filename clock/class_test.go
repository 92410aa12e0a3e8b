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
		{"ntp", func(r *Report, by time.Duration) { r.NTP += ntp.Time(int64(by) << 30 / 1e9 << 2) }, Exact, 10 * time.Millisecond},
	} {
		const frames, perReport = 3000, 53 // a prime, so that reports fall anywhere between the frames
		r := rand.New(rand.NewPCG(1, 2))
		start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		way := func() time.Duration { return time.Duration(r.ExpFloat64() * 2e5) }
		var all []Frame
		var reports []Report
		var captured []time.Time
		for i := range frames {
			at := start.Add(time.Duration(i) * 40 * time.Millisecond)
			all, captured = append(all, Frame{RTP: int64(i) * 3600, Arrival: at.Add(way())}), append(captured, at)
			if i%perReport == 0 {
				left := at.Add(time.Duration(1 + r.Int64N(38e6)))
				report := Report{NTP: ntp.FromTime(left), RTP: int64(left.Sub(start)) * 9 / 1e5, Before: i + 1, Arrival: left.Add(way())}
				test.stray(&report, time.Duration(r.Int64N(50e6)-25e6))
				reports = append(reports, report)
			}
		}
		study := Examine(Options{ClockRate: 90000}, reports, all)
		if study.Class != test.class {
			t.Errorf("%s strays: class %v, want %v", test.name, study.Class, test.class)
		}
		for i, e := range study.Estimates {
			if off := e.Time.Sub(captured[i]).Abs(); off > e.Error || e.Error > test.good {
				t.Errorf("%s strays: frame %d is off by %v, and claims %v", test.name, i, off, e.Error)
				break
			}
		}
	}
}
