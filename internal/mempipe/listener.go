package mempipe

import (
	"context"
	"net"
	"sync"
)

// Listener is a net.Listener whose connections are pipes.
type Listener struct {
	incoming chan net.Conn
	closed   chan struct{}
	once     sync.Once
	mu       sync.Mutex
	dialled  int
}

// Listen returns a listener that only Dial reaches.
func Listen() *Listener {
	return &Listener{incoming: make(chan net.Conn), closed: make(chan struct{})}
}

// Dial connects to the listener: it waits until Accept takes the connection. It has the signature of
// net.Dialer.DialContext; network and address don't matter.
func (l *Listener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	l.mu.Lock()
	l.dialled++
	client, server := pair(clientAddr(l.dialled), serverAddr)
	l.mu.Unlock()
	select {
	case l.incoming <- server:
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: serverAddr, Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next Dial.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.incoming:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and Dial. Connections stay open.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr returns 192.0.2.2:554.
func (l *Listener) Addr() net.Addr { return serverAddr }
