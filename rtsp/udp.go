package rtsp

import (
	"net"
	"net/netip"
	"time"
)

// datagrams is what a session knows of its media over UDP.
type datagrams struct {
	sockets  []*socket
	host     netip.Addr // the camera's, without a zone
	zone     string     // of the camera's address, if it is link-local (RFC 4007)
	heard    time.Time  // arrival of the last packet
	looked   time.Time  // when the connection was read last
	glance   bool       // it must be looked at, though the sockets have more
	punched  time.Time  // when a hole was punched last
	orphaned error      // why the connection is gone, while media go on
}

const (
	// glanceAfter is how long datagrams in an unbroken row may keep us from looking at the connection.
	glanceAfter = time.Second
	// maxRefused is how many datagrams of others may do so.
	maxRefused = 100
	// relockAfter is how long a source must be silent before another port of the camera may take its place.
	relockAfter = time.Second
	// orphanGrace is how long we wait for more media when the connection is gone.
	orphanGrace = 2 * time.Second
)

// setHost takes note of the camera's address.
func (s *Session) setHost() {
	remote, ok := s.conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return
	}
	a := remote.AddrPort().Addr().Unmap()
	s.udp.host, s.udp.zone = a.WithZone(""), a.Zone()
}

// addSockets makes a pair of sockets the next stream. Media of a session that plays may come at once.
func (s *Session) addSockets(url string, pair [2]*socket) error {
	if err := s.link.addSockets(pair); err != nil {
		return err
	}
	for _, k := range pair {
		k.stream = len(s.streams)
	}
	s.udp.sockets = append(s.udp.sockets, pair[:]...)
	s.streams = append(s.streams, stream{url: url, pair: pair})
	s.dialer.Trace.opened(time.Now(), pair[0].stream, pair)
	if s.state == statePlaying {
		s.startSockets()
	}
	return nil
}

// startSockets starts the goroutines that read. What came before waits in the kernel.
func (s *Session) startSockets() {
	for _, k := range s.udp.sockets {
		if !k.started {
			k.started = true
			s.link.start(k)
		}
	}
}

// datagram makes a packet of the datagram that arrived first of those in hand.
func (s *Session) datagram(p *Packet) bool {
	u := &s.udp
	for refused := 0; !u.glance; refused++ {
		k := u.first()
		if k == nil {
			return false
		}
		d := k.head()
		k.in.next++
		u.glance = d.arrival.Sub(u.looked) > glanceAfter || refused >= maxRefused
		if s.accepts(k, d) {
			u.heard = d.arrival
			*p = Packet{Stream: k.stream, RTCP: k.rtcp, Data: d.data, Arrival: d.arrival, Pos: -1}
			s.dialer.Trace.packet(p)
			return true
		}
	}
	return false
}

// first returns the socket whose next datagram is the oldest, or nil when there is none. Reports thereby stay in their
// place among the media, as far as those are here.
func (u *datagrams) first() (best *socket) {
	var oldest time.Time
	for _, k := range u.sockets {
		if d := k.head(); d != nil && (best == nil || d.arrival.Before(oldest)) {
			best, oldest = k, d.arrival
		}
	}
	return best
}

// otherPort is the warning for media from another port than the camera said.
const otherPort = "media come from another port than the camera said"

// accepts says whether a datagram is the camera's: it must come from the host that was dialled, and from the port from
// which the others came. That need not be the one that the camera announced (Freebox).
func (s *Session) accepts(k *socket, d *datagram) bool {
	switch {
	case !k.maySend(d.from):
		s.warn(s.in.pos, "datagrams from another host than the camera's, which are dropped")
	case len(d.data) < minPayload: // empty ones open a way through firewalls
	case k.locksOn(d):
		if d.from.Port() != k.announced.Port() && k.announced.Port() != 0 && !k.odd {
			k.odd = true
			s.warn(s.in.pos, otherPort)
		}
		return true
	default:
		s.warn(s.in.pos, "datagrams from another port of the camera, which are dropped")
	}
	return false
}

// maySend says whether datagrams from an address are looked at.
func (k *socket) maySend(from netip.AddrPort) bool { return !k.host.IsValid() || from.Addr() == k.host }

