package main

import (
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

// TestClockWatcherFlood has reports come without end.
func TestClockWatcherFlood(t *testing.T) {
	var c clockWatcher
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 10 * maxReports {
		at = at.Add(time.Millisecond)
		r := clock.Report{NTP: ntp.FromTime(at), RTP: int64(i) * 90, Arrival: at}
		c.unit(&media.Unit{PTS: int64(i) * 90, Arrival: at, Reports: []clock.Report{r, r, r}})
	}
	if len(c.reports) != maxReports || len(c.frames) != 10*maxReports {
		t.Errorf("%d reports and %d frames are kept", len(c.reports), len(c.frames))
	}
}

// watched returns what a watcher says of a camera that was watched for a minute. Its clock is off by offset and drifts by
// ppm, and is read in steps of grain; every report comes a millisecond after it was sent, every frame 20 ms after it was captured.
func watched(offset time.Duration, ppm float64, grain time.Duration, host stamp.HostState) probeClock {
	var c clockWatcher
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 1500 {
		captured := start.Add(time.Duration(i) * 40 * time.Millisecond)
		u := media.Unit{PTS: int64(i) * 3600, Arrival: captured.Add(20 * time.Millisecond)}
		place := 10
		if grain > 0 { // seen where reports come unevenly
			place += i / 50 * 17 % 37
		}
		if i%50 == place {
			sent := captured.Add(30*time.Millisecond + time.Duration(i%7)*time.Millisecond)
			said := sent.Add(offset + time.Duration(float64(sent.Sub(start))*ppm/1e6))
			u.Reports = []clock.Report{{
				NTP: ntp.FromTime(said.Truncate(grain)), RTP: int64(sent.Sub(start) * 9 / 100000), Arrival: sent.Add(time.Millisecond),
			}}
		}
		c.unit(&u)
	}
	return c.summary(90000, stamp.HostClock{State: host, Error: -1})
}

func TestProbeAdvice(t *testing.T) {
	const synced, unsynced = stamp.HostSynchronised, stamp.HostUnsynchronised
	for _, test := range []struct {
		name   string
		offset time.Duration
		ppm    float64
		grain  time.Duration
		host   stamp.HostState
		want   []string // in the advice
	}{
		{"all is well", 0, 0, 0, synced, []string{"nothing: camera and this host agree"}},
		{"slow", -3 * time.Second, 0, 0, synced, []string{"disagree by 3", "set the camera's NTP server"}},
		{"fast", 800 * time.Millisecond, 0, 0, stamp.HostUnknown, []string{"disagree by 79", "check this host's clock"}},
		{"drifting", 0, 60, 0, synced, []string{"drifts by +60 ppm, 5.2 s a day"}},
		{"never set", -50 * 365 * 24 * time.Hour, 0, 0, synced, []string{"never set", "NTP server"}},
		{"local time", 2 * time.Hour, 0, 0, synced, []string{"local time", "it is 2h0m0s off", "time zone to UTC"}},
		{"local time in the west", -210 * time.Minute, 0, 0, unsynced, []string{"local time", "it is -3h30m0s off"}},
		{"whole seconds", 0, 0, time.Second, synced, []string{"steps of 1s"}},
		{"host without a server", 0, 0, 0, unsynced, []string{"this host's clock follows no time server"}},
	} {
		s := watched(test.offset, test.ppm, test.grain, test.host)
		for _, want := range test.want {
			if !strings.Contains(s.Advice, want) {
				t.Errorf("%s: %q, want %q in it", test.name, s.Advice, want)
			}
		}
		if test.grain > 0 && strings.Contains(s.Advice, "disagree") {
			t.Errorf("%s: %q", test.name, s.Advice)
		}
		if test.name != "never set" && test.grain == 0 && (s.Interval == nil || time.Duration(*s.Interval).Round(10*time.Millisecond) != 2*time.Second) {
			t.Errorf("%s: the interval is %+v", test.name, s)
		}
	}
}

func TestProbeWithoutReports(t *testing.T) {
	var c clockWatcher
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 100 {
		c.unit(&media.Unit{PTS: int64(i) * 3600, Arrival: at.Add(time.Duration(i) * 40 * time.Millisecond)})
	}
	s := c.summary(90000, stamp.HostClock{Error: -1})
	if !strings.HasPrefix(s.Advice, "no usable sender report") || s.Source != "arrival" || s.Offset != nil || s.Noise != nil || s.Error == nil {
		t.Errorf("%+v", s)
	}
}

// TestProbeCarried: a host that follows a time server does not believe what frames carry of another time, and the advice says why.
func TestProbeCarried(t *testing.T) {
	for _, host := range []stamp.HostState{stamp.HostSynchronised, stamp.HostUnsynchronised} {
		var c clockWatcher
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		for i := range 250 {
			at = at.Add(40 * time.Millisecond)
			c.unit(&media.Unit{
				PTS: int64(i) * 3600, Arrival: at, Absolute: ntp.FromTime(at.Add(400 * time.Second)), Source: clock.NTP64,
			})
		}
		want := clock.Arrival
		if host == stamp.HostUnsynchronised {
			want = clock.NTP64
		}
		s := c.summary(90000, stamp.HostClock{State: host, Error: -1})
		if s.Source != want.String() || !strings.HasPrefix(s.Advice, "camera and this host disagree by 400s") && !strings.HasPrefix(s.Advice, "camera and this host disagree by 6m40s") {
			t.Errorf("%+v", s)
		}
	}
}

func TestRoughly(t *testing.T) {
	for ns, want := range map[int64]string{0: "0s", 1234: "1.23µs", -21_456_789: "-21.5ms", 5_000_150_000: "5s", 399_600_000: "400ms"} {
		if got := roughly(ns); got != want {
			t.Errorf("%d: %s, want %s", ns, got, want)
		}
	}
}
