package rtsp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// past is a deadline that ends any call at once.
var past = time.Unix(1, 0)

// link is the part of a session that other goroutines may touch: the connection with its deadlines, and the sockets.
//
// The session's goroutine waits for all of them at once: it reads the connection, and a socket that has something
// for it moves the read deadline into the past.
type link struct {
	mu          sync.Mutex
	conn        net.Conn
	sockets     []*socket
	readers     sync.WaitGroup // the goroutines of the sockets
	awake       bool           // a socket has handed something over
	closed      bool
	interrupted bool      // a context has ended the exchange that is going on
	user        time.Time // from SetReadDeadline, for ReadPacket
	own         time.Time // the session's own: the end of an exchange, or the next keepalive
	reading     bool      // in ReadPacket: the user's deadline counts
	armed       time.Time // what the connection was told
}

// replace puts another connection in.
func (l *link) replace(c net.Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		c.Close()
		return net.ErrClosed
	}
	if l.conn != nil {
		closeAtOnce(l.conn)
	}
	l.conn, l.armed = c, time.Time{}
	return nil
}

// close closes everything and waits for the goroutines.
func (l *link) close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return net.ErrClosed
	}
	l.closed = true
	err := closeAtOnce(l.conn)
	l.mu.Unlock()
	l.closeSockets()
	return err
}

// closeAtOnce closes a connection without a word: TLS would wait five seconds for a peer that reads nothing.
func closeAtOnce(c net.Conn) error {
	if secured, ok := c.(*tls.Conn); ok {
		return secured.NetConn().Close()
	}
	return c.Close()
}

// addSockets makes sockets part of what Close closes.
func (l *link) addSockets(pair [2]*socket) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return net.ErrClosed
	}
	l.sockets = append(l.sockets, pair[:]...)
	return nil
}

// start starts a socket's goroutine.
func (l *link) start(k *socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.readers.Go(func() { k.run(l.wake) })
	}
}

// closeSockets closes all sockets and waits until their goroutines have ended.
func (l *link) closeSockets() {
	l.mu.Lock()
	sockets := l.sockets
	l.sockets = nil
	l.mu.Unlock()
	for _, k := range sockets {
		k.close()
	}
	l.readers.Wait()
}

// wake ends a read of ReadPacket, or the next one.
func (l *link) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awake = true
	l.update()
}

// sleep takes back what wake did: whoever calls it looks at the sockets afterwards.
func (l *link) sleep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awake = false
}

// setUser sets the deadline of ReadPacket.
func (l *link) setUser(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return net.ErrClosed
	}
	l.user = t
	return l.update()
}

// arm sets the session's own deadline for reading. In ReadPacket the user's counts too. It returns whether a read will
// wait.
func (l *link) arm(own time.Time, reading bool) (waits bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.own, l.reading = own, reading
	l.update()
	return !l.armed.Equal(past)
}

// update tells the connection its read deadline if it has moved.
func (l *link) update() error {
	t := l.own
	if l.reading && !l.user.IsZero() && (t.IsZero() || l.user.Before(t)) {
		t = l.user
	}
	if l.interrupted || l.reading && l.awake {
		t = past
	}
	if t.Equal(l.armed) {
		return nil
	}
	l.armed = t
	return l.conn.SetReadDeadline(t)
}

// userPassed says whether the deadline of ReadPacket has passed.
func (l *link) userPassed(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.user.IsZero() && !now.Before(l.user)
}

// armWrite sets the deadline of the next write.
func (l *link) armWrite(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.interrupted {
		t = past
	}
	return l.conn.SetWriteDeadline(t)
}

// interrupt ends the reads and writes of an exchange, until resume.
func (l *link) interrupt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.interrupted = true
	l.update()
	l.conn.SetWriteDeadline(past)
}

func (l *link) resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.interrupted = false
}

// watch makes the end of ctx interrupt what goes on until done is called.
func (l *link) watch(ctx context.Context) (done func()) {
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		l.interrupt()
		close(interrupted)
	})
	return func() {
		if !stop() {
			<-interrupted
			l.resume()
		}
	}
}

// explain returns err, as net.ErrClosed when Close is the reason for it.
func (l *link) explain(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed && !errors.Is(err, net.ErrClosed) {
		return net.ErrClosed
	}
	return err
}
