package stamp

import (
	"reflect"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
)

// The frames of parts that were dropped leave no trace; what else was observed with them stays.
func TestTimingDrop(t *testing.T) {
	timing := NewTiming(testTracks, base, "")
	var boxes []byte
	var want []TimingFrame
	next := int64(100)
	add := func(kept bool, reports ...clock.Report) {
		u := unit(next, reports, slice)
		u.Jump = !kept
		audio := unit(next, nil)
		audio.Track, audio.Config = 1, configOf("mp4a.40.2")
		next += 100
		for _, u := range []*media.Unit{u, audio} {
			timing.AddUnit(u)
			if kept {
				want = append(want, frameOf(u, -1))
			}
		}
	}
	gap := Gap{Track: -1, Cause: DiskStalled, From: base, To: base.Add(time.Second), Text: "full"}

	timing.Drop() // of nothing
	add(false, report(50))
	timing.Drop() // before the first part
	timing.AddGap(gap)
	add(true)
	boxes = timing.AppendPart(boxes)
	add(false, report(250))
	add(false)
	timing.Drop()
	timing.Drop()
	add(true)
	add(true, report(450))
	boxes = timing.AppendPart(boxes)
	timing.Drop() // what is written stays
	add(false)
	timing.Drop()
	add(true)
	boxes = timing.AppendPart(boxes)

	after := []int{0, -1, 1, -1, 2, -1, 2, -1} // each frame's newest report, whose frames may be gone
	for i := range want {
		want[i].AfterReport = after[i]
	}
	for name, box := range map[string]*TimingBox{"parts": parse(t, boxes), "whole": parse(t, timing.AppendAll(nil))} {
		if !reflect.DeepEqual(box.Frames, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, box.Frames, want)
		}
		if len(box.Reports) != 3 || len(box.Gaps) != 1 || box.Missing != 0 || len(box.Tracks) != 2 || box.Tracks[1].Codec != "mp4a.40.2" {
			t.Errorf("%s: %d reports, %d gaps, %d parts missing, tracks %+v",
				name, len(box.Reports), len(box.Gaps), box.Missing, box.Tracks)
		}
	}
}

func TestTimingDropDoesNotAllocate(t *testing.T) {
	timing := NewTiming(testTracks, base, "")
	u := unit(100, nil, slice)
	run := func() {
		for range 20 {
			timing.AddUnit(u)
		}
		timing.Drop()
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if box := parse(t, timing.AppendAll(nil)); len(box.Frames) != 0 || len(timing.open) > 200 {
		t.Errorf("%d frames, %d bytes", len(box.Frames), len(timing.open))
	}
}
