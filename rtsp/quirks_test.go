package rtsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/sdp"
)

// replay returns a handle that answers with what real cameras answered, by method.
func replay(t *testing.T, fixtures map[string]string) func(*ServerConn, *Request) *Response {
	return func(c *ServerConn, q *Request) *Response {
		name, found := fixtures[q.Method]
		if !found {
			return nil
		}
		text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
		if err != nil {
			t.Error(err)
		}
		return raw(cseqLine.ReplaceAllString(string(text), "${1}$$CSEQ"))(c, q)
	}
}

var cseqLine = regexp.MustCompile(`(?im)^(cseq: )\d+`)

// answer is a reply with these fields: name, value, name, value, …
func answer(q *Request, status int, fields ...string) *Response {
	r := NewResponse(q, status)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

// on returns a handle that acts on one method only.
func on(method string, do func(c *ServerConn, q *Request) *Response) func(*ServerConn, *Request) *Response {
	return func(c *ServerConn, q *Request) *Response {
		if q.Method == method {
			return do(c, q)
		}
		return nil
	}
}

// raw sends literal bytes; $CSEQ stands for the request's.
func raw(text string) func(*ServerConn, *Request) *Response {
	return func(c *ServerConn, q *Request) *Response {
		c.WriteRaw([]byte(strings.ReplaceAll(text, "$CSEQ", q.Header.Get("CSeq"))))
		return noReply
	}
}

const ok = "RTSP/1.0 200 OK\r\nCSeq: $CSEQ\r\n"

// TestQuirks: sessions that must work although the camera is odd. The test camera sends a packet on the first channel
// of each pair in use, which must reach the right stream.
func TestQuirks(t *testing.T) {
	withBody := func(head, body string) string {
		return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
	}
	for _, c := range []struct {
		name    string
		handle  func(*ServerConn, *Request) *Response
		warning string // part of one
		check   func(t *testing.T, camera *testCamera, s *Session)
	}{
		{name: "reply without CSeq", handle: on(MethodDescribe, raw(withBody("RTSP/1.0 200 OK\r\n", testSDP)))},
		{name: "an old reply first", handle: on(MethodDescribe, raw("RTSP/1.0 454 Gone\r\nCSeq: 1\r\n\r\n"+withBody(ok, testSDP)))},
		{name: "100 Continue first", handle: on(MethodDescribe, raw("RTSP/1.0 100 Continue\r\nCSeq: $CSEQ\r\n\r\n"+withBody(ok, testSDP)))},
		{name: "no Content-Type", handle: on(MethodDescribe, raw(withBody(ok, testSDP)))},
		{name: "Content-Type with a parameter",
			handle: on(MethodDescribe, raw(withBody(ok+"Content-Type: Application/SDP; charset=utf-8\r\n", strings.TrimPrefix(testSDP, "v=0\r\n"))))},
		{name: "OPTIONS is not implemented", handle: on(MethodOptions, raw("RTSP/1.0 501 No\r\nCSeq: $CSEQ\r\n\r\n"))},
		{name: "OPTIONS closes the connection", handle: on(MethodOptions, func(c *ServerConn, _ *Request) *Response {
			c.Close()
			return noReply
		}), check: func(t *testing.T, camera *testCamera, _ *Session) {
			if got := camera.methods(); got != "OPTIONS DESCRIBE SETUP SETUP PLAY" || len(camera.conns) != 2 {
				t.Errorf("%s on %d connections", got, len(camera.conns))
			}
		}},
		{name: "H264DVR: another session for each SETUP", warning: "session id changes", handle: on(MethodSetup,
			func(_ *ServerConn, q *Request) *Response {
				id := map[string]string{"trackID=1": "231970", "trackID=2": "231980"}[q.URL[len(q.URL)-9:]]
				return answer(q, 200, "Session", id+";timeout=60", "Transport", q.Header.Get("Transport"))
			}), check: func(t *testing.T, _ *testCamera, s *Session) {
			if s.id != "231970" {
				t.Errorf("session %s", s.id)
			}
		}},
		{name: "a time-out that is not repeated", handle: func(_ *ServerConn, q *Request) *Response {
			switch q.Method {
			case MethodSetup:
				return answer(q, 200, "Session", "1;timeout=20")
			case MethodPlay:
				return answer(q, 200, "Session", "1")
			}
			return nil
		}, check: func(t *testing.T, _ *testCamera, s *Session) {
			if s.timeout != 20*time.Second {
				t.Errorf("time-out %v", s.timeout)
			}
		}},
		{name: "Dahua: a session with OPTIONS", handle: func(c *ServerConn, q *Request) *Response {
			switch {
			case q.Method == MethodOptions:
				return replay(t, map[string]string{MethodOptions: "dahua_options"})(c, q)
			case q.Header.Get("Session") != "634214675641":
				return NewResponse(q, 454)
			case q.Method == MethodSetup:
				return answer(q, 200, "Transport", q.Header.Get("Transport"))
			}
			return nil
		}},
		{name: "Reolink: no session with TEARDOWN", handle: replay(t, map[string]string{MethodTeardown: "reolink_teardown"})},
		{name: "Luma: a line of one blank in the head", handle: replay(t, map[string]string{MethodPlay: "luma_play"}),
			warning: "session id changes"},
		{name: "YUAN: lines end with LF", handle: replay(t, map[string]string{MethodOptions: "yuan_options"})},
		{name: "GW Security: the time-out changes with PLAY", handle: on(MethodPlay,
			func(_ *ServerConn, q *Request) *Response { return answer(q, 200, "Session", "12345678; timeout=120") }),
			check: func(t *testing.T, _ *testCamera, s *Session) {
				if s.interval().Seconds() != 60 {
					t.Errorf("keepalives every %v", s.interval())
				}
			}},
		{name: "control is an absolute path from the root", handle: func(_ *ServerConn, q *Request) *Response {
			switch {
			case q.Method == MethodDescribe:
				r := answer(q, 200, "Content-Base", "rtsp://cam/stream/")
				r.Body = []byte(strings.ReplaceAll(testSDP, "control:track", "control:/track"))
				return r
			case q.Method == MethodSetup && strings.Contains(q.URL, "/stream/"):
				return NewResponse(q, 404)
			}
			return nil
		}, check: func(t *testing.T, _ *testCamera, s *Session) {
			if s.streams[0].url != "rtsp://cam/trackID=1" {
				t.Errorf("set up %s", s.streams[0].url)
			}
		}},
		{name: "its own address behind NAT", handle: func(_ *ServerConn, q *Request) *Response {
			switch {
			case q.Method == MethodDescribe:
				r := answer(q, 200, "Content-Base", "rtsp://10.0.0.9/stream/")
				r.Body = []byte(testSDP)
				return r
			case strings.Contains(q.URL, "10.0.0.9"):
				return NewResponse(q, 400)
			}
			return nil
		}},
		{name: "session control", handle: func(_ *ServerConn, q *Request) *Response {
			want := map[string]string{
				MethodSetup: "rtsp://cam/all?x=1/trackID=", MethodPlay: "rtsp://cam/all?x=1", MethodOptions: "rtsp://cam/stream",
			}
			switch {
			case q.Method == MethodDescribe:
				r := answer(q, 200, "Content-Base", "rtsp://cam/stream/")
				r.Body = []byte(strings.Replace(testSDP, "control:*", "control:rtsp://cam/all?x=1", 1))
				return r
			case !strings.HasPrefix(q.URL, want[q.Method]):
				return NewResponse(q, 404)
			}
			return nil
		}},
		{name: "no session control and no Content-Base", handle: func(_ *ServerConn, q *Request) *Response {
			switch {
			case q.Method == MethodDescribe:
				r := NewResponse(q, 200)
				r.Body = []byte(strings.Replace(testSDP, "a=control:*\r\n", "", 1))
				return r
			case q.Method == MethodPlay && q.URL != "rtsp://cam/stream":
				return NewResponse(q, 404)
			}
			return nil
		}},
		{name: "OPTIONS names another base", handle: func(_ *ServerConn, q *Request) *Response {
			switch q.Method {
			case MethodOptions:
				return answer(q, 200, "Content-Base", "rtsp://cam/other/")
			case MethodDescribe:
				r := NewResponse(q, 200)
				r.Body = []byte(testSDP)
				return r
			}
			return nil
		}, check: func(t *testing.T, _ *testCamera, s *Session) {
			if s.streams[0].url != "rtsp://cam/stream/trackID=1" {
				t.Errorf("set up %s", s.streams[0].url)
			}
		}},
		{name: "no control in the only media", handle: on(MethodDescribe, func(_ *ServerConn, q *Request) *Response {
			r := answer(q, 200, "Content-Base", "rtsp://cam/stream/")
			r.Body = []byte("v=0\r\nm=video 0 RTP/AVP 26\r\n")
			return r
		}), check: func(t *testing.T, _ *testCamera, s *Session) {
			if s.streams[0].url != "rtsp://cam/stream/" {
				t.Errorf("set up %s", s.streams[0].url)
			}
		}},
		{name: "Luckfox: a session without a time-out", handle: on(MethodSetup, func(_ *ServerConn, q *Request) *Response {
			return answer(q, 200, "Session", "1", "Transport", q.Header.Get("Transport"))
		}), check: func(t *testing.T, _ *testCamera, s *Session) {
			if s.interval() != 30*time.Second {
				t.Errorf("keepalives every %v", s.interval())
			}
		}},
		{name: "no Transport in the reply", handle: on(MethodSetup, raw(ok+"Session: 1\r\n\r\n"))},
		{name: "no channels in the reply", handle: on(MethodSetup, raw(ok+"Session: 1\r\nTransport: RTP/AVP/TCP;unicast\r\n\r\n"))},
		{name: "other channels", handle: on(MethodSetup, func(_ *ServerConn, q *Request) *Response {
			return answer(q, 200, "Session", "1", "Transport", strings.NewReplacer("0-1", "10-11", "2-3", "8-9").Replace(q.Header.Get("Transport")))
		}), check: func(t *testing.T, camera *testCamera, s *Session) {
			checkChannels(t, camera, s, [4]uint8{10, 11, 8, 9})
		}},
		{name: "the next stream's channels", handle: on(MethodSetup, func(_ *ServerConn, q *Request) *Response {
			return answer(q, 200, "Session", "1", "Transport", strings.Replace(q.Header.Get("Transport"), "0-1", "2-3", 1))
		}), check: func(t *testing.T, camera *testCamera, s *Session) { checkChannels(t, camera, s, [4]uint8{2, 3, 4, 5}) }},
		{name: "odd channels", handle: on(MethodSetup, func(_ *ServerConn, q *Request) *Response {
			return answer(q, 200, "Session", "1", "Transport", strings.NewReplacer("0-1", "1-2", "4-5", "7-4").Replace(q.Header.Get("Transport")))
		}), check: func(t *testing.T, camera *testCamera, s *Session) { checkChannels(t, camera, s, [4]uint8{1, 2, 7, 4}) }},
		{name: "frames of another session", warning: "channel 77", handle: on(MethodPlay, func(c *ServerConn, q *Request) *Response {
			c.WriteInterleaved(77, rtp(1))
			c.WriteInterleaved(77, rtp(2))
			return nil
		})},
		{name: "garbage before the reply", warning: "make no sense", handle: on(MethodPlay, raw("\x00garbage"+ok+"\r\n"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			camera := &testCamera{handle: c.handle}
			s := play(t, camera.dialer(t), "rtsp://cam/stream")
			if c.check != nil {
				c.check(t, camera, s)
			} else {
				checkChannels(t, camera, s, [4]uint8{0, 1, 2, 3})
			}
			if got := fmt.Sprint(s.Warnings()); c.warning == "" && got != "[]" || !strings.Contains(got, c.warning) {
				t.Errorf("warnings %v", got)
			}
			if err := s.Teardown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRequests shows what goes out. There are cameras that refuse "Cseq", requests without User-Agent, PLAY without Range
// (Parrot), a Transport with a mode, and a Require.
func TestRequests(t *testing.T) {
	var got []string
	d := (&testCamera{}).dialer(t)
	d.UserAgent = ""
	d.Trace = &Trace{Sent: func(_ time.Time, m []byte) { got = append(got, string(m)) }}
	if err := play(t, d, "rtsp://cam/stream").Teardown(t.Context()); err != nil {
		t.Error(err)
	}
	const agent, session = "User-Agent: timeslate\r\n", "Session: 12345678\r\n"
	want := []string{
		"OPTIONS rtsp://cam/stream RTSP/1.0\r\nCSeq: 1\r\n" + agent + "\r\n",
		"DESCRIBE rtsp://cam/stream RTSP/1.0\r\nCSeq: 2\r\n" + agent + "Accept: application/sdp\r\n\r\n",
		"SETUP rtsp://cam/stream/trackID=1 RTSP/1.0\r\nCSeq: 3\r\n" + agent +
			"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
		"SETUP rtsp://cam/stream/trackID=2 RTSP/1.0\r\nCSeq: 4\r\n" + agent + session +
			"Transport: RTP/AVP/TCP;unicast;interleaved=2-3\r\n\r\n",
		"PLAY rtsp://cam/stream/ RTSP/1.0\r\nCSeq: 5\r\n" + agent + session + "Range: npt=0.000-\r\n\r\n",
		"TEARDOWN rtsp://cam/stream/ RTSP/1.0\r\nCSeq: 6\r\n" + agent + session + "\r\n",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// checkChannels sends a packet on each of the four channels of two streams, and one report back.
func checkChannels(t *testing.T, camera *testCamera, s *Session, channels [4]uint8) {
	t.Helper()
	conn := camera.conns[len(camera.conns)-1]
	for i, c := range channels {
		conn.WriteInterleaved(c, rtp(uint16(i)))
	}
	for i, c := range channels {
		var p Packet
		if err := s.ReadPacket(&p); err != nil || p.Stream != i/2 || p.RTCP != (i%2 == 1) || p.Channel != c || p.Data[3] != byte(i) {
			t.Errorf("packet %d: %+v, %v", i, p, err)
		}
	}
	if err := s.WriteRTCP(1, []byte("report")); err != nil || s.out[1] != channels[3] {
		t.Errorf("report: % x, %v", s.out, err)
	}
}

// TestRefusals: what the camera says shows up in the error.
func TestRefusals(t *testing.T) {
	setup := func(text string) func(*ServerConn, *Request) *Response { return on(MethodSetup, raw(text)) }
	for _, c := range []struct {
		name   string
		handle func(*ServerConn, *Request) *Response
		status int
		want   string
	}{
		{"not found", on(MethodDescribe, raw("RTSP/1.0 404 Stream Not Found\r\nCSeq: $CSEQ\r\n\r\n")), 404,
			"rtsp: DESCRIBE rtsp://cam/stream (CSeq 2): 404 Stream Not Found [192.0.2.1:50001 to 192.0.2.2:554, byte "},
		{"no reason, and none known", on(MethodDescribe, raw("RTSP/1.0 599\r\nCSeq: $CSEQ\r\n\r\n")), 599, ": 599 Status 599 ["},
		{"a reason to disturb a terminal", on(MethodDescribe, raw("RTSP/1.0 400 \x1b[2J rtsp://u:hunter2@h\r\nCSeq: $CSEQ\r\n\r\n")), 400, `: 400 \x1b[2J rtsp://***@h [`},
		{"UDP only", setup("RTSP/1.0 461 Unsupported Transport\r\nCSeq: $CSEQ\r\n\r\n"), 461, "SETUP rtsp://cam/stream/trackID=1 (CSeq 3): 461 Unsupported Transport"},
		{"camera full", setup("RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: $CSEQ\r\n\r\n"), 453, "453 Not Enough Bandwidth"},
		{"answers with UDP", setup(ok + "Transport: RTP/AVP;unicast;server_port=6000-6001\r\n\r\n"), 0, "asked for TCP, the camera answered RTP/AVP;unicast;server_port=6000-6001"},
		{"channels of another stream", setup(ok + "Transport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n"), 0, "gives channel 0 to two streams"},
		{"one channel for all", setup(ok + "Transport: RTP/AVP/TCP;interleaved=5-5\r\n\r\n"), 0, "gives channel 5 to two streams"},
		{"bad Transport", setup(ok + "Transport: nothing\r\n\r\n"), 0, "no protocol in the Transport header"},
		{"no description", on(MethodDescribe, raw(ok+"\r\n")), 0, "the reply holds no description"},
		{"web page", on(MethodDescribe, raw(ok+"Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")), 0, `the description is of type "text/html" and not SDP`},
		{"bad reply", on(MethodDescribe, raw("RTSP/1.0 OK\r\nCSeq: $CSEQ\r\n\r\n")), 0, `message at byte 94: bad status line "RTSP/1.0 OK"`},
		{"closes on DESCRIBE, again and again", on(MethodDescribe, func(c *ServerConn, _ *Request) *Response { c.Close(); return noReply }), 0, "DESCRIBE rtsp://cam/stream (CSeq 3): EOF ["},
		{"closes on PLAY", on(MethodPlay, func(c *ServerConn, _ *Request) *Response { c.Close(); return noReply }), 0, "PLAY rtsp://cam/stream/ (CSeq 5): EOF ["},
	} {
		t.Run(c.name, func(t *testing.T) {
			camera := &testCamera{handle: c.handle}
			err := tryPlay(t, camera.dialer(t))
			e, isError := errors.AsType[*Error](err)
			if !isError || e.Status != c.status || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// tryPlay is play for sessions that fail.
func tryPlay(t *testing.T, d *Dialer) error {
	s, err := d.Dial(t.Context(), "rtsp://cam/stream")
	if err != nil {
		return err
	}
	defer s.Close()
	desc, err := s.Describe(t.Context())
	if err != nil {
		return err
	}
	for i := range desc.Media {
		if err := s.Setup(t.Context(), &desc.Media[i], TCP); err != nil {
			return err
		}
	}
	_, err = s.Play(t.Context())
	return err
}

// TestUnauthorizedAndClosed: the VStarcam closes the connection after its 401.
func TestUnauthorizedAndClosed(t *testing.T) {
	camera := &testCamera{}
	auth := Authenticator{Schemes: Digest, Realm: "RTSPD", Nonce: "6b7d2f7f8f8d6f3d", Username: "u", Password: "p"}
	camera.handle = func(c *ServerConn, q *Request) *Response {
		if q.Method == MethodOptions || auth.Check(q) {
			return nil
		}
		r := NewResponse(q, 401)
		auth.Challenge(&r.Header)
		c.WriteResponse(r)
		c.Close()
		return noReply
	}
	d := camera.dialer(t)
	d.Username, d.Password = "u", "p"
	play(t, d, "rtsp://cam/stream")
	if len(camera.conns) != 2 {
		t.Errorf("%d connections", len(camera.conns))
	}
}

func TestSetupLimits(t *testing.T) {
	camera := &testCamera{}
	s, err := camera.dialer(t).Dial(t.Context(), "rtsp://cam/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Setup(t.Context(), &sdp.Media{}, TCP); err == nil || !strings.Contains(err.Error(), "no control attribute") {
		t.Errorf("one of two media without control: %v", err)
	}
	if err := s.Setup(t.Context(), &sdp.Media{Control: "a"}, Transport(9)); err == nil {
		t.Error("an unknown transport")
	}
	for range 128 {
		if err := s.Setup(t.Context(), &sdp.Media{Control: "a"}, TCP); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Setup(t.Context(), &sdp.Media{Control: "a"}, TCP); err == nil || !strings.Contains(err.Error(), "beside those of 128 streams") {
		t.Errorf("one too many: %v", err)
	}
}

// TestRedirect follows redirections and looks at who gets the credentials.
func TestRedirect(t *testing.T) {
	redirect := func(location string) func(*ServerConn, *Request) *Response {
		return on(MethodDescribe, func(_ *ServerConn, q *Request) *Response {
			if strings.HasSuffix(q.URL, "/end") {
				return nil
			}
			return answer(q, 302, "Location", location)
		})
	}
	for _, c := range []struct {
		name, location string
		dialled        string
		want           string // of the error
		authorized     bool   // the last DESCRIBE had credentials
	}{
		{"same host", "rtsp://CAM/end", "cam:554 CAM:554", "", true},
		{"same host and port", "rtsp://cam:554/end", "cam:554 cam:554", "", true},
		{"another port", "rtsp://cam:8554/end", "cam:554 cam:8554", "", false},
		{"other host", "rtsp://evil/end", "cam:554 evil:554", "", false},
		{"other host with credentials of its own", "rtsp://a:b@evil/end", "cam:554 evil:554", "", false},
		{"for ever", "rtsp://cam/again", "cam:554" + strings.Repeat(" cam:554", maxRedirects), "302 Moved Temporarily", true},
		{"nowhere", "", "cam:554", "302 Moved Temporarily: no Location: the camera is busy", true},
		{"to something else", "http://cam/end", "cam:554", "bad Location", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var last string
			camera := &testCamera{handle: redirect(c.location)}
			d := camera.dialer(t)
			d.Username, d.Password = "u", "hunter2"
			d.Trace = &Trace{Sent: func(_ time.Time, m []byte) { last = string(m) }}
			s, err := d.Dial(t.Context(), "rtsp://cam/stream")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			s.auth.answered = challenge{scheme: "Basic"}
			_, err = s.Describe(t.Context())
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v", err)
			}
			if got := strings.Join(camera.dialled, " "); got != c.dialled {
				t.Errorf("dialled %s", got)
			}
			if got := strings.Contains(last, "Authorization"); got != c.authorized {
				t.Errorf("the last request is %s", last)
			}
		})
	}
}

func TestDialErrors(t *testing.T) {
	d := Dialer{DialContext: (&testCamera{}).dialer(t).DialContext}
	if _, err := d.Dial(t.Context(), "rtsp://u:hunter2@/"); err == nil || err.Error() != "rtsp: dial: no host or a bad port in the URL" {
		t.Errorf("bad URL: %v", err)
	}
	d.DialContext = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: io.ErrUnexpectedEOF}
	}
	if _, err := d.Dial(t.Context(), "rtsp://u:hunter2@cam/"); err == nil || err.Error() != "rtsp: dial rtsp://cam/: unexpected EOF" {
		t.Errorf("refused: %v", err)
	}
}

func TestDialTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := Dialer{Timeout: 3 * time.Second, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		start := time.Now()
		_, err := d.Dial(t.Context(), "rtsp://cam/")
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// TestGStreamer replays a session of GStreamer's RTSP server.
func TestGStreamer(t *testing.T) {
	camera := &testCamera{handle: replay(t, map[string]string{
		MethodOptions: "gstreamer_options", MethodDescribe: "gstreamer_describe", MethodSetup: "gstreamer_setup",
		MethodPlay: "gstreamer_play", MethodTeardown: "gstreamer_teardown",
	})}
	s, err := camera.dialer(t).Dial(t.Context(), "rtsp://127.0.0.1:18954/test")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	desc, err := s.Describe(t.Context())
	if err != nil || len(desc.Media) != 1 || desc.Media[0].Formats[0].Encoding != "H264" {
		t.Fatalf("%+v, %v", desc, err)
	}
	if err := s.Setup(t.Context(), &desc.Media[0], TCP); err != nil {
		t.Fatal(err)
	}
	info, err := s.Play(t.Context())
	want := fixture(t, "gstreamer_play").Header.Get("RTP-Info")
	got := fmt.Sprintf("url=%s;seq=%d;rtptime=%d", s.streams[0].url, info.Streams[0].Seq, info.Streams[0].RTPTime)
	if err != nil || got != want {
		t.Errorf("%s, want %s, %v", got, want, err)
	}
	if s.Server() != "GStreamer RTSP server" || s.keepalive.method != MethodGetParameter || len(s.Warnings()) != 0 {
		t.Errorf("%s, %s, %v", s.Server(), s.keepalive.method, s.Warnings())
	}
	if err := s.Teardown(t.Context()); err != nil {
		t.Error(err)
	}
}
