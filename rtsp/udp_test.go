package rtsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/sdp"
)

// udpCamera is a testCamera that sends over UDP.
type udpCamera struct {
	testCamera
	t      *testing.T
	net    *mempipe.PacketNet
	answer string // in reply to SETUP; $PORTS are its own, $FIRST is one of them, $CLIENT are the client's. Empty: as usual
	pairs  []*cameraPair

	reversed bool // the port of RTCP is the lower one
}

// cameraPair is the camera's end of a stream.
type cameraPair struct {
	rtp, rtcp packetConn
	client    [2]netip.AddrPort // of RTP and RTCP
}

func newUDPCamera(t *testing.T) *udpCamera {
	c := &udpCamera{t: t, net: mempipe.NewPacketNet()}
	c.handle = on(MethodSetup, c.setup)
	return c
}

// dialer returns a Dialer that reaches the camera.
func (c *udpCamera) dialer(t *testing.T) *Dialer {
	d := c.testCamera.dialer(t)
	d.ListenPacket = c.net.ListenPacket
	return d
}

// listen opens a socket of the camera, or of somebody else.
func (c *udpCamera) listen(address string) packetConn {
	p, err := c.net.ListenPacket(context.Background(), "udp", address)
	if err != nil {
		c.t.Error(err)
	}
	return p.(packetConn)
}

func (c *udpCamera) setup(conn *ServerConn, q *Request) *Response {
	specs, err := ParseTransport(q.Header.Get("Transport"))
	if err != nil || specs[0].TCP {
		return nil
	}
	pair := &cameraPair{rtp: c.listen("192.0.2.2:0"), rtcp: c.listen("192.0.2.2:0")}
	if c.reversed {
		pair.rtp, pair.rtcp = pair.rtcp, pair.rtp
	}
	c.t.Cleanup(func() { pair.rtp.Close(); pair.rtcp.Close() })
	client := netip.MustParseAddrPort(conn.RemoteAddr().String()).Addr()
	for i := range pair.client {
		pair.client[i] = netip.AddrPortFrom(client, specs[0].ClientPort[i])
	}
	c.mu.Lock()
	c.pairs = append(c.pairs, pair)
	c.mu.Unlock()
	answer := c.answer
	if answer == "" {
		answer = "RTP/AVP;unicast;client_port=$CLIENT;server_port=$PORTS"
	}
	answer = strings.NewReplacer("$CLIENT", fmt.Sprintf("%d-%d", specs[0].ClientPort[0], specs[0].ClientPort[1]),
		"$FIRST", fmt.Sprint(portOf(pair.rtp)), "$PORTS", fmt.Sprintf("%d-%d", portOf(pair.rtp), portOf(pair.rtcp))).Replace(answer)
	r := NewResponse(q, 200)
	r.Header.Add("Session", "12345678;timeout=60")
	r.Header.Add("Transport", answer)
	return r
}

// send sends packets to the client: rtp, and a report to the port beside.
func (p *cameraPair) send(seqs ...uint16) {
	for _, n := range seqs {
		p.rtp.WriteToUDPAddrPort(rtp(n), p.client[0])
	}
}

// received returns what came to one of the camera's sockets.
func received(c packetConn) (all []string) {
	for b := make([]byte, 2000); ; {
		c.SetReadDeadline(time.Now().Add(time.Millisecond))
		n, _, err := c.ReadFromUDPAddrPort(b)
		if err != nil {
			return all
		}
		all = append(all, fmt.Sprintf("%x", b[:n]))
	}
}

// playUDP takes a session up to PLAY, with all its media.
func playUDP(t *testing.T, d *Dialer, url string) *Session {
	t.Helper()
	s, err := tryUDP(t, d, url)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tryUDP(t *testing.T, d *Dialer, url string) (*Session, error) {
	t.Helper()
	s, err := d.Dial(t.Context(), url)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { s.Close() })
	desc, err := s.Describe(t.Context())
	if err != nil {
		return nil, err
	}
	for i := range desc.Media {
		if err := s.Setup(t.Context(), &desc.Media[i], UDP); err != nil {
			return nil, err
		}
	}
	_, err = s.Play(t.Context())
	return s, err
}

