package rtsp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/internal/mempipe"
)

func TestKeepaliveInterval(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{
		60 * time.Second: 30 * time.Second, 10 * time.Second: 5 * time.Second, 9 * time.Second: 4 * time.Second,
		6 * time.Second: time.Second, time.Second: time.Second,
	} {
		if got := keepaliveInterval(timeout); got != want {
			t.Errorf("%v: %v, want %v", timeout, got, want)
		}
	}
}

// TestDay runs a day of a session. The camera drops it as soon as it is not refreshed within its time-out.
func TestDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const day, timeout = 24 * time.Hour, 60 * time.Second
		var keepalives []time.Time
		camera := &testCamera{}
		camera.handle = func(c *ServerConn, q *Request) *Response {
			switch q.Method {
			case MethodPlay:
				keepalives = append(keepalives, time.Now())
				camera.wg.Go(func() {
					for n := uint16(0); c.WriteInterleaved(0, rtp(n)) == nil; n++ { // a picture a second
						time.Sleep(time.Second)
					}
				})
			case MethodGetParameter:
				if since := time.Since(keepalives[len(keepalives)-1]); since > timeout {
					c.Close()
				}
				keepalives = append(keepalives, time.Now())
			}
			return nil
		}
		s := play(t, camera.dialer(t), "rtsp://cam/stream")
		start := time.Now()
		s.SetReadDeadline(start.Add(day - time.Millisecond))
		if packets := readAll(t, s); packets != int(day/time.Second) {
			t.Errorf("%d packets", packets)
		}
		for i, at := range keepalives {
			if want := time.Duration(i) * timeout / 2; at.Sub(start) != want {
				t.Fatalf("keepalive %d at %v, want %v", i, at.Sub(start), want)
			}
		}
		if n := len(keepalives); n != int(day/(timeout/2)) {
			t.Errorf("%d keepalives", n)
		}
		s.Teardown(t.Context())
	})
}

// readAll reads until the deadline and returns the number of packets.
func readAll(t *testing.T, s *Session) (packets int) {
	t.Helper()
	for p := (Packet{}); ; packets++ {
		if err := s.ReadPacket(&p); errors.Is(err, os.ErrDeadlineExceeded) {
			return packets
		} else if err != nil {
			t.Fatalf("after %d packets: %v", packets, err)
		}
	}
}

// TestKeepaliveMethods looks at how keepalives are sent when the camera makes difficulties.
func TestKeepaliveMethods(t *testing.T) {
	reply := func(status int) func(*ServerConn, *Request) *Response {
		return func(_ *ServerConn, q *Request) *Response { return NewResponse(q, status) }
	}
	noAnswer := func(*ServerConn, *Request) *Response { return noReply }
	for _, c := range []struct {
		name   string
		public string
		answer func(*ServerConn, *Request) *Response // to GET_PARAMETER
		want   string                                // in 100 s
	}{
		{"listed", "OPTIONS, GET_PARAMETER", reply(200), "GET_PARAMETER GET_PARAMETER GET_PARAMETER"},
		{"never answered", "GET_PARAMETER", noAnswer, "GET_PARAMETER GET_PARAMETER GET_PARAMETER"},
		{"not listed: GW Security", "OPTIONS, PLAY", reply(200), "OPTIONS OPTIONS OPTIONS"},
		{"no Public", "", reply(200), "OPTIONS OPTIONS OPTIONS"},
		{"refused: thingino", "OPTIONS, GET_PARAMETER", reply(454), "GET_PARAMETER OPTIONS OPTIONS OPTIONS"},
		{"refused: HIPCAM", "OPTIONS, GET_PARAMETER", reply(501), "GET_PARAMETER OPTIONS OPTIONS OPTIONS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				camera := &testCamera{}
				camera.handle = func(conn *ServerConn, q *Request) *Response {
					switch q.Method {
					case MethodOptions:
						r := NewResponse(q, 200)
						r.Header.Add("Public", c.public)
						return r
					case MethodGetParameter:
						if q.URL != "rtsp://cam/stream/" || q.Header.Get("Session") != "12345678" {
							t.Errorf("keepalive %+v", q)
						}
						return c.answer(conn, q)
					}
					return nil
				}
				s := play(t, camera.dialer(t), "rtsp://cam/stream")
				s.SetReadDeadline(time.Now().Add(100 * time.Second))
				readAll(t, s)
				_, got, _ := strings.Cut(camera.methods(), "PLAY ")
				if got != c.want {
					t.Errorf("sent %q, want %q", got, c.want)
				}
			})
		})
	}
}

