package stamp

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

// TestResumeTiming takes over the boxes of parts from a builder that did not come to its end: the box of the whole file is
// the one that it would have made.
func TestResumeTiming(t *testing.T) {
	first := NewTiming(testTracks, time.Unix(1700000000, 5), "test")
	var parts []byte
	for _, u := range oddUnits() {
		first.AddUnit(u)
		first.AddGap(Gap{Track: -1, Cause: DiskStalled, From: u.Arrival, To: u.Arrival, Text: "x"})
		parts = first.AppendPart(parts)
	}
	resumed := ResumeTiming(testTracks)
	for _, p := range payloads(t, parts) {
		if err := resumed.Adopt(p); err != nil {
			t.Fatal(err)
		}
		if resumed.Adopt(p) == nil {
			t.Fatal("a box was taken twice")
		}
	}
	want := first.AppendAll(nil)
	if got := resumed.AppendAll(nil); !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
	if err := resumed.Adopt(payloads(t, want)[0]); err == nil {
		t.Error("the box of a whole file was taken")
	}
	if err := resumed.Adopt([]byte{1, 0}); err == nil {
		t.Error("two bytes were taken")
	}
}

// TestResumeTimingWithLosses checks what is added between the boxes that are left, and that the frames behind it keep
// their times.
func TestResumeTimingWithLosses(t *testing.T) {
	units := oddUnits()
	for i := range 6 { // of one run, so that nothing but the boxes makes a new anchor
		u := *units[0]
		u.PTS += int64(i) * 3600
		u.RTP = uint32(u.PTS)
		u.Arrival = u.Arrival.Add(time.Duration(i) * 40 * time.Millisecond)
		units = append(units, &u)
	}
	first := NewTiming(testTracks, time.Unix(1700000000, 5), "test")
	var parts []byte
	for _, u := range units {
		first.AddUnit(u)
		parts = first.AppendPart(parts)
	}
	resumed := ResumeTiming(testTracks)
	lost := 0
	for i, p := range payloads(t, parts) {
		if i == 2 || i%2 == 1 {
			lost++
			resumed.AddGap(Gap{Track: -1, Text: "lost"})
			resumed.AddUnit(units[i])
		} else if err := resumed.Adopt(p); err != nil {
			t.Fatal(err)
		}
	}
	if resumed.Parts() != len(units) {
		t.Errorf("%d parts", resumed.Parts())
	}
	got, want := parse(t, resumed.AppendAll(nil)), parse(t, first.AppendAll(nil))
	if len(got.Gaps) != lost || !reflect.DeepEqual(got.Frames, want.Frames) {
		t.Errorf("gaps %+v, frames %+v, want %+v", got.Gaps, got.Frames, want.Frames)
	}
}
