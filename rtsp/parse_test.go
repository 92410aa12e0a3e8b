package rtsp

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// parseText parses one message that is there as a whole.
func parseText(t *testing.T, text []byte) message {
	t.Helper()
	f := newFramer()
	f.filled(copy(f.buf, text), time.Time{})
	i, err := f.next()
	if err != nil || i.kind != itemMessage || f.r != f.w {
		t.Fatalf("%q is no message: %v, %v", text, i.kind, err)
	}
	m, err := parseMessage(i)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return m
}

// fixture returns a camera's reply from testdata.
func fixture(t *testing.T, name string) *Response {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return parseText(t, text).response
}

// TestFixtures: the headers of replies of real cameras.
func TestFixtures(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		fields Header
	}{
		{"h264dvr_setup", 200, Header{{"CSeq", "3"}, {"Session", "231970;timeout=60"}}},
		{"vstarcam_unauthorized", 401, Header{{"CSeq", "1"},
			{"WWW-Authenticate", `Digest realm="RTSPD", nonce="6b7d2f7f8f8d6f3d"`}}},
		{"longse_unauthorized", 401, Header{{"CSeq", "1"}, {"Server", "Rtsp Server 1920*1080*20*2048"}}},
		{"hikvision_setup", 200, Header{{"Session", "708345999;timeout=60"}}},
		{"yuan_options", 200, Header{{"CSeq", "1"}, {"Public", "OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY"}}},
		{"luma_play", 200, Header{{"Server", "Customer RTSP Server/1.0.0"}, {"Session", "1f2e3d4c"}}},
	} {
		r := fixture(t, c.name)
		if r.Status != c.status {
			t.Errorf("%s: status %d", c.name, r.Status)
		}
		for _, f := range c.fields {
			if got := r.Header.Get(f.Name); got != f.Value {
				t.Errorf("%s: %s: %q, want %q", c.name, f.Name, got, f.Value)
			}
		}
	}
}

func TestParseMessage(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     string // written again
	}{
		{"blank before the colon", "RTSP/1.0 200 OK\r\nCSeq : 3\r\n\r\n", "RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n"},
		{"tabs and no blank", "RTSP/1.0 200 OK\r\nA:\t1\r\nB:2\r\n\r\n", "RTSP/1.0 200 OK\r\nA: 1\r\nB: 2\r\n\r\n"},
		{"empty value", "RTSP/1.0 200 OK\r\nA:\r\nB: 2\r\n\r\n", "RTSP/1.0 200 OK\r\nA: \r\nB: 2\r\n\r\n"},
		{"folded", "RTSP/1.0 200 OK\r\nA: 1,\r\n\t2\r\n  3\r\n\r\n", "RTSP/1.0 200 OK\r\nA: 1, 2 3\r\n\r\n"},
		{"fold with nothing before it", "RTSP/1.0 200 OK\r\n x\r\n\r\n", "RTSP/1.0 200 OK\r\n\r\n"},
		{"no colon", "RTSP/1.0 200 OK\r\nnonsense\r\nA: 1\r\n\r\n", "RTSP/1.0 200 OK\r\nA: 1\r\n\r\n"},
		{"no reason", "RTSP/1.0 200\r\n\r\n", "RTSP/1.0 200 OK\r\n\r\n"},
		{"blanks in the status line", "RTSP/1.0   404   Not  Here \r\n\r\n", "RTSP/1.0 404 Not  Here\r\n\r\n"},
		{"a code of its own", "RTSP/1.0 499\r\n\r\n", "RTSP/1.0 499 Status 499\r\n\r\n"},
		{"body", "RTSP/1.0 200 OK\r\nContent-Length:2\r\n\r\nab", "RTSP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab"},
		{"request", "PLAY  rtsp://h/a  RTSP/1.0\nCSeq: 1\n\n", "PLAY rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n\r\n"},
	} {
		m := parseText(t, []byte(c.in))
		if got := m.append(nil); string(got) != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// append writes the message again, with one Content-Length.
func (m *message) append(b []byte) []byte {
	isLength := func(f Field) bool { return strings.EqualFold(f.Name, "Content-Length") }
	if m.request != nil {
		m.request.Header = without(m.request.Header, isLength)
		return m.request.Append(b)
	}
	m.response.Header = without(m.response.Header, isLength)
	return m.response.Append(b)
}

func without(h Header, drop func(Field) bool) (kept Header) {
	for _, f := range h {
		if !drop(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

func TestParseMessageErrors(t *testing.T) {
	for name, text := range map[string]string{
		"no status":           "RTSP/1.0\r\n\r\n",
		"status out of range": "RTSP/1.0 99 OK\r\n\r\n",
		"no number":           "RTSP/1.0 OK\r\n\r\n",
		"request without URL": "OPTIONS \r\n\r\n",
		"long line":           "RTSP/1.0 200 OK\r\nA: " + strings.Repeat("b", maxLine) + "\r\n\r\n",
		"many lines":          "RTSP/1.0 200 OK\r\n" + strings.Repeat("A: b\r\n", maxFields+1) + "\r\n",
	} {
		if m, err := parseMessage(item{data: []byte(text), head: len(text)}); err == nil {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// FuzzMessage checks that a message that was parsed and written is parsed as the same.
func FuzzMessage(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, name := range files {
		text, _ := os.ReadFile(name)
		f.Add(text)
	}
	f.Add([]byte("PLAY rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 1\r\n\r\nx"))
	f.Add([]byte("RTSP/1.0 200\nA: 1,\n\t2\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		head := headEnd(text, 0)
		if head == 0 || head > maxHead || messageVerdict(text) != good {
			return
		}
		m, err := parseMessage(item{data: text, head: head})
		if err != nil {
			return
		}
		first := m.append(nil)
		head = headEnd(first, 0)
		again, err := parseMessage(item{data: first, head: head})
		if err != nil {
			t.Fatalf("%q, written as %q: %v", text, first, err)
		}
		if second := again.append(nil); !bytes.Equal(first, second) {
			t.Fatalf("%q became %q", first, second)
		}
		if n, err := contentLength(first[:head]); err == nil && n != len(first)-head {
			t.Fatalf("length %d of %q", n, first)
		}
	})
}
