package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/record"
	"github.com/timeslate/timeslate/rtsp"
)

// A hostile camera: what it does, and how the recorder must end.
type hostile struct {
	name   string
	script func(*villain)
	code   int
	words  string        // in what the recorder says
	frames int           // at least so many pictures are in the finished file; 0: there is no file
	stop   time.Duration // when to interrupt the recorder, which must end within stopLimit; 0: it ends by itself
}

const (
	hostilePassword = "open-sesame-42"
	stopLimit       = 3 * time.Second
	hostileLimit    = 14 * time.Second // the longest time-out is 10 s
	maxExtra        = 16 << 10         // kB that an attack may cost beyond what an ordinary recording takes
)

// escapes is what a terminal obeys and a person does not see.
const escapes = "\x1b]0;owned\x07\x1b[31m\u009b31m\u202e\b\x7f"

var hostiles = []hostile{
	// An ordinary recording, for comparison. It must stay the first.
	{"nothing bad", after(40*time.Millisecond, func(v *villain, i int) { v.rtp(uint32(25+i)*3600, 7, true, slice...) }),
		exitDone, "finished", framesBefore, 4 * time.Second},

	// Instead of replies.
	{"garbage", func(v *villain) { v.goOn(0, func(i int) { v.out = append(v.out, byte(rand.Uint32())) }) },
		exitError, "no packet and no message", 0, 0},
	{"another protocol", on("OPTIONS", func(v *villain, q question) { io.WriteString(v, "HTTP/1.1 400 Bad Request\r\n\r\n") }),
		exitError, "the peer speaks HTTP", 0, 0},
	{"a header line without end", func(v *villain) { v.pour("RTSP/1.0 200 OK") }, exitError, "a header of more than 32768 bytes", 0, 0},
	{"header lines without end", func(v *villain) { v.pour("RTSP/1.0 200 OK\r\n") }, exitError, "a header of more than 32768 bytes", 0, 0},
	{"a negative length", length("-1"), exitError, `DESCRIBE`, 0, 0},
	{"a length of 2^63", length("9223372036854775808"), exitError, "Content-Length", 0, 0},
	{"a length of gigabytes", length("4294967295"), exitError, "more than the limit of 131072", 0, 0},
	{"a body that does not come", length("100000"), exitNoConnection, "DESCRIBE", 0, 0},
	{"a body that goes on", length("10"), exitNothing, "the camera offers nothing", 0, 0},
	{"thousands of media", on("DESCRIBE", func(v *villain, q question) {
		v.reply(q, "200 OK", "", "v=0\r\n"+strings.Repeat("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n", 2600))
	}), exitNothing, "the camera offers video H265\n", 0, 0},
	{"a description of garbage", on("DESCRIBE", func(v *villain, q question) {
		v.reply(q, "200 OK", "Content-Type: application/sdp\r\n", strings.Repeat("\x00\x01\xff"+escapes, 500))
	}), exitError, "not a session description", 0, 0},
	{"a session name of a megabyte", on("SETUP", func(v *villain, q question) {
		v.reply(q, "200 OK", "Session: "+strings.Repeat("a", 1<<20)+"\r\n", "")
	}), exitError, "a header of more than 32768 bytes", 0, 0},
	{"no reply", (*villain).listen, exitNoConnection, "OPTIONS", 0, 0},
	{"half a header", on("DESCRIBE", func(v *villain, q question) { io.WriteString(v, "RTSP/1.0 200 OK\r\nCSe") }),
		exitNoConnection, "DESCRIBE", 0, 0},
	{"a reply that drips", func(v *villain) {
		io.WriteString(v, "RTSP/1.0 200 OK\r\nX: ")
		v.goOn(50*time.Millisecond, func(int) { v.out = append(v.out, 'a') })
	}, exitNoConnection, "OPTIONS", 0, 0},
	{"replies to what nobody asked", func(v *villain) { v.pour("RTSP/1.0 200 OK\r\nCSeq: 99\r\n\r\n") },
		exitError, "more than 1000 messages", 0, 0},
	{"patience, for ever", func(v *villain) { v.pour("RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n") },
		exitError, "more than 1000 messages", 0, 0},
	{"requests instead of a reply", func(v *villain) { v.pour("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n") },
		exitError, "more than 1000 messages", 0, 0},
	{"packets instead of the reply to PLAY", on("PLAY", func(v *villain, q question) { v.pour("$\x00\x00\x08\x80\xc9\x00\x01\x00\x00\x00\x07") }),
		exitError, "PLAY", 0, 0},
	{"tiny frames instead of the reply to PLAY", on("PLAY", func(v *villain, q question) { v.pour("$\x00\x00\x01\x80") }),
		exitError, "PLAY", 0, 0},

	// What must not reach the terminal, or anybody else.
	{"escapes in the reason", on("DESCRIBE", func(v *villain, q question) { v.reply(q, "404 "+escapes, "", "") }),
		exitError, "404", 0, 0},
	{"escapes in the status line", on("DESCRIBE", func(v *villain, q question) { v.reply(q, escapes, "", "") }),
		exitError, "bad status line", 0, 0},
	{"escapes in the description", on("DESCRIBE", func(v *villain, q question) {
		v.reply(q, "200 OK", "Server: "+escapes+"\r\n", "v=0\r\ns="+escapes+"\r\nm="+escapes+" 0 RTP/AVP 26\r\na=x:"+escapes+"\r\n")
	}), exitNothing, "JPEG", 0, 0},
	{"escapes in a URL", func(v *villain) {
		v.description = strings.Replace(v.description, "track0", escapes, 1)
		on("SETUP", func(v *villain, q question) { v.reply(q, "461 "+escapes, "", "") })(v)
	}, exitError, "461", 0, 0},
	{"escapes in a redirection", redirect("rtsp://127.0.0.1:1/" + escapes), exitNoConnection, "connection refused", 0, 0},
	{"escapes in the realm", on("DESCRIBE", func(v *villain, q question) {
		v.reply(q, "401 "+escapes, "WWW-Authenticate: Digest realm=\""+escapes+"\", nonce=\"1\", algorithm="+escapes+"\r\n", "")
	}), exitUnauthorized, "algorithm", 0, 0},
	{"thousands of challenges", on("DESCRIBE", func(v *villain, q question) {
		v.reply(q, "401 no", strings.Repeat("WWW-Authenticate: "+strings.Repeat("a,", 2000)+"\r\n", 7), "")
	}), exitUnauthorized, "credentials refused", 0, 0},
	{"a new nonce each time", func(v *villain) {
		for q, ok := v.next(); ok; q, ok = v.next() {
			v.reply(q, "401 no", fmt.Sprintf("WWW-Authenticate: Digest realm=\"x\", nonce=\"%x\", stale=true\r\n", rand.Uint64()), "")
		}
	}, exitUnauthorized, "credentials refused", 0, 0},
	{"redirected for ever", func(v *villain) { redirect("rtsp://" + v.LocalAddr().String() + "/")(v) }, exitError, "302", 0, 0},
	{"redirected to TLS", redirect("rtsps://127.0.0.1:1/"), exitNoConnection, "rtsps", 0, 0},
	{"redirected to a thief", thief, exitUnauthorized, "the camera asks for credentials, and there are none", 0, 0},

	// After good pictures, which must be in the file.
	{"silence", func(v *villain) { v.play(); v.listen() }, exitError, "the camera stopped sending", framesBefore, 0},
	{"half a frame", func(v *villain) { v.play(); io.WriteString(v, "$\x00\x05\x00\x80"); v.listen() },
		exitError, "the camera stopped sending", framesBefore, 0},
	{"the end within a frame", func(v *villain) { v.play(); io.WriteString(v, "$\x00\x05\x00\x80") },
		exitError, "read", framesBefore, 0},
	{"junk for ever", after(0, func(v *villain, i int) { v.out = append(v.out, "$\x00\xff\xff\x80"...) }),
		exitError, "no packet and no message", framesBefore, 0},
	{"empty frames for ever", after(time.Millisecond, func(v *villain, i int) { v.frame(0) }),
		exitError, "the camera stopped sending", framesBefore, 0},
	{"foreign channels for ever", after(time.Millisecond, func(v *villain, i int) { v.frame(byte(10+i%200), make([]byte, 100)...) }),
		exitError, "", framesBefore, 0},
	{"RTP that lies about its header", after(time.Millisecond, func(v *villain, i int) {
		first := [...]byte{0x8f, 0x90, 0xa0, 0xbf}[i%4] // CSRC, extension, padding, all of them
		v.frame(0, first, 96, byte(i>>8), byte(i), 0, 0, 0, 0, 0, 0, 0, 7, 0xbe, 0xde, 0xff, 0xff)
	}), exitError, "the camera stopped sending", framesBefore, 0},
	{"RTCP that lies about its length", after(time.Millisecond, func(v *villain, i int) {
		v.frame(1, 0x9f, byte(200+i%3), 0xff, 0xff, 0, 0, 0, 7, 1, 255)
	}), exitError, "the camera stopped sending", framesBefore, 0},
	{"a picture that never ends", after(time.Millisecond, func(v *villain, i int) { v.rtp(25*3600, 7, false, fragment(i == 0)...) }),
		exitError, "no whole picture", framesBefore, 0},
	{"a time that never changes", after(time.Millisecond, func(v *villain, i int) { v.rtp(25*3600, 7, false, 0x41, 0x5a, 0x24) }),
		exitError, "no whole picture", framesBefore, 0},
	{"a flood of pictures", after(0, func(v *villain, i int) { v.rtp(uint32(25+i)*3600, 7, true, slice...) }),
		exitError, "too many pictures", framesBefore, 0},
	{"aggregates that lie", after(0, func(v *villain, i int) {
		v.rtp(uint32(25+i)*3600, 7, true, append([]byte{24, 0, 4, 0x41, 0x9a, 0x24, 0xa5, 0xff, 0xff}, slice...)...)
	}), exitError, "too many pictures", framesBefore, 0},
	{"a new source with each packet", after(time.Millisecond, func(v *villain, i int) { v.rtp(uint32(25+i)*3600, uint32(i), true, slice...) }),
		exitError, "the camera stopped sending", framesBefore, 0},
	{"new sources in pairs", after(0, func(v *villain, i int) { v.rtp(uint32(25+i)*3600, uint32(i/2), true, slice...) }),
		exitError, "too many pictures", framesBefore, 0},
	{"a flood of reports", after(10*time.Millisecond, func(v *villain, i int) {
		v.rtp(uint32(25+i)*900, 7, true, slice...)
		for range 100 {
			v.report(uint32(25+i) * 900)
		}
	}), exitDone, "finished", framesBefore, 4 * time.Second},
	{"times that jump", after(10*time.Millisecond, func(v *villain, i int) { v.rtp(rand.Uint32(), 7, true, slice...) }),
		exitDone, "finished", framesBefore, 3 * time.Second},
	{"BYE, and on", after(10*time.Millisecond, func(v *villain, i int) {
		v.frame(1, 0x81, 203, 0, 1, 0, 0, 0, 7)
		v.rtp(uint32(25+i)*900, 7, true, slice...)
	}), exitDone, "finished", framesBefore, 2 * time.Second},
	{"keepalives refused, TEARDOWN not answered", refuse, exitDone, "finished", framesBefore, 4 * time.Second},
	{"requests without end, replies unread", after(0, func(v *villain, i int) {
		v.out = fmt.Appendf(v.out, "OPTIONS * RTSP/1.0\r\nCSeq: %s\r\n\r\n", strings.Repeat("1", 4000))
	}), exitError, "more than 1000 messages", framesBefore, 0},
}

