package main

import (
	"strings"
	"testing"
	"unicode"
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
