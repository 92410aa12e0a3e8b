package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/record"
	"github.com/timeslate/timeslate/rtsp"
)

// A recorder that has ended has no status any more, neither in the lines every ten seconds nor in the sum.
func TestConsoleForgetsWhoEnded(t *testing.T) {
	var out strings.Builder
	c := newConsole(environment{stderr: &out}, false)
	c.event(record.Event{Type: record.Status, Output: "left", Frames: 7})
	c.event(record.Event{Type: record.Status, Output: "right", Frames: 5})
	if sum := c.cameras.line(time.Now()); !strings.HasPrefix(sum, "2 cameras, 12 frames") {
		t.Errorf("with both: %s", sum)
	}
	c.event(record.Event{Type: record.Failed, Output: "left", Message: "the camera is gone"})
	if line := c.cameras.line(time.Now()); !strings.HasPrefix(line, "right: 0s, 5 frames") {
		t.Errorf("with one: %s", line)
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
	c.event(record.Event{Type: record.Finished, Output: "right"})
	out.Reset()
	if c.showStatus(c.shown.Add(statusEvery)); out.Len() > 0 {
		t.Errorf("when all ended: %q", &out)
	}
	c.event(record.Event{Type: record.Waiting, Output: "left", Message: "refused"})
	c.event(record.Event{Type: record.Gap, Output: "left"}) // the recording ends without the camera
	if len(c.cameras) > 0 {
		t.Errorf("who ended is waited for: %v", c.cameras.lines(time.Now()))
	}
}

// Between two files a recorder is still one of those that are counted.
func TestConsoleBetweenFiles(t *testing.T) {
	said := inConsole(t, onTerminal, func(c *console) {
		c.event(record.Event{Type: record.Status, Output: "left", Frames: 7})
		c.event(record.Event{Type: record.Status, Output: "right", Frames: 5})
		c.event(record.Event{Type: record.Finished, Output: "left"})
		c.event(record.Event{Type: record.Opened, Output: "left"})
		time.Sleep(1500 * time.Millisecond)
	})
	if want := "2 cameras, 5 frames, 0 packets lost, 0 of 2 clocks locked"; !strings.Contains(said, want) {
		t.Errorf("%q lacks %q", said, want)
	}
}

// inConsole runs do in virtual time and returns what the user saw.
func inConsole(t *testing.T, set func(c *console), do func(c *console)) string {
	t.Helper()
	var out strings.Builder
	synctest.Test(t, func(*testing.T) {
		c := newConsole(environment{stderr: &out}, false)
		set(c)
		stop := c.start()
		do(c)
		stop()
	})
	return out.String()
}

func onTerminal(c *console) { c.terminal = true }
func inLines(*console)      {}

var refused = record.Event{
	Type: record.Waiting, Output: "garage", Message: "connection refused", Gap: 72 * time.Second, Retry: 20 * time.Second,
}

// Who waits for a camera sees for how long and how much longer, though no recorder says anything meanwhile.
func TestConsoleWaiting(t *testing.T) {
	said := inConsole(t, onTerminal, func(c *console) {
		c.event(refused)
		time.Sleep(8500 * time.Millisecond)
	})
	want := "garage: no connection for 1m20s, next try in 12s: connection refused"
	if last := said[strings.LastIndex(said, "\r")+1:]; last != "\x1b[K"+noWrap+want+wrap+"\n" {
		t.Errorf("the status is %q", last)
	}
	said = inConsole(t, inLines, func(c *console) {
		c.event(refused)
		time.Sleep(25 * time.Second)
		c.event(record.Event{Type: record.Connected, Output: "garage", Transport: "tcp"})
		time.Sleep(25 * time.Second)
	})
	want = "garage: no connection for 1m12s, next try in 20s: connection refused\n" +
		"garage: no connection for 1m22s, next try in 10s: connection refused\n" +
		"garage: no connection for 1m32s, trying again: connection refused\n" +
		"garage: connected over TCP\n"
	if said != want {
		t.Errorf("the lines are\n%s, want\n%s", said, want)
	}
	quiet := func(c *console) { c.quiet = true }
	if said := inConsole(t, quiet, func(c *console) { c.event(refused); time.Sleep(time.Minute) }); strings.Count(said, "\n") != 1 {
		t.Errorf("with --quiet:\n%s", said)
	}
}

// A camera that never answered is waited for with a hint, one that was there and went without.
func TestConsoleHints(t *testing.T) {
	var out strings.Builder
	c := newConsole(environment{stderr: &out}, false)
	refused := record.Event{Type: record.Waiting, Output: "door", Message: "refused", Err: rtsp.ErrUnauthorized}
	c.event(refused)
	if said := out.String(); !strings.Contains(said, "\n  check user and password") {
		t.Errorf("no hint in %q", said)
	}
	c.event(record.Event{Type: record.Connected, Output: "door"})
	out.Reset()
	refused.Message = "refused again"
	if c.event(refused); !strings.Contains(out.String(), "refused again") || strings.Contains(out.String(), "check") {
		t.Errorf("a hint in %q", &out)
	}
}

func TestConsoleManyCameras(t *testing.T) {
	c := newConsole(environment{stderr: new(strings.Builder)}, false)
	c.event(record.Event{Type: record.Status, Output: "door", Frames: 7, Lost: 1, State: clock.Locked.String()})
	c.event(record.Event{Type: record.Status, Output: "hall", Frames: 5, Lost: 2})
	c.event(record.Event{Type: record.Stalled, Output: "hall", Message: "no space left on device"})
	c.event(record.Event{Type: record.Status, Output: "hall", Frames: 6, Lost: 2}) // what comes waits in memory
	c.event(refused)
	want := "3 cameras, 13 frames, 3 packets lost, 1 of 3 clocks locked, 1 without a connection, 1 with a disk that takes no data; " +
		"garage: no connection for 1m12s, next try in 20s: connection refused"
	if line := c.cameras.line(c.cameras["garage"].since); line != want {
		t.Errorf("%s, want\n%s", line, want)
	}
	c.event(record.Event{Type: record.Resumed, Output: "hall"})
	c.event(record.Event{Type: record.Status, Output: "garage", Frames: 1})
	want = "3 cameras, 14 frames, 3 packets lost, 1 of 3 clocks locked"
	if line := c.cameras.line(time.Now()); line != want {
		t.Errorf("%s, want\n%s", line, want)
	}
}

// A camera that comes and goes for hours is told of now and then, and how often packets were lost meanwhile.
func TestConsoleFlood(t *testing.T) {
	const cycles = 1000 // a second each
	said := inConsole(t, func(c *console) { c.quiet = true }, func(c *console) {
		time.Sleep(750 * time.Millisecond) // between the ticks
		for i := range cycles {
			e := refused
			e.Message = fmt.Sprintf("read 127.0.0.1:%d: connection reset", 40000+i)
			c.event(e)
			c.event(record.Event{Type: record.Gap, Output: "garage", Cause: "packets lost", Gap: time.Duration(i) * time.Microsecond})
			time.Sleep(time.Second)
		}
		c.event(record.Event{Type: record.Gap, Output: "garage", Cause: "packets lost", Gap: time.Minute})
		c.event(record.Event{Type: record.Gap, Output: "garage", Cause: "packets lost", Gap: time.Minute})
	})
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if n := cycles/300 + 1; len(lines) != 2*n+1+2 {
		t.Errorf("%d lines:\n%s", len(lines), said)
	}
	for _, want := range []string{
		"garage: no connection for 1m12s, next try in 20s: read 127.0.0.1:40000: connection reset\n",
		"garage: no connection for 1m12s, next try in 20s: read 127.0.0.1:40301: connection reset\n",
		"garage: 0s missing, from 00:00:00.000 to 00:00:00.000 UTC: packets lost\n",
		"garage: 0s missing, from 00:00:00.000 to 00:00:00.000 UTC: packets lost (300 more in the last 5m0s)\n",
	} {
		if strings.Count(said, want) != 1 {
			t.Errorf("not once: %s%s", want, said)
		}
	}
	if strings.Count(said, "1m0s missing") != 2 {
		t.Errorf("long gaps are held back:\n%s", said)
	}
}

// Two files that are told of are two messages, and so are the same words of two cameras.
func TestConsoleTellsWhatDiffers(t *testing.T) {
	said := inConsole(t, inLines, func(c *console) {
		for _, file := range []string{"a_1.mp4", "a_2.mp4"} {
			c.event(record.Event{Type: record.Opened, Output: "a", File: file})
			c.event(record.Event{Type: record.Finished, Output: "a", File: file})
			c.event(record.Event{Type: record.Deleted, Output: "a", File: file})
		}
		c.event(record.Event{Type: record.Warning, Output: "cam1", Message: "look"})
		c.event(record.Event{Type: record.Warning, Output: "cam2", Message: "look"})
		c.event(record.Event{Type: record.Warning, Output: "cam2", Message: "look"})
	})
	if strings.Count(said, "\n") != 9 || !strings.HasSuffix(said, "cam2: look (1 more in the last 0s)\n") {
		t.Error(said)
	}
}

// What a camera calls itself can't upset the terminal.
func TestConsoleEscapes(t *testing.T) {
	said := inConsole(t, inLines, func(c *console) {
		c.event(record.Event{Type: record.Connected, Output: "a", Transport: "udp", Server: "\x1b[2J"})
		c.event(record.Event{Type: record.Warning, Output: "a", Message: "rtsp://u:p@h/ is gone"})
	})
	if strings.Contains(said, "\x1b") || strings.Contains(said, "u:p") {
		t.Errorf("%q", said)
	}
}
