package camsim

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 123456789, time.UTC)

func TestWallClock(t *testing.T) {
	c := testClocks(&Clock{
		Offset: -time.Hour,
		PPM:    -20,
		Steps:  []Step{{By: 400 * time.Millisecond, At: time.Minute}, {By: -time.Second, At: 2 * time.Minute}},
	}, start, 0)
	for _, test := range []struct{ after, shows time.Duration }{
		{0, -time.Hour},
		{time.Second, -time.Hour + time.Second - 20*time.Microsecond},
		{time.Minute - 1, -time.Hour + time.Minute - 1 - 1199999},
		{time.Minute, -time.Hour + time.Minute - 1200*time.Microsecond + 400*time.Millisecond},
		{24 * time.Hour, 23*time.Hour - 1728*time.Millisecond - 600*time.Millisecond},
	} {
		if got := c.wall(start.Add(test.after)).Sub(start); got != test.shows {
			t.Errorf("after %v: start + %v, want %v", test.after, got, test.shows)
		}
	}
}

// TestRTPClock compares a day of ticks with exact arithmetic.
func TestRTPClock(t *testing.T) {
	for _, ppm := range []float64{0, 37.5, -150, maxPPM, -maxPPM} {
		c := testClocks(&Clock{RTPPPM: ppm}, start, math.MaxUint32-1000)
		rate := big.NewRat(90000*(1e9+int64(ppm*1000)), 1e18) // ticks per nanosecond
		for i := range int64(2000) {
			elapsed := i * 43_212_345_678 // a day in 2000 odd steps
			exact := new(big.Rat).Mul(rate, big.NewRat(elapsed, 1))
			want := new(big.Int).Quo(exact.Num(), exact.Denom()).Int64()
			at := start.Add(time.Duration(elapsed))
			if got := c.ticks(at); got != want {
				t.Fatalf("%v ppm: %d ticks after %d ns, want %d", ppm, got, elapsed, want)
			}
			if got := c.rtp(at); got != uint32(want+math.MaxUint32-1000) {
				t.Fatalf("%v ppm: RTP time stamp %d after %d ticks", ppm, got, want)
			}
			begins := c.tickTime(want)
			if begins.After(at) || c.ticks(begins) != want || want > 0 && c.ticks(begins.Add(-1)) != want-1 {
				t.Fatalf("%v ppm: tick %d begins at %v", ppm, want, begins)
			}
		}
	}
}

func TestBeforeTheStart(t *testing.T) {
	c := testClocks(&Clock{PPM: 10, RTPPPM: 10}, start, 7)
	if got := c.rtp(start.Add(-time.Hour)); got != 7 {
		t.Errorf("RTP clock shows %d before the start", got)
	}
	if got := c.wall(start.Add(-time.Hour)); !got.Equal(start.Add(-time.Hour)) {
		t.Errorf("the wall clock drifts before the start: %v", got)
	}
}

// TestReportIsExact follows reports for a day: the NTP time stamp is what the wall clock shows at the true time at
// which the RTP clock begins to show the RTP time stamp.
func TestReportIsExact(t *testing.T) {
	wrong := Clock{Offset: time.Minute, PPM: 55, RTPPPM: -80, Steps: []Step{{By: time.Second, At: time.Hour}}}
	c := testClocks(&wrong, start, 4e9)
	last, wraps := uint32(4e9), 0
	for elapsed := time.Duration(0); elapsed < 24*time.Hour; elapsed += 4987654321 {
		ntpTime, rtp := c.report(start.Add(elapsed), 0)
		if rtp < last {
			wraps++
		}
		last = rtp
		instant := c.tickTime(c.ticks(start.Add(elapsed)))
		if got, want := ntpTime, ntp.FromTime(c.wall(instant)); got != want {
			t.Fatalf("after %v: NTP %v, want %v", elapsed, got, want)
		}
		if c.rtp(instant) != rtp || c.rtp(instant.Add(-1)) == rtp && elapsed > 0 {
			t.Fatalf("after %v: RTP %d isn't of that instant", elapsed, rtp)
		}
		if late := start.Add(elapsed).Sub(instant); late < 0 || late > 12*time.Microsecond {
			t.Fatalf("after %v: the report's instant is %v ago", elapsed, late)
		}
	}
	if wraps != 2 {
		t.Errorf("the RTP time stamp wrapped %d times in a day, want 2", wraps)
	}
}

func TestReportNoise(t *testing.T) {
	c := testClocks(&Clock{}, start, 0)
	exact, rtp1 := c.report(start, 0)
	noisy, rtp2 := c.report(start, 250*time.Millisecond)
	if rtp1 != rtp2 || noisy-exact != 1<<30 {
		t.Errorf("noise of 1/4 s moved NTP by %d/2^32 s and RTP by %d", noisy-exact, rtp2-rtp1)
	}
}

// testClocks returns the clocks of a video track.
func testClocks(c *Clock, start time.Time, rtpStart uint32) *clocks {
	return newClocks(c, start, rtpStart, videoClockRate, c.RTPPPM)
}