// readSeqs reads until the deadline and returns stream, kind and last byte of the sequence number of each packet.
func readSeqs(t *testing.T, s *Session, within time.Duration) (seqs []string) {
	t.Helper()
	s.SetReadDeadline(time.Now().Add(within))
	for p := (Packet{}); ; {
		switch err := s.ReadPacket(&p); {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return seqs
		case err != nil:
			t.Fatalf("after %v: %v", seqs, err)
		}
		if p.Pos != -1 || p.Channel != 0 || p.Arrival.IsZero() {
			t.Errorf("packet %+v", p)
		}
		name := fmt.Sprintf("%d:%d", p.Stream, p.Data[3])
		if p.RTCP {
			name += "c"
		}
		seqs = append(seqs, name)
	}
}

const (
	punchedRTP  = "800000000000000000000000"
	punchedRTCP = "80c9000100000000"
)

// TestUDP takes a session from the ports to the last packet.
func TestUDP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := newUDPCamera(t)
		handle := camera.handle
		camera.handle = func(c *ServerConn, q *Request) *Response {
			if q.Method == MethodPlay {
				camera.pairs[0].send(1) // before the reply
			}
			return handle(c, q)
		}
		s := playUDP(t, camera.dialer(t), "rtsp://192.0.2.2/stream")
		for i, p := range camera.pairs {
			rtp, rtcp := p.client[0], p.client[1]
			if rtp.Port()%2 != 0 || rtcp.Port() != rtp.Port()+1 || rtp.Addr().String() != "192.0.2.1" {
				t.Errorf("stream %d: ports %v and %v", i, rtp, rtcp)
			}
			if s.Transport(i) != UDP {
				t.Errorf("stream %d over %v", i, s.Transport(i))
			}
			for k, want := range map[packetConn]string{p.rtp: punchedRTP, p.rtcp: punchedRTCP} {
				if got := received(k); !slices.Equal(got, []string{want}) {
					t.Errorf("stream %d: the camera got %v before PLAY", i, got)
				}
			}
		}
		camera.pairs[0].send(2)
		time.Sleep(time.Millisecond)
		camera.pairs[1].rtcp.WriteToUDPAddrPort(rtp(3), camera.pairs[1].client[1])
		time.Sleep(time.Millisecond)
		camera.pairs[1].send(4)
		if got := readSeqs(t, s, 100*time.Second); fmt.Sprint(got) != "[0:1 0:2 1:3c 1:4]" {
			t.Errorf("got %v", got)
		}
		if got := camera.methods(); got != "OPTIONS DESCRIBE SETUP SETUP PLAY GET_PARAMETER GET_PARAMETER GET_PARAMETER" {
			t.Errorf("requests %s", got)
		}
		if err := s.WriteRTCP(1, []byte("a report")); err != nil {
			t.Error(err)
		}
		if got := received(camera.pairs[1].rtcp); !slices.Equal(got, []string{fmt.Sprintf("%x", "a report")}) {
			t.Errorf("reports %v", got)
		}
		if err := s.Teardown(t.Context()); err != nil {
			t.Error(err)
		}
		if w := s.Warnings(); len(w) != 0 || s.Dropped() != 0 {
			t.Errorf("warnings %v, %d dropped", w, s.Dropped())
		}
	})
}

