// Package mempipe is a TCP connection without a network, for tests: both ends are net.Conn with buffered writes and
// deadlines, and all waiting is done in ways that testing/synctest understands. (net.Pipe has no buffer: two ends that
// write at the same time wait for each other for ever.) [PacketNet] is the same for UDP.
package mempipe

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Window is how many bytes one direction holds before a write blocks, about what the kernel gives a TCP connection.
const Window = 1 << 20

// New returns the two ends of a connection. What is written to one can be read from the other. The ends behave as
// those of TCP do: after Close the peer reads what is left and then io.EOF, and its writes fail.
func New() (a, b net.Conn) { return pair(clientAddr(1), serverAddr) }

// The addresses are from the blocks for documentation (RFC 5737).
var serverAddr = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 554}

func clientAddr(n int) *net.TCPAddr {
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 50000 + n%10000}
}

func pair(aAddr, bAddr net.Addr) (a, b net.Conn) {
	ab, ba := newFlow(), newFlow()
	return &conn{in: ba, out: ab, local: aAddr, remote: bAddr}, &conn{in: ab, out: ba, local: bAddr, remote: aAddr}
}

// conn is one end.
type conn struct {
	in, out       *flow
	local, remote net.Addr
}

func (c *conn) Read(b []byte) (int, error)  { return c.in.read(b) }
func (c *conn) Write(b []byte) (int, error) { return c.out.write(b) }
func (c *conn) LocalAddr() net.Addr         { return c.local }
func (c *conn) RemoteAddr() net.Addr        { return c.remote }

func (c *conn) Close() error {
	c.in.closeReader()
	c.out.closeWriter()
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error  { return c.in.readBy.moveTo(t, c.in.changed) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.out.writeBy.moveTo(t, c.out.changed) }

func (c *conn) SetDeadline(t time.Time) error {
	c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// flow is one direction.
type flow struct {
	mu           sync.Mutex
	changed      *sync.Cond
	data         []byte
	readerClosed bool
	writerClosed bool
	readBy       deadline
	writeBy      deadline
}

func newFlow() *flow {
	f := &flow{}
	f.changed = sync.NewCond(&f.mu)
	return f
}

func (f *flow) read(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case f.readerClosed:
			return 0, net.ErrClosed
		case f.readBy.passed:
			return 0, os.ErrDeadlineExceeded
		case len(f.data) > 0:
			n := copy(b, f.data)
			f.data = append(f.data[:0], f.data[n:]...)
			f.changed.Broadcast()
			return n, nil
		case f.writerClosed:
			return 0, io.EOF
		case len(b) == 0:
			return 0, nil
		}
		f.changed.Wait()
	}
}

func (f *flow) write(b []byte) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case f.writerClosed:
			return n, net.ErrClosed
		case f.readerClosed:
			return n, syscall.EPIPE
		case f.writeBy.passed:
			return n, os.ErrDeadlineExceeded
		}
		room := min(Window-len(f.data), len(b)-n)
		f.data = append(f.data, b[n:n+room]...)
		f.changed.Broadcast()
		if n += room; n == len(b) {
			return n, nil
		}
		f.changed.Wait()
	}
}

func (f *flow) closeReader() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readerClosed = true
	f.readBy.stop()
	f.changed.Broadcast()
}

func (f *flow) closeWriter() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writerClosed = true
	f.writeBy.stop()
	f.changed.Broadcast()
}

// deadline is a time after which reads or writes fail. It is guarded by the mutex of the flow or socket it belongs to.
type deadline struct {
	passed bool
	timer  *time.Timer
	set    int // counts the settings, so that a timer that fires late knows it is no longer meant
}

func (d *deadline) stop() {
	d.set++
	if d.timer != nil {
		d.timer.Stop()
	}
}

// moveTo sets the deadline to t; zero is never. The mutex of changed guards d.
func (d *deadline) moveTo(t time.Time, changed *sync.Cond) error {
	changed.L.Lock()
	defer changed.L.Unlock()
	d.stop()
	wait := time.Until(t)
	d.passed = !t.IsZero() && wait <= 0
	if !t.IsZero() && wait > 0 {
		set := d.set
		d.timer = time.AfterFunc(wait, func() { d.expire(set, changed) })
	}
	changed.Broadcast()
	return nil
}

func (d *deadline) expire(set int, changed *sync.Cond) {
	changed.L.Lock()
	defer changed.L.Unlock()
	if d.set == set {
		d.passed = true
		changed.Broadcast()
	}
}
