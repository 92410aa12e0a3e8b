package rtsp

import "time"

// keepalive is the schedule of the requests that keep a session from timing out (RFC 2326 §12.37). Replies to them are
// never waited for.
type keepalive struct {
	method  string    // GET_PARAMETER or OPTIONS; empty until PLAY
	due     time.Time // of the next
	cseq    int       // of the last, while it is not answered
	refused challenge // what the last one's credentials were made for
	again   bool      // it repeats one that was refused
}

// keepaliveInterval returns how often a session with that time-out is to be refreshed: with time for one more try.
func keepaliveInterval(timeout time.Duration) time.Duration {
	return max(time.Second, min(timeout/2, timeout-5*time.Second))
}

func (s *Session) interval() time.Duration {
	if s.dialer.Keepalive > 0 {
		return s.dialer.Keepalive
	}
	return keepaliveInterval(s.timeout)
}

// startKeepalive chooses the method: what the camera does not list it may not count (GW Security).
func (s *Session) startKeepalive() {
	s.keepalive.method = MethodOptions
	if hasToken(s.public, MethodGetParameter) {
		s.keepalive.method = MethodGetParameter
	}
	s.keepalive.refreshed(time.Now(), s.interval())
}

// refreshed notes that a request, whatever its kind, is being sent.
func (k *keepalive) refreshed(now time.Time, interval time.Duration) { k.due = now.Add(interval) }

func (k *keepalive) isDue(now time.Time) bool { return k.method != "" && !now.Before(k.due) }

func (s *Session) sendKeepalive() error {
	k := &s.keepalive
	k.refused = s.auth.answered
	err := s.send(&Request{Method: k.method, URL: s.control})
	k.cseq = s.cseq
	return err
}

// lateReply takes a reply that nobody waits for: to a keepalive, or to a request whose time was up.
func (s *Session) lateReply(r *Response) {
	k := &s.keepalive
	if k.cseq == 0 || !s.isReply(r, k.cseq) {
		return
	}
	k.cseq = 0
	repeat := false
	switch {
	case r.Status < 300:
	case r.Status == 401:
		repeat = s.learn(r) == nil && (s.auth.differs(k.refused) || s.auth.stale())
	case k.method == MethodGetParameter: // thingino, HIPCAM: 454, 405 or 501
		k.method = MethodOptions
		repeat = true
	}
	if k.again = repeat && !k.again; k.again { // once: what is refused twice waits for its turn
		k.due = time.Now()
	}
}
