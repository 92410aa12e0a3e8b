package rtsp

import "time"

// stampClock converts the kernel's receive time stamps, which are readings of the host's clock, to times with a
// monotonic reading.
type stampClock struct {
	begin  time.Time
	ahead  time.Duration // of the host's clock against the monotonic one, since begin
	latest time.Time     // that was returned
}

// Limits of what is believed of a time stamp.
const (
	// maxStep: a larger change of the two clocks against each other between two reads means that the host's clock was
	// set. (Slewing moves it by 0.5 ms in a second.)
	maxStep = 10 * time.Millisecond
	// maxAge is how long a datagram may have waited in the kernel: the buffer holds some seconds of a stream.
	maxAge = 10 * time.Second
)

// reading is the time of a read.
type reading struct {
	now  time.Time
	step bool // the host's clock was set since the last one
}

// read reads the clock.
func (c *stampClock) read() reading {
	now := time.Now()
	if c.begin.IsZero() {
		c.begin = now
	}
	ahead := c.aheadAt(now)
	// A reading takes the host's clock first and then the monotonic one. Who is interrupted in between, by some other
	// process, is wrong by milliseconds, and sees it by looking again.
	for range 2 {
		if again := time.Now(); c.aheadAt(again) > ahead {
			now, ahead = again, c.aheadAt(again)
		}
	}
	step := (ahead - c.ahead).Abs() > maxStep
	c.ahead = ahead
	return reading{now, step}
}

// aheadAt returns by how much the host's clock has gained on the monotonic one.
func (c *stampClock) aheadAt(t time.Time) time.Duration {
	wall := t.Round(0).Sub(c.begin.Round(0)) // without the monotonic readings
	return wall - t.Sub(c.begin)
}

// arrived returns when a datagram arrived that bears a stamp of that many nanoseconds since 1970: that long before the
// read as the stamp is old. What can't be true counts as the time of the read: for who estimates delays a packet that
// seems late does no harm, and one that seems early does. It never returns less than the time before: the kernel hands
// datagrams out in the order of their arrival.
func (c *stampClock) arrived(r reading, unix int64) time.Time {
	age := time.Duration(r.now.UnixNano() - unix)
	if r.step || age < 0 || age > maxAge {
		age = 0
	}
	if t := r.now.Add(-age); t.After(c.latest) {
		c.latest = t
	}
	return c.latest
}