// TestKeepaliveRefused: a camera that has a new nonce for every keepalive, and takes none. Each is repeated once.
func TestKeepaliveRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera, n := &testCamera{}, 0
		camera.handle = on(MethodGetParameter, func(_ *ServerConn, q *Request) *Response {
			n++
			return answer(q, 401, "WWW-Authenticate", fmt.Sprintf(`Digest realm="r", nonce="%d"`, n))
		})
		s := play(t, camera.dialer(t), "rtsp://u:p@cam/stream")
		s.SetReadDeadline(time.Now().Add(100 * time.Second))
		readAll(t, s)
		if n != 6 {
			t.Errorf("%d keepalives, want two at each of 30, 60 and 90 s", n)
		}
	})
}

// TestRepliesWithoutCSeq: they come in the order of the requests, of which a keepalive may be one.
func TestRepliesWithoutCSeq(t *testing.T) {
	const good, bad = "RTSP/1.0 200 OK\r\n\r\n", "RTSP/1.0 454 Gone\r\n\r\n"
	for _, c := range []struct{ name, keepalive, teardown string }{
		{"in time", good, good},
		{"the keepalive's is late", "", bad + good},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				camera := &testCamera{}
				camera.handle = func(conn *ServerConn, q *Request) *Response {
					switch q.Method {
					case MethodGetParameter:
						return raw(c.keepalive)(conn, q)
					case MethodTeardown:
						return raw(c.teardown)(conn, q)
					}
					return nil
				}
				s := play(t, camera.dialer(t), "rtsp://cam/stream")
				s.SetReadDeadline(time.Now().Add(31 * time.Second))
				readAll(t, s)
				if err := s.Teardown(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestNonceRotates: a camera that changes its nonce every 45 s, in the middle of the session.
func TestNonceRotates(t *testing.T) {
	for _, stale := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			camera := &testCamera{auth: Authenticator{Schemes: Digest, Realm: "r", Nonce: "0", Username: "u", Password: "p"}}
			refusals := 0
			camera.lag = func(c net.Conn) net.Conn {
				return &rewriter{c, func(b []byte) []byte {
					if strings.HasPrefix(string(b), "RTSP/1.0 401") {
						refusals++
						if stale {
							b = []byte(strings.Replace(string(b), "Digest ", `Digest stale="TRUE", `, 1))
						}
					}
					return b
				}}
			}
			d := camera.dialer(t)
			d.Username, d.Password = "u", "p"
			s := play(t, d, "rtsp://cam/stream")
			for i := range 20 {
				camera.mu.Lock()
				camera.auth.Nonce = fmt.Sprint(i + 1)
				camera.mu.Unlock()
				s.SetReadDeadline(time.Now().Add(45 * time.Second))
				readAll(t, s)
			}
			if refusals != 21 {
				t.Errorf("%d refusals, want one at the beginning and one per nonce", refusals)
			}
			camera.auth.Nonce = "last"
			if err := s.Teardown(t.Context()); err != nil {
				t.Errorf("Teardown: %v", err)
			}
		})
	}
}

// rewriter changes what the camera writes.
type rewriter struct {
	net.Conn
	rewrite func([]byte) []byte
}

