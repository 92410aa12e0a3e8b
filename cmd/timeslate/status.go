package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/record"
)

// cameras are the recorders at work, by their outputs.
type cameras map[string]*cameraStatus

// cameraStatus is what one recorder does. Events are of no type where there is nothing to say.
type cameraStatus struct {
	recording record.Event // the newest status of the open file
	trouble   record.Event // it waits for its camera or its disk
	since     time.Time    // when the trouble was told
}

// event takes what an event says of the recorder's state.
func (c cameras) event(now time.Time, e record.Event) {
	if c[e.Output] == nil {
		c[e.Output] = new(cameraStatus)
	}
	s := c[e.Output]
	switch e.Type {
	case record.Status:
		s.recording = e
		s.over(record.Waiting)
	case record.Waiting, record.Stalled:
		s.trouble, s.since = e, now
	case record.Connected, record.Gap: // a gap that ends with the recording is told when no connection follows
		s.over(record.Waiting)
	case record.Opened:
		s.recording = e // until the first status, so that it isn't missing in the number of cameras
	case record.Resumed:
		s.over(record.Stalled)
	case record.Finished:
		s.recording = record.Event{}
	case record.Failed:
		*s = cameraStatus{}
	}
	if s.recording.Type == "" && s.trouble.Type == "" {
		delete(c, e.Output)
	}
}

// over ends trouble of one type.
func (s *cameraStatus) over(trouble string) {
	if s.trouble.Type == trouble {
		s.trouble = record.Event{}
	}
}

// at returns what to show of a recorder: trouble first.
func (s *cameraStatus) at(now time.Time) record.Event {
	if s.trouble.Type == "" {
		return s.recording
	}
	e, passed := s.trouble, now.Sub(s.since)
	e.Gap += passed
	e.Retry -= passed
	return e
}

// lines returns a line for each recorder.
func (c cameras) lines(now time.Time) (lines []string) {
	for _, output := range slices.Sorted(maps.Keys(c)) {
		lines = append(lines, c[output].at(now).String())
	}
	return lines
}

// line returns one line for all recorders.
func (c cameras) line(now time.Time) string {
	if len(c) == 1 {
		return c.lines(now)[0]
	}
	sum := total{}
	for _, output := range slices.Sorted(maps.Keys(c)) {
		sum.add(c[output], c[output].at(now))
	}
	return fmt.Sprintf("%d cameras, %d frames, %d packets lost, %d of %d clocks locked%s%s", len(c), sum.frames, sum.lost,
		sum.locked, len(c), sum.troubles(), sum.worst)
}

// total is what several recorders do.
type total struct {
	waiting, stalled, locked int
	frames, lost             int64
	longest                  time.Duration
	worst                    string // the trouble that lasts longest
}

// add counts a recorder that shows e now.
func (t *total) add(s *cameraStatus, e record.Event) {
	switch e.Type {
	case record.Waiting:
		t.waiting++
	case record.Stalled:
		t.stalled++
	}
	if (e.Type == record.Waiting || e.Type == record.Stalled) && (t.worst == "" || e.Gap > t.longest) {
		t.longest, t.worst = e.Gap, "; "+e.String()
	}
	t.frames, t.lost = t.frames+s.recording.Frames, t.lost+s.recording.Lost
	if s.recording.State == clock.Locked.String() {
		t.locked++
	}
}

func (t *total) troubles() (words string) {
	if t.waiting > 0 {
		words += fmt.Sprintf(", %d without a connection", t.waiting)
	}
	if t.stalled > 0 {
		words += fmt.Sprintf(", %d with a disk that takes no data", t.stalled)
	}
	return words
}
