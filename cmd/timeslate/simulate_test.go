package main

import (
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/camsim"
)

func TestParseSteps(t *testing.T) {
	for s, want := range map[string][]camsim.Step{
		"0.4s@60s":        {{By: 400 * time.Millisecond, At: time.Minute}},
		"-1@90":           {{By: -time.Second, At: 90 * time.Second}},
		"0.4s@60s/-1s@2m": {{By: 400 * time.Millisecond, At: time.Minute}, {By: -time.Second, At: 2 * time.Minute}},
	} {
		if got, err := parseSteps(s); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "1s", "@", "1s@", "@1s", "1s@-1s", "1s@1s/", "x@1s", "1s@1s@1s"} {
		if got, err := parseSteps(s); err == nil {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestSpread(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, test := range []struct {
		list string
		want []time.Duration // nil: an error
	}{
		{"", []time.Duration{0, 0, 0}}, {"1.5", []time.Duration{1500 * ms, 1500 * ms, 1500 * ms}},
		{"1, -200ms,3", []time.Duration{s, -200 * ms, 3 * s}},
		{"1,2", nil}, {"1,2,3,4", nil}, {"1,x,3", nil}, {"1,,3", nil},
	} {
		cameras := make([]camsim.Camera, 3)
		err := spread(cameras, "--clock-offset", test.list, parseSignedDuration,
			func(c *camsim.Camera, v time.Duration) { c.Clock.Offset = v })
		if (err == nil) != (test.want != nil) {
			t.Errorf("%q: %v", test.list, err)
		}
		for i, want := range test.want {
			if got := cameras[i].Clock.Offset; got != want {
				t.Errorf("%q: camera %d has %v, want %v", test.list, i, got, want)
			}
		}
	}
}

func TestParseAudio(t *testing.T) {
	for s, want := range map[string]camsim.Audio{"16000": {SampleRate: 16000}, "48000/2": {SampleRate: 48000, Channels: 2}} {
		if got, err := parseAudio(s); got != want || err != nil {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "16k", "16000/", "/2", "16000/2/2"} {
		if got, err := parseAudio(s); err == nil {
			t.Errorf("%q: %+v", s, got)
		}
	}
}

// TestFaultFlag: lists and flags that are repeated add up.
func TestFaultFlag(t *testing.T) {
	f := newFlags()
	faults := f.faults()
	if _, err := f.parse([]string{"--fault", "bye=5s, drop=2", "--fault", "reboot=every:1m"}); err != nil {
		t.Fatal(err)
	}
	want := faultsValue{
		{Kind: camsim.Bye, At: 5 * time.Second}, {Kind: camsim.Drop, Percent: 2},
		{Kind: camsim.Reboot, At: time.Minute, Every: true},
	}
	if !slices.Equal(*faults, want) {
		t.Errorf("%+v", *faults)
	}
	if _, err := f.parse([]string{"--fault", "bye=5s,"}); err == nil {
		t.Error("an empty fault was taken")
	}
}
