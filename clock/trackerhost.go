package clock

import "time"

// hostLine is the host's monotonic clock in seconds since the first thing that was seen.
type hostLine struct {
	base  time.Time // second 0
	based bool
	now   float64 // the newest arrival
	known bool    // some arrival is; without any, only the camera's own clocks tell the time
}

// arrive returns the second in which a frame arrived. Where that is unknown it came ran seconds after the one before.
func (h *hostLine) arrive(arrival time.Time, ran float64) float64 {
	if arrival.IsZero() {
		h.now += ran
		return h.now
	}
	h.anchor(arrival, h.now)
	h.known = true
	h.now = h.second(arrival)
	return h.now
}

// anchor lays the line so that t is at second s, unless it lies already.
func (h *hostLine) anchor(t time.Time, s float64) {
	if !h.based {
		h.base, h.based = t.Add(-duration(s)), true
	}
}

func (h *hostLine) second(t time.Time) float64 { return t.Sub(h.base).Seconds() }

// time returns the time at second s, in UTC and without the host's monotonic reading: it is a camera's.
func (h *hostLine) time(s float64) time.Time { return h.base.Add(duration(s)).Round(0).UTC() }
