package rtsp

import (
	"net/netip"
	"time"
)

// What is sent to the camera's ports so that a firewall or NAT on the way lets its packets in. Both are valid, since
// cameras may look at them: an RTP packet without payload (RFC 3550 §5.1) and a receiver report on nobody (§6.4.2).
var (
	punchRTP  = []byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	punchRTCP = []byte{0x80, 201, 0, 1, 0, 0, 0, 0}
)

// punchInterval is how often it is tried while nothing comes.
const punchInterval = time.Second

// punch sends to the ports of all streams from which no media have come yet.
func (s *Session) punch(now time.Time) {
	s.udp.punched = now
	for i := range s.streams {
		pair := s.streams[i].pair
		if pair[0] == nil || pair[0].source.IsValid() {
			continue
		}
		to := [2]netip.AddrPort{pair[0].peer(pair[0]), pair[1].peer(pair[0])}
		rtp, rtcp := s.sendTo(pair[0], to[0], punchRTP), s.sendTo(pair[1], to[1], punchRTCP)
		if rtp || rtcp {
			s.dialer.Trace.punched(now, i, to)
		}
	}
}

// nextPunch returns when to try again; zero when there is no need to.
func (u *datagrams) nextPunch() time.Time {
	for _, k := range u.sockets {
		if !k.rtcp && !k.source.IsValid() && k.announced.Port() != 0 {
			return u.punched.Add(punchInterval)
		}
	}
	return time.Time{}
}

func (u *datagrams) punchIsDue(now time.Time) bool {
	next := u.nextPunch()
	return !next.IsZero() && !now.Before(next)
}