func (r *rewriter) Write(b []byte) (int, error) {
	if _, err := r.Conn.Write(r.rewrite(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// TestStale: a camera whose nonce is too old already when the first answer to it comes.
func TestStale(t *testing.T) {
	camera := &testCamera{auth: Authenticator{Schemes: Digest, Realm: "r", Nonce: "0", Username: "u", Password: "p"}}
	refusals := 0
	camera.lag = func(c net.Conn) net.Conn {
		return &rewriter{c, func(b []byte) []byte {
			if !bytes.HasPrefix(b, []byte("RTSP/1.0 401")) {
				return b
			}
			if refusals++; refusals == 1 {
				camera.auth.Nonce = "1"
				return b
			}
			return bytes.Replace(b, []byte("Digest "), []byte("Digest stale=TRUE, "), 1)
		}}
	}
	play(t, camera.dialer(t), "rtsp://u:p@cam/stream")
	if refusals != 2 {
		t.Errorf("%d refusals", refusals)
	}
}

func TestWrongPassword(t *testing.T) {
	for _, c := range []struct {
		name, url string
		schemes   Scheme
		rotate    bool
		stale     string
		requests  string
	}{
		{"Digest", "rtsp://u:hunter2@cam/", Digest, false, "", "OPTIONS OPTIONS"},
		{"Digest with a new nonce each time", "rtsp://u:hunter2@cam/", Digest, true, "", "OPTIONS OPTIONS"},
		{"Hikvision: not stale", "rtsp://u:hunter2@cam/", Digest, true, "FALSE", "OPTIONS OPTIONS"},
		{"always stale", "rtsp://u:hunter2@cam/", Digest, true, "true", "OPTIONS OPTIONS OPTIONS"},
		{"Basic", "rtsp://u:hunter2@cam/", Basic, false, "", "OPTIONS OPTIONS"},
		{"none", "rtsp://cam/", Digest, false, "", "OPTIONS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			camera := &testCamera{auth: Authenticator{Schemes: c.schemes, Nonce: "0", Username: "u", Password: "right"}}
			if c.rotate {
				camera.lag = func(conn net.Conn) net.Conn {
					return &rewriter{conn, func(b []byte) []byte {
						camera.auth.Nonce += "x"
						if c.stale == "" {
							return b
						}
						return bytes.Replace(b, []byte("Digest "), []byte(`Digest stale="`+c.stale+`", `), 1)
					}}
				}
			}
			s, err := camera.dialer(t).Dial(t.Context(), c.url)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_, err = s.Describe(t.Context())
			e, ok := errors.AsType[*Error](err)
			if !ok || !errors.Is(err, ErrUnauthorized) || e.Status != 401 {
				t.Errorf("error %#v", err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in %v", err)
			}
			if got := camera.methods(); got != c.requests {
				t.Errorf("requests %q, want %q", got, c.requests)
			}
		})
	}
}

// TestStalls: a camera that stops answering at some point costs a time-out and a clear error.
func TestStalls(t *testing.T) {
	for _, stop := range []string{MethodOptions, MethodDescribe} {
		for _, sent := range []string{"", "RTSP/1.0 200 OK\r\nContent-Length: 1000\r\nCSeq: 2\r\n\r\nv=0"} {
			synctest.Test(t, func(t *testing.T) {
				camera := &testCamera{}
				camera.handle = func(c *ServerConn, q *Request) *Response {
					if q.Method == stop {
						c.WriteRaw([]byte(sent))
						return noReply
					}
					return nil
				}
				s, err := camera.dialer(t).Dial(t.Context(), "rtsp://cam/")
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				start := time.Now()
				_, err = s.Describe(t.Context())
				e, ok := errors.AsType[*Error](err)
				if !ok || !e.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != dialTimeout {
					t.Errorf("%v after %v", err, time.Since(start))
				}
				if !strings.Contains(err.Error(), stop+" rtsp://cam/ (CSeq") || !strings.Contains(err.Error(), "no reply within 10s") {
					t.Errorf("error %v", err)
				}
			})
		}
	}
}

// TestStallsWhileWriting: a camera that reads nothing any more.
func TestStallsWhileWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := &testCamera{}
		block := make(chan struct{})
		defer close(block)
		camera.handle = func(_ *ServerConn, q *Request) *Response {
			if q.Method == MethodGetParameter {
				<-block
			}
			return nil
		}
		s := play(t, camera.dialer(t), "rtsp://cam/")
		s.SetReadDeadline(time.Now().Add(31 * time.Second))
		readAll(t, s)
		var err error
		for err == nil {
			err = s.WriteRTCP(0, make([]byte, 60000))
		}
		e, ok := errors.AsType[*Error](err)
		if !ok || !errors.Is(err, os.ErrDeadlineExceeded) || e.Op != "write" {
			t.Errorf("error %v", err)
		}
		if err := s.ReadPacket(new(Packet)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("after half a write: %v", err)
		}
	})
}