// TestUDPQuirks: replies to SETUP, where packets come from, and where ours go to.
func TestUDPQuirks(t *testing.T) {
	for _, c := range []struct {
		name     string
		answer   string
		reversed bool
		from     string // of a packet
		any      bool   // Dialer.AnySource
		want     string // packets
		warning  string
		punched  bool // the camera gets ours before it has sent any
		replied  bool // afterwards
	}{
		{name: "OpenIPC, smolrtsp: no server_port", answer: "RTP/AVP;unicast;client_port=$CLIENT", want: "0:1 1:1", replied: true},
		{name: "server_port=0-1", answer: "RTP/AVP;unicast;server_port=0-1", want: "0:1 1:1", replied: true},
		{name: "server_port=0", answer: "RTP/AVP;unicast;server_port=0", want: "0:1 1:1", replied: true},
		{name: "one server_port", answer: "RTP/AVP;unicast;server_port=$FIRST", want: "0:1 1:1", punched: true, replied: true},
		{name: "Mist: ports the wrong way round", reversed: true, want: "0:1 1:1", punched: true, replied: true},
		{name: "no Transport at all", answer: " ", want: "0:1 1:1", replied: true},
		{name: "Luckfox: another order", answer: "RTP/AVP;ssrc=22345685;unicast;client_port=$CLIENT;server_port=$PORTS", want: "0:1 1:1", punched: true, replied: true},
		{name: "Victure PC730: ',' for ';'", answer: "RTP/AVP;unicast;client_port=$CLIENT;server_port=$PORTS,ssrc=1", want: "0:1 1:1", punched: true, replied: true},
		{name: "client_port rewritten", answer: "RTP/AVP;unicast;client_port=8000-8001;server_port=$PORTS", want: "0:1 1:1",
			warning: "changes our client_port", punched: true, replied: true},
		{name: "source is empty", answer: "RTP/AVP;unicast;source=;server_port=$PORTS", want: "0:1 1:1", punched: true, replied: true},
		{name: "source is a name", answer: "RTP/AVP;unicast;source=camera.local;server_port=$PORTS", want: "0:1 1:1", punched: true, replied: true},
		{name: "source is the camera", answer: "RTP/AVP;unicast;source=192.0.2.2;server_port=$PORTS", want: "0:1 1:1", punched: true, replied: true},
		{name: "source is another host", answer: "RTP/AVP;unicast;source=192.0.2.9;server_port=$PORTS", want: "0:1 1:1",
			warning: "names another host as the source", punched: true, replied: true},
		{name: "Freebox: from another port than announced", from: "192.0.2.2:1234", want: "0:1 1:1 0:2",
			warning: otherPort, punched: true, replied: true},
		{name: "from another host", from: "192.0.2.9:1234", want: "0:1 1:1", warning: "from another host than the camera's",
			punched: true, replied: true},
		{name: "any source, as wished", from: "192.0.2.9:1234", any: true, want: "0:1 1:1 0:2", warning: otherPort, punched: true, replied: true},
		{name: "mode and more", answer: `RTP/AVP/UDP;unicast;mode="PLAY";x;client_port=$CLIENT;server_port=$PORTS`, want: "0:1 1:1", punched: true, replied: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				camera := newUDPCamera(t)
				camera.answer, camera.reversed = c.answer, c.reversed
				d := camera.dialer(t)
				d.AnySource = c.any
				s := playUDP(t, d, "rtsp://192.0.2.2/stream")
				first := camera.pairs[0]
				if got := len(received(first.rtp)) > 0; got != c.punched {
					t.Errorf("punched: %v", got)
				}
				if c.from != "" {
					other := camera.listen(c.from)
					defer other.Close()
					other.WriteToUDPAddrPort(rtp(2), first.client[0])
					time.Sleep(time.Second)
				}
				for _, p := range camera.pairs {
					p.send(1)
				}
				got := readSeqs(t, s, 500*time.Millisecond)
				slices.Sort(got)
				want := strings.Fields(c.want)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("got %v", got)
				}
				received(first.rtcp)
				s.WriteRTCP(0, []byte("report"))
				if got := len(received(first.rtcp)) > 0; got != c.replied {
					t.Errorf("replied: %v", got)
				}
				if w := fmt.Sprint(s.Warnings()); c.warning == "" && w != "[]" || !strings.Contains(w, c.warning) {
					t.Errorf("warnings %v", w)
				}
			})
		})
	}
}

// TestUDPErrors: what can't be over UDP, and whether another transport may do.
func TestUDPErrors(t *testing.T) {
	for _, c := range []struct {
		name, answer, want string
		status             int
	}{
		{"461", "", "461 Unsupported Transport [", 461},
		{"multicast", "RTP/AVP;multicast;port=5000-5001", "asked for UDP, the camera answered RTP/AVP;multicast", 0},
		{"TCP without channels", "RTP/AVP/TCP;unicast", "asked for UDP, the camera answered RTP/AVP/TCP;unicast", 0},
		{"nonsense", "nothing", "no protocol in the Transport header", 0},
	} {
		camera := newUDPCamera(t)
		camera.answer = c.answer
		if c.status != 0 {
			camera.handle = on(MethodSetup, func(_ *ServerConn, q *Request) *Response { return NewResponse(q, c.status) })
		}
		_, err := tryUDP(t, camera.dialer(t), "rtsp://192.0.2.2/stream")
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrTransport) != (c.name != "nonsense") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestUDPBecomesTCP: a camera that sends over TCP though it was asked for UDP.
func TestUDPBecomesTCP(t *testing.T) {
	camera := newUDPCamera(t)
	n := 0
	camera.handle = on(MethodSetup, func(_ *ServerConn, q *Request) *Response {
		n += 2
		return answer(q, 200, "Session", "1", "Transport", fmt.Sprintf("RTP/AVP/TCP;unicast;interleaved=%d-%d", n, n+1))
	})
	s := playUDP(t, camera.dialer(t), "rtsp://192.0.2.2/stream")
	checkChannels(t, &camera.testCamera, s, [4]uint8{2, 3, 4, 5})
	if s.Transport(0) != TCP || s.Transport(1) != TCP || !strings.Contains(fmt.Sprint(s.Warnings()), "sends over TCP") {
		t.Errorf("over %v, warnings %v", s.Transport(0), s.Warnings())
	}
}

// TestUDPPunches: as long as nothing comes it is tried again.
func TestUDPPunches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := newUDPCamera(t)
		s := playUDP(t, camera.dialer(t), "rtsp://192.0.2.2/stream")
		readSeqs(t, s, 2500*time.Millisecond)
		camera.pairs[0].send(1)
		readSeqs(t, s, 2*time.Second)
		for i, want := range []int{3, 5} {
			if got := received(camera.pairs[i].rtp); len(got) != want {
				t.Errorf("stream %d: %v, want %d", i, got, want)
			}
		}
	})
}

