package wirelog_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/rtsp/wirelog"
)

// checkLines makes sure that every line has the form that the package promises and nothing that upsets a terminal.
func checkLines(t *testing.T, log string) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(log, "\n"), "\n") {
		_, rest, found := strings.Cut(line, " garage  ")
		if !found || !strings.HasPrefix(line, "1") || !strings.Contains("><*", line[16:17]) {
			t.Errorf("not a line of a log: %q", line)
		}
		if strings.ContainsFunc(rest, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("control characters: %q", line)
		}
		if len(rest) > 6100 { // the text of a line with all of its bytes escaped, and the note that it was cut
			t.Errorf("line of %d bytes", len(rest))
		}
	}
}

func TestEveryLineHasItsPrefix(t *testing.T) {
	var b bytes.Buffer
	newScript(t, &b).session()
	checkLines(t, b.String())
}

func TestNewDay(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.now = time.Date(2026, 11, 21, 0, 59, 59, 0, time.FixedZone("CET", 3600)) // still the 20th in UTC
	s.trace.Skipped(s.now, 1, 1)
	s.wait(2 * time.Second)
	s.trace.Skipped(s.now, 1, 1)
	for _, want := range []string{"23:59:59.000000 * garage  Friday, 20 November 2026", "00:00:01.000000 * garage  Saturday, 21 November 2026"} {
		if strings.Count(b.String(), want) != 1 {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestSecrets hands the log what a session would have masked, and keys, which only the log knows.
func TestSecrets(t *testing.T) {
	const secret = "hunter2"
	var b bytes.Buffer
	s := newScript(t, &b)
	s.ask("DESCRIBE rtsp://admin:"+secret+"@camera/ RTSP/1.0\nCSeq: 1\nAuthorization: Basic "+secret+"\n"+
		"Proxy-Authorization:"+secret+"\nauthorization : Digest username=\"admin\", response=\""+secret+"\"\n\n",
		"RTSP/1.0 200 OK\nCSeq: 1\nContent-Base: rtsp://admin:a@b/"+secret+"@camera/\n\n"+
			"v=0\nk=base64:"+secret+"\na=key-mgmt:mikey "+secret+"\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+secret+"\n"+
			"a=control:RTSP://x:"+secret+"@camera/1\n")
	s.trace.Closed(s.now, errors.New("dial rtsp://admin:"+secret+"@camera/"))
	wirelog.New(&b, "rtsp://admin:"+secret+"@camera/ garage").Trace().Skipped(s.now, 1, 1)
	if strings.Contains(b.String(), secret) {
		t.Errorf("a secret is shown:\n%s", b.String())
	}
	for _, want := range []string{"rtsp://***@camera/", "Authorization: Basic ***", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	checkLines(t, b.String())
}

func TestLimits(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.trace.Received(s.now, []byte("RTSP/1.0 200 OK\r\n"+strings.Repeat("A: b\r\n", 5000)+"\r\n"+strings.Repeat("x", 100000)))
	s.trace.Received(s.now, []byte("RTSP/1.0 200 OK\r\n\r\nv=0\n"+strings.Repeat("m=video 0 RTP/AVP 96\n", 2000)))
	for _, want := range []string{"… 4900 lines more", "… 15384 bytes more", "… 83616 bytes more", "… 25620 bytes more"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	if b.Len() > 300_000 {
		t.Errorf("%d bytes of log", b.Len())
	}
	checkLines(t, b.String())
}

func TestControlCharacters(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.trace.Received(s.now, []byte("RTSP/1.0 200 \x1b[2J\xff\tGrüße\r10:15:30\r\n\r\n"))
	checkLines(t, b.String())
	if want := `RTSP/1.0 200 \u001b[2J\xff\u0009Grüße\u000d10:15:30`; !strings.Contains(b.String(), want) {
		t.Errorf("no %s in\n%s", want, b.String())
	}
}

func TestRTPIrregular(t *testing.T) {
	for _, c := range []struct {
		name    string
		numbers []uint16
		want    string
	}{
		{"wrap", []uint16{65535, 0, 1}, "3 packets, 36 bytes, 0 markers in 1.000 s; sequence 65535 to 1, lost 0; time"},
		{"loss", []uint16{1, 5, 6}, "sequence 1 to 6, lost 3; time"},
		{"late", []uint16{1, 3, 2}, "sequence 1 to 3, lost 1, late or double 1; time"},
		{"double", []uint16{1, 1}, "sequence 1 to 1, lost 0, late or double 1; time"},
		{"jump", []uint16{1, 10000, 10001, 5000}, "sequence 1 to 5000, lost 0, jumps 2; time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			s := newScript(t, &b)
			for _, n := range c.numbers {
				s.rtp(0, rtp.Header{SequenceNumber: n}, 0)
			}
			s.wait(time.Second)
			s.trace.Skipped(s.now, 1, 1)
			if !strings.Contains(b.String(), c.want) {
				t.Errorf("no %q in\n%s", c.want, b.String())
			}
		})
	}
}

func TestNotRTP(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.rtp(0, rtp.Header{SSRC: 5}, 10)
	cut := []byte{0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0xab, 0xac, 0, 9} // of another source, it seems
	for _, data := range [][]byte{nil, {0x80}, make([]byte, 11), cut} {
		s.trace.Packet(&rtsp.Packet{Data: data, Arrival: s.now})
	}
	s.rtp(0, rtp.Header{SSRC: 5, SequenceNumber: 1}, 10)
	s.trace.Packet(&rtsp.Packet{Stream: -1, Data: make([]byte, 12), Arrival: s.now})
	s.trace.Packet(&rtsp.Packet{Stream: 1 << 30, RTCP: true, Data: make([]byte, 12), Arrival: s.now})
	s.trace.Closed(s.now, nil)
	if n := strings.Count(b.String(), " begins:"); n != 1 {
		t.Errorf("%d sources", n)
	}
	for _, want := range []string{"2 packets, 44 bytes", "not RTP 4", "closed after TEARDOWN"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestExtensions: the first packet's header extension is told, with the time in it.
func TestExtensions(t *testing.T) {
	captured := []byte{0xeb, 0xf9, 0x3c, 0x70, 0x88, 0x88, 0x88, 0x87}
	for want, packet := range map[string][]byte{
		"profile 0xabac, ONVIF's: captured at 2025-06-15T12:34:56.533333Z": append([]byte{0xab, 0xac, 0, 3}, append(captured, 0x80, 5, 0, 0)...),
		"profile 0xbede with the elements [4] (RFC 8285)":                  append([]byte{0xbe, 0xde, 0, 3, 0x47}, append(captured, 0, 0, 0)...),
		"profile 0xffd8\n": {0xff, 0xd8, 0, 0},
	} {
		var b bytes.Buffer
		s := newScript(t, &b)
		head := []byte{0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9}
		s.trace.Packet(&rtsp.Packet{Data: append(head, packet...), Arrival: s.now})
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// A new source ends the summary of the old one, and its numbers start anew.
func TestSourceChange(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.rtp(0, rtp.Header{SSRC: 1, SequenceNumber: 10}, 0)
	s.wait(time.Millisecond)
	s.rtp(0, rtp.Header{SSRC: 2, SequenceNumber: 700, Extension: true, ExtensionProfile: 0xabac, Extensions: nil}, 0)
	s.rtp(0, rtp.Header{SSRC: 2, SequenceNumber: 701}, 0)
	s.trace.Closed(s.now, io.EOF)
	for _, want := range []string{"sequence 10 to 10, lost 0", "another source than before", "profile 0xabac", "sequence 700 to 701, lost 0"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestRTCPParts(t *testing.T) {
	report := []byte{0x80, 201, 0, 1, 0, 0, 0, 9}
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"no wall clock", "the sender has no wall clock", append([]byte{0x80, 200, 0, 6}, make([]byte, 24)...)},
		{"a good part before a bad one", "receiver report, SSRC 0x00000009", append(report, 0x80, 200, 0, 1, 0, 0, 0, 0)},
		{"a bad part", "# broken: ", append(report, 0x80, 200, 0, 1, 0, 0, 0, 0)},
		// Hanwha QNV-8080R.
		{"source description without an end", "packet of type 202, 16 bytes", []byte{0x81, 202, 0, 3, 1, 2, 3, 4, 1, 6, 'a', 'b', 'c', 'd', 'e', 'f'}},
		{"length beyond the end", "12 bytes more", append(bytes.Clone(report), 0x80, 200, 0, 9, 0, 0, 0, 0, 1, 2, 3, 4)},
		{"not RTCP", "not RTCP: ", []byte{1, 2, 3, 4}},
		{"application", "packet of type 204, 8 bytes", []byte{0x80, 204, 0, 1, 0, 0, 0, 0}},
		{"too many", "8 bytes more", bytes.Repeat(report, 17)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			s := newScript(t, &b)
			s.trace.Packet(&rtsp.Packet{RTCP: true, Data: c.data, Arrival: s.now})
			if !strings.Contains(b.String(), c.want) {
				t.Errorf("no %q in\n%s", c.want, b.String())
			}
			checkLines(t, b.String())
		})
	}
}

func TestSourceDescriptionItems(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.rtcp(0, &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 1, Items: []rtcp.SourceDescriptionItem{
		{Type: rtcp.SDESTool, Text: "a\nb"}, {Type: 77, Text: "x"}}}}})
	for _, want := range []string{`SSRC 0x00000001 TOOL "a\nb"`, `SSRC 0x00000001 item 77 "x"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}

// A connection made anew, after a redirect, has streams of its own.
func TestConnectedAgain(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.handshake()
	s.handshake()
	if strings.Contains(b.String(), "stream 2") {
		t.Errorf("a third stream:\n%s", b.String())
	}
}

// TestStreamNames: a stream is one that was granted, and its media the one with the longest control URL that fits.
func TestStreamNames(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.ask("DESCRIBE rtsp://h/ RTSP/1.0\nCSeq: 1\n\n", "RTSP/1.0 200 OK\nCSeq: 1\nContent-Type: application/sdp\n\n"+
		"v=0\nm=audio 0 RTP/AVP 8\na=control:11\nm=video 0 RTP/AVP 26\na=control:1\n")
	s.ask("SETUP rtsp://h/11 RTSP/1.0\nCSeq: 2\n\n", "RTSP/1.0 461 No\nCSeq: 2\nTransport: RTP/AVP/TCP\n\n")
	s.ask("SETUP rtsp://h/11 RTSP/1.0\nCSeq: 3\n\n", "RTSP/1.0 200 OK\nCSeq: 3\nTransport: RTP/AVP/TCP\n\n")
	s.ask("SETUP rtsp://h/1 RTSP/1.0\nCSeq: 4\n\n", "RTSP/1.0 200 OK\nCSeq: 4\nTransport: RTP/AVP/TCP\n\n")
	for _, want := range []string{"called stream 0 audio: PCMA, 8000 ticks/s", "called stream 1 video: JPEG, 90000 ticks/s"} {
		if strings.Count(b.String(), want) != 1 {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestRequestsOfBothSides: the camera numbers its requests by itself, so that a reply may bear the number of one of them.
func TestRequestsOfBothSides(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.trace.Sent(s.now, crlf("DESCRIBE rtsp://h/ RTSP/1.0\nCSeq: 1\n\n"))
	s.trace.Received(s.now, crlf("OPTIONS * RTSP/1.0\nCSeq: 1\n\n"))
	s.trace.Received(s.now, crlf("RTSP/1.0 404 No\nCSeq: 1\n\n"))
	if !strings.Contains(b.String(), "answers DESCRIBE") {
		t.Errorf("the reply is none to DESCRIBE:\n%s", b.String())
	}
}

// TestPromises: RTP-Info promises the first packet, and nothing of a source that comes later.
func TestPromises(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.handshake()
	s.rtp(0, rtp.Header{SSRC: 1, SequenceNumber: 65530, Timestamp: 1270711678}, 0)
	s.rtp(0, rtp.Header{SSRC: 2, SequenceNumber: 7}, 0)
	if !strings.Contains(b.String(), "as RTP-Info promised") || strings.Contains(b.String(), "RTP-Info promised sequence number") {
		t.Errorf("%s", b.String())
	}
}

// failing fails from its second call on.
type failing struct{ calls int }

func (f *failing) Write(b []byte) (int, error) {
	if f.calls++; f.calls > 1 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestWriteError(t *testing.T) {
	var w failing
	log := wirelog.New(&w, "")
	trace := log.Trace()
	for i := range 3 {
		if err := log.Err(); (err != nil) != (i > 1) {
			t.Errorf("after %d events: %v", i, err)
		}
		trace.Skipped(start, 1, 1)
	}
	if w.calls != 2 || !errors.Is(log.Err(), io.ErrShortWrite) {
		t.Errorf("%d calls, %v", w.calls, log.Err())
	}
}

func packetOf(t testing.TB, h rtp.Header) *rtsp.Packet {
	h.Version = 2
	b, err := (&rtp.Packet{Header: h, Payload: make([]byte, 1200)}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return &rtsp.Packet{Data: b, Arrival: start}
}

func TestNoAllocationPerPacket(t *testing.T) {
	trace := wirelog.New(io.Discard, "garage").Trace()
	p := packetOf(t, rtp.Header{})
	trace.Packet(p)
	if n := testing.AllocsPerRun(1000, func() { trace.Packet(p) }); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}

func BenchmarkPacket(b *testing.B) {
	trace := wirelog.New(io.Discard, "garage").Trace()
	p := packetOf(b, rtp.Header{})
	b.ReportAllocs()
	for b.Loop() {
		trace.Packet(p)
		p.Arrival = p.Arrival.Add(time.Millisecond) // a summary each 1000 packets
	}
}

// FuzzMessage and FuzzRTCP make sure that a peer can't break the form of the log.
func FuzzMessage(f *testing.F) {
	f.Add([]byte("RTSP/1.0 200 OK\r\nSession: 1;timeout=60\r\n\r\n" + sdp))
	f.Add([]byte("OPTIONS * RTSP/1.0\nCSeq: 1\n\n"))
	f.Add([]byte("RTSP/1.0 401 x\nWWW-Authenticate: Digest realm=\"\x00\nTransport: RTP/AVP/TCP;ssrc=1\nRTP-Info: url=;seq=,;\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var w bytes.Buffer
		s := newScript(t, &w)
		s.trace.Sent(s.now, []byte("SETUP rtsp://camera/1 RTSP/1.0\r\nCSeq: 1\r\n\r\n"))
		s.trace.Received(s.now, b)
		s.trace.Sent(s.now, b)
		s.trace.Closed(s.now, io.EOF)
		checkLines(t, w.String())
	})
}

func FuzzRTCP(f *testing.F) {
	f.Add([]byte{0x81, 200, 0, 12}, true)
	f.Add([]byte{0x81, 202, 0, 3, 1, 2, 3, 4, 1, 6, 'a', 'b', 'c', 'd', 'e', 'f'}, true)
	f.Add([]byte{0x81, 203, 0, 1, 1, 2, 3, 4, 0x80, 201, 0, 1, 0, 0, 0, 9}, true)
	f.Add([]byte{0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xab, 0xac, 0, 0}, false)
	f.Fuzz(func(t *testing.T, b []byte, isRTCP bool) {
		var w bytes.Buffer
		s := newScript(t, &w)
		s.handshake()
		for range 2 {
			s.trace.Packet(&rtsp.Packet{RTCP: isRTCP, Data: b, Arrival: s.now})
			s.wait(time.Second)
		}
		s.trace.SentRTCP(s.now, 0, b)
		checkLines(t, w.String())
	})
}

func ExampleLog() {
	log := wirelog.New(exampleOut{}, "garage")
	trace := log.Trace() // for rtsp.Dialer.Trace
	at := time.Date(2026, 11, 20, 10, 15, 30, 0, time.UTC)
	trace.Sent(at, []byte("SETUP rtsp://camera/live/trackID=1 RTSP/1.0\r\nCSeq: 4\r\n"+
		"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"))
	trace.Received(at.Add(8*time.Millisecond), []byte("RTSP/1.0 200 OK\r\nCSeq: 4\r\n"+
		"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 708345999;timeout=60\r\n\r\n"))
	// Output:
	// 10:15:30.000000 * garage  Friday, 20 November 2026, times in UTC                  # > sent, < received, * remark
	// 10:15:30.000000 > garage  SETUP rtsp://camera/live/trackID=1 RTSP/1.0             # asks for one media of the description
	// 10:15:30.000000 > garage    CSeq: 4                                               # number of the request; the reply has the same
	// 10:15:30.000000 > garage    Transport: RTP/AVP/TCP;unicast;interleaved=0-1        # asked for: RTP on channel 0 and RTCP on channel 1 of this connection
	// 10:15:30.008000 < garage  RTSP/1.0 200 OK                                         # answers SETUP after 8.000 ms
	// 10:15:30.008000 < garage    CSeq: 4
	// 10:15:30.008000 < garage    Transport: RTP/AVP/TCP;unicast;interleaved=0-1        # granted: RTP on channel 0 and RTCP on channel 1 of this connection
	// 10:15:30.008000 < garage                                                          # from now on called stream 0
	// 10:15:30.008000 < garage    Session: 708345999;timeout=60                         # the session ends 60 s after the last sign of life
	// 10:15:30.008000 < garage                                                          # that is at 10:16:30 unless it is kept alive
}

// exampleOut prints to the output that an example is compared with.
type exampleOut struct{}

func (exampleOut) Write(b []byte) (int, error) { return fmt.Print(string(b)) }

// TestSkipFlood has a camera that sends packets of nobody without end.
func TestSkipFlood(t *testing.T) {
	var b strings.Builder
	trace := wirelog.New(&b, "").Trace()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 1000 {
		trace.Skipped(at.Add(time.Duration(i)*time.Millisecond), int64(i), 4)
	}
	trace.Skipped(at.Add(time.Second), 1000, 4)
	trace.Closed(at.Add(time.Second), nil)
	if n := strings.Count(b.String(), "\n"); n > 30 {
		t.Errorf("%d lines", n)
	}
	for _, want := range []string{"4 bytes skipped at position 9 ", "3960 bytes more skipped in 990 places", "position 1000 "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, b.String())
		}
	}
}
