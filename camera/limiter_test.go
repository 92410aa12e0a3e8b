package camera

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A warning comes at once and then at most every ten seconds, each kind for itself, and tells what was left out.
func TestLimiter(t *testing.T) {
	var b strings.Builder
	leaveOutTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	l := newLimiter(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: leaveOutTime})))
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 250 { // 25 s
		l.warn(begin.Add(time.Duration(i)*100*time.Millisecond), "often", errors.New("x"))
		if i == 100 {
			l.warn(begin.Add(10*time.Second), "once", errors.New("y"))
		}
	}
	want := "level=WARN msg=often error=x alike_before=0\n" +
		"level=WARN msg=often error=x alike_before=99\n" +
		"level=WARN msg=once error=y alike_before=0\n" +
		"level=WARN msg=often error=x alike_before=99\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
}
