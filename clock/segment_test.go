package clock

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// TestRims: a recording may begin and end anywhere among B-frames. The first and the last of them are no jump of the media
// clock.
func TestRims(t *testing.T) {
	const n, interval = 300, 40 * time.Millisecond
	var frames []Frame
	var reports []Report
	var truth []time.Time
	origin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range n { // I P B B P B B …
		shown := i
		if i > 0 {
			shown = []int{i - 1, i + 2, i - 1}[i%3]
		}
		captured := origin.Add(time.Duration(shown) * interval)
		frames = append(frames, Frame{RTP: int64(shown) * 3600, Arrival: origin.Add(time.Duration(i+2)*interval + 50*time.Millisecond)})
		truth = append(truth, captured)
		if i%30 == 7 {
			sent := captured.Add(33 * time.Millisecond)
			reports = append(reports, Report{NTP: ntp.FromTime(sent), RTP: int64(sent.Sub(origin).Seconds() * 90000), Before: i + 1, Arrival: sent.Add(200 * time.Millisecond)})
		}
	}
	for from := range 4 {
		for to := n - 3; to <= n; to++ {
			var told []Report
			for _, r := range reports {
				r.Before -= from
				told = append(told, r)
			}
			s := Examine(Options{ClockRate: 90000}, told, frames[from:to])
			if len(s.Breaks) > 0 {
				t.Errorf("frames %d to %d: %+v", from, to, s.Breaks)
			}
			for i, e := range s.Estimates {
				if off := e.Time.Sub(truth[from+i]).Abs(); off > time.Millisecond {
					t.Errorf("frames %d to %d: frame %d is off by %v", from, to, from+i, off)
					break
				}
			}
		}
	}
}
