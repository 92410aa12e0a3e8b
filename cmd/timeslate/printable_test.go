package main

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"the camera says \"no\"\nand ±5 ms": "the camera says \"no\"\nand ±5 ms",
		"\x1b[31m\u009b\x7f\u202e\t":        `\x1b[31m\u009b\x7f\u202e\t`,
		"a\xffb":                            "a\ufffdb",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if n := len(printable(strings.Repeat("x\x1b", 1<<16))); n > maxMessage+20 {
		t.Errorf("a long text becomes %d bytes", n)
	}
}

// TestProbeReportPrintable lets the camera choose the words of a report.
func TestProbeReportPrintable(t *testing.T) {
	var b strings.Builder
	r := probeReport{Server: strings.Repeat(escapes, 1000), Quirks: []string{"SDP line 1: " + escapes}}
	r.write(&b)
	if i := strings.IndexFunc(b.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("%q goes to the terminal", b.String()[i:i+1])
	}
}

// TestClockWatcherFlood has reports come without end.
func TestClockWatcherFlood(t *testing.T) {
	var c clockWatcher
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 10 * maxWatched {
		at = at.Add(time.Millisecond)
		c.report(clock.Report{NTP: ntp.FromTime(at), RTP: int64(i) * 90, Arrival: at}, 90000)
	}
	if len(c.arrivals) != maxWatched || len(c.offsets) != maxWatched || len(c.lines) != maxWatched {
		t.Errorf("%d reports are kept", len(c.arrivals))
	}
}
