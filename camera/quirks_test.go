package camera_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/rtsp"
)

// oddCamera answers every request with 200 and then does what a test wants.
type oddCamera struct {
	media string                   // the m= lines of its description
	full  bool                     // it refuses PLAY
	reply rtsp.Header              // what it adds to the reply to PLAY
	play  func(c *rtsp.ServerConn) // runs after PLAY; the connection stays open after it
	wg    sync.WaitGroup
	began time.Time   // when it was opened
	setUp []string    // URLs
	left  bool        // TEARDOWN came
	rtcp  []time.Time // when RTCP came from the client
	bye   bool        // the last of it ended with BYE
}

// serve serves one connection until the test's context ends, and returns options that reach it.
func (o *oddCamera) serve(ctx context.Context) camera.Options {
	l := mempipe.Listen()
	o.wg.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		c := rtsp.NewServerConn(conn)
		context.AfterFunc(ctx, func() { c.Close() })
		o.answer(c)
	})
	context.AfterFunc(ctx, func() { l.Close() })
	return camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: l.Dial}}
}

func (o *oddCamera) answer(c *rtsp.ServerConn) {
	for p := (rtsp.Packet{}); ; {
		q, err := c.Read(&p)
		if err != nil {
			return
		}
		if q == nil {
			o.rtcp = append(o.rtcp, p.Arrival)
			o.bye = bytes.HasPrefix(p.Data[len(p.Data)-8:], []byte{0x81, 203})
			continue
		}
		r := rtsp.NewResponse(q, 200)
		switch q.Method {
		case rtsp.MethodDescribe:
			r.Body = []byte("v=0\r\ns=-\r\nt=0 0\r\na=control:*\r\n" + strings.ReplaceAll(o.media, "\n", "\r\n"))
		case rtsp.MethodSetup:
			o.setUp = append(o.setUp, q.URL)
			r.Header.Add("Session", "1")
			r.Header.Add("Transport", q.Header.Get("Transport"))
		case rtsp.MethodPlay:
			r.Header = append(r.Header, o.reply...)
			if o.full {
				r = rtsp.NewResponse(q, 453)
			}
		case rtsp.MethodTeardown:
			o.left = true
		}
		c.WriteResponse(r)
		if q.Method == rtsp.MethodPlay && !o.full {
			o.wg.Go(func() { o.play(c) })
		}
	}
}

// h264Media is the description of a usual H.264 stream without parameter sets.
const h264Media = "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:video\n"

var (
	sps = []byte("\x67\x4d\x00\x1f\x95\xa8\x14\x01\x6e\x40") // Foscam: 1280×720
	pps = []byte("\x68\xee\x3c\x80")
	idr = []byte("\x65\x88\x84\x11\x22\x33")
	p   = []byte("\x41\x9a\x24\x11\x22\x33")
)

// sender makes the packets of one source.
type sender struct {
	payloadType uint8
	ssrc        uint32
	seq         uint16
}

func (s *sender) packet(rtp uint32, marker bool, payload []byte) []byte {
	b := []byte{0x80, s.payloadType}
	if marker {
		b[1] |= 0x80
	}
	b = binary.BigEndian.AppendUint16(b, s.seq)
	b = binary.BigEndian.AppendUint32(b, rtp)
	b = binary.BigEndian.AppendUint32(b, s.ssrc)
	s.seq++
	return append(b, payload...)
}

// key returns the packets of a key frame with its parameter sets.
func (s *sender) key(rtp uint32) [][]byte {
	return [][]byte{s.packet(rtp, false, sps), s.packet(rtp, false, pps), s.packet(rtp, true, idr)}
}

func (s *sender) report(at time.Time, rtp uint32) []byte {
	b := []byte{0x80, 200, 0, 6}
	b = binary.BigEndian.AppendUint32(b, s.ssrc)
	b = binary.BigEndian.AppendUint64(b, uint64(ntp.FromTime(at)))
	b = binary.BigEndian.AppendUint32(b, rtp)
	return append(b, make([]byte, 8)...)
}

func (s *sender) bye() []byte {
	return binary.BigEndian.AppendUint32([]byte{0x81, 203, 0, 1}, s.ssrc)
}

// frames sends a frame each 40 ms: a key frame, then others.
func frames(c *rtsp.ServerConn, s *sender, channel uint8, n int) {
	for i := range n {
		var packets [][]byte
		if i == 0 {
			packets = s.key(0)
		} else {
			packets = append(packets, s.packet(uint32(i)*3600, true, p))
		}
		for _, b := range packets {
			c.WriteInterleaved(channel, b)
		}
		time.Sleep(40 * time.Millisecond)
	}
}

// outcome is what came from an odd camera. Units are "run:PTS source", with a K behind the PTS of key frames.
type outcome struct {
	units []string
	err   error
	after time.Duration // from Open to the end
}

func (o *oddCamera) run(t *testing.T) (got outcome) {
	t.Helper()
	o.session(t, func(units iter.Seq2[*media.Unit, error]) {
		got = outcomeOf(t, units)
		got.after = time.Since(o.began)
	})
	return got
}

