package rtsp

import (
	"testing"
	"time"
)

// TestStampClock: stamps become times, and what can't be true counts as now.
func TestStampClock(t *testing.T) {
	var c stampClock
	r := c.read()
	arrived := func(age time.Duration) time.Duration { return r.now.Sub(c.arrived(r, r.now.Add(-age).UnixNano())) }
	for _, tt := range []struct{ age, want time.Duration }{
		{maxAge, maxAge}, {time.Second, time.Second}, {2 * time.Second, time.Second}, {time.Millisecond, time.Millisecond},
		{maxAge + 1, 0}, {0, 0}, {-time.Millisecond, 0},
	} {
		if got := arrived(tt.age); got != tt.want {
			t.Errorf("a stamp %v old: %v", tt.age, got)
		}
	}
	if got := c.arrived(r, 0); got != r.now {
		t.Errorf("no stamp: %v", got)
	}
	c.ahead += time.Second // the host's clock is set back
	if r := c.read(); c.arrived(r, r.now.Add(-time.Microsecond).UnixNano()) != r.now {
		t.Error("a stamp from before the host's clock was set is believed")
	}
	time.Sleep(time.Millisecond)
	if r := c.read(); c.arrived(r, r.now.Add(-time.Microsecond).UnixNano()) == r.now {
		t.Error("one read later stamps are still not believed")
	}
}
