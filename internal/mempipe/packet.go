package mempipe

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// PacketNet is a network for datagrams, as UDP is one. None gets lost or changes its place but those for which a
// receiver has no room.
type PacketNet struct {
	mu    sync.Mutex
	conns map[netip.AddrPort]*PacketConn
	last  uint16 // port that was given away
}

// NewPacketNet returns a network that nobody listens on.
func NewPacketNet() *PacketNet {
	return &PacketNet{conns: map[netip.AddrPort]*PacketConn{}, last: 40000}
}

// ListenPacket returns a socket. It has the signature of net.ListenConfig.ListenPacket: address is an IP address of any
// host with a port, or with 0 for one that is free. The result is a *PacketConn.
func (n *PacketNet) ListenPacket(_ context.Context, network, address string) (net.PacketConn, error) {
	local, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if local.Port() == 0 {
		local = n.free(local.Addr())
	}
	if n.conns[local] != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: net.UDPAddrFromAddrPort(local), Err: os.ErrExist}
	}
	c := &PacketConn{net: n, local: local}
	c.changed = sync.NewCond(&c.mu)
	n.conns[local] = c
	return c, nil
}

// free returns an address with a port that nobody has.
func (n *PacketNet) free(host netip.Addr) netip.AddrPort {
	for {
		if n.last++; n.last == 0 {
			n.last = 40000
		}
		if a := netip.AddrPortFrom(host, n.last); n.conns[a] == nil {
			return a
		}
	}
}

func (n *PacketNet) find(to netip.AddrPort) *PacketConn {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.conns[netip.AddrPortFrom(to.Addr().Unmap(), to.Port())]
}

func (n *PacketNet) remove(c *PacketConn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns[c.local] == c {
		delete(n.conns, c.local)
	}
}

// PacketConn is a socket on a PacketNet: a net.PacketConn with the methods of net.UDPConn that do not allocate.
type PacketConn struct {
	net   *PacketNet
	local netip.AddrPort

	mu      sync.Mutex
	changed *sync.Cond
	queue   []packet
	bytes   int
	dropped int
	closed  bool
	readBy  deadline
}

type packet struct {
	data []byte
	from netip.AddrPort
}

// WriteToUDPAddrPort sends a datagram. As with UDP, nobody learns of one that nobody receives.
func (c *PacketConn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return 0, net.ErrClosed
	}
	if peer := c.net.find(to); peer != nil {
		peer.deliver(packet{append([]byte(nil), b...), c.local})
	}
	return len(b), nil
}

func (c *PacketConn) deliver(p packet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.bytes+len(p.data) > Window {
		c.dropped++
		return
	}
	c.queue = append(c.queue, p)
	c.bytes += len(p.data)
	c.changed.Broadcast()
}

// ReadFromUDPAddrPort waits for a datagram.
func (c *PacketConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, netip.AddrPort{}, net.ErrClosed
		case c.readBy.passed:
			return 0, netip.AddrPort{}, os.ErrDeadlineExceeded
		case len(c.queue) > 0:
			p := c.queue[0]
			c.queue = c.queue[1:]
			c.bytes -= len(p.data)
			return copy(b, p.data), p.from, nil
		}
		c.changed.Wait()
	}
}

// Dropped returns how many datagrams came that the socket had no room for: it holds Window bytes.
func (c *PacketConn) Dropped() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// ReadFrom is ReadFromUDPAddrPort with another type of address.
func (c *PacketConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	return n, net.UDPAddrFromAddrPort(from), err
}

// WriteTo is WriteToUDPAddrPort with another type of address.
func (c *PacketConn) WriteTo(b []byte, to net.Addr) (int, error) {
	address, err := netip.ParseAddrPort(to.String())
	if err != nil {
		return 0, err
	}
	return c.WriteToUDPAddrPort(b, address)
}

// LocalAddr returns the address as a *net.UDPAddr.
func (c *PacketConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.local) }

// Close ends reads with net.ErrClosed, and lets go of the port.
func (c *PacketConn) Close() error {
	c.net.remove(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	c.readBy.stop()
	c.changed.Broadcast()
	return nil
}

// SetReadDeadline is that of net.PacketConn.
func (c *PacketConn) SetReadDeadline(t time.Time) error { return c.readBy.moveTo(t, c.changed) }

// SetWriteDeadline does nothing: writes don't wait.
func (c *PacketConn) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline is SetReadDeadline.
func (c *PacketConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }
