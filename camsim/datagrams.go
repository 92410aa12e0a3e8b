package camsim

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// datagrams is the wire of a stream by UDP, with a pair of sockets of its own (RFC 3550 §11): RTP leaves from an even
// port, RTCP from the one above it.
type datagrams struct {
	sockets [2]net.PacketConn // RTP and RTCP
	ports   [2]uint16         // ours
	to      [2]net.Addr       // the client's
	faults  mischief
}

// listenPacket makes a socket: that of a net.ListenConfig, or what a test has instead of a network.
type listenPacket func(ctx context.Context, network, address string) (net.PacketConn, error)

// openDatagrams opens a pair of ports on the address of the session's connection. Packets go to the host at the other
// end of it and nowhere else, whatever destination the client asks for: nobody is flooded at a stranger's wish.
func openDatagrams(
	listen listenPacket, r *rand.Rand, local, remote net.Addr, clientPorts [2]uint16,
) (*datagrams, error) {
	d := &datagrams{}
	here, err := netip.ParseAddrPort(local.String())
	if err != nil {
		return nil, fmt.Errorf("camsim: own address: %w", err)
	}
	there, err := netip.ParseAddrPort(remote.String())
	if err != nil {
		return nil, fmt.Errorf("camsim: client's address: %w", err)
	}
	for i, port := range clientPorts {
		d.to[i] = net.UDPAddrFromAddrPort(netip.AddrPortFrom(there.Addr().Unmap(), port))
	}
	return d, d.open(listen, r, here.Addr().Unmap().String())
}

// Server ports are taken from below the range from which kernels give out others.
const (
	firstPort, endPort = 20000, 32000
	portAttempts       = 100
)

// open finds two free ports beside each other.
func (d *datagrams) open(listen listenPacket, r *rand.Rand, host string) (err error) {
	for range portAttempts {
		port := uint16(firstPort + 2*r.IntN((endPort-firstPort)/2))
		if err = d.openPair(listen, host, port); err == nil {
			return nil
		}
	}
	return fmt.Errorf("camsim: no pair of free UDP ports: %w", err)
}

func (d *datagrams) openPair(listen listenPacket, host string, port uint16) error {
	d.ports = [2]uint16{port, port + 1}
	for i, port := range d.ports {
		socket, err := listen(context.Background(), "udp", net.JoinHostPort(host, strconv.Itoa(int(port))))
		if err != nil {
			if i == 1 {
				d.sockets[0].Close()
			}
			return err
		}
		d.sockets[i] = socket
	}
	return nil
}

// socketChannels are the channels for which packets are framed: the indices of the sockets.
var socketChannels = [2]uint8{0, 1}

// send sends each packet as a datagram, one right after the other, as cameras do. What the network refuses is lost.
func (d *datagrams) send(framed []byte) error {
	for len(framed) > 0 {
		channel, size := framed[1], int(binary.BigEndian.Uint16(framed[2:]))
		packet := framed[interleavedHead:][:size]
		framed = framed[interleavedHead+size:]
		if channel == 0 {
			d.faults.pass(packet, d.sendMedia)
		} else {
			d.sockets[channel].WriteTo(packet, d.to[channel])
		}
	}
	d.faults.end(d.sendMedia)
	return nil
}

func (d *datagrams) sendMedia(packet []byte) { d.sockets[0].WriteTo(packet, d.to[0]) }

func (d *datagrams) close() {
	d.sockets[0].Close()
	d.sockets[1].Close()
}

// receive takes the client's RTCP until the sockets are closed. Its reports keep the session alive; what they say is of
// no interest. Nothing that comes to the RTP port is: it opens ways through routers.
func (d *datagrams) receive(p *pulse) {
	var b [2048]byte
	for {
		n, from, err := d.sockets[1].ReadFrom(b[:])
		if err != nil {
			return
		}
		if isRTCP(b[:n]) && from.String() == d.to[1].String() {
			p.beat()
		}
	}
}

// isRTCP tells whether b begins like a compound packet: with a report (RFC 3550 §6.1).
func isRTCP(b []byte) bool {
	const senderReport, receiverReport = 200, 201
	return len(b) >= 8 && b[0]>>6 == 2 && (b[1] == senderReport || b[1] == receiverReport)
}

// pulse knows when a client was last heard of. It may be used from any goroutine.
type pulse struct {
	mu   sync.Mutex
	last time.Time
}

func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
}

// timeout returns when the client is taken to be gone if it stays silent.
func (p *pulse) timeout() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last.Add(sessionTimeout)
}
