package record

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/rtsp"
)

// TestRetry asks a camera again and again, at a pace that fits the reason.
func TestRetry(t *testing.T) {
	seconds := func(s ...time.Duration) []time.Duration {
		for i := range s {
			s[i] *= time.Second
		}
		return s
	}
	for _, tt := range []struct {
		name string
		err  error
		want []time.Duration
	}{
		{"connection lost", errors.New("reset"), seconds(0, 1, 2, 4, 8, 16, 30, 30)},
		{"silent", fmt.Errorf("%w: no media", camera.ErrSilent), seconds(0, 1, 2)},
		{"ended by BYE", camera.ErrEnded, seconds(0, 1, 2)},
		{"wrong path", &rtsp.Error{Status: 404}, seconds(5, 10, 20, 40, 60, 60)},
		{"a camera that starts and describes nothing yet", camera.ErrNothingToRecord, seconds(5, 10, 20)},
		{"full until the old session times out", &rtsp.Error{Status: 453, Err: rtsp.ErrBusy}, seconds(10, 20, 40, 60, 60)},
		{"credentials refused", &rtsp.Error{Status: 401, Err: rtsp.ErrUnauthorized}, seconds(30, 60, 120, 240, 300, 300)},
	} {
		r := retry{rand: func() float64 { return 0.5 }}
		var got []time.Duration
		for range tt.want {
			got = append(got, r.next(tt.err).Truncate(time.Second))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestRetryByFault has a camera that is away for long and, while it starts, has no stream and refuses all credentials: it is
// asked again as soon as a camera that was never away.
func TestRetryByFault(t *testing.T) {
	r := retry{rand: func() float64 { return 0.5 }}
	for range 100 {
		r.next(errors.New("no route to host"))
	}
	for _, tt := range []struct {
		err  error
		want time.Duration
	}{
		{&rtsp.Error{Status: 404}, 5 * time.Second},
		{&rtsp.Error{Status: 401, Err: rtsp.ErrUnauthorized}, 30 * time.Second},
		{errors.New("reset"), 30 * time.Second},
		{&rtsp.Error{Status: 404}, 10 * time.Second},
	} {
		if got := r.next(tt.err); got != tt.want {
			t.Errorf("%v: asked again after %v, want %v", tt.err, got, tt.want)
		}
	}
	r.reset()
	if got := r.next(errors.New("reset")); got > time.Second {
		t.Errorf("asked again after %v although frames came meanwhile", got)
	}
}

// TestRetryJitter keeps forty cameras that come back at once from being asked in step.
func TestRetryJitter(t *testing.T) {
	src := rand.New(rand.NewPCG(1, 2))
	var waits []time.Duration
	for range 40 {
		r := retry{rand: src.Float64, again: true, tries: [4]int{camera.Passing: 2}}
		waits = append(waits, r.next(errors.New("reset")))
	}
	low, high := slices.Min(waits), slices.Max(waits)
	if low < 3200*time.Millisecond || high > 4800*time.Millisecond || high-low < time.Second {
		t.Errorf("waits from %v to %v", low, high)
	}
}
