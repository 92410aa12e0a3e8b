package camsim

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/rtsp"
)

// receiver is a client's end of a stream by UDP.
type receiver struct {
	t         *testing.T
	rtp, rtcp net.PacketConn
	server    [2]net.Addr
	packets   []rtp.Packet
	reports   []rtcp.Packet
}

// setupUDP sets a track up with sockets of its own.
func (c *client) setupUDP(network *mempipe.PacketNet, url, clientPort string) (*receiver, reply) {
	c.t.Helper()
	r := &receiver{t: c.t}
	for i, socket := range []*net.PacketConn{&r.rtp, &r.rtcp} {
		var err error
		address := net.JoinHostPort("192.0.2.1", strings.Split(clientPort, "-")[i])
		if *socket, err = network.ListenPacket(c.t.Context(), "udp", address); err != nil {
			c.t.Fatal(err)
		}
	}
	answer := c.want(200, c.do("SETUP", url, "Transport: RTP/AVP;unicast;client_port="+clientPort))
	specs, err := rtsp.ParseTransport(answer.header.Get("Transport"))
	if err != nil || specs[0].TCP || specs[0].ServerPort[0]%2 != 0 || specs[0].ServerPort[1] != specs[0].ServerPort[0]+1 {
		c.t.Fatalf("Transport %q: %v", answer.header.Get("Transport"), err)
	}
	for i, port := range specs[0].ServerPort {
		r.server[i] = &net.UDPAddr{IP: net.IPv4(192, 0, 2, 2), Port: int(port)}
	}
	return r, answer
}

// watch receives for a time.
func (r *receiver) watch(d time.Duration) {
	var b [2000]byte
	for i, socket := range []net.PacketConn{r.rtp, r.rtcp} {
		socket.SetReadDeadline(time.Now().Add(d))
		for d = 1; ; { // what came in the meantime is already there
			n, from, err := socket.ReadFrom(b[:])
			if err != nil {
				break
			}
			if from.String() != r.server[i].String() || n > 1500-28 {
				r.t.Errorf("%d bytes from %v", n, from)
			}
			r.take(i, append([]byte(nil), b[:n]...))
		}
	}
}

func (r *receiver) take(socket int, b []byte) {
	if socket == 1 {
		packets, err := rtcp.Unmarshal(b)
		if err != nil {
			r.t.Fatal(err)
		}
		r.reports = append(r.reports, packets...)
		return
	}
	var p rtp.Packet
	if err := p.Unmarshal(b); err != nil {
		r.t.Fatal(err)
	}
	r.packets = append(r.packets, p)
}

// TestUDP plays by UDP: every packet comes, and receiver reports alone keep the session alive.
func TestUDP(t *testing.T) {
	network := mempipe.NewPacketNet()
	o := Options{Cameras: []Camera{{Bitrate: 2_000_000}}, ListenPacket: network.ListenPacket}
	inServer(t, o, func(t *testing.T, dial func() *client) {
		c := dial()
		r, _ := c.setupUDP(network, cam0+"/trackID=0", "5000-5001")
		r.rtp.WriteTo([]byte("punch"), r.server[0])
		played := c.want(200, c.do("PLAY", cam0))
		report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 1}})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			r.watch(sessionTimeout - time.Second)
			r.rtcp.WriteTo(report, r.server[1])
		}
		if !strings.Contains(played.header.Get("RTP-Info"), "/trackID=0;seq=") || !startsKey(r.packets[0]) {
			t.Errorf("RTP-Info %q, first packet %v", played.header.Get("RTP-Info"), r.packets[0])
		}
		frames := 0
		for i, p := range r.packets {
			if i > 0 && p.SequenceNumber != r.packets[i-1].SequenceNumber+1 {
				t.Fatalf("packet %v after %v", p, r.packets[i-1])
			}
			if p.Marker {
				frames++
			}
		}
		if want := 4 * 59 * 25; frames != want {
			t.Errorf("%d frames, want %d", frames, want)
		}
		c.goneAfter(sessionTimeout)
		if r.watch(1); len(r.reports) < 40 {
			t.Errorf("%d sender reports", len(r.reports))
		}
	})
}

// goneAfter expects the server to close the connection after exactly that time.
func (c *client) goneAfter(d time.Duration) {
	c.t.Helper()
	before := time.Now()
	for c.packet() {
	}
	if _, err := c.r.ReadByte(); err != io.EOF || time.Since(before) != d {
		c.t.Errorf("%v after %v, want EOF after %v", err, time.Since(before), d)
	}
}

// TestUDPIsNotKeptAliveByStrangers: neither by packets of others nor by what is no report.
func TestUDPIsNotKeptAliveByStrangers(t *testing.T) {
	network := mempipe.NewPacketNet()
	o := Options{Cameras: []Camera{{}}, ListenPacket: network.ListenPacket}
	inServer(t, o, func(t *testing.T, dial func() *client) {
		c := dial()
		r, _ := c.setupUDP(network, cam0+"/trackID=0", "5000-5001")
		time.Sleep(time.Second)
		r.rtcp.WriteTo([]byte("rubbish of some length"), r.server[1])
		report, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 1}})
		r.rtp.WriteTo(report, r.server[1])
		c.goneAfter(sessionTimeout - time.Second)
	})
}

// TestUDPSocketsAreReleased with the session, also by TEARDOWN and by another SETUP of the same track.
func TestUDPSocketsAreReleased(t *testing.T) {
	open := map[string]bool{}
	o := Options{Cameras: []Camera{{}}, ListenPacket: func(_ context.Context, _, address string) (net.PacketConn, error) {
		socket, err := mempipe.NewPacketNet().ListenPacket(t.Context(), "udp", address)
		open[address] = true
		return closing{socket, func() { delete(open, address) }}, err
	}}
	inServer(t, o, func(t *testing.T, dial func() *client) {
		const udp = "Transport: RTP/AVP/UDP;unicast;client_port=5000-5001"
		c := dial()
		for _, step := range []struct {
			method, url string
			open        int
		}{
			{"SETUP", cam0 + "/trackID=0", 2}, {"SETUP", cam0 + "/trackID=0", 2}, {"PLAY", cam0, 2}, {"TEARDOWN", cam0, 0},
			{"SETUP", cam0 + "/trackID=0", 2},
		} {
			c.want(200, c.do(step.method, step.url, udp))
			if len(open) != step.open {
				t.Errorf("%d sockets after %s, want %d", len(open), step.method, step.open)
			}
		}
		c.conn.Close()
		synctest.Wait()
		if len(open) > 0 {
			t.Errorf("%d sockets are open without a connection", len(open))
		}
	})
}

// closing is a socket that tells when it is closed.
type closing struct {
	net.PacketConn
	closed func()
}

func (c closing) Close() error {
	c.closed()
	return c.PacketConn.Close()
}
