package rtsp

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// past is a deadline that ends any call at once.
var past = time.Unix(1, 0)

// link is the part of a session that other goroutines may touch: the connection with its deadlines.
type link struct {
	mu          sync.Mutex
	conn        net.Conn
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
		l.conn.Close()
	}
	l.conn, l.armed = c, time.Time{}
	return nil
}

func (l *link) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return net.ErrClosed
	}
	l.closed = true
	return l.conn.Close()
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

// arm sets the session's own deadline for reading. In ReadPacket the user's counts too.
func (l *link) arm(own time.Time, reading bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.own, l.reading = own, reading
	return l.update()
}

// update tells the connection its read deadline if it has moved.
func (l *link) update() error {
	t := l.own
	if l.reading && !l.user.IsZero() && (t.IsZero() || l.user.Before(t)) {
		t = l.user
	}
	if l.interrupted {
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
