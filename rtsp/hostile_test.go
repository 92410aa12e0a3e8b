package rtsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// tape is a connection on which all that the camera will ever say is there from the start.
type tape struct {
	net.Conn
	data   io.Reader
	onRead func()
}

func (c *tape) Read(b []byte) (int, error) {
	if c.onRead != nil {
		c.onRead()
	}
	return c.data.Read(b)
}

func (c *tape) Write(b []byte) (int, error)      { return len(b), nil }
func (c *tape) Close() error                     { return nil }
func (c *tape) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *tape) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *tape) SetDeadline(time.Time) error      { return nil }
func (c *tape) SetReadDeadline(time.Time) error  { return nil }
func (c *tape) SetWriteDeadline(time.Time) error { return nil }

// runTape takes a session as far as it goes and returns how it ended.
func runTape(data io.Reader, onRead func(), onPacket func(*Packet)) error {
	ctx := context.Background()
	dials := 0
	d := Dialer{Username: "u", Password: "p", DialContext: func(context.Context, string, string) (net.Conn, error) {
		if dials++; dials > 1 {
			return nil, io.EOF
		}
		return &tape{data: data, onRead: onRead}, nil
	}}
	s, err := d.Dial(ctx, "rtsp://cam/stream")
	if err != nil {
		return err
	}
	defer s.Close()
	desc, err := s.Describe(ctx)
	if err != nil {
		return err
	}
	for i := range desc.Media {
		if err := s.Setup(ctx, &desc.Media[i], TCP); err != nil {
			return err
		}
	}
	if _, err := s.Play(ctx); err != nil {
		return err
	}
	var p Packet
	for err == nil {
		if err = s.ReadPacket(&p); err == nil {
			onPacket(&p)
		}
	}
	return err
}

// goodTape is what a camera says up to PLAY.
func goodTape() string {
	var b []byte
	q := &Request{Header: Header{{"CSeq", ""}}}
	for i := range 5 {
		q.Header[0].Value = fmt.Sprint(i + 1)
		r := NewResponse(q, 200)
		if i == 1 {
			r.Body = []byte(testSDP)
		}
		b = r.Append(b)
	}
	return string(b)
}

// FuzzSession lets a camera say anything at all.
func FuzzSession(f *testing.F) {
	f.Add([]byte(goodTape() + string(appendFrame(nil, 0, rtp(1)))))
	f.Add([]byte("RTSP/1.0 401\nCSeq:1\nWWW-Authenticate: Digest nonce=1,realm=2\n\n" + strings.Replace(goodTape(), "CSeq: 1", "CSeq: 2", 1)))
	f.Add([]byte("OPTIONS * RTSP/1.0\n\n$\x00\x00\x00" + goodTape() + "RTSP/1.0 454\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		err := runTape(strings.NewReader(string(data)), nil, func(p *Packet) {
			if p.Pos < 1 || p.Pos > int64(len(data)) || data[p.Pos-1] != '$' || p.Stream < 0 || p.Stream > 1 {
				t.Fatalf("packet %+v", p)
			}
		})
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Fatalf("error %v", err)
		}
	})
}

// endlessly repeats a text up to a total number of bytes.
type endlessly struct {
	text string
	n    int
	left int
}

func (e *endlessly) Read(b []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < min(len(b), e.left) {
		copied := copy(b[n:], e.text[e.n:])
		e.n = (e.n + copied) % len(e.text)
		n += copied
	}
	e.left -= n
	return n, nil
}

