package main

import (
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/record"
)

// A recorder that has ended has no status any more, neither in the lines every ten seconds nor in the sum.
func TestConsoleForgetsWhoEnded(t *testing.T) {
	var out strings.Builder
	c := newConsole(environment{stderr: &out}, false)
	c.event(record.Event{Type: record.Status, Output: "left", Frames: 7})
	c.event(record.Event{Type: record.Status, Output: "right", Frames: 5})
	if sum := c.sum(); !strings.HasPrefix(sum, "2 cameras, 12 frames") {
		t.Errorf("with both: %s", sum)
	}
	c.event(record.Event{Type: record.Failed, Output: "left", Message: "the camera is gone"})
	if sum := c.sum(); !strings.HasPrefix(sum, "1 cameras, 5 frames") {
		t.Errorf("with one: %s", sum)
	}
	out.Reset()
	c.showStatus(c.shown.Add(statusEvery - time.Nanosecond))
	if out.Len() > 0 {
		t.Errorf("before its time: %s", &out)
	}
	c.showStatus(c.shown.Add(statusEvery))
	if said := out.String(); !strings.HasPrefix(said, "right: ") || strings.Count(said, "\n") != 1 {
		t.Errorf("the status is %q", said)
	}
}