// session opens an odd camera, in virtual time, and closes it when do has done with its units.
func (o *oddCamera) session(t *testing.T, do func(iter.Seq2[*media.Unit, error])) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		today()
		o.began = time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		stream, err := camera.Open(ctx, url, o.serve(ctx))
		if err != nil {
			t.Error(err)
		} else {
			do(stream.Units(ctx))
			stream.Close()
		}
		cancel()
		o.wg.Wait()
	})
}

// A camera that refuses PLAY is left with TEARDOWN: the session that SETUP made would take its only place for a minute.
func TestPlayRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		o := &oddCamera{media: h264Media, full: true}
		_, err := camera.Open(ctx, url, o.serve(ctx))
		if e, ok := errors.AsType[*rtsp.Error](err); !ok || e.Status != 453 {
			t.Errorf("error %v, want 453", err)
		}
		cancel()
		o.wg.Wait()
		if !o.left {
			t.Error("left without TEARDOWN")
		}
	})
}

func outcomeOf(t *testing.T, units iter.Seq2[*media.Unit, error]) (got outcome) {
	for u, err := range units {
		if err != nil {
			got.err = err
			break
		}
		if u.Config == nil {
			t.Errorf("unit %d has no configuration", u.PTS)
		}
		key := ""
		if u.Key {
			key = "K"
		}
		got.units = append(got.units, fmt.Sprintf("%d:%d%s %v", u.Run, u.PTS, key, u.Wall.Source))
	}
	return got
}

func TestQuirks(t *testing.T) {
	three := []string{"0:0K arrival", "0:3600 arrival", "0:7200 arrival"}
	s := func() *sender { return &sender{payloadType: 96, ssrc: 7} }
	for _, tt := range []struct {
		name  string
		media string
		play  func(c *rtsp.ServerConn)
		units []string
		err   error
	}{
		{"no sender reports, no sprop-parameter-sets", h264Media, func(c *rtsp.ServerConn) {
			frames(c, s(), 0, 3)
		}, three, camera.ErrSilent},
		{"TP-Link: a media of its own before the video, which is said to be sendonly",
			"m=application/TP-LINK 0 RTP/AVP smart/1/90000\na=control:own\nm=audio 0 RTP/AVP 8\na=control:audio\n" +
				strings.Replace(h264Media, "a=control", "a=sendonly\na=control", 1),
			func(c *rtsp.ServerConn) { frames(c, s(), 0, 3) }, three, camera.ErrSilent},
		{"FLIR: H.264 is the second of two payload types, packets of both come",
			"m=video 0 RTP/AVP 96 97\na=rtpmap:96 MP4V-ES/90000\na=rtpmap:97 H264/90000\na=control:video\n",
			func(c *rtsp.ServerConn) {
				other := &sender{payloadType: 96, ssrc: 9}
				c.WriteInterleaved(0, other.packet(1, true, idr))
				c.WriteInterleaved(0, other.packet(2, true, idr))
				frames(c, &sender{payloadType: 97, ssrc: 7}, 0, 3)
			}, three, camera.ErrSilent},
		{"RTP on the channel of RTCP and the other way round", h264Media, func(c *rtsp.ServerConn) {
			c.WriteInterleaved(0, s().report(time.Now(), 0))
			frames(c, s(), 1, 3)
		}, []string{"0:0K sr", "0:3600 sr", "0:7200 sr"}, camera.ErrSilent},
		{"junk on the RTCP channel", h264Media, func(c *rtsp.ServerConn) {
			c.WriteInterleaved(1, []byte("no report"))
			frames(c, s(), 0, 3)
		}, three, camera.ErrSilent},
		{"the SSRC changes, within a frame", h264Media, func(c *rtsp.ServerConn) {
			from := s()
			frames(c, from, 0, 2)
			c.WriteInterleaved(0, from.packet(7200, false, p))
			next := &sender{payloadType: 96, ssrc: 8, seq: 999}
			for _, b := range append(next.key(50), next.packet(3650, true, p)) {
				c.WriteInterleaved(0, b)
			}
		}, []string{"0:0K arrival", "0:3600 arrival", "0:7200 arrival", "1:50K arrival", "1:3650 arrival"}, camera.ErrSilent},
		{"the first report comes late", h264Media, func(c *rtsp.ServerConn) {
			from, begin := s(), time.Now()
			frames(c, from, 0, 2)
			c.WriteInterleaved(1, from.report(begin, 0))
			c.WriteInterleaved(0, from.packet(7200, true, p))
		}, []string{"0:0K arrival", "0:3600 arrival", "0:7200 sr"}, camera.ErrSilent},
		{"a report of garbage before the first packet", h264Media, func(c *rtsp.ServerConn) {
			c.WriteInterleaved(1, s().report(time.Now(), 1<<30))
			frames(c, s(), 0, 3)
		}, three, camera.ErrSilent},
		{"Tapo C320WS: reports of an SSRC that sends nothing", h264Media, func(c *rtsp.ServerConn) {
			c.WriteInterleaved(1, (&sender{ssrc: 99}).report(time.Now(), 0))
			frames(c, s(), 0, 3)
			c.WriteInterleaved(1, (&sender{ssrc: 99}).report(time.Now(), 0))
		}, three, camera.ErrSilent},
		{"Doorbird: BYE, and then nothing on an open connection", h264Media, func(c *rtsp.ServerConn) {
			from := s()
			frames(c, from, 0, 3)
			c.WriteInterleaved(1, from.bye())
		}, three, camera.ErrEnded},
		{"BYE, and the connection closes", h264Media, func(c *rtsp.ServerConn) {
			from := s()
			frames(c, from, 0, 3)
			c.WriteInterleaved(1, from.bye())
			c.Close()
		}, three, camera.ErrEnded},
		{"the connection closes", h264Media, func(c *rtsp.ServerConn) {
			frames(c, s(), 0, 3)
			c.Close()
		}, three, io.EOF},
		{"a second view of the camera, which has its own URL too", h264Media + strings.Replace(h264Media, "control:video", "control:other", 1),
			func(c *rtsp.ServerConn) { frames(c, s(), 0, 3) }, three, camera.ErrSilent},
		{"the connection closes within a frame", h264Media, func(c *rtsp.ServerConn) {
			from := s()
			frames(c, from, 0, 2)
			c.WriteInterleaved(0, from.packet(7200, false, p))
			c.Close()
		}, three, io.EOF},
		{"frozen: only reports come", h264Media, func(c *rtsp.ServerConn) {
			from := s()
			frames(c, from, 0, 3)
			for range 20 {
				c.WriteInterleaved(1, from.report(time.Now(), 10800))
				time.Sleep(time.Second)
			}
		}, three, camera.ErrSilent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := &oddCamera{media: tt.media, play: tt.play}
			got := o.run(t)
			if !slices.Equal(got.units, tt.units) {
				t.Errorf("units %q, want %q", got.units, tt.units)
			}
			if !errors.Is(got.err, tt.err) {
				t.Errorf("ended with %v, want %v", got.err, tt.err)
			}
			if len(o.setUp) != 1 || !strings.HasSuffix(o.setUp[0], "/video") {
				t.Errorf("set up %q", o.setUp)
			}
			if !o.left && errors.Is(got.err, camera.ErrSilent) {
				t.Error("left without TEARDOWN") // old live555 would go on sending, into whatever connection comes next
			}
			if !o.bye && errors.Is(got.err, camera.ErrSilent) {
				t.Error("left without RTCP BYE")
			}
			if got.after > 12*time.Second {
				t.Errorf("ended after %v", got.after)
			}
			if tt.err == camera.ErrEnded && got.after > time.Second {
				t.Errorf("a BYE was understood after %v", got.after)
			}
		})
	}
}