// TestKeepaliveThatDoesNotGoOut: the camera sends, but does not read. Media goes on.
func TestKeepaliveThatDoesNotGoOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := &testCamera{}
		stop := make(chan struct{})
		camera.handle = on(MethodPlay, func(c *ServerConn, q *Request) *Response {
			c.WriteResponse(NewResponse(q, 200))
			<-stop
			return noReply
		})
		s := play(t, camera.dialer(t), "rtsp://cam/")
		s.conn.SetWriteDeadline(time.Now().Add(time.Second))
		s.conn.Write(make([]byte, 2*mempipe.Window)) // now the window is shut
		s.SetReadDeadline(time.Now().Add(100 * time.Second))
		camera.wg.Go(func() {
			for range 100 {
				camera.conns[0].WriteInterleaved(0, rtp(1))
				time.Sleep(time.Second)
			}
		})
		if n := readAll(t, s); n != 100 {
			t.Errorf("%d packets", n)
		}
		close(stop)
	})
}

func TestContextEndsAnExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := &testCamera{}
		silent := true
		camera.handle = func(*ServerConn, *Request) *Response {
			if silent {
				return noReply
			}
			return nil
		}
		s, err := camera.dialer(t).Dial(t.Context(), "rtsp://cam/")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err = s.Describe(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		reason := errors.New("somebody pressed a key")
		ctx2, cancel2 := context.WithCancelCause(t.Context())
		go func() {
			time.Sleep(time.Second)
			cancel2(reason)
		}()
		if _, err = s.Describe(ctx2); !errors.Is(err, reason) || time.Since(start) != 4*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if _, err = s.Describe(ctx2); !errors.Is(err, reason) {
			t.Errorf("with a context that is over: %v", err)
		}
		silent = false
		if _, err = s.Describe(t.Context()); err != nil {
			t.Errorf("the session should go on: %v", err)
		}
	})
}

func TestCloseFromElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, (&testCamera{}).dialer(t), "rtsp://cam/")
		done := make(chan error)
		go func() { done <- s.ReadPacket(new(Packet)) }()
		synctest.Wait()
		s.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("ReadPacket: %v", err)
		}
		for name, err := range map[string]error{
			"ReadPacket": s.ReadPacket(new(Packet)), "WriteRTCP": s.WriteRTCP(0, nil), "Teardown": s.Teardown(t.Context()),
			"Close": s.Close(), "SetReadDeadline": s.SetReadDeadline(time.Time{}),
		} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s after Close: %v", name, err)
			}
		}
	})
}

// TestDeadlineInAFrame: no byte is lost when the deadline falls into the middle of a frame.
func TestDeadlineInAFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := &testCamera{}
		d := camera.dialer(t)
		d.Keepalive = time.Hour // its reply would be written into the frame
		s := play(t, d, "rtsp://cam/")
		camera.wg.Go(func() {
			for _, b := range appendFrame(appendFrame(nil, 0, rtp(1)), 0, rtp(2)) {
				camera.conns[0].WriteRaw([]byte{b})
				time.Sleep(time.Second)
			}
		})
		var seqs []byte
		timeouts := 0
		for p := (Packet{}); len(seqs) < 2; {
			s.SetReadDeadline(time.Now().Add(700 * time.Millisecond))
			switch err := s.ReadPacket(&p); {
			case err == nil:
				seqs = append(seqs, p.Data[3])
				if age := time.Since(p.Arrival); age != 19*time.Second {
					t.Errorf("the first byte arrived %v ago", age)
				}
			case errors.Is(err, os.ErrDeadlineExceeded):
				timeouts++
			default:
				t.Fatal(err)
			}
		}
		if !slices.Equal(seqs, []byte{1, 2}) || timeouts < 40 {
			t.Errorf("packets %v, %d time-outs", seqs, timeouts)
		}
	})
}

