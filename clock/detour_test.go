package clock_test

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// TestSlowNetwork: a network that is slower than the stream for seconds delays frames, and says nothing of the media clock.
func TestSlowNetwork(t *testing.T) {
	const interval = 40 * time.Millisecond
	for _, slow := range []time.Duration{50 * time.Millisecond, 60 * time.Millisecond, 80 * time.Millisecond} {
		var frames []clock.Frame
		var reports []clock.Report
		busy := start
		for k := range 1500 { // a minute
			captured := start.Add(time.Duration(k) * interval)
			took := time.Duration(0)
			if k >= 500 && k < 600 {
				took = slow
			}
			if busy = busy.Add(took); busy.Before(captured) {
				busy = captured
			}
			arrival := busy.Add(time.Millisecond)
			rtp := int64(k) * rate / 25
			if k%25 == 10 {
				reports = append(reports, clock.Report{NTP: ntp.FromTime(captured), RTP: rtp, Before: k, Arrival: arrival})
			}
			frames = append(frames, clock.Frame{RTP: rtp, Arrival: arrival})
		}
		for k, e := range clock.Fit(clock.Options{ClockRate: rate}, reports, frames) {
			if off := e.Time.Sub(start.Add(time.Duration(k) * interval)).Abs(); off > time.Millisecond || off > e.Error {
				t.Fatalf("%v per frame: frame %d is off by %v ± %v, %s", slow, k, off, e.Error, e.Status())
			}
		}
	}
}
