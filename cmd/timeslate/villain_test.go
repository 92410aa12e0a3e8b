package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	endian "encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/rtsp"
)

// footage is real video, for cameras that are good before they turn bad.
type footage struct {
	description string // SDP
	units       [][][]byte
}

// film records a second of a simulated camera, in no time.
func film(t *testing.T) (f footage) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		server, err := camsim.NewServer(camsim.Options{Seed: 1, Cameras: make([]camsim.Camera, 1)})
		if err != nil {
			t.Fatal(err)
		}
		l := mempipe.Listen()
		go server.Serve(ctx, l)
		stream, err := camera.Open(ctx, "rtsp://192.0.2.2/cam0", camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: l.Dial}})
		if err != nil {
			t.Fatal(err)
		}
		var config media.Config
		for u, err := range stream.Units(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			config = u.Config
			if f.units = append(f.units, u.Clone().Data); len(f.units) == framesBefore {
				break
			}
		}
		stream.Close()
		f.description = describe(config.(*h264.Config))
		cancel()
		synctest.Wait()
	})
	return f
}

// framesBefore is how many good pictures come before the bad things.
const framesBefore = 25

func describe(c *h264.Config) string {
	return "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" +
		"a=fmtp:96 packetization-mode=1;sprop-parameter-sets=" + base64.StdEncoding.EncodeToString(c.SPS[0]) + "," +
		base64.StdEncoding.EncodeToString(c.PPS[0]) + "\r\na=control:track0\r\n"
}

// villain is a camera whose every byte a test decides on. Writes fail when the recorder has gone.
type villain struct {
	net.Conn
	footage
	requests *bufio.Reader
	sequence uint16
	out      []byte
}

// question is a request of the recorder.
type question struct{ method, url, cseq, head string }

// next reads the next request; RTCP is passed over.
func (v *villain) next() (q question, ok bool) {
	for {
		first, err := v.requests.Peek(4)
		if err != nil {
			return q, false
		}
		if first[0] != '$' {
			break
		}
		v.requests.Discard(4 + int(endian.BigEndian.Uint16(first[2:])))
	}
	for !strings.HasSuffix(q.head, "\r\n\r\n") {
		line, err := v.requests.ReadString('\n')
		if err != nil {
			return q, false
		}
		q.head += line
	}
	fields := strings.Fields(q.head)
	q.method, q.url = fields[0], fields[1]
	_, rest, _ := strings.Cut(q.head, "CSeq: ")
	q.cseq, _, _ = strings.Cut(rest, "\r\n")
	return q, true
}

// reply answers q with a status, header lines and a body.
func (v *villain) reply(q question, status, header, body string) {
	if body != "" {
		header += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	fmt.Fprintf(v, "RTSP/1.0 %s\r\nCSeq: %s\r\n%s\r\n%s", status, q.cseq, header, body)
}

// behave answers q as a good camera does.
func (v *villain) behave(q question) {
	switch q.method {
	case "OPTIONS":
		v.reply(q, "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n", "")
	case "DESCRIBE":
		v.reply(q, "200 OK", "Content-Type: application/sdp\r\n", v.description)
	case "SETUP":
		v.reply(q, "200 OK", "Session: 1;timeout=1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", "")
	default:
		v.reply(q, "200 OK", "Session: 1\r\n", "")
	}
}

// behaveUntil does so until a request of that method comes, which it returns.
func (v *villain) behaveUntil(method string) (question, bool) {
	for {
		q, ok := v.next()
		if !ok || q.method == method {
			return q, ok
		}
		v.behave(q)
	}
}

// play behaves until PLAY is answered, and sends the good pictures.
func (v *villain) play() bool {
	q, ok := v.behaveUntil("PLAY")
	if !ok {
		return false
	}
	v.behave(q)
	packetizer := h264.Packetizer{MaxPayload: 1400}
	for i, unit := range v.units {
		for payload, marker := range packetizer.Packets(unit) {
			v.rtp(uint32(i)*3600, 7, marker, payload...)
		}
	}
	return v.send()
}

// goOn sends what f makes until the recorder has gone, and answers nothing. It pauses now and then: a flood takes all of a
// network, not all of the machine.
func (v *villain) goOn(pause time.Duration, f func(i int)) {
	go io.Copy(io.Discard, v.requests)
	for i := 0; ; i++ {
		f(i)
		if len(v.out) < 16<<10 && pause < 10*time.Millisecond {
			continue
		}
		if !v.send() {
			return
		}
		time.Sleep(pause)
	}
}

// after makes a script of what comes after the good pictures.
func after(pause time.Duration, f func(v *villain, i int)) func(*villain) {
	return func(v *villain) {
		if v.play() {
			v.goOn(pause, func(i int) { f(v, i) })
		}
	}
}

// on makes a script of what comes in place of the reply to a request, after which nothing comes.
func on(method string, f func(v *villain, q question)) func(*villain) {
	return func(v *villain) {
		if q, ok := v.behaveUntil(method); ok {
			f(v, q)
			v.listen()
		}
	}
}

// listen reads until the recorder has gone.
func (v *villain) listen() { io.Copy(io.Discard, v.requests) }

// pour writes the same bytes until the recorder has gone.
func (v *villain) pour(s string) { v.goOn(time.Millisecond, func(int) { v.out = append(v.out, s...) }) }

func (v *villain) send() bool {
	_, err := v.Write(v.out)
	v.out = v.out[:0]
	return err == nil
}

// frame adds an interleaved frame.
func (v *villain) frame(channel byte, packet ...byte) {
	v.out = append(v.out, '$', channel, byte(len(packet)>>8), byte(len(packet)))
	v.out = append(v.out, packet...)
}

// rtp adds an RTP packet (RFC 3550 §5.1).
func (v *villain) rtp(time, ssrc uint32, marker bool, payload ...byte) {
	b := []byte{0x80, 96}
	if marker {
		b[1] |= 0x80
	}
	b = endian.BigEndian.AppendUint16(b, v.sequence)
	b = endian.BigEndian.AppendUint32(b, time)
	b = endian.BigEndian.AppendUint32(b, ssrc)
	v.sequence++
	v.frame(0, append(b, payload...)...)
}

// report adds a sender report (RFC 3550 §6.4.1).
func (v *villain) report(rtp uint32) {
	b := []byte{0x80, 200, 0, 6, 0, 0, 0, 7}
	b = endian.BigEndian.AppendUint64(b, uint64(time.Now().Unix()+2208988800)<<32)
	b = endian.BigEndian.AppendUint32(b, rtp)
	v.frame(1, append(b, make([]byte, 8)...)...)
}

// slice is the beginning of a picture, and of nothing that could be decoded.
var slice = []byte{0x41, 0x9a, 0x24, 0xa5}

// fragment is an FU-A (RFC 6184 §5.8) of a picture.
func fragment(first bool) []byte {
	b := bytes.Repeat([]byte{0xa5}, 1400)
	if b[0], b[1], b[2] = 0x7c, 1, 0x88; first {
		b[1] |= 0x80
	}
	return b
}
