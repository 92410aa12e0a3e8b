package camera_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/rtsp"
)

const goodSDP = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"

// fake is a camera that a test writes by hand.
type fake struct {
	net.Conn
	sequence uint16
}

// rtp sends an RTP packet (RFC 3550 §5.1).
func (c *fake) rtp(time uint32, marker bool, payload ...byte) error {
	b := []byte{'$', 0, 0, byte(12 + len(payload)), 0x80, 96}
	if marker {
		b[5] |= 0x80
	}
	c.sequence++
	b = binary.BigEndian.AppendUint16(b, c.sequence)
	b = binary.BigEndian.AppendUint32(b, time)
	_, err := c.Write(append(append(b, 0, 0, 0, 7), payload...))
	return err
}

// report sends a sender report (RFC 3550 §6.4.1).
func (c *fake) report(time uint32) error {
	b := []byte{'$', 1, 0, 28, 0x80, 200, 0, 6, 0, 0, 0, 7, 0xed, 0, 0, 0, 0, 0, 0, 1}
	b = binary.BigEndian.AppendUint32(b, time)
	_, err := c.Write(append(b, 0, 0, 0, 0, 0, 0, 0, 0))
	return err
}

// serve answers requests as a camera with that description does, and runs play after PLAY.
func serve(conn net.Conn, description string, play func(*fake)) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		method, cseq := "", ""
		for line := ""; line != "\r\n"; {
			var err error
			if line, err = r.ReadString('\n'); err != nil {
				return
			}
			if method == "" {
				method, _, _ = strings.Cut(line, " ")
			}
			if value, ok := strings.CutPrefix(line, "CSeq: "); ok {
				cseq = strings.TrimSpace(value)
			}
		}
		head, body := "RTSP/1.0 200 OK\r\nCSeq: "+cseq+"\r\nSession: 1\r\n", ""
		switch method {
		case "DESCRIBE":
			body = description
		case "SETUP":
			head += "Transport: RTP/AVP/TCP;interleaved=0-1\r\n"
		}
		fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
		if method == "PLAY" {
			play(&fake{Conn: conn})
			return
		}
	}
}

// watch opens a camera and reads all its units. It returns their number, the most reports that one had, how long it took and
// the error at the end.
func watch(t *testing.T, ctx context.Context, description string, play func(*fake)) (units, reports int, took time.Duration, err error) {
	t.Helper()
	l := mempipe.Listen()
	served := make(chan struct{})
	go func() {
		defer close(served)
		if conn, err := l.Accept(); err == nil {
			serve(conn, description, play)
		}
	}()
	defer func() { <-served }()
	begin := time.Now()
	stream, err := camera.Open(ctx, url, camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: l.Dial}})
	if err != nil {
		return 0, 0, time.Since(begin), err
	}
	for u, e := range stream.Units(ctx) {
		if err = e; e == nil {
			units++
			reports = max(reports, len(u.Reports))
		}
	}
	took = time.Since(begin)
	stream.Close()
	return units, reports, took, err
}

// discard reads what the recorder sends.
func discard(c *fake) { go io.Copy(io.Discard, c) }

var aSlice = []byte{0x41, 0x9a, 0x24, 0xa5} // first_mb_in_slice 0

// TestHostileStreams has streams that could cost memory or time without end.
func TestHostileStreams(t *testing.T) {
	tests := []struct {
		name        string
		play        func(*fake)
		want        error // nil: that the camera has closed the connection, as a read or a write notices it
		units       int
		within      time.Duration
		mostReports int
	}{
		{"a picture without end, and a flood of reports", func(c *fake) {
			discard(c)
			c.rtp(0, false, 0x7c, 0x85, 0x88)
			for c.rtp(0, false, 0x7c, 0x05, 0xa5) == nil && c.report(0) == nil {
				time.Sleep(time.Millisecond)
			}
		}, camera.ErrNoPicture, 1, 11 * time.Second, 8},
		{"pictures as fast as can be", func(c *fake) {
			discard(c)
			for i := uint32(0); c.rtp(i, true, aSlice...) == nil; i++ {
				if i%100 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		}, camera.ErrFlood, 2000, time.Second, 0},
		{"a flood of reports between pictures", func(c *fake) {
			discard(c)
			for i := range uint32(50) {
				c.rtp(i*3600, true, aSlice...)
				for range 400 {
					c.report(i * 3600)
				}
				time.Sleep(40 * time.Millisecond)
			}
		}, nil, 50, 3 * time.Second, 8},
		{"pictures after a pause of the network, all at once", func(c *fake) {
			discard(c)
			c.rtp(0, true, aSlice...)
			time.Sleep(9 * time.Second)
			for i := range uint32(9 * 60) {
				c.rtp(i*1500, true, aSlice...)
			}
		}, nil, 9*60 + 1, 10 * time.Second, 0},
		{"a slow camera without markers", func(c *fake) {
			discard(c)
			for i := range uint32(10) {
				c.rtp(i*6*90000, false, aSlice...)
				time.Sleep(6 * time.Second)
			}
		}, nil, 10, time.Minute, 0},
		{"silence", func(c *fake) { io.Copy(io.Discard, c) }, camera.ErrSilent, 0, 10 * time.Second, 0},
		{"packets with half a header", func(c *fake) {
			discard(c)
			for {
				if _, err := c.Write([]byte{'$', 0, 0, 4, 0x80, 96, 0, 1}); err != nil {
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		}, camera.ErrSilent, 0, 10 * time.Second, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				units, reports, took, err := watch(t, t.Context(), goodSDP, tt.play)
				if unread := strings.Contains(fmt.Sprint(err), "packets that can't be read"); unread != strings.Contains(tt.name, "half a header") {
					t.Error(err)
				}
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) || units > tt.units || units < tt.units-1 || took > tt.within {
					t.Errorf("%d units, then %v, after %v", units, err, took)
				}
				if reports > tt.mostReports {
					t.Errorf("%d reports with one unit", reports)
				}
			})
		})
	}
}

// TestStuck ends the context while the camera reads nothing: our replies to a flood of requests fill the connection.
func TestStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, _, took, err := watch(t, ctx, goodSDP, func(c *fake) {
			request := fmt.Sprintf("OPTIONS * RTSP/1.0\r\nCSeq: %s\r\n\r\n", strings.Repeat("1", 4000))
			for {
				if _, err := io.WriteString(c, request); err != nil {
					return
				}
			}
		})
		if !errors.Is(err, context.DeadlineExceeded) || took > 3*time.Second+2*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// TestOffers looks at what an error says of a description that holds nothing to record.
func TestOffers(t *testing.T) {
	many := "v=0\r\n"
	for i := range 60 {
		many += fmt.Sprintf("m=audio 0 RTP/AVP 96\r\na=rtpmap:96 X%d/8000\r\n", i)
	}
	tests := []struct{ name, description, want string }{
		{"many kinds", many, "audio X15, and 52 more"},
		{"one kind often", "v=0\r\n" + strings.Repeat("m=audio 0 RTP/AVP 0\r\n", 50), "offers audio PCMU"},
		{"control characters", "v=0\r\nm=\x1b[31mvideo 0 RTP/AVP 26\r\n", `offers \x1b[31mvideo JPEG`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, _, _, err := watch(t, t.Context(), tt.description, func(*fake) {})
				if !errors.Is(err, camera.ErrNothingToRecord) || !strings.HasSuffix(err.Error(), tt.want) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}
