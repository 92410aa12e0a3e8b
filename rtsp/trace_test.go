package rtsp

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTrace: every hook is called, in order, and Closed once.
func TestTrace(t *testing.T) {
	var got []string
	note := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	firstLine := func(m []byte) string { line, _, _ := strings.Cut(string(m), "\r\n"); return line }
	camera := &testCamera{}
	camera.handle = on(MethodPlay, func(c *ServerConn, q *Request) *Response {
		c.WriteResponse(NewResponse(q, 200))
		c.WriteRaw([]byte("junk"))
		c.WriteInterleaved(3, rtp(1))
		c.WriteInterleaved(99, rtp(2))
		c.WriteInterleaved(0, rtp(3))
		return noReply
	})
	d := camera.dialer(t)
	d.Trace = &Trace{
		Connected: func(_ time.Time, local, remote net.Addr) { note("connected %v %v", local, remote) },
		Sent:      func(_ time.Time, m []byte) { note("> %s", firstLine(m)) },
		Received:  func(_ time.Time, m []byte) { note("< %s", firstLine(m)) },
		Packet:    func(p *Packet) { note("packet of stream %d, RTCP %v", p.Stream, p.RTCP) },
		SentRTCP:  func(_ time.Time, stream int, b []byte) { note("report of stream %d: %s", stream, b) },
		Skipped:   func(_ time.Time, _ int64, n int) { note("skipped %d", n) },
		Closed:    func(_ time.Time, err error) { note("closed: %v", err) },
	}
	s := play(t, d, "rtsp://cam/stream")
	for range 2 {
		if err := s.ReadPacket(new(Packet)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.WriteRTCP(1, []byte("report")); err != nil {
		t.Fatal(err)
	}
	s.Teardown(t.Context())
	s.Teardown(t.Context())
	s.Close()
	want := []string{
		"connected 192.0.2.1:50001 192.0.2.2:554",
		"> OPTIONS rtsp://cam/stream RTSP/1.0", "< RTSP/1.0 200 OK",
		"> DESCRIBE rtsp://cam/stream RTSP/1.0", "< RTSP/1.0 200 OK",
		"> SETUP rtsp://cam/stream/trackID=1 RTSP/1.0", "< RTSP/1.0 200 OK",
		"> SETUP rtsp://cam/stream/trackID=2 RTSP/1.0", "< RTSP/1.0 200 OK",
		"> PLAY rtsp://cam/stream/ RTSP/1.0", "< RTSP/1.0 200 OK",
		"skipped 4", "packet of stream 1, RTCP true", "skipped 20", "packet of stream 0, RTCP false",
		"report of stream 1: report",
		"> TEARDOWN rtsp://cam/stream/ RTSP/1.0", "< RTSP/1.0 200 OK", "closed: <nil>",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
