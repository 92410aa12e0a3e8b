package camsim

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseRate(t *testing.T) {
	for s, want := range map[string]Rate{
		"25": {25, 1}, "29.97": {2997, 100}, "30000/1001": {30000, 1001}, "12.5": {125, 10}, "0.2": {2, 10},
		"1000": {1000, 1}, "1001": {}, "": {}, "0": {}, "-5": {}, "25fps": {}, "30/0": {}, "1e3": {}, "NaN": {},
		"4294967296": {}, "0.0000000001": {},
	} {
		got, err := ParseRate(s)
		if got != want || (err == nil) != (want != Rate{}) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
}

func TestRateDoesNotDrift(t *testing.T) {
	r := Rate{30000, 1001}
	// 30000 frames take exactly 1001 s, after a year as well as at first.
	for _, periods := range []int64{1, 24 * 365 * 3} {
		if got, want := r.at(30000*periods), time.Duration(periods)*1001*time.Second; got != want {
			t.Errorf("frame %d at %v, want %v", 30000*periods, got, want)
		}
	}
	if got := r.at(math.MaxInt64); got != math.MaxInt64 {
		t.Errorf("the last frame is at %v", got)
	}
}

func TestCameraDefaults(t *testing.T) {
	c, err := Camera{}.withDefaults(3)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "cam3" || c.Width != 1280 || c.Height != 720 || c.Rate != (Rate{25, 1}) || c.GOP != 50 ||
		c.ReportInterval != 5*time.Second {
		t.Errorf("%+v", c)
	}
}

func TestPhasesDiffer(t *testing.T) {
	interval := 40 * time.Millisecond
	seen := map[time.Duration]bool{}
	for i := range maxCameras {
		phase := ownPhase(i, Rate{25, 1})
		if phase <= 0 || phase >= interval || seen[phase] {
			t.Fatalf("camera %d has phase %v", i, phase)
		}
		seen[phase] = true
	}
}

func TestBadCameras(t *testing.T) {
	for want, c := range map[string]Camera{
		"even":                {Width: 1281, Height: 720},
		"928×480":             {Width: 640, Height: 480},
		"level 5.2":           {Width: 8192, Height: 4320},
		"1200×30 macroblocks": {Width: 19200, Height: 480, Rate: Rate{1, 1}}, // small enough, but too wide
		"frame rate":          {Rate: Rate{1, 0}},
		"key frames":          {GOP: -1},
		"bit rate":            {Bitrate: -1},
		"4194304 bytes":       {Bitrate: 4e6, Rate: Rate{1, 10}}, "strange": {Name: "a\r\nb"},
		"phase":    {Phase: -1},
		"interval": {ReportInterval: time.Millisecond},
		"jitter":   {ReportJitter: -1},
		"NaN ppm":  {Clock: Clock{PPM: math.NaN()}},
		"drift":    {Clock: Clock{RTPPPM: 1e6}},
	} {
		if _, err := NewServer(Options{Cameras: []Camera{{}, c}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one about %q", c, err, want)
		}
	}
	if _, err := NewServer(Options{}); err == nil {
		t.Error("a server without cameras")
	}
}