// Some cameras take nothing but receiver reports for a sign of life, so they are sent also to one that sends no reports,
// and no media yet.
func TestReceiverReportsWithoutSenderReports(t *testing.T) {
	for _, silence := range []time.Duration{0, 9 * time.Second} {
		o := &oddCamera{media: h264Media, play: func(c *rtsp.ServerConn) {
			time.Sleep(silence)
			frames(c, &sender{payloadType: 96, ssrc: 7}, 0, 25*60)
		}}
		o.run(t)
		if n := len(o.rtcp); n < 9 || n > 30 {
			t.Fatalf("%d receiver reports in 70 s", n)
		}
		for i, at := range o.rtcp {
			before := o.began
			if i > 0 {
				before = o.rtcp[i-1]
			}
			if gap := at.Sub(before); gap > 7*time.Second {
				t.Errorf("no report for %v", gap)
			}
		}
	}
}

// TestReportsOfUnits: each sender report comes with the unit after it, and knows how many units were before it.
func TestReportsOfUnits(t *testing.T) {
	o := &oddCamera{media: h264Media, play: func(c *rtsp.ServerConn) {
		from := &sender{payloadType: 96, ssrc: 7}
		frames(c, from, 0, 2)
		c.WriteInterleaved(1, from.report(time.Now(), 7200))
		c.WriteInterleaved(1, from.report(time.Now(), 7200))
		for i := range uint32(2) {
			c.WriteInterleaved(0, from.packet(7200+3600*i, true, p))
		}
		c.WriteInterleaved(1, from.report(time.Now(), 14400))
		c.WriteInterleaved(0, from.packet(14400, true, p))
	}}
	var got []string
	o.session(t, func(units iter.Seq2[*media.Unit, error]) {
		for u, err := range units {
			if err != nil {
				return
			}
			for _, r := range u.Reports {
				got = append(got, fmt.Sprintf("unit %d: %d after %d", u.PTS/3600, r.RTP, r.Before))
			}
		}
	})
	if want := []string{"unit 2: 7200 after 2", "unit 2: 7200 after 2", "unit 4: 14400 after 4"}; !slices.Equal(got, want) {
		t.Errorf("reports %q, want %q", got, want)
	}
}
