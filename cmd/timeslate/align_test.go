package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/align"
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
