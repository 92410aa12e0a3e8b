package rtsp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/mempipe"
)

const testSDP = "v=0\r\no=- 0 0 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\na=control:*\r\n" +
	"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=1\r\n" +
	"m=audio 0 RTP/AVP 0\r\na=control:trackID=2\r\n"

// testCamera is a camera for tests: it answers as a well-behaved one does, but for what handle has to say.
type testCamera struct {
	auth   Authenticator
	handle func(c *ServerConn, q *Request) *Response // nil result: as usual; noReply: nothing
	lag    func(net.Conn) net.Conn                   // what the client's end is wrapped in; nil: nothing

	mu       sync.Mutex
	requests []string // methods
	conns    []*ServerConn
	dialled  []string // addresses
	wg       sync.WaitGroup
}

var noReply = &Response{}

// dialer returns a Dialer that reaches the camera. The camera ends with the test.
func (c *testCamera) dialer(t *testing.T) *Dialer {
	t.Cleanup(func() {
		c.mu.Lock()
		for _, s := range c.conns {
			s.Close()
		}
		c.mu.Unlock()
		c.wg.Wait()
	})
	return &Dialer{UserAgent: "timeslate/test", DialContext: c.dial}
}

func (c *testCamera) dial(_ context.Context, _, address string) (net.Conn, error) {
	client, server := mempipe.New()
	if c.lag != nil {
		server = c.lag(server)
	}
	s := NewServerConn(server)
	c.mu.Lock()
	c.conns = append(c.conns, s)
	c.dialled = append(c.dialled, address)
	c.mu.Unlock()
	c.wg.Go(func() { c.serve(s) })
	return client, nil
}

func (c *testCamera) serve(s *ServerConn) {
	defer s.Close()
	for {
		var p Packet
		q, err := s.Read(&p)
		if err != nil {
			return
		}
		if q == nil {
			continue
		}
		c.mu.Lock()
		c.requests = append(c.requests, q.Method)
		c.mu.Unlock()
		if r := c.reply(s, q); r != noReply {
			s.WriteResponse(r)
		}
	}
}

func (c *testCamera) reply(s *ServerConn, q *Request) *Response {
	if !c.auth.Check(q) {
		r := NewResponse(q, 401)
		c.auth.Challenge(&r.Header)
		return r
	}
	if c.handle != nil {
		if r := c.handle(s, q); r != nil {
			return r
		}
	}
	r := NewResponse(q, 200)
	switch q.Method {
	case MethodOptions:
		r.Header.Add("Public", "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN")
	case MethodDescribe:
		r.Header.Add("Content-Type", "application/sdp")
		r.Header.Add("Content-Base", q.URL+"/")
		r.Body = []byte(testSDP)
	case MethodSetup:
		r.Header.Add("Session", "12345678;timeout=60")
		r.Header.Add("Transport", q.Header.Get("Transport"))
	case MethodPlay:
		r.Header.Add("RTP-Info", fmt.Sprintf("url=%strackID=1;seq=7;rtptime=9", q.URL))
	}
	return r
}

// methods returns the requests that came so far, separated by blanks.
func (c *testCamera) methods() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.requests, " ")
}