// length gives the description that length.
func length(n string) func(*villain) {
	return on("DESCRIBE", func(v *villain, q question) {
		v.reply(q, "200 OK", "Content-Type: application/sdp\r\nContent-Length: "+n+"\r\n", "")
		io.WriteString(v, v.description)
	})
}

func redirect(to string) func(*villain) {
	return on("DESCRIBE", func(v *villain, q question) { v.reply(q, "302 Moved", "Location: "+to+"\r\n", "") })
}

// thief gets credentials by Basic, and sends the recorder on to another name, where it wants them too.
func thief(v *villain) {
	for q, ok := v.next(); ok; q, ok = v.next() {
		_, port, _ := net.SplitHostPort(v.LocalAddr().String())
		asked := strings.Contains(q.head, "Authorization: Basic")
		switch {
		case strings.HasSuffix(q.url, "/thief") && asked:
			v.reply(q, "404 stolen", "", "")
		case !asked:
			v.reply(q, "401 no", "WWW-Authenticate: Basic realm=\"x\"\r\n", "")
		case q.method == "DESCRIBE":
			v.reply(q, "302 Moved", "Location: rtsp://user:pass@localhost:"+port+"/thief\r\n", "")
		default:
			v.behave(q)
		}
	}
}

// refuse sends good pictures and refuses keepalives, which are due each second; it says nothing to TEARDOWN.
func refuse(v *villain) {
	if !v.play() {
		return
	}
	go func() {
		for q, ok := v.next(); ok; q, ok = v.next() {
			if q.method != "TEARDOWN" {
				v.reply(q, "401 no", fmt.Sprintf("WWW-Authenticate: Digest realm=\"x\", nonce=\"%x\", stale=true\r\n", rand.Uint64()), "")
			}
		}
	}()
	for i := uint32(25); ; i++ {
		v.rtp(i*3600, 7, true, slice...)
		if !v.send() {
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
}

// meeting is a hostile camera's recorder at work.
type meeting struct {
	*process
	over  chan struct{}
	peak  int           // of its memory, in kB; 0 where the system does not tell
	delay time.Duration // from the interruption to the end
}

// meet starts a hostile camera and a recorder for it.
func (h *hostile) meet(t *testing.T, f footage, file string) *meeting {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	end := time.Now().Add(hostileLimit)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.SetDeadline(end)
			go func() {
				defer conn.Close()
				h.script(&villain{Conn: conn, footage: f, requests: bufio.NewReader(conn)})
			}()
		}
	}()
	url := fmt.Sprintf("rtsp://admin:%s@%s/", hostilePassword, l.Addr())
	args := []string{"record", "--once", "--transport", "tcp", url, file}
	if h.frames == 0 {
		args = append(args, "--trace")
	}
	m := &meeting{process: start(t, nil, binary, args...), over: make(chan struct{})}
	go m.watch(h.stop)
	return m
}