// TestTeardownAmongFrames: the reply comes late, after more frames than the early packets have room for.
func TestTeardownAmongFrames(t *testing.T) {
	for _, answered := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			camera := &testCamera{}
			camera.handle = func(c *ServerConn, q *Request) *Response {
				if q.Method != MethodTeardown {
					return nil
				}
				for range 100 {
					c.WriteInterleaved(0, append(rtp(1), make([]byte, 50000)...))
				}
				if answered {
					return NewResponse(q, 200) // without the Session header: Reolink
				}
				return noReply
			}
			s := play(t, camera.dialer(t), "rtsp://cam/")
			start := time.Now()
			s.SetReadDeadline(start.Add(-time.Second))
			if err := s.ReadPacket(new(Packet)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("ReadPacket: %v", err)
			}
			err := s.Teardown(t.Context())
			if answered && err != nil {
				t.Errorf("Teardown: %v", err)
			}
			if !answered && (!errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second) {
				t.Errorf("Teardown without an answer: %v after %v", err, time.Since(start))
			}
		})
	}
}

// TestServerRequests: what the camera asks is answered, and the stream goes on.
func TestServerRequests(t *testing.T) {
	camera := &testCamera{}
	camera.lag = func(c net.Conn) net.Conn { return c }
	s := play(t, camera.dialer(t), "rtsp://cam/")
	var got []string
	s.dialer.Trace = &Trace{Sent: func(_ time.Time, m []byte) { got = append(got, string(m)) }}
	for i, q := range []Request{
		{Method: MethodOptions}, {Method: MethodSetParameter}, {Method: MethodAnnounce}, {Method: MethodRecord},
		{Method: MethodGetParameter}, {Method: MethodGetParameter, Body: []byte("volume")}, {Method: MethodPlayNotify},
		{Method: "X_WHATEVER"},
	} {
		q.URL, q.Header = "*", Header{{"CSeq", fmt.Sprint(i + 70)}}
		camera.conns[0].WriteRequest(&q)
	}
	camera.conns[0].WriteInterleaved(0, rtp(5))
	var p Packet
	if err := s.ReadPacket(&p); err != nil || p.Data[3] != 5 {
		t.Errorf("%+v, %v", p, err)
	}
	want := []string{
		"RTSP/1.0 200 OK\r\nCSeq: 70\r\nPublic: " + ourMethods + "\r\n\r\n", "RTSP/1.0 200 OK\r\nCSeq: 71\r\n\r\n",
		"RTSP/1.0 200 OK\r\nCSeq: 72\r\n\r\n", "RTSP/1.0 501 Not Implemented\r\nCSeq: 73\r\n\r\n",
		"RTSP/1.0 200 OK\r\nCSeq: 74\r\n\r\n", "RTSP/1.0 501 Not Implemented\r\nCSeq: 75\r\n\r\n",
		"RTSP/1.0 200 OK\r\nCSeq: 76\r\n\r\n", "RTSP/1.0 501 Not Implemented\r\nCSeq: 77\r\n\r\n",
	}
	if !slices.Equal(got, want) {
		t.Errorf("answered %q", got)
	}
	if w := fmt.Sprint(s.Warnings()); !strings.Contains(w, "announces another description") {
		t.Errorf("warnings %s", w)
	}
}

// TestServerEndsSession: requests of the camera after which there is no session.
func TestServerEndsSession(t *testing.T) {
	for _, c := range []struct {
		name     string
		request  Request
		want     error
		text     string
		location string
	}{
		{"REDIRECT", Request{Method: MethodRedirect, Header: Header{{"Location", "rtsp://u:hunter2@other:8554/a"}}}, ErrRedirect,
			"sends us elsewhere: rtsp://other:8554/a [", "rtsp://other:8554/a"},
		{"REDIRECT to nowhere", Request{Method: MethodRedirect}, ErrRedirect, "not to where we would go", ""},
		{"REDIRECT to the web", Request{Method: MethodRedirect, Header: Header{{"Location", "http://other/"}}}, ErrRedirect,
			"not to where we would go", ""},
		{"TEARDOWN", Request{Method: MethodTeardown}, io.EOF, "the camera ended the session", ""},
		{"PLAY_NOTIFY", Request{Method: MethodPlayNotify, Header: Header{{"Notify-Reason", "end-of-stream"}}}, io.EOF,
			"the camera ended the stream", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			camera := &testCamera{}
			s := play(t, camera.dialer(t), "rtsp://cam/")
			var last string
			s.dialer.Trace = &Trace{Sent: func(_ time.Time, m []byte) { last = string(m) }}
			c.request.URL, c.request.Header = "*", append(c.request.Header, Field{"CSeq", "70"})
			camera.conns[0].WriteRequest(&c.request)
			err := s.ReadPacket(new(Packet))
			e, ok := errors.AsType[*Error](err)
			if !ok || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || e.Location != c.location {
				t.Errorf("%v, location %q", err, e.Location)
			}
			if want := "RTSP/1.0 200 OK\r\nCSeq: 70\r\n\r\n"; last != want {
				t.Errorf("answered %q", last)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password is in %v", err)
			}
		})
	}
}