// TestUDPOutlivesItsConnection: old live555 servers send on when the connection is gone.
func TestUDPOutlivesItsConnection(t *testing.T) {
	for _, seconds := range []int{0, 100} {
		synctest.Test(t, func(t *testing.T) {
			camera := newUDPCamera(t)
			s := playUDP(t, camera.dialer(t), "rtsp://192.0.2.2/stream")
			begin := time.Now()
			camera.conns[0].Close()
			camera.wg.Go(func() {
				for range seconds {
					time.Sleep(time.Second)
					camera.pairs[0].send(1)
				}
			})
			packets := 0
			var p Packet
			err := s.ReadPacket(&p)
			for ; err == nil; err = s.ReadPacket(&p) {
				packets++
			}
			after := time.Duration(seconds)*time.Second + orphanGrace
			if packets != seconds || !errors.Is(err, io.EOF) || time.Since(begin) != after {
				t.Errorf("%d packets, then %v after %v, want %d and %v", packets, err, time.Since(begin), seconds, after)
			}
			if err := s.Teardown(t.Context()); !errors.Is(err, io.EOF) {
				t.Errorf("Teardown: %v", err)
			}
		})
	}
}

// TestUDPCloseFromElsewhere: Close ends a read and leaves no goroutine; so does a deadline end one.
func TestUDPCloseFromElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := playUDP(t, newUDPCamera(t).dialer(t), "rtsp://192.0.2.2/stream")
		done := make(chan error)
		read := func() { done <- s.ReadPacket(new(Packet)) }
		go read()
		synctest.Wait()
		s.SetReadDeadline(past)
		if err := <-done; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("after the deadline: %v", err)
		}
		s.SetReadDeadline(time.Time{})
		go read()
		synctest.Wait()
		s.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// TestUDPFlood: datagrams without a pause don't keep the session from its other duties.
func TestUDPFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := newUDPCamera(t)
		s := playUDP(t, camera.dialer(t), "rtsp://192.0.2.2/stream")
		stop := make(chan struct{})
		defer close(stop)
		go func() {
			for {
				for range 3 {
					camera.pairs[0].send(1)
				}
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		}()
		for begin, p := time.Now(), (Packet{}); time.Since(begin) < 65*time.Second; {
			if err := s.ReadPacket(&p); err != nil {
				t.Fatal(err)
			}
			time.Sleep(4 * time.Millisecond) // never quite done
		}
		if got := camera.methods(); strings.Count(got, MethodGetParameter) != 2 {
			t.Errorf("requests %s", got)
		}
		camera.conns[0].WriteRequest(&Request{Method: MethodOptions, URL: "*", Header: Header{{"CSeq", "70"}}})
		answered := false
		s.dialer.Trace = &Trace{Sent: func(_ time.Time, m []byte) { answered = strings.Contains(string(m), "CSeq: 70") }}
		for begin, p := time.Now(), (Packet{}); time.Since(begin) < 3*time.Second; time.Sleep(4 * time.Millisecond) {
			if err := s.ReadPacket(&p); err != nil {
				t.Fatal(err)
			}
		}
		if !answered {
			t.Error("the camera's request was not answered")
		}
	})
}

// TestUDPLock: which of several senders of a stream is listened to.
func TestUDPLock(t *testing.T) {
	type packet struct {
		after time.Duration
		from  string // $SAID is the port that the camera said
		bytes string
		taken bool
	}
	const said, other, third = "$SAID", "192.0.2.2:1111", "192.0.2.2:2222"
	ok := string(rtp(1))
	for _, c := range []struct {
		name    string
		packets []packet
	}{
		{"the announced port wins", []packet{{0, other, ok, true}, {0, said, ok, true}, {0, other, ok, false}, {0, said, ok, true}}},
		{"the first of two others", []packet{{0, other, ok, true}, {0, third, ok, false}, {0, other, ok, true}}},
		{"after a silence another one", []packet{{0, other, ok, true}, {relockAfter + 1, third, ok, true}, {0, other, ok, false}}},
		{"not yet", []packet{{0, said, ok, true}, {relockAfter - time.Millisecond, other, ok, false}, {0, said, ok, true}}},
		{"no lock on junk", []packet{{0, other, "junk, not RTP", false}, {0, third, ok, true}, {0, third, "junk, not RTP", true}}},
		{"what is too short for anything", []packet{{0, said, "", false}, {0, said, "\x80\x60\x00\x00", false}, {0, other, ok, true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				camera := newUDPCamera(t)
				s := playUDP(t, camera.dialer(t), "rtsp://192.0.2.2/stream")
				first := camera.pairs[0]
				sockets := map[string]packetConn{said: first.rtp, other: camera.listen(other), third: camera.listen(third)}
				defer sockets[other].Close()
				defer sockets[third].Close()
				for i, p := range c.packets {
					time.Sleep(p.after)
					sockets[p.from].WriteToUDPAddrPort([]byte(p.bytes), first.client[0])
					if got := len(readSeqs(t, s, 100*time.Microsecond)) == 1; got != p.taken {
						t.Errorf("packet %d from %s: taken %v", i, p.from, got)
					}
				}
			})
		})
	}
}

// TestSmallBuffer: when the system grants less than we want, a warning says so and what to do.
func TestSmallBuffer(t *testing.T) {
	s, err := newUDPCamera(t).dialer(t).Dial(t.Context(), "rtsp://192.0.2.2/")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, granted := range []int{0, wantBuffer, 212992} {
		pair := [2]*socket{{buffer: granted}, {rtcp: true, buffer: 1000}}
		s.announce(pair, TransportSpec{})
	}
	if w := s.Warnings(); len(w) != 1 || w[0].Count != 1 || !strings.Contains(w[0].Text, "grants a receive buffer of 212992 bytes of 8388608") {
		t.Errorf("warnings %v", w)
	}
}

// refusing is a socket whose reads fail now and then, as those of Windows do when an ICMP message comes, and whose
// writes always do.
type refusing struct {
	packetConn
	reads int
}

func (r *refusing) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	if r.reads++; r.reads%2 == 1 {
		return 0, netip.AddrPort{}, syscall.ECONNREFUSED
	}
	return r.packetConn.ReadFromUDPAddrPort(b)
}

func (*refusing) WriteToUDPAddrPort([]byte, netip.AddrPort) (int, error) {
	return 0, syscall.ECONNREFUSED
}

// TestUDPRefused: ports of the camera that are not open disturb nothing.
func TestUDPRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := newUDPCamera(t)
		d := camera.dialer(t)
		d.ListenPacket = func(ctx context.Context, network, address string) (net.PacketConn, error) {
			c, err := camera.net.ListenPacket(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &refusing{packetConn: c.(packetConn)}, nil
		}
		s := playUDP(t, d, "rtsp://192.0.2.2/stream")
		camera.pairs[0].send(1, 2)
		if err := s.WriteRTCP(0, []byte("a report")); err != nil {
			t.Error(err)
		}
		if got := readSeqs(t, s, time.Second); fmt.Sprint(got) != "[0:1 0:2]" {
			t.Errorf("got %v", got)
		}
		if w := fmt.Sprint(s.Warnings()); !strings.Contains(w, "could not be sent: connection refused") {
			t.Errorf("warnings %s", w)
		}
	})
}

