package camera_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/rtsp"
)

// simulate serves cameras until the test's context ends, and returns options that reach them.
func simulate(t *testing.T, ctx context.Context, o camsim.Options) camera.Options {
	t.Helper()
	server, err := camsim.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	l := mempipe.Listen()
	go server.Serve(ctx, l)
	return camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: l.Dial}}
}

// today lets the bubble's clock, which starts in 2000, show a date that a camera can believe in.
func today() { time.Sleep(time.Until(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))) }

const url = "rtsp://192.0.2.2/cam0"

func TestUnits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		var truth strings.Builder
		ctx, cancel := context.WithCancel(t.Context())
		offset := 20 * time.Millisecond
		o := simulate(t, ctx, camsim.Options{Seed: 1, Truth: &truth, Cameras: []camsim.Camera{{Clock: camsim.Clock{Offset: offset}}}})
		stream, err := camera.Open(ctx, url, o)
		if err != nil {
			t.Fatal(err)
		}
		const frames = 1000
		seen, last := 0, time.Time{}
		for u, err := range stream.Units(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if seen == 0 && !u.Key {
				t.Error("the first unit is no key frame")
			}
			if u.Lost != 0 || u.Damaged || u.Run != 0 || uint32(u.PTS) != u.RTP {
				t.Fatalf("unit %d: %+v", seen, u)
			}
			if c, ok := u.Config.(*h264.Config); !ok || c.Width != 1280 || c.Height != 720 {
				t.Fatalf("unit %d: configuration %v", seen, u.Config)
			}
			if !last.IsZero() && u.Wall.Source == clock.SenderReport && u.Wall.Time.Sub(last).Round(time.Microsecond) != 40*time.Millisecond {
				t.Fatalf("unit %d is %v after the one before", seen, u.Wall.Time.Sub(last))
			}
			if u.Wall.Source == clock.SenderReport {
				last = u.Wall.Time
				if age := u.Arrival.Sub(u.Wall.Time.Add(-offset)); age < 0 || age > time.Second {
					t.Fatalf("unit %d arrived %v after its capture", seen, age)
				}
			}
			if seen++; seen == frames {
				if u.Wall.State != clock.Locked {
					t.Errorf("after %d frames the clock is %v", frames, u.Wall.State)
				}
				break
			}
		}
		if s := stream.Stats(0); s.Lost != 0 || s.Reports < 5 {
			t.Errorf("stats %+v", s)
		}
		if err := stream.Close(); err != nil {
			t.Error(err)
		}
		cancel()
		synctest.Wait()
		if n := strings.Count(truth.String(), "\n") - 1; n < frames {
			t.Errorf("the truth has %d frames", n)
		}
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		o := simulate(t, ctx, camsim.Options{Cameras: make([]camsim.Camera, 1)})
		stream, err := camera.Open(ctx, url, o)
		if err != nil {
			t.Fatal(err)
		}
		reason := errors.New("enough")
		watch, stop := context.WithCancelCause(ctx)
		time.AfterFunc(3*time.Second, func() { stop(reason) })
		begin := time.Now()
		var last error
		for _, err := range stream.Units(watch) {
			last = err
		}
		if !errors.Is(last, reason) {
			t.Errorf("ended with %v", last)
		}
		if d := time.Since(begin); d != 3*time.Second {
			t.Errorf("ended after %v", d)
		}
		if err := stream.Close(); err != nil {
			t.Errorf("after a cancelled Units, Close says %v", err)
		}
		cancel()
		synctest.Wait()
	})
}

func TestOpenErrors(t *testing.T) {
	tests := []struct {
		name string
		sim  camsim.Options
		url  string
		want error
	}{
		{"credentials refused", camsim.Options{Username: "admin", Password: "topsecret"}, "rtsp://admin:wrongsecret@192.0.2.2/cam0", rtsp.ErrUnauthorized},
		{"no credentials", camsim.Options{Username: "admin", Password: "topsecret"}, url, rtsp.ErrUnauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				tt.sim.Cameras = make([]camsim.Camera, 1)
				_, err := camera.Open(ctx, tt.url, simulate(t, ctx, tt.sim))
				if !errors.Is(err, tt.want) {
					t.Errorf("%v, want %v", err, tt.want)
				}
				if err != nil && strings.Contains(err.Error(), "secret") {
					t.Errorf("the password stands in the error: %v", err)
				}
				cancel()
				synctest.Wait()
			})
		})
	}
}
