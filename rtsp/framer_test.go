package rtsp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// frames returns the items that come out of a stream, one per line, and how it ended.
func frames(src io.Reader, channels ...uint8) (items []string, err error) {
	f := newFramer()
	for _, c := range channels {
		f.known[c] = true
	}
	for {
		i, err := f.next()
		switch {
		case err != nil:
			return items, err
		case i.kind != itemNone:
			items = append(items, describeItem(&i))
			continue
		}
		if err := f.fill(src); err != nil {
			return items, err
		}
	}
}

func describeItem(i *item) string {
	switch i.kind {
	case itemFrame:
		return fmt.Sprintf("%d frame %d %.4x %d", i.pos, i.channel, i.data, len(i.data))
	case itemStray:
		return fmt.Sprintf("%d stray %d %d", i.pos, i.channel, len(i.data))
	case itemMessage:
		return fmt.Sprintf("%d message %q+%q", i.pos, i.data[:i.head], i.data[i.head:])
	}
	return fmt.Sprintf("%d junk %d", i.pos, len(i.data))
}

// rtpOf returns an RTP packet of n bytes.
func rtpOf(seq uint16, n int) []byte {
	b := make([]byte, n)
	copy(b, rtp(seq))
	return b
}

func TestFramer(t *testing.T) {
	frame := func(channel uint8, seq uint16, n int) string { return string(appendFrame(nil, channel, rtpOf(seq, n))) }
	const reply = "RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n"
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"frames and messages", frame(0, 1, 20) + reply + frame(1, 2, 12) + "OPTIONS * RTSP/1.0\r\n\r\n", []string{
			"1 frame 0 80600001 20", `25 message "RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n"+""`, "53 frame 1 80600002 12",
			`69 message "OPTIONS * RTSP/1.0\r\n\r\n"+""`,
		}},
		{"body", "RTSP/1.0 200 OK\r\ncontent-length : 3 \r\n\r\nabc" + frame(0, 1, 12), []string{
			`1 message "RTSP/1.0 200 OK\r\ncontent-length : 3 \r\n\r\n"+"abc"`, "44 frame 0 80600001 12",
		}},
		{"line ends before a reply and before a frame", "\r\n" + reply + "\n\r\n" + frame(0, 1, 12), []string{
			`3 message "RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n"+""`, "34 frame 0 80600001 12",
		}},
		{"empty frames", "$\x00\x00\x00" + frame(0, 1, 12) + "$\x05\x00\x00", []string{"5 frame 0 80600001 12"}},
		{"the longest frame", frame(0, 1, 65535) + frame(1, 2, 65535) + frame(0, 3, 65535), []string{
			"1 frame 0 80600001 65535", "65540 frame 1 80600002 65535", "131079 frame 0 80600003 65535",
		}},
		{"garbage between frames", frame(0, 1, 12) + "\x00\x01garbage\xff" + frame(0, 2, 12) + reply, []string{
			"1 frame 0 80600001 12", "17 junk 10", "27 frame 0 80600002 12",
			`43 message "RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n"+""`,
		}},
		{"garbage before a reply", "garbage" + reply, []string{
			"1 junk 7", `8 message "RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n"+""`,
		}},
		{"a request that nobody knows", "X_ASK_IT rtsp://cam/ RTSP/1.0\r\n\r\n" + frame(0, 1, 12), []string{
			`1 message "X_ASK_IT rtsp://cam/ RTSP/1.0\r\n\r\n"+""`, "34 frame 0 80600001 12",
		}},
		{"garbage that looks like a request", "ASK me\x00" + frame(0, 1, 12) + frame(0, 2, 12) + "ASK me\r\n" + frame(0, 3, 12) + frame(0, 4, 12), []string{
			"1 junk 7", "8 frame 0 80600001 12", "24 frame 0 80600002 12", "40 junk 8", "48 frame 0 80600003 12", "64 frame 0 80600004 12",
		}},
		{"a false $ in garbage", "xx$\x00\x00\x0c\x80" + frame(0, 2, 12) + frame(0, 3, 12), []string{
			"1 junk 7", "8 frame 0 80600002 12", "24 frame 0 80600003 12",
		}},
		{"a false $ with a good length in garbage", "xx$\x00\x00\x0c" + strings.Repeat("x", 12) + frame(0, 2, 12) + frame(0, 3, 12), []string{
			"1 junk 18", "19 frame 0 80600002 12", "35 frame 0 80600003 12",
		}},
		{"a frame cut short, the next has come", frame(0, 1, 100)[:50] + frame(0, 2, 12) + frame(1, 3, 60) + frame(0, 4, 12), []string{
			"1 junk 50", "51 frame 0 80600002 12", "67 frame 1 80600003 60", "131 frame 0 80600004 12",
		}},
		{"a channel that was never set up", frame(0, 1, 12) + frame(9, 2, 20) + frame(9, 3, 20) + frame(0, 4, 12), []string{
			"1 frame 0 80600001 12", "17 stray 9 20", "41 stray 9 20", "65 frame 0 80600004 12",
		}},
		{"too short for a packet, on a channel that was never set up", frame(0, 1, 12) + "$\x09\x00\x04\x80abc" + frame(0, 2, 12) + frame(0, 3, 12),
			[]string{"1 frame 0 80600001 12", "17 junk 8", "25 frame 0 80600002 12", "41 frame 0 80600003 12"}},
		{"junk on a channel that was set up is not judged", "$\x01\x00\x03abc" + frame(0, 1, 12), []string{
			"1 frame 1 616263 3", "8 frame 0 80600001 12",
		}},
	} {
		for name, src := range map[string]io.Reader{
			"whole": strings.NewReader(c.in), "in bytes": iotest.OneByteReader(strings.NewReader(c.in)),
		} {
			if strings.Contains(c.name, "has come") && name != "whole" {
				continue
			}
			got, err := frames(src, 0, 1)
			if err != io.EOF {
				t.Errorf("%s, %s: %v", c.name, name, err)
			}
			if name == "in bytes" {
				got = joinJunk(got)
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%s, %s: got\n%s\nwant\n%s", c.name, name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		}
	}
}

// joinJunk makes one of junk that came in pieces.
func joinJunk(items []string) (joined []string) {
	start, length := 0, 0
	for _, s := range append(items, "end") {
		var pos, n int
		if _, err := fmt.Sscanf(s, "%d junk %d", &pos, &n); err == nil {
			if length == 0 {
				start = pos
			}
			length += n
			continue
		}
		if length > 0 {
			joined = append(joined, fmt.Sprintf("%d junk %d", start, length))
			length = 0
		}
		joined = append(joined, s)
	}
	return joined[:len(joined)-1]
}

func TestFramerErrors(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"negative length", "RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", `Content-Length "-1" is no number`},
		{"no number", "RTSP/1.0 200 OK\r\nContent-Length: ten\r\n\r\n", `Content-Length "ten" is no number`},
		{"gigabytes", "RTSP/1.0 200 OK\r\nContent-Length: 3000000000\r\n\r\n", "Content-Length 3000000000 is more than the limit of 131072"},
		{"beyond 64 bits", "RTSP/1.0 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", `Content-Length "99999999999999999999999" is no number`},
		{"endless head", "RTSP/1.0 200 OK\r\n" + strings.Repeat("a: b\r\n", 1e5), "a header of more than 32768 bytes"},
		{"a long head with its end", "RTSP/1.0 200 OK\r\n" + strings.Repeat("a: b\r\n", maxHead/6) + "\r\n", "a header of more than 32768 bytes"},
		{"one byte too many", fmt.Sprintf("RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n", maxBody+1), "Content-Length 131073 is more than the limit of 131072"},
		{"endless line", "RTSP/1.0 200 OK\r\n" + strings.Repeat("a", 1e5), "a header of more than 32768 bytes"},
		{"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", "the peer speaks HTTP, not RTSP"},
		{"endless junk", strings.Repeat("junk", 1e6), "no packet and no message in 1146880 bytes"},
		{"end in a head", "RTSP/1.0 200", "unexpected EOF"},
		{"end in a body", "RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nabc", "unexpected EOF"},
		{"end in a frame", "$\x00\x00\x09abc", "unexpected EOF"},
	} {
		if _, err := frames(strings.NewReader(c.in), 0, 1); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestJunkBetweenFrames: there may be any amount of junk, as long as something makes sense now and then.
func TestJunkBetweenFrames(t *testing.T) {
	const times = 5
	piece := strings.Repeat("x", maxSkip/2) + string(appendFrame(appendFrame(nil, 0, rtpOf(1, 20)), 0, rtpOf(2, 20)))
	items, err := frames(strings.NewReader(strings.Repeat(piece, times)), 0)
	if n := strings.Count(strings.Join(items, "\n"), " frame "); err != io.EOF || n != 2*times {
		t.Errorf("%d frames, then %v", n, err)
	}
}

// TestArrival: a packet has arrived when the read returned that brought its first byte.
func TestArrival(t *testing.T) {
	f := newFramer()
	f.allChannels()
	start := time.Unix(1000, 0)
	wire := appendFrame(appendFrame(appendFrame(nil, 0, rtpOf(1, 20)), 0, rtpOf(2, 20)), 0, rtpOf(3, 20))
	var got []time.Duration
	for n, at := 0, start; n < len(wire); at = at.Add(time.Second) {
		f.makeRoom()
		piece := copy(f.buf[f.w:], wire[n:min(n+30, len(wire))]) // 24+6, 18+12, 12
		f.filled(piece, at)
		n += piece
		for i, _ := f.next(); i.kind != itemNone; i, _ = f.next() {
			got = append(got, i.arrival.Sub(start))
		}
	}
	if want := "[0s 0s 1s]"; fmt.Sprint(got) != want {
		t.Errorf("arrivals %v, want %s", got, want)
	}
}

// stutter delivers a stream in pieces whose lengths are given by some bytes.
type stutter struct {
	data  []byte
	sizes []byte
	n     int
}

func (s *stutter) Read(b []byte) (int, error) {
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	size := len(s.data)
	if len(s.sizes) > 0 {
		size = 1 + int(s.sizes[s.n%len(s.sizes)])
		s.n++
	}
	n := copy(b[:min(len(b), size)], s.data)
	s.data = s.data[n:]
	return n, nil
}

// FuzzFramer checks what must be true of any stream, however it is cut into reads: items follow one another without
// overlap, hold the stream's own bytes, keep their limits, and nothing but line ends and empty frames is left out.
func FuzzFramer(f *testing.F) {
	f.Add([]byte("$\x00\x00\x0c\x80`\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02RTSP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"), []byte{3})
	f.Add([]byte("xx$\x00\x00\x08\x80\xc8junk$\x01\x00\x08\x81\xc9\x00\x01\x00\x00\x00\x01\r\n\r\nPLAY * RTSP/1.0\n\n"), []byte{0})
	f.Add([]byte("X_ASK * RTSP/1.0\r\n\r\nASK $\x00\x00\x0c\x80`\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02X_"), []byte{1})
	f.Add([]byte("$\x00\x00\x00$\x07\x00\x08\x80bcdefg$\x00\x00\x04abcd"), []byte{})
	buf := make([]byte, bufferSize)
	f.Fuzz(func(t *testing.T, stream, sizes []byte) {
		fr := framer{buf: buf, pos: 1}
		fr.known[0], fr.known[1] = true, true
		src := &stutter{data: bytes.Clone(stream), sizes: sizes}
		for end := int64(1); ; {
			i, err := fr.next()
			if err != nil {
				return
			}
			if i.kind == itemNone {
				if fr.fill(src) != nil {
					return
				}
				continue
			}
			checkSkipped(t, stream[end-1:i.pos-1])
			header := 0
			if i.kind == itemFrame || i.kind == itemStray {
				header = frameHeader
			}
			from := i.pos - 1 + int64(header)
			end = i.pos + int64(header+len(i.data))
			if !bytes.Equal(i.data, stream[from:end-1]) || len(i.data) == 0 || i.head > maxHead || len(i.data)-i.head > maxBody {
				t.Fatalf("%+v is not what stands at %d", i, i.pos)
			}
			if i.kind == itemFrame && !fr.known[i.channel] {
				t.Fatalf("a frame on channel %d", i.channel)
			}
		}
	})
}

func checkSkipped(t *testing.T, b []byte) {
	t.Helper()
	for len(b) > 0 {
		switch {
		case b[0] == '\r' || b[0] == '\n':
			b = b[1:]
		case len(b) >= frameHeader && b[0] == '$' && binary.BigEndian.Uint16(b[2:]) == 0:
			b = b[frameHeader:]
		default:
			t.Fatalf("%q was left out", b)
		}
	}
}

func TestLongMessageInBytes(t *testing.T) {
	in := "RTSP/1.0 200 OK\r\n" + strings.Repeat("X-Line: "+strings.Repeat("x", 90)+"\r\n", 300) + "Content-Length: 100000\r\n\r\n" + strings.Repeat("v", 100000)
	items, err := frames(iotest.OneByteReader(strings.NewReader(in)))
	if err != io.EOF || len(items) != 1 {
		t.Errorf("%d items, %v", len(items), err)
	}
}
