package camera

import (
	"log/slog"
	"time"
)

// limiter keeps a flood of bad packets from becoming a flood of log lines: each kind of warning comes at once and then
// at most every ten seconds, with the number of those that were left out.
type limiter struct {
	log   *slog.Logger
	kinds map[string]*warned
}

// warned is what was said of one kind.
type warned struct {
	last    time.Time
	omitted int
}

const warnInterval = 10 * time.Second

func newLimiter(log *slog.Logger) limiter { return limiter{log: log, kinds: map[string]*warned{}} }

func (l *limiter) warn(now time.Time, what string, err error) {
	w := l.kinds[what]
	if w == nil {
		w = &warned{}
		l.kinds[what] = w
	} else if now.Sub(w.last) < warnInterval {
		w.omitted++
		return
	}
	l.log.Warn(what, "error", err, "alike_before", w.omitted)
	w.last, w.omitted = now, 0
}
