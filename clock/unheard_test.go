package clock

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// TestCoarseUnheard: a camera that reads its clock in steps, seen without arrivals, as in the recordings of other programs.
func TestCoarseUnheard(t *testing.T) {
	for _, grain := range []time.Duration{time.Millisecond, 10 * time.Millisecond, 15625 * time.Microsecond} {
		random := rand.New(rand.NewPCG(7, uint64(grain)))
		origin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		var frames []Frame
		var reports []Report
		for i := range 15000 {
			if i%126 == 20 {
				at := time.Duration(i)*40*time.Millisecond + time.Duration(random.Int64N(int64(30*time.Millisecond)))
				told := origin.Add(at).Truncate(grain).Add(grain / 1e6) // its fraction is no round number either
				reports = append(reports, Report{NTP: ntp.FromTime(told), RTP: int64(at.Seconds() * 90000), Before: i})
			}
			frames = append(frames, Frame{RTP: int64(i) * 3600})
		}
		for i, e := range Fit(Options{ClockRate: 90000}, reports, frames) {
			off := e.Time.Sub(origin.Add(time.Duration(i) * 40 * time.Millisecond)).Abs()
			if off > e.Error || e.Error > 2*grain+time.Millisecond {
				t.Errorf("grain %v: frame %d is off by %v, stated are %v", grain, i, off, e.Error)
				break
			}
		}
	}
}
