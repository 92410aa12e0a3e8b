package rtpsession

import (
	"math"
	"time"
)

// Constants of the report interval (RFC 3550 §6.2, §6.3.1, A.7).
const (
	minInterval   = 5 * time.Second
	rtcpShare     = 0.05              // of the session bandwidth
	compensation  = math.E - 3.0/2    // see draw
	members       = 2                 // the camera and we
	lowerHeaders  = 28                // IPv4 and UDP, which count into a packet's size
	typicalReport = lowerHeaders + 64 // RR with a block and SDES, before any was seen
)

// schedule says when receiver reports are due (RFC 3550 §6.3).
//
// The session has two members, of which one sends. More than a quarter of the members are senders, so that they do not
// get a share of their own (§6.3.1). The number of members does not change, so that reverse reconsideration (§6.3.4) and
// the back-off before a BYE (§6.3.7, 50 members or more) have nothing to do.
type schedule struct {
	bandwidth float64 // for RTCP, in bytes per second; 0: ample
	rand      func() float64
	size      float64 // average of the compounds, with lower headers (§6.3.3)
	sent      bool    // a report was sent: the interval is no longer halved
	due       time.Time
}

func newSchedule(c Config) schedule {
	return schedule{bandwidth: float64(c.Bandwidth) / 8 * rtcpShare, rand: c.Rand, size: typicalReport}
}

// begin sets the first report's time when the session begins at now (§6.3.2). It does nothing later.
func (s *schedule) begin(now time.Time) {
	if s.due.IsZero() {
		s.due = now.Add(s.interval())
	}
}

// observe counts a compound that was sent or received (§6.3.3).
func (s *schedule) observe(size int) { s.size += (float64(size+lowerHeaders) - s.size) / 16 }

// reported sets the next report's time after one was sent at now.
func (s *schedule) reported(now time.Time) {
	s.sent = true
	s.due = now.Add(s.interval())
}

// interval returns the time to the next report.
//
// A member draws an interval, waits, draws again, and if the second is longer waits for the rest of it, and so on:
// "timer reconsideration" (§6.3.3, §6.3.6). As the number of members does not change meanwhile, the draws can as well be
// made all at once: the result is the last of a rising run. With draws uniform in 0.5 to 1.5 its mean is e-3/2, the
// constant that the interval is divided by to compensate. So the mean of the results is the interval itself.
func (s *schedule) interval() time.Duration {
	drawn := s.draw()
	for {
		again := s.draw()
		if again <= drawn {
			return drawn
		}
		drawn = again
	}
}

// draw is rtcp_interval of RFC 3550 A.7.
func (s *schedule) draw() time.Duration {
	least := minInterval
	if !s.sent {
		least /= 2
	}
	t := least.Seconds()
	if s.bandwidth > 0 {
		t = max(t, s.size*members/s.bandwidth)
	}
	return time.Duration(t * (s.rand() + 0.5) / compensation * float64(time.Second))
}
