package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// TestGapStatus: the statuses of sets are the causes of gaps, in one word.
func TestGapStatus(t *testing.T) {
	for cause := stamp.OtherCause; cause.String() != "unknown"; cause++ {
		want := strings.ReplaceAll(cause.String(), " ", "-")
		if cause == stamp.OtherCause {
			want = align.OtherGap.String()
		}
		if got := gapStatus(cause).String(); got != want {
			t.Errorf("%v is %q, want %q", cause, got, want)
		}
	}
}

func TestAlignNames(t *testing.T) {
	for _, test := range []struct{ files, want []string }{
		{[]string{"dir/left.mp4", "right.mp4"}, []string{"left", "right"}},
		{[]string{"a/cam.mp4", "b/cam.mp4", "c/other"}, []string{"a/cam.mp4", "b/cam.mp4", "other"}},
		{[]string{"cam_meta.txt", "garage.d/cam.1"}, []string{"cam_meta.txt", "cam.1"}},
	} {
		if got := namesOf(test.files); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.files, got, test.want)
		}
	}
}

// TestApart: who gets no complete set is told why.
func TestApart(t *testing.T) {
	camera := func(name string, n int, first time.Duration) *align.Camera {
		c := &align.Camera{Name: name}
		for i := range n {
			at := clipStarted.Add(first + time.Duration(i)*40*time.Millisecond)
			c.Add(clock.Estimate{Time: at, State: clock.Locked})
		}
		return c
	}
	a, near, far := camera("a", 9, 0), camera("near", 9, 7*time.Millisecond), camera("far", 9, time.Minute)
	for _, test := range []struct {
		o    align.Options
		with *align.Camera
		want string
	}{
		{align.Options{}, far, "do not overlap in time: a is from 2026-11-20T12:00:00.250Z to 2026-11-20T12:00:00.570Z, far from"},
		{align.Options{}, &align.Camera{Name: "other"}, "no frame of other has a capture time; timeslate extract --help"},
		{align.Options{Tolerance: time.Millisecond}, near, "within the tolerance of one moment (--tolerance is 1ms)"},
		{align.Options{Rate: 1000}, near, "--rate 1000 is more than the 25.00 frames per second of a camera"},
	} {
		alignment, err := align.New(test.o, []*align.Camera{a, test.with})
		if err != nil {
			t.Fatal(err)
		}
		r := alignReport{alignment: alignment, Summary: alignment.Summary(), rate: test.o.Rate}
		if got := r.apart(); r.Complete != 0 || !strings.Contains(got, test.want) {
			t.Errorf("%d complete: %s, want %s", r.Complete, got, test.want)
		}
	}
}
