package rtsp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"
)

// packetConn is what of net.UDPConn a session uses.
type packetConn interface {
	net.PacketConn
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
}

// socket is one UDP socket of a stream. A goroutine of its own reads it, batch by batch, and hands the batches over to
// the goroutine that owns the session. There are two of them, so that one is filled while the other is emptied; when
// both are full the kernel's buffer takes what comes.
type socket struct {
	conn    packetConn
	host    netip.Addr // who may send; invalid: anybody
	reader  batchReader
	free    chan *batch
	full    chan *batch
	closed  chan struct{}
	dropped atomic.Uint64 // datagrams that never got here, as far as the system tells
	buffer  int           // bytes that the kernel keeps for us; 0 when that isn't known

	// The rest belongs to the session's goroutine.
	stream    int
	rtcp      bool
	in        *batch         // in hand
	announced netip.AddrPort // where the camera said that it sends from and receives; no port when it did not say
	source    netip.AddrPort // where packets come from; invalid before the first
	heard     time.Time      // arrival of the last one
	started   bool
	odd       bool // the source is not the announced port
}

// datagram is one that came. Its data lies in the batch.
type datagram struct {
	data    []byte
	from    netip.AddrPort
	arrival time.Time
}

// batch is what one read of a socket brings.
type batch struct {
	arena     []byte
	datagrams []datagram
	next      int // of datagrams
}

// batchReader fills batches.
type batchReader interface {
	// read waits for datagrams. It returns net.ErrClosed when the socket is closed.
	read(b *batch) error
}

const (
	maxDatagram = 64 << 10 // what UDP can carry. The Tapo sends 10,000 bytes at once
	wantBuffer  = 8 << 20  // bytes the kernel should keep for RTP: a second at 64 Mbit/s
	portTries   = 50       // for an even port beside a free odd one; half of all tries are good on an idle host
)

// listenPair opens the sockets for a stream: RTP on an even port and RTCP on the next one (RFC 3550 §11), on the local
// address of the session's connection.
func (s *Session) listenPair(ctx context.Context) (pair [2]*socket, err error) {
	local, ok := s.conn.LocalAddr().(*net.TCPAddr)
	if !ok {
		return pair, fmt.Errorf("UDP needs an IP address, and the connection has %v", s.conn.LocalAddr())
	}
	s.setHost()
	for range portTries {
		if pair, err = s.tryPair(ctx, local.AddrPort().Addr().Unmap()); err == nil || ctx.Err() != nil {
			return pair, err
		}
	}
	return pair, marked{fmt.Errorf("no pair of UDP ports: %w", bare(err)), ErrTransport}
}

// tryPair asks for any port and its neighbour.
func (s *Session) tryPair(ctx context.Context, host netip.Addr) (pair [2]*socket, err error) {
	first, err := s.listen(ctx, host, 0)
	if err != nil {
		return pair, err
	}
	port := portOf(first)
	second, err := s.listen(ctx, host, port^1)
	if err != nil {
		first.Close()
		return pair, err
	}
	rtp, rtcp := first, second
	if port%2 == 1 {
		rtp, rtcp = second, first
	}
	var from netip.Addr
	if !s.dialer.AnySource {
		from = s.udp.host
	}
	return [2]*socket{newSocket(rtp, from, false), newSocket(rtcp, from, true)}, nil
}

func (s *Session) listen(ctx context.Context, host netip.Addr, port uint16) (packetConn, error) {
	network := "udp6"
	if host.Is4() {
		network = "udp4"
	}
	c, err := s.dialer.ListenPacket(ctx, network, net.JoinHostPort(host.String(), strconv.Itoa(int(port))))
	if err != nil {
		return nil, err
	}
	if p, ok := c.(packetConn); ok {
		return p, nil
	}
	c.Close()
	return nil, fmt.Errorf("Dialer.ListenPacket returned a %T, which has not the methods of net.UDPConn", c)
}

// addressOf returns a socket's local address.
func addressOf(c net.PacketConn) netip.AddrPort {
	a, _ := netip.ParseAddrPort(c.LocalAddr().String())
	return a
}

// portOf returns a socket's local port.
func portOf(c net.PacketConn) uint16 { return addressOf(c).Port() }

func newSocket(c packetConn, host netip.Addr, rtcp bool) *socket {
	k := &socket{conn: c, host: host, rtcp: rtcp}
	k.free, k.full, k.closed = make(chan *batch, 2), make(chan *batch, 2), make(chan struct{})
	k.reader = newBatchReader(k)
	return k
}

// run reads until the socket is closed. It calls wake for each batch that it hands over.
func (k *socket) run(wake func()) {
	for {
		var b *batch
		select {
		case b = <-k.free:
		case <-k.closed:
			return
		}
		switch err := k.reader.read(b); {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // Windows tells here that a host has refused what we sent: no reason to give up
			k.free <- b
			k.pause()
		default:
			k.full <- b
			wake()
		}
	}
}

// pause keeps an error that comes again and again from keeping the processor busy.
func (k *socket) pause() {
	t := time.NewTimer(10 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-k.closed:
	}
}

// close is called once, by the link.
func (k *socket) close() {
	close(k.closed)
	k.conn.Close()
}

// head returns the datagram that is next, or nil.
func (k *socket) head() *datagram {
	for k.in == nil || k.in.next == len(k.in.datagrams) {
		if k.in != nil {
			k.free <- k.in // never blocks: it has room for all batches
			k.in = nil
		}
		select {
		case k.in = <-k.full:
		default:
			return nil
		}
	}
	return &k.in.datagrams[k.in.next]
}

// plainReader reads datagrams one by one from any socket.
type plainReader struct{ conn packetConn }

func newPlainReader(k *socket) plainReader {
	k.provide(maxDatagram, 1)
	return plainReader{k.conn}
}

// provide makes the batches.
func (k *socket) provide(size, datagrams int) {
	for range cap(k.free) {
		k.free <- &batch{arena: make([]byte, size), datagrams: make([]datagram, 0, datagrams)}
	}
}

func (r plainReader) read(b *batch) error {
	n, from, err := r.conn.ReadFromUDPAddrPort(b.arena)
	if err != nil {
		return err
	}
	b.datagrams, b.next = append(b.datagrams[:0], datagram{b.arena[:n], plainAddress(from), time.Now()}), 0
	return nil
}

// plainAddress returns an address in the form in which all are compared: without a zone, and not mapped into IPv6.
func plainAddress(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}