// TestListenPair: an even port and the one above, although others are in the way.
func TestListenPair(t *testing.T) {
	camera := newUDPCamera(t)
	d := camera.dialer(t)
	s, err := d.Dial(t.Context(), "rtsp://192.0.2.2/")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for port := 40001; port < 40020; port += 3 { // each pair but some has one that is taken
		camera.listen(fmt.Sprintf("192.0.2.1:%d", port))
	}
	pair, err := s.listenPair(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if rtp, rtcp := portOf(pair[0].conn), portOf(pair[1].conn); rtp%2 != 0 || rtcp != rtp+1 {
		t.Errorf("ports %d and %d", rtp, rtcp)
	}
	s.dialer.ListenPacket = func(context.Context, string, string) (net.PacketConn, error) { return nil, syscall.EADDRINUSE }
	if _, err := s.listenPair(t.Context()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("no ports: %v", err)
	}
}

// TestUDPForeignFlood: datagrams of others without a pause don't keep a read from its deadline, nor the session from its
// keepalives.
func TestUDPForeignFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := newUDPCamera(t)
		d := camera.dialer(t)
		d.Keepalive = time.Second
		s := playUDP(t, d, "rtsp://192.0.2.2/stream")
		k := newSocket(camera.listen("192.0.2.1:9"), s.udp.host, false)
		k.reader = foreign{}
		s.link.sockets, s.udp.sockets = append(s.link.sockets, k), append(s.udp.sockets, k)
		s.link.start(k)
		begin := time.Now()
		s.SetReadDeadline(begin.Add(3500 * time.Millisecond))
		if err := s.ReadPacket(new(Packet)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) > 4*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if got := camera.methods(); strings.Count(got, MethodGetParameter) != 3 {
			t.Errorf("requests %s", got)
		}
	})
}

// foreign reads datagrams of somebody else, without end and without waiting. In virtual time that takes no time, but for
// what the session spends on looking at its connection.
type foreign struct{}

func (f foreign) read(b *batch) error {
	b.datagrams, b.next = b.datagrams[:0], 0
	for range 500 {
		b.datagrams = append(b.datagrams, datagram{rtp(1), netip.MustParseAddrPort("192.0.2.9:9"), time.Now()})
	}
	return nil
}

// TestUDPBesideTCP: when some media come over the connection its end is the session's.
func TestUDPBesideTCP(t *testing.T) {
	camera := newUDPCamera(t)
	s, err := camera.dialer(t).Dial(t.Context(), "rtsp://192.0.2.2/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	desc, err := s.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, transport := range []Transport{UDP, TCP} {
		if err := s.Setup(t.Context(), &desc.Media[i], transport); err != nil || s.Transport(i) != transport {
			t.Fatalf("stream %d over %v, %v", i, s.Transport(i), err)
		}
	}
	if _, err := s.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	camera.conns[0].WriteInterleaved(2, rtp(1))
	s.SetReadDeadline(time.Now().Add(5 * time.Second))
	var p Packet
	if err := s.ReadPacket(&p); err != nil || p.Stream != 1 || p.Pos < 0 {
		t.Errorf("%+v, %v", p, err)
	}
	begin := time.Now()
	camera.conns[0].Close()
	if err := s.ReadPacket(&p); !errors.Is(err, io.EOF) || time.Since(begin) >= orphanGrace {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

// counted is a socket that tells whether it was closed.
type counted struct {
	packetConn
	closed *atomic.Int32
}

func (c counted) Close() error {
	c.closed.Add(1)
	return c.packetConn.Close()
}

// TestUDPSocketsAreClosed: those of a SETUP that failed at once, the others by Close, which waits for their goroutines, or
// by another connection.
func TestUDPSocketsAreClosed(t *testing.T) {
	camera := newUDPCamera(t)
	d := camera.dialer(t)
	var closed atomic.Int32
	d.ListenPacket = func(ctx context.Context, network, address string) (net.PacketConn, error) {
		c, err := camera.net.ListenPacket(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return counted{c.(packetConn), &closed}, nil
	}
	s := playUDP(t, d, "rtsp://192.0.2.2/stream")
	media := &sdp.Media{Control: "trackID=3"}
	camera.answer = "RTP/AVP;multicast"
	if err := s.Setup(t.Context(), media, UDP); !errors.Is(err, ErrTransport) || closed.Load() != 2 {
		t.Errorf("%v, %d sockets closed", err, closed.Load())
	}
	if err := s.reconnect(t.Context()); err != nil || closed.Load() != 6 {
		t.Errorf("%v, %d sockets closed", err, closed.Load())
	}
	camera.answer = ""
	s = playUDP(t, d, "rtsp://192.0.2.2/stream")
	before := closed.Load()
	s.Close()
	if closed.Load() != before+4 {
		t.Errorf("%d sockets closed by Close", closed.Load()-before)
	}
	s.link.start(s.udp.sockets[0]) // too late: nothing is started
	s.link.readers.Wait()
}