// TestHostileCamera: whatever comes without end, the memory stays small and the error says something.
func TestHostileCamera(t *testing.T) {
	const total, limit = 16 << 20, 4 << 20
	frame := string(appendFrame(nil, 0, rtpOf(1, 60000)))
	for _, c := range []struct{ name, before, text, want string }{
		{"junk", "", "\x01\x02\x03", "no packet and no message"},
		{"replies to nothing", "", "RTSP/1.0 200 OK\r\nCSeq: 99\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 1e5), "EOF"},
		{"a header without end", "RTSP/1.0 200 OK\r\n", "A: b\r\n", "a header of more than"},
		{"a line without end", "RTSP/1.0 200 OK\r\nA: ", "b", "a header of more than"},
		{"a description without end", "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 99999999\r\n\r\n", "m=a\r\n", "more than the limit"},
		{"requests", goodTape(), "ANNOUNCE * RTSP/1.0\r\nContent-Length: 100\r\n\r\n" + strings.Repeat("x", 100), "more than 1000 messages"},
		{"sessions and servers", goodTape(), "RTSP/1.0 200 OK\r\nSession: " + strings.Repeat("s", 8000) + "\r\nServer: " + strings.Repeat("s", 8000) + "\r\n\r\n", "more than 1000 messages"},
		{"early frames", strings.SplitAfter(goodTape(), "CSeq: 4\r\n\r\n")[0], frame, "EOF"},
		{"small early frames", strings.SplitAfter(goodTape(), "CSeq: 4\r\n\r\n")[0], "$\x00\x00\x01a", "EOF"},
		{"frames of nobody", goodTape(), strings.ReplaceAll(frame, "$\x00", "$\x63"), "EOF"},
		{"empty frames", goodTape(), "$\x00\x00\x00", "EOF"},
		{"line ends", goodTape(), "\r\n", "EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			reads, most := 0, uint64(0)
			src := io.MultiReader(strings.NewReader(c.before), &endlessly{text: c.text, left: total})
			err := runTape(src, func() {
				if reads++; reads%20 == 0 {
					runtime.GC()
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapAlloc)
				}
			}, func(*Packet) {})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v", err)
			}
			if most > before.HeapAlloc+limit {
				t.Errorf("%d bytes in use, before it were %d", most, before.HeapAlloc)
			}
		})
	}
}

// TestPrintable lets a camera put into URLs and challenges what a terminal would obey, and more of it than anyone wants to
// read.
func TestPrintable(t *testing.T) {
	const evil = "\x1b]0;owned\x07\u009b31m\u202e\xff\x08\x7f"
	a := auth{username: "u"}
	long := Header{{"WWW-Authenticate", strings.Repeat(evil+",", 2000)}}
	for name, text := range map[string]string{
		"base":       contentBase("rtsp://cam/"+evil, "rtsp://cam/"),
		"control":    joinControl("rtsp://cam/", evil),
		"whole":      joinControl("rtsp://cam/", "rtsp://"+evil+"/"),
		"dialled":    dialNobody("rtsp://cam/" + evil).Error(),
		"host":       dialNobody("rtsp://" + evil + "/").Error(),
		"challenges": a.learn(long).Error(),
	} {
		if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 || !utf8.ValidString(text) {
			t.Errorf("%s: %q", name, text)
		}
		if len(text) > 500 {
			t.Errorf("%s: %d bytes", name, len(text))
		}
	}
	if got := joinControl("rtsp://cam/a", "Straße 1"); got != "rtsp://cam/a/Straße%201" {
		t.Errorf("a URL that can be printed becomes %q", got)
	}
}

// dialNobody returns how it ends when a URL is dialled that nobody answers at.
func dialNobody(url string) error {
	d := Dialer{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, io.EOF }}
	_, err := d.Dial(context.Background(), url)
	return err
}

// TestEcho has a camera that tells the world the password it got by Basic authentication.
func TestEcho(t *testing.T) {
	const secret = "topsecret"
	a := auth{username: "u", password: secret}
	a.learn(Header{{"WWW-Authenticate", "Basic realm=x"}})
	token := strings.TrimPrefix(a.authorization(&Request{Method: "OPTIONS", URL: "rtsp://h/"}), "Basic ")
	challenge := "CSeq: 1\r\nWWW-Authenticate: Basic realm=x\r\n\r\n"
	said := ""
	d := Dialer{Username: "u", Password: secret, Trace: &Trace{Received: func(_ time.Time, m []byte) { said += string(m) }}}
	d.DialContext = func(context.Context, string, string) (net.Conn, error) {
		return &tape{data: strings.NewReader("RTSP/1.0 401 no\r\n" + challenge +
			"RTSP/1.0 401 it was " + token + " or " + secret + "\r\nServer: " + secret + "\r\n" + strings.Replace(challenge, "1", "2", 1))}, nil
	}
	s, err := d.Dial(context.Background(), "rtsp://cam/")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Describe(context.Background())
	if err == nil || !strings.Contains(err.Error(), "it was *** or ***") {
		t.Errorf("error %v", err)
	}
	if said += err.Error() + s.Server(); strings.Contains(said, secret) || strings.Contains(said, token) {
		t.Errorf("the password is told: %s", said)
	}
}
