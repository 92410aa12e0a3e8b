package extract

import (
	"slices"
	"testing"

	"github.com/timeslate/timeslate/stamp"
)

func TestMissing(t *testing.T) {
	r := &Recording{Origin: TimingBox, ClockRate: 90000, Timescale: 1000}
	b := newBuilder(r)
	for i, pts := range []int64{-40, 0, 120, 40, 80, 600, 520, 560} { // a B-frame's way, a gap of a second
		f := Frame{PTS: pts, Hidden: pts < 0, Stamped: true}
		f.Arrival = at(int64(i+1) * 1e9)
		b.addFrame(f)
	}
	gap := func(to int64, cause stamp.Cause) stamp.Gap {
		return stamp.Gap{Cause: cause, From: at(to - 1e9), To: at(to)}
	}
	r.Gaps = []stamp.Gap{
		gap(6e9, stamp.ConnectionLost), gap(1e9, stamp.PacketsLost), gap(99e9, stamp.DiskStalled), gap(4e9, stamp.PacketsLost),
	}
	want := []Missing{{0, r.Gaps[1]}, {1, r.Gaps[3]}, {4, r.Gaps[0]}}
	if got := r.Missing(); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