func TestWrongState(t *testing.T) {
	camera := &testCamera{}
	s, err := camera.dialer(t).Dial(t.Context(), "rtsp://cam/")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Play(t.Context()); err == nil || !strings.Contains(err.Error(), "play: not allowed in state Init") {
		t.Errorf("Play: %v", err)
	}
	if err := s.ReadPacket(new(Packet)); err == nil || !strings.Contains(err.Error(), "read: not allowed in state Init") {
		t.Errorf("ReadPacket: %v", err)
	}
	if err := s.Teardown(t.Context()); err != nil || camera.methods() != "" {
		t.Errorf("Teardown without a session: %v, sent %s", err, camera.methods())
	}
}

func TestWriteRTCPToNobody(t *testing.T) {
	s, err := (&testCamera{}).dialer(t).Dial(t.Context(), "rtsp://cam/")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.WriteRTCP(0, nil); err == nil || !strings.Contains(err.Error(), "write: there is no stream 0, but 0") {
		t.Errorf("WriteRTCP: %v", err)
	}
}

func TestWriteRTCPTooLong(t *testing.T) {
	s := play(t, (&testCamera{}).dialer(t), "rtsp://cam/")
	if err := s.WriteRTCP(0, make([]byte, 65536)); err == nil || !strings.Contains(err.Error(), "write: packet of 65536 bytes") {
		t.Errorf("65536 bytes: %v", err)
	}
	if err := s.WriteRTCP(0, make([]byte, 65535)); err != nil {
		t.Errorf("65535 bytes: %v", err)
	}
}

// TestEarlyPacketsAreBounded: a camera that floods instead of answering PLAY.
func TestEarlyPacketsAreBounded(t *testing.T) {
	camera := &testCamera{}
	camera.handle = func(c *ServerConn, q *Request) *Response {
		if q.Method == MethodPlay {
			for n := range 300 {
				c.WriteInterleaved(0, append(rtp(uint16(n)), make([]byte, 50000)...))
			}
		}
		return nil
	}
	s := play(t, camera.dialer(t), "rtsp://cam/")
	if s.early.bytes > maxEarly || s.early.bytes < maxEarly-60000 {
		t.Errorf("%d bytes kept", s.early.bytes)
	}
	if w := s.Warnings(); len(w) != 1 || w[0].Count != 300-len(s.early.items) || !strings.Contains(w[0].String(), "times") {
		t.Errorf("warnings %v", w)
	}
	var p Packet
	for n := range len(s.early.items) {
		if err := s.ReadPacket(&p); err != nil || int(p.Data[2])<<8+int(p.Data[3]) != n {
			t.Fatalf("packet %d: % x, %v", n, p.Data[:4], err)
		}
	}
	if s.early.bytes != 0 {
		t.Errorf("%d bytes counted when all packets were read", s.early.bytes)
	}
}

func TestGarbage(t *testing.T) {
	camera := &testCamera{}
	camera.handle = func(c *ServerConn, q *Request) *Response {
		c.WriteRaw([]byte(strings.Repeat("garbage $\x00 ", maxSkip/10)))
		return noReply
	}
	s, err := camera.dialer(t).Dial(t.Context(), "rtsp://cam/")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Describe(t.Context()); err == nil || !strings.Contains(err.Error(), "no packet and no message in") {
		t.Errorf("error %v", err)
	}
	if _, err := s.Describe(t.Context()); err == nil || !strings.Contains(err.Error(), "no packet and no message in") {
		t.Errorf("again: %v", err)
	}
	if s.cseq != 1 {
		t.Errorf("%d requests, the last ones on a connection that is of no more use", s.cseq)
	}
	if again := s.Teardown(t.Context()); again == nil || errors.Is(again, io.EOF) {
		t.Errorf("afterwards: %v", again)
	}
}
