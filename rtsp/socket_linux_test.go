package rtsp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

// loopback returns a session that has one stream over the kernel's UDP, and a socket that sends to it.
func loopback(tb testing.TB, host string) (*Session, *net.UDPConn) {
	tb.Helper()
	ip := net.ParseIP(host)
	sender, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip})
	if err != nil {
		tb.Skip(err)
	}
	tb.Cleanup(func() { sender.Close() })
	conn := tcpPair(tb, host)
	s := &Session{conn: conn, link: link{conn: conn}, in: newFramer(), state: statePlaying, timeout: DefaultTimeout}
	s.dialer.setDefaults()
	tb.Cleanup(func() { s.Close() })
	pair, err := s.listenPair(tb.Context())
	if err != nil {
		tb.Skip(err)
	}
	s.announce(pair, TransportSpec{ServerPort: [2]uint16{portOf(sender), 0}})
	if err := s.addSockets("rtsp://h/1", pair); err != nil {
		tb.Fatal(err)
	}
	s.startKeepalive()
	return s, sender
}

// tcpPair returns an end of a TCP connection on which nothing happens.
func tcpPair(tb testing.TB, host string) net.Conn {
	tb.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		tb.Skip(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	other, err := l.Accept()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { other.Close() })
	return conn
}

// rtpPort returns where to send packets to.
func rtpPort(s *Session) netip.AddrPort {
	return netip.MustParseAddrPort(s.streams[0].pair[0].conn.LocalAddr().String())
}

// TestKernelSockets sends bursts of packets of all sizes.
func TestKernelSockets(t *testing.T) {
	loopback(t, "127.0.0.1")
	time.Sleep(50 * time.Millisecond) // the kernel begins to stamp some time after the first socket wants it
	for _, host := range []string{"127.0.0.1", "::1"} {
		for _, size := range []int{12, 1400, 9000, 65000} {
			s, sender := loopback(t, host)
			packets := min(3000, 4<<20/size/3)
			for n := range packets {
				if n%100 == 99 {
					time.Sleep(time.Millisecond)
				}
				if _, err := sender.WriteToUDPAddrPort(rtpOf(uint16(n), size), rtpPort(s)); err != nil {
					t.Fatal(err)
				}
			}
			sent := time.Now()
			s.SetReadDeadline(sent.Add(5 * time.Second))
			var p Packet
			var last time.Time
			for n := range packets - int(s.Dropped()) {
				err := s.ReadPacket(&p)
				if err != nil || int(binary.BigEndian.Uint16(p.Data[2:])) != n || !bytes.Equal(p.Data, rtpOf(uint16(n), size)) {
					t.Fatalf("%s, %d bytes: packet %d of %d: %.8x… of %d bytes, %v; %d dropped", host, size, n, packets, p.Data, len(p.Data), err, s.Dropped())
				}
				if p.Arrival.Before(last) || p.Arrival.After(sent) || sent.Sub(p.Arrival) > 5*time.Second {
					t.Fatalf("packet %d arrived at %v, the one before at %v, all were sent at %v", n, p.Arrival, last, sent)
				}
				last = p.Arrival
			}
			if w := fmt.Sprint(s.Warnings()); w != "[]" && !strings.Contains(w, "receive buffer") {
				t.Errorf("warnings %s", w)
			}
			s.Close()
		}
	}
}

// TestLargeAmongSmall: a datagram that is larger than its place is put together again; of two in one batch the first is
// lost, once, and counted.
func TestLargeAmongSmall(t *testing.T) {
	s, sender := loopback(t, "127.0.0.1")
	send := func(sizes ...int) {
		for n, size := range sizes {
			sender.WriteToUDPAddrPort(rtpOf(uint16(n), size), rtpPort(s))
		}
	}
	s.SetReadDeadline(time.Now().Add(5 * time.Second))
	var p Packet
	read := func(want ...int) {
		t.Helper()
		for _, size := range want {
			if err := s.ReadPacket(&p); err != nil || len(p.Data) != size || !bytes.Equal(p.Data[4:], rtpOf(0, size)[4:]) {
				t.Fatalf("%d bytes, %v; want %d", len(p.Data), err, size)
			}
		}
	}
	for range probation {
		send(100)
		read(100)
	}
	time.Sleep(20 * time.Millisecond) // now the places are small
	send(100, 3000, 100)
	read(100, 3000, 100)
	send(9000, 100, 9001, 100)
	lost := uint64(1)
	if s.ReadPacket(&p) == nil && len(p.Data) == 9000 { // it was read before the others came
		lost = 0
		read(100)
	}
	read(9001, 100)
	send(9000, 9001)
	read(9000, 9001)
	if s.Dropped() != lost {
		t.Errorf("%d dropped, want %d", s.Dropped(), lost)
	}
}