// locksOn says whether a datagram comes from the source of the socket's packets, which it makes it if there is none, or
// none any more, or if it is where the camera said that they come from.
func (k *socket) locksOn(d *datagram) bool {
	if d.from != k.source {
		isRTP := d.data[0]>>6 == 2
		lost := d.arrival.Sub(k.heard) > relockAfter
		if !isRTP || k.source.IsValid() && !lost && d.from != k.announced {
			return false
		}
		k.source = d.from
	}
	k.heard = d.arrival
	return true
}

// read reads the connection until the next thing is due, or a socket wakes it.
func (s *Session) read(now time.Time) error {
	due := s.nextDue()
	if s.udp.glance {
		s.udp.glance = false
		s.link.sleep() // else the sockets, which have more for us, would end the read before it looks
		due = now.Add(time.Millisecond)
	}
	looks := s.link.arm(due, true)
	err := s.fillOrOutlive()
	s.link.sleep()
	if looks {
		s.udp.looked = time.Now()
	}
	return err
}

// nextDue returns when the session has to do something by itself.
func (s *Session) nextDue() time.Time {
	u, due := &s.udp, s.keepalive.due
	for _, t := range []time.Time{u.nextPunch(), u.over()} {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	return due
}

// fillOrOutlive reads more into the buffer. When the camera has closed the connection and all media come over UDP, they
// may go on: old live555 goes on until the session times out, which our receiver reports prevent. The session ends when
// they don't.
func (s *Session) fillOrOutlive() error {
	if s.udp.orphaned != nil || len(s.udp.sockets) == 0 || len(s.udp.sockets) < 2*len(s.streams) {
		return s.fill()
	}
	err := s.in.fill(s.conn)
	if !lost(err) {
		return s.afterRead(err)
	}
	s.warn(s.in.pos, "the camera closes the connection; media that go on over UDP are received")
	if err := s.park(); err != nil {
		return s.end("read", err)
	}
	s.udp.orphaned, s.keepalive.method, s.keepalive.due = err, "", time.Time{}
	s.in.r = s.in.w
	s.udp.heard = time.Now()
	return nil
}

// park puts a connection in the place of the one that is gone, on which nothing comes: reading it is waiting.
func (s *Session) park() error {
	quiet, _ := net.Pipe()
	parked := parkedConn{quiet, s.conn}
	if err := s.link.replace(parked); err != nil {
		return err
	}
	s.conn = parked
	return nil
}

// parkedConn has the addresses of a connection that is gone.
type parkedConn struct {
	net.Conn
	gone net.Conn
}

func (p parkedConn) LocalAddr() net.Addr  { return p.gone.LocalAddr() }
func (p parkedConn) RemoteAddr() net.Addr { return p.gone.RemoteAddr() }

// over returns when the session ends, if no more media come. Zero: never.
func (u *datagrams) over() time.Time {
	if u.orphaned == nil {
		return time.Time{}
	}
	return u.heard.Add(orphanGrace)
}

func (u *datagrams) isOver(now time.Time) bool { return u.orphaned != nil && !now.Before(u.over()) }

// sendReport sends an RTCP packet.
func (s *Session) sendReport(stream int, packet []byte) {
	rtp, rtcp := s.streams[stream].pair[0], s.streams[stream].pair[1]
	if s.sendTo(rtcp, rtcp.peer(rtp), packet) {
		s.dialer.Trace.sentRTCP(time.Now(), stream, packet)
	}
}

// peer returns where to send: to where packets come from, to where the camera said, or, for RTCP, to the port after that
// of RTP. There is no port when nobody knows one.
func (k *socket) peer(rtp *socket) netip.AddrPort {
	switch {
	case k.source.IsValid():
		return k.source
	case k.announced.Port() != 0 || k == rtp:
		return k.announced
	}
	a := rtp.peer(rtp)
	if a.Port() == 0 || a.Port() == 1<<16-1 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr(), a.Port()+1)
}

// sendTo sends a datagram, unless nobody knows where to. Errors pass: the cable may be out for a moment, or the
// camera's port not open yet.
func (s *Session) sendTo(k *socket, to netip.AddrPort, b []byte) bool {
	if to.Port() == 0 {
		return false
	}
	if to.Addr().Is6() {
		to = netip.AddrPortFrom(to.Addr().WithZone(s.udp.zone), to.Port())
	}
	if _, err := k.conn.WriteToUDPAddrPort(b, to); err != nil {
		s.warn(s.in.pos, "a datagram could not be sent: "+bare(err).Error())
		return false
	}
	return true
}
