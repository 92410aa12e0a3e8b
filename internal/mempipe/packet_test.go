package mempipe

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func listen(t *testing.T, n *PacketNet, address string) *PacketConn {
	t.Helper()
	c, err := n.ListenPacket(t.Context(), "udp", address)
	if err != nil {
		t.Fatal(err)
	}
	return c.(*PacketConn)
}

func TestPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewPacketNet()
		a, b := listen(t, n, "192.0.2.1:0"), listen(t, n, "192.0.2.2:6970")
		to := netip.MustParseAddrPort(b.LocalAddr().String())
		time.AfterFunc(time.Second, func() { a.WriteToUDPAddrPort([]byte("abc"), to) })
		buf := make([]byte, 9)
		begin := time.Now()
		length, from, err := b.ReadFromUDPAddrPort(buf)
		if length != 3 || from.String() != a.LocalAddr().String() || err != nil || time.Since(begin) != time.Second {
			t.Errorf("%d bytes from %v, %v, after %v", length, from, err, time.Since(begin))
		}
		b.WriteTo([]byte("d"), a.LocalAddr())
		if length, from, err := a.ReadFrom(buf); length != 1 || from.String() != "192.0.2.2:6970" || err != nil {
			t.Errorf("%d bytes from %v, %v", length, from, err)
		}
		b.SetReadDeadline(time.Now().Add(time.Minute))
		if _, _, err := b.ReadFromUDPAddrPort(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("after the deadline: %v", err)
		}
		if _, err := n.ListenPacket(t.Context(), "udp", "192.0.2.2:6970"); err == nil {
			t.Error("two sockets with one address")
		}
	})
}

func TestPacketLimits(t *testing.T) {
	n := NewPacketNet()
	a, b := listen(t, n, "192.0.2.1:0"), listen(t, n, "192.0.2.2:0")
	to := netip.MustParseAddrPort(b.LocalAddr().String())
	for range Window/50000 + 2 {
		a.WriteToUDPAddrPort(make([]byte, 50000), to)
	}
	if b.Dropped() != 2 {
		t.Errorf("%d dropped", b.Dropped())
	}
	b.Close()
	if _, err := a.WriteToUDPAddrPort([]byte("to nobody"), to); err != nil {
		t.Error(err)
	}
	for _, err := range []error{b.Close(), readError(b)} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
	listen(t, n, to.String())
}

func readError(c *PacketConn) error {
	_, _, err := c.ReadFromUDPAddrPort(nil)
	return err
}