// watch interrupts the recorder, and looks at its memory all the time. The kernel keeps the high-water mark of a process;
// that of its resource usage would begin with the mark of the test itself.
func (m *meeting) watch(stop time.Duration) {
	defer close(m.over)
	var interrupt <-chan time.Time
	if stop > 0 {
		interrupt = time.After(stop)
	}
	look, interrupted := time.NewTicker(20*time.Millisecond), time.Time{}
	defer look.Stop()
	for {
		select {
		case <-look.C:
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.Process.Pid))
			if _, mark, ok := strings.Cut(string(status), "VmHWM:"); ok {
				fmt.Sscan(mark, &m.peak)
			}
		case interrupted = <-interrupt:
			m.Process.Signal(os.Interrupt)
		case <-m.done:
			if !interrupted.IsZero() {
				m.delay = time.Since(interrupted)
			}
			return
		}
	}
}

// TestHostile records hostile cameras, all at once: they mostly wait.
func TestHostile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be interrupted here")
	}
	f, dir := film(t), t.TempDir()
	var meetings []*meeting
	for i := range hostiles {
		meetings = append(meetings, hostiles[i].meet(t, f, filepath.Join(dir, strconv.Itoa(i)+".mp4")))
	}
	begin := time.Now()
	for i, h := range hostiles {
		t.Run(h.name, func(t *testing.T) {
			m := meetings[i]
			if code := m.wait(t, time.Until(begin.Add(hostileLimit))); code != h.code {
				t.Errorf("exit code %d, want %d", code, h.code)
			}
			<-m.over
			if m.delay > stopLimit {
				t.Errorf("it took %v to end", m.delay)
			}
			if usual := meetings[0].peak; m.peak > usual+maxExtra {
				t.Errorf("%d kB of memory, an ordinary recording takes %d", m.peak, usual)
			}
			t.Logf("at most %d kB", m.peak)
			h.checkOutput(t, m.said())
			h.checkFile(t, filepath.Join(dir, strconv.Itoa(i)+".mp4"))
			if t.Failed() {
				t.Logf("it said:\n%.2000s", m.said())
			}
		})
	}
}