// play takes a session up to PLAY, with all its media.
func play(t *testing.T, d *Dialer, url string) *Session {
	t.Helper()
	s, err := d.Dial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	desc, err := s.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range desc.Media {
		if err := s.Setup(t.Context(), &desc.Media[i], TCP); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// rtp returns an RTP packet with that sequence number.
func rtp(seq uint16) []byte {
	return []byte{0x80, 96, byte(seq >> 8), byte(seq), 0, 0, 0, 1, 0, 0, 0, 2, 'd', 'a', 't', 'a'}
}

func TestSession(t *testing.T) {
	for _, schemes := range []Scheme{0, Basic, Digest, Basic | Digest} {
		t.Run(fmt.Sprint(schemes), func(t *testing.T) {
			camera := &testCamera{}
			if schemes != 0 {
				camera.auth = Authenticator{Schemes: schemes, Realm: "IP Camera", Nonce: "abc", Username: "us er", Password: "p@ss:/?"}
			}
			camera.handle = func(c *ServerConn, q *Request) *Response {
				if q.Method == MethodPlay {
					c.WriteInterleaved(0, rtp(7)) // early
					c.WriteResponse(NewResponse(q, 200))
					c.WriteInterleaved(3, rtp(8))
					return noReply
				}
				return nil
			}
			s := play(t, camera.dialer(t), "rtsp://us er:p@ss:/?@cam/stream")
			var p Packet
			if err := s.ReadPacket(&p); err != nil || p.Stream != 0 || p.RTCP || p.Data[3] != 7 {
				t.Errorf("first packet: %+v, %v", p, err)
			}
			if err := s.ReadPacket(&p); err != nil || p.Stream != 1 || !p.RTCP || p.Data[3] != 8 {
				t.Errorf("second packet: %+v, %v", p, err)
			}
			if err := s.Teardown(t.Context()); err != nil {
				t.Errorf("Teardown: %v", err)
			}
			if err := s.ReadPacket(&p); !errors.Is(err, net.ErrClosed) {
				t.Errorf("ReadPacket after Teardown: %v", err)
			}
			want := "OPTIONS DESCRIBE SETUP SETUP PLAY TEARDOWN"
			if schemes != 0 {
				want = "OPTIONS " + want
			}
			if got := camera.methods(); got != want {
				t.Errorf("requests %q, want %q", got, want)
			}
			if got := strings.Contains(fmt.Sprint(s.Warnings()), "in clear"); got != (schemes == Basic) {
				t.Errorf("warnings %v", s.Warnings())
			}
		})
	}
}

func TestServerCloses(t *testing.T) {
	camera := &testCamera{}
	s := play(t, camera.dialer(t), "rtsp://cam/stream")
	camera.conns[0].Close()
	var p Packet
	for range 2 {
		if err := s.ReadPacket(&p); !errors.Is(err, io.EOF) {
			t.Errorf("ReadPacket: %v", err)
		}
	}
	s.Close()
	if err := s.ReadPacket(&p); !errors.Is(err, net.ErrClosed) {
		t.Errorf("ReadPacket after Close: %v", err)
	}
}

// slowWriter writes byte by byte.
type slowWriter struct{ net.Conn }

func (w slowWriter) Write(b []byte) (n int, err error) {
	for i := range b {
		if _, err := w.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
		runtime.Gosched()
	}
	return len(b), nil
}

// TestOneByteWrites: a camera that sends every byte on its own.
func TestOneByteWrites(t *testing.T) {
	camera := &testCamera{lag: func(c net.Conn) net.Conn { return slowWriter{c} }}
	s := play(t, camera.dialer(t), "rtsp://cam/stream")
	camera.wg.Go(func() {
		for n := range 100 {
			camera.conns[0].WriteInterleaved(uint8(n%4), rtp(uint16(n)))
		}
	})
	for n := range 100 {
		var p Packet
		if err := s.ReadPacket(&p); err != nil || int(p.Channel) != n%4 || !bytes.Equal(p.Data, rtp(uint16(n))) {
			t.Fatalf("packet %d: %+v, %v", n, p, err)
		}
	}
	if len(s.Warnings()) != 0 {
		t.Errorf("warnings %v", s.Warnings())
	}
}

// TestRealTCP: what net.Conn does in truth.
func TestRealTCP(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	defer listener.Close()
	camera := &testCamera{}
	camera.dialer(t)
	camera.wg.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			s := NewServerConn(c)
			camera.mu.Lock()
			camera.conns = append(camera.conns, s)
			camera.mu.Unlock()
			camera.wg.Go(func() { camera.serve(s) })
		}
	})
	s := play(t, &Dialer{}, "rtsp://"+listener.Addr().String()+"/stream")
	checkChannels(t, camera, s, [4]uint8{0, 1, 2, 3})
	s.SetReadDeadline(time.Now().Add(time.Millisecond))
	var p Packet
	err = s.ReadPacket(&p)
	want := fmt.Sprintf("rtsp: read: i/o timeout [%v to %v, byte %d]", s.LocalAddr(), s.RemoteAddr(), s.in.pos)
	if !errors.Is(err, os.ErrDeadlineExceeded) || err.Error() != want {
		t.Errorf("ReadPacket: %v, want %s", err, want)
	}
	if err := s.Teardown(t.Context()); err != nil {
		t.Error(err)
	}
	again := play(t, &Dialer{}, "rtsp://"+listener.Addr().String()+"/stream")
	done := make(chan error)
	go func() { done <- again.ReadPacket(&p) }()
	again.Close()
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("ReadPacket after Close: %v", err)
	}
	listener.Close()
	if _, err := new(Dialer).Dial(t.Context(), "rtsp://"+listener.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial: %v", err)
	}
}
