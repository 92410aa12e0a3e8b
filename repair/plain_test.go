package repair

import (
	"slices"
	"testing"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
)

// TestWithoutTimes repairs a file that has no timing boxes, in each of its states.
func TestWithoutTimes(t *testing.T) {
	track, units := clip(t, "plain")
	w, err := mp4.NewWriter([]media.Track{track}, mp4.Options{Created: started})
	if err != nil {
		t.Fatal(err)
	}
	growing := slices.Clone(w.Header())
	part := func() {
		head, body := w.Part(nil)
		growing = append(append(growing, head...), body...)
	}
	for _, u := range units {
		ready, err := w.Push(u)
		if err != nil {
			t.Fatal(err)
		}
		if ready {
			part()
		}
	}
	part()
	tail, at, patch, err := w.Finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	appended := append(slices.Clone(growing), tail...)
	finished := slices.Clone(appended)
	copy(finished[at:], patch[:])
	for state, b := range map[State][]byte{Growing: growing, Appended: appended, Finished: finished} {
		got, report := repaired(t, b)
		same(t, got, finished)
		if report.State != state || report.Frames != len(units) {
			t.Errorf("%s: %+v", state, report)
		}
	}
}

// TestBehindTheIndex has bytes behind a finished file's index: they are not ours, and stay.
func TestBehindTheIndex(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units, nil)
	file := append(slices.Clone(r.finished), "and no more"...)
	got, report := repaired(t, file)
	same(t, got, file)
	if report.State != Finished || report.Repaired || report.Frames != len(units) {
		t.Errorf("%+v", report)
	}
}

// TestWords says reports in words.
func TestWords(t *testing.T) {
	for want, r := range map[string]Report{
		"a.mp4: finished already, 1 frame":                                                 {State: Finished, Frames: 1},
		"a.mp4: empty: the recording ended before its first frames were written":           {State: Empty},
		"a.mp4: 25 frames kept, finished":                                                  {State: Appended, Frames: 25},
		"a.mp4: 25 frames kept, finished (it would be; nothing was changed)":               {State: Growing, Frames: 25, DryRun: true},
		"a.mp4: 25 frames kept, 2 damaged parts left out, finished":                        {State: Growing, Frames: 25, Damaged: 2},
		"a.mp4: 25 frames kept, the times of 1 frame lost, 1.5 kB torn tail cut, finished": {State: Growing, Frames: 25, Untimed: 1, Removed: 1500},
		"a.mp4: 25 frames kept, 1 damaged part left out, 10 bytes torn tail cut, finished": {State: Cut, Frames: 25, Damaged: 1, Removed: 10},
	} {
		r.File = "a.mp4"
		if got := r.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