// maxOutput is more than any of the recorders has to say, the protocol log included.
const maxOutput = 1 << 20

func (h *hostile) checkOutput(t *testing.T, said string) {
	t.Helper()
	if !strings.Contains(said, h.words) {
		t.Errorf("it does not say %q", h.words)
	}
	if strings.Contains(said, hostilePassword) {
		t.Error("it tells the password")
	}
	if strings.Contains(said, "goroutine ") {
		t.Error("it panicked")
	}
	if i := strings.IndexFunc(said, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("%q goes to the terminal", said[i:i+1])
	}
	if len(said) > maxOutput {
		t.Errorf("it says %d bytes", len(said))
	}
}

// checkFile makes sure that a file is finished and holds the good pictures whole, and that there is none without them.
func (h *hostile) checkFile(t *testing.T, file string) {
	t.Helper()
	if h.frames == 0 {
		if _, err := os.Stat(file); err == nil {
			t.Error("a file was made")
		}
		return
	}
	content := read(file)
	if strings.Contains(content, hostilePassword) {
		t.Error("the password stands in the file")
	}
	if !strings.Contains(content[:min(len(content), 200)], "mdat") {
		t.Error("the file is not finished")
	}
	// Whose clock is right was said, so that nothing is to be told of a camera that is wrong.
	code, stdout, stderr := timeslate(t, nil, "extract", "--trust", "host", "-o", "-", file)
	if rows := strings.Count(stdout, "\n") - 1; code != exitDone || stderr != "" || rows < h.frames {
		t.Errorf("extract: %d, %d rows, %s", code, rows, stderr)
	}
}

