package clock_test

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// TestFastCameras has cameras of hundreds of frames a second, whose time stamps look like the steps of a coarse clock.
func TestFastCameras(t *testing.T) {
	for _, fps := range []int{100, 200, 250, 400, 500, 1000, 2000} {
		for _, reports := range []bool{true, false} {
			tr := clock.NewTracker(clock.Options{ClockRate: rate})
			for i := range 10 * fps {
				at := start.Add(time.Duration(i) * time.Second / time.Duration(fps))
				rtp := int64(at.Sub(start)) * rate / 1e9
				if reports && i%fps == 1 {
					tr.Report(clock.Report{NTP: ntp.FromTime(at), RTP: rtp, Before: i, Arrival: at})
				}
				e := tr.Frame(clock.Frame{RTP: rtp, Arrival: at})
				if off := e.Time.Sub(at); off.Abs() > e.Error+time.Millisecond {
					t.Errorf("%d fps, reports %v: at %v off by %v ± %v, %s", fps, reports, at.Sub(start), off, e.Error, e.Status())
					break
				}
			}
		}
	}
}
