package camera_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/rtsp"
)

// deaf is a connection that takes nothing more at some point, whatever the deadline, until it is closed.
type deaf struct {
	net.Conn
	since  *atomic.Bool
	closed chan struct{}
	once   sync.Once
}

func (c *deaf) Write(b []byte) (int, error) {
	if c.since.Load() {
		<-c.closed
		return 0, net.ErrClosed
	}
	return c.Conn.Write(b)
}

func (c *deaf) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// TestCloseOfDeafCamera: saying goodbye takes two seconds at most.
func TestCloseOfDeafCamera(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		o := &oddCamera{media: h264Media, play: func(*rtsp.ServerConn) {}}
		options := o.serve(ctx)
		var now atomic.Bool
		dial := options.Dialer.DialContext
		options.Dialer.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			return &deaf{Conn: c, since: &now, closed: make(chan struct{})}, err
		}
		stream, err := camera.Open(ctx, url, options)
		if err != nil {
			t.Fatal(err)
		}
		now.Store(true)
		begin := time.Now()
		if err := stream.Close(); err == nil || time.Since(begin) > 2*time.Second {
			t.Errorf("closed with %v after %v", err, time.Since(begin))
		}
		cancel()
		o.wg.Wait()
	})
}