// limited is a connection that swallows what is written to it after so many bytes, or ends there.
type limited struct {
	net.Conn
	left int
	cut  bool
}

func (l *limited) Write(b []byte) (int, error) {
	n := min(len(b), l.left)
	l.left -= n
	l.Conn.Write(b[:n])
	if l.left == 0 && l.cut {
		l.Conn.Close()
		return n, net.ErrClosed
	}
	return len(b), nil
}

// TestStopAnywhere lets a good camera stall, and another end the connection, after each byte of its replies and after many
// of its pictures. The time is virtual.
func TestStopAnywhere(t *testing.T) {
	t.Parallel()
	f, dir := film(t), t.TempDir()
	for _, cut := range []bool{false, true} {
		for at, step := 0, 1; at < 6000; at += step {
			if at > 900 { // in the pictures
				step = 97
			}
			file := filepath.Join(dir, fmt.Sprint(cut, at)+".mp4")
			synctest.Test(t, func(t *testing.T) { stopAt(t, f, file, at, cut) })
			if t.Failed() {
				return
			}
		}
	}
}

func stopAt(t *testing.T, f footage, file string, at int, cut bool) {
	l := mempipe.Listen()
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			v := &villain{Conn: &limited{conn, at, cut}, footage: f, requests: bufio.NewReader(conn)}
			v.play()
			v.listen()
			conn.Close()
		}
	}()
	begin := time.Now()
	summary, err := record.Run(t.Context(), record.Options{
		URL: "rtsp://admin:" + hostilePassword + "@192.0.2.2/", Output: file, Once: true,
		Camera: camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: l.Dial, Timeout: 2 * time.Second}, Silence: 3 * time.Second},
	})
	if took := time.Since(begin); err == nil || took > 6*time.Second {
		t.Errorf("stopped after byte %d (cut %v): %v, after %v", at, cut, err, took)
	}
	if err != nil && strings.Contains(err.Error(), hostilePassword) {
		t.Errorf("the error tells the password: %v", err)
	}
	if code, stdout, stderr := timeslate(t, nil, "extract", "-o", "-", file); summary.Files > 0 &&
		(code != exitDone || stderr != "" || int64(strings.Count(stdout, "\n")-1) != summary.Frames) {
		t.Errorf("stopped after byte %d (cut %v): %+v; extract: %d, %s", at, cut, summary, code, stderr)
	}
	l.Close()
	<-served
}