// TestLargeOfOthers: a large datagram from another host does not make the batches small.
func TestLargeOfOthers(t *testing.T) {
	s, sender := loopback(t, "127.0.0.1")
	other, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	if err != nil {
		t.Skip(err)
	}
	defer other.Close()
	s.SetReadDeadline(time.Now().Add(5 * time.Second))
	var p Packet
	for n := range 2 * probation {
		if n%100 == 50 {
			other.WriteToUDPAddrPort(rtpOf(uint16(n), 60000), rtpPort(s))
		}
		sender.WriteToUDPAddrPort(rtpOf(uint16(n), 1400), rtpPort(s))
		if err := s.ReadPacket(&p); err != nil || len(p.Data) != 1400 {
			t.Fatalf("packet %d of %d bytes, %v", n, len(p.Data), err)
		}
	}
	s.Close() // ends the goroutine that reads
	if r := s.udp.sockets[0].reader.(*kernelReader); r.place != smallPlace {
		t.Errorf("datagrams have places of %d bytes", r.place)
	}
}

// TestKernelDrops: what the kernel had no room for is counted.
func TestKernelDrops(t *testing.T) {
	s, sender := loopback(t, "127.0.0.1")
	raw, err := s.streams[0].pair[0].conn.(*net.UDPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 8<<10) })
	const burst = 2000
	for range burst {
		sender.WriteToUDPAddrPort(rtpOf(1, 1000), rtpPort(s))
	}
	got := 0
	for p := (Packet{}); ; got++ {
		s.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if s.ReadPacket(&p) != nil {
			break
		}
	}
	sender.WriteToUDPAddrPort(rtpOf(1, 1000), rtpPort(s)) // brings the count
	s.SetReadDeadline(time.Now().Add(time.Second))
	if err := s.ReadPacket(new(Packet)); err != nil || s.Dropped() == 0 || got+int(s.Dropped()) != burst {
		t.Errorf("%d of %d, %d dropped, %v", got, burst, s.Dropped(), err)
	}
}

// TestWithoutBatches: where many datagrams can't be read at once they are read one by one.
func TestWithoutBatches(t *testing.T) {
	receiveMany = 1 << 20
	defer func() { receiveMany = syscall.SYS_RECVMMSG }()
	s, sender := loopback(t, "127.0.0.1")
	s.SetReadDeadline(time.Now().Add(5 * time.Second))
	for n := range 100 {
		sender.WriteToUDPAddrPort(rtpOf(uint16(n), 1000), rtpPort(s))
		var p Packet
		if err := s.ReadPacket(&p); err != nil || p.Data[3] != byte(n) {
			t.Fatalf("packet %d: %+v, %v", n, p, err)
		}
	}
	s.Close() // before the number is put back
}

func TestReadDatagramDoesNotAllocate(t *testing.T) {
	s, sender := loopback(t, "127.0.0.1")
	to, packet := rtpPort(s), rtpOf(1, 1400)
	var p Packet
	n := 0
	once := func() {
		if n++; n%20 == 1 {
			for range 20 {
				sender.WriteToUDPAddrPort(packet, to)
			}
		}
		if err := s.ReadPacket(&p); err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		once()
	}
	// What the net package allocates for the error of each wake-up is less than one per packet.
	if allocs := testing.AllocsPerRun(1000, once); allocs > 0 {
		t.Errorf("%v allocations per packet", allocs)
	}
}

func BenchmarkReadDatagram(b *testing.B) {
	s, sender := loopback(b, "127.0.0.1")
	to, packet := rtpPort(s), rtpOf(1, 1400)
	for _, k := range s.udp.sockets {
		k.reader.(*kernelReader).gather = 0 // not to measure the waiting
	}
	var p Packet
	b.SetBytes(1400)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%40 == 0 {
			for range 40 {
				sender.WriteToUDPAddrPort(packet, to)
			}
		}
		if err := s.ReadPacket(&p); err != nil {
			b.Fatal(err)
		}
	}
}
