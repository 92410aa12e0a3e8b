package record

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/record/spool"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/stamp"
)

// The stream of the whole-path tests: 25 frames a second in 14 packets each, which is 4 Mbit/s, and a key frame every 2 s.
const (
	packetsPerFrame = 14
	framesPerGOP    = 50
	packetPayload   = 1400
	sps             = "Z0LAH5WgFAFumoCAgKAAAAMAIAAABlH9QA==" // 1280×720
	pps             = "aM4JGyA="
)

// replay is a connection to a camera that answers at once and then sends frames as fast as they are read.
type replay struct {
	net.Conn        // nil: what is not overridden is not used
	reply    []byte // what is to be read of replies
	frame    []byte // a whole frame, framed for the interleaved channel 0
	starts   []int  // of the RTP packets in frame
	unread   []byte // the rest of frame
	frames   int    // sent so far
	limit    int    // frames until the end of the stream
	sequence uint16
	playing  bool
}

func newReplay(limit int) *replay {
	c := &replay{limit: limit}
	for i := range packetsPerFrame {
		payload := bytes.Repeat([]byte{0xa5}, packetPayload)
		payload[0], payload[1], payload[2] = 0x7c, 1, 0x88 // FU-A (RFC 6184 §5.8); first_mb_in_slice 0, an I or P slice
		if i == 0 {
			payload[1] |= 0x80
		}
		if i == packetsPerFrame-1 {
			payload[1] |= 0x40
		}
		c.frame = append(c.frame, '$', 0, 0, 0)
		binary.BigEndian.PutUint16(c.frame[len(c.frame)-2:], 12+packetPayload)
		c.starts = append(c.starts, len(c.frame))
		c.frame = append(c.frame, 0x80, 96, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78)
		c.frame = append(c.frame, payload...)
	}
	return c
}

// next makes the frame the next one: sequence numbers, time stamps, marker, and its kind.
func (c *replay) next() {
	nal := byte(1)
	if c.frames%framesPerGOP == 0 {
		nal = 5
	}
	for i, at := range c.starts {
		p := c.frame[at:]
		p[1] = 96
		if i == packetsPerFrame-1 {
			p[1] |= 0x80
		}
		binary.BigEndian.PutUint16(p[2:], c.sequence)
		binary.BigEndian.PutUint32(p[4:], uint32(c.frames)*3600)
		p[13] = p[13]&0xc0 | nal
		c.sequence++
	}
	c.frames++
	c.unread = c.frame
}

func (c *replay) Read(b []byte) (int, error) {
	if len(c.reply) > 0 {
		n := copy(b, c.reply)
		c.reply = c.reply[n:]
		return n, nil
	}
	if len(c.unread) == 0 {
		if c.frames == c.limit || !c.playing {
			return 0, io.EOF
		}
		c.next()
	}
	n := copy(b, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

// Write answers requests; RTCP is passed over.
func (c *replay) Write(b []byte) (int, error) {
	method, _, _ := strings.Cut(string(b), " ")
	_, rest, _ := strings.Cut(string(b), "CSeq: ")
	cseq, _, _ := strings.Cut(rest, "\r\n")
	head := "RTSP/1.0 200 OK\r\nCSeq: " + cseq + "\r\n"
	switch method {
	case "OPTIONS":
		c.reply = []byte(head + "Public: DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n\r\n")
	case "DESCRIBE":
		body := "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" +
			"a=fmtp:96 packetization-mode=1;sprop-parameter-sets=" + sps + "," + pps + "\r\na=control:track0\r\n"
		c.reply = fmt.Appendf(nil, "%sContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body)
	case "SETUP":
		c.reply = []byte(head + "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n")
	case "PLAY", "TEARDOWN":
		c.reply = []byte(head + "Session: 1\r\n\r\n")
		c.playing = method == "PLAY"
	}
	return len(b), nil
}

func (c *replay) Close() error                     { return nil }
func (c *replay) SetDeadline(time.Time) error      { return nil }
func (c *replay) SetReadDeadline(time.Time) error  { return nil }
func (c *replay) SetWriteDeadline(time.Time) error { return nil }
func (c *replay) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *replay) RemoteAddr() net.Addr             { return &net.TCPAddr{} }

// nowhere is a file that takes everything.
type nowhere struct{}

func (nowhere) Name() string                           { return "x.mp4" }
func (nowhere) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }
func (nowhere) Truncate(int64) error                   { return nil }
func (nowhere) Sync() error                            { return nil }
func (nowhere) Close() error                           { return nil }

// runPath records frames from memory to the null device: all that happens to a packet but the system calls of a socket.
func runPath(tb testing.TB, frames int, each func(frame int)) {
	tb.Helper()
	conn := newReplay(frames)
	dial := func(context.Context, string, string) (net.Conn, error) { return conn, nil }
	stream, err := camera.Open(context.Background(), "rtsp://192.0.2.2/", camera.Options{
		Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: dial}, MaxRate: math.MaxInt,
	})
	if err != nil {
		tb.Fatal(err)
	}
	r := newRecorder(Options{Output: "x.mp4", Stamps: stamp.MISB | stamp.Strawlab}, time.Now())
	r.begin(stream.Tracks(), nil, time.Now())
	r.create = func(string, time.Time, bool, bool) (spool.Handle, error) { return nowhere{}, nil }
	go r.disk.Run()
	n := 0
	for u, err := range stream.Units(context.Background()) {
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		if err := r.unit(u); err != nil {
			tb.Fatal(err)
		}
		for r.disk.Stats().Queued > mp4.DefaultPartBytes { // no camera is as fast as memory
			runtime.Gosched()
		}
		each(n)
		n++
	}
	if n != frames {
		tb.Fatalf("%d units of %d frames", n, frames)
	}
	r.finish(nil, 0)
	if err := r.closeDisk(); err != nil {
		tb.Fatal(err)
	}
}

// TestPathDoesNotAllocate counts what a packet costs in memory from the socket to the file. What grows with a file (its
// sample tables) grows in large steps: far less than one allocation per hundred packets.
func TestPathDoesNotAllocate(t *testing.T) {
	const warm, measured = 1000, 5000
	var before, after uint64
	runPath(t, warm+measured, func(frame int) {
		switch frame {
		case warm:
			before = mallocs()
		case warm + measured - 1:
			after = mallocs()
		}
	})
	if perPacket := float64(after-before) / (measured * packetsPerFrame); perPacket > 0.01 {
		t.Errorf("%.3f allocations per packet", perPacket)
	}
}

func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// BenchmarkPath measures the whole path of a frame of 14 packets (20 kB) from the socket's bytes to those of the file.
func BenchmarkPath(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(packetsPerFrame * packetPayload)
	runPath(b, b.N, func(int) {})
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*packetsPerFrame), "ns/packet")
}
