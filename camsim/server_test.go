package camsim

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/sdp"
)

// inServer runs test in virtual time beside a server, which must end without an error and without a goroutine left.
func inServer(t *testing.T, o Options, test func(t *testing.T, dial func() *client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.Seed = 1
		s, err := NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		l := mempipe.Listen()
		served := make(chan error)
		go func() { served <- s.Serve(ctx, l) }()
		defer func() {
			cancel()
			if err := <-served; err != nil {
				t.Errorf("Serve: %v", err)
			}
		}()
		test(t, func() *client {
			c, err := l.Dial(ctx, "tcp", "camera")
			if err != nil {
				t.Fatal(err)
			}
			return &client{t: t, conn: c, r: bufio.NewReaderSize(c, 1<<17)}
		})
	})
}

// client is an RTSP client as simple as can be, so that the server isn't judged by this repository's own.
type client struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	cseq int
	rtp  []rtp.Packet
	rtcp []rtcp.Packet
}

type reply struct {
	status int
	header textproto.MIMEHeader
	body   []byte
}

// do sends a request with header lines "Name: value" and returns the reply. Packets that come before it are kept.
func (c *client) do(method, url string, header ...string) reply {
	c.t.Helper()
	c.cseq++
	fields := strings.Join(append(header, ""), "\r\n")
	fmt.Fprintf(c.conn, "%s %s RTSP/1.0\r\nCSeq: %d\r\n%s\r\n", method, url, c.cseq, fields)
	for c.packet() {
	}
	r := textproto.NewReader(c.r)
	line, err := r.ReadLine()
	if err != nil {
		c.t.Fatal(err)
	}
	var answer reply
	if _, err := fmt.Sscanf(line, "RTSP/1.0 %d", &answer.status); err != nil {
		c.t.Fatalf("%q: %v", line, err)
	}
	if answer.header, err = r.ReadMIMEHeader(); err != nil {
		c.t.Fatal(err)
	}
	if got := answer.header.Get("CSeq"); got != strconv.Itoa(c.cseq) {
		c.t.Errorf("reply has CSeq %s, the request %d", got, c.cseq)
	}
	size, _ := strconv.Atoi(answer.header.Get("Content-Length"))
	answer.body = make([]byte, size)
	if _, err := io.ReadFull(c.r, answer.body); err != nil {
		c.t.Fatal(err)
	}
	return answer
}

// packet reads a packet, if that is what comes next, and whole.
func (c *client) packet() bool {
	head, err := c.r.Peek(4)
	if err != nil || head[0] != '$' {
		return false
	}
	b, err := c.r.Peek(4 + int(binary.BigEndian.Uint16(head[2:])))
	if err != nil {
		return false
	}
	b = bytes.Clone(b)
	c.r.Discard(len(b))
	if b[1]%2 == 0 {
		var p rtp.Packet
		if err := p.Unmarshal(b[4:]); err != nil {
			c.t.Fatal(err)
		}
		c.rtp = append(c.rtp, p)
		return true
	}
	packets, err := rtcp.Unmarshal(b[4:])
	if err != nil {
		c.t.Fatal(err)
	}
	c.rtcp = append(c.rtcp, packets...)
	return true
}

// watch reads packets for a time.
func (c *client) watch(d time.Duration) {
	c.conn.SetReadDeadline(time.Now().Add(d))
	for c.packet() {
	}
	c.conn.SetReadDeadline(time.Time{})
}

func (c *client) want(status int, r reply) reply {
	c.t.Helper()
	if r.status != status {
		c.t.Fatalf("status %d, want %d", r.status, status)
	}
	return r
}

// startsKey says whether p is the first packet of a key frame: both parameter sets in one (RFC 6184 §5.7.1).
func startsKey(p rtp.Packet) bool { return p.Payload[0]&0x1f == 24 && p.Payload[3]&0x1f == 7 }

const (
	cam0      = "rtsp://camera/cam0"
	tcp       = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
	noSession = "Session: 0000"
)

// play sets up and plays a camera's video, or the given tracks, and returns the reply to PLAY and the session's header
// line.
func (c *client) play(url string, tracks ...string) (played reply, session string) {
	c.t.Helper()
	if len(tracks) == 0 {
		tracks = []string{"trackID=0"}
	}
	for i, track := range tracks {
		transport := fmt.Sprintf("Transport: RTP/AVP/TCP;unicast;interleaved=%d-%d", 2*i, 2*i+1)
		setup := c.want(200, c.do("SETUP", url+"/"+track, transport))
		id, _, _ := strings.Cut(setup.header.Get("Session"), ";")
		session = "Session: " + id
	}
	return c.want(200, c.do("PLAY", url, session, "Range: npt=0.000-")), session
}

func TestDescribe(t *testing.T) {
	inServer(t, Options{Cameras: []Camera{{}, {Name: "garage", Rate: Rate{30000, 1001}, Width: 1920, Height: 1080}}},
		func(t *testing.T, dial func() *client) {
			c := dial()
			r := c.want(200, c.do("DESCRIBE", "rtsp://camera/cam1", "Accept: application/sdp"))
			if got := r.header.Get("Content-Base"); got != "rtsp://camera/cam1/" {
				t.Errorf("Content-Base %q", got)
			}
			description, warnings, err := sdp.Parse(r.body)
			if err != nil || len(warnings) > 0 || len(description.Media) != 1 {
				t.Fatalf("%s\n%v %v", r.body, warnings, err)
			}
			m := description.Media[0]
			f := &m.Formats[0]
			if description.Name != "garage" || m.Kind != "video" || m.Control != "trackID=0" || f.RTPMap() != "H264/90000" ||
				!strings.HasPrefix(f.Params, "packetization-mode=1;profile-level-id=42C028;sprop-parameter-sets=") {
				t.Errorf("%s", r.body)
			}
		})
}

func TestPlay(t *testing.T) {
	var truth bytes.Buffer
	camera := Camera{Phase: 10 * time.Millisecond, Clock: Clock{Offset: time.Hour}}
	inServer(t, Options{Cameras: []Camera{camera}, Truth: &truth}, func(t *testing.T, dial func() *client) {
		start := time.Now()
		time.Sleep(100 * time.Millisecond) // in the middle between frames 2 and 3
		c := dial()
		played, session := c.play(cam0)
		var seq, rtptime uint32
		info := played.header.Get("RTP-Info")
		if _, err := fmt.Sscanf(info, "url=rtsp://camera/cam0/trackID=0;seq=%d;rtptime=%d", &seq, &rtptime); err != nil {
			t.Fatalf("RTP-Info %q: %v", info, err)
		}
		c.watch(10 * time.Second)
		if first := c.rtp[0]; first.Timestamp != rtptime || uint32(first.SequenceNumber) != seq || !startsKey(first) {
			t.Errorf("RTP-Info is %q, the first packet %v", info, first)
		}
		synctest.Wait()
		checkTruth(t, truth.String(), c.rtp, start)
		checkReports(t, c, start, rtptime)
		c.want(200, c.do("TEARDOWN", cam0, session))
		time.Sleep(time.Second) // until all is flushed, though nobody watches
		synctest.Wait()
		if lines := strings.Count(truth.String(), "\n"); lines != 1+250 {
			t.Errorf("%d lines of truth, want 251", lines)
		}
	})
}

// TestPlayBothTracks: each has its own source, clock and reports, and tells in RTP-Info how it begins.
func TestPlayBothTracks(t *testing.T) {
	camera := Camera{Audio: Audio{SampleRate: 16000, Channels: 2}, Bitrate: 1_000_000}
	inServer(t, Options{Cameras: []Camera{camera, {}}}, func(t *testing.T, dial func() *client) {
		c := dial()
		c.want(404, c.do("SETUP", "rtsp://camera/cam1/trackID=1", tcp))
		r := c.want(200, c.do("DESCRIBE", cam0))
		const audio = "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000/2\r\n" +
			"a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;config=1410;sizelength=13;indexlength=3;indexdeltalength=3\r\n"
		if !strings.Contains(string(r.body), audio) {
			t.Errorf("%s", r.body)
		}
		time.Sleep(10 * time.Second)
		played, _ := c.play(cam0, "trackID=1", "trackID=0")
		var seq, rtptime [2]uint32
		info := played.header.Get("RTP-Info")
		if _, err := fmt.Sscanf(strings.ReplaceAll(info, "url=rtsp://camera/cam0/trackID=", ""),
			"0;seq=%d;rtptime=%d,1;seq=%d;rtptime=%d", &seq[0], &rtptime[0], &seq[1], &rtptime[1]); err != nil {
			t.Fatalf("RTP-Info %q: %v", info, err)
		}
		c.watch(10 * time.Second)
		reports, last := map[uint32]int{}, [2]rtp.Packet{}
		for _, p := range c.rtcp {
			if report, ok := p.(*rtcp.SenderReport); ok {
				reports[report.SSRC]++
			}
		}
		counts := [2]int{}
		for _, p := range c.rtp {
			track := int(p.PayloadType - 96)
			if counts[track] == 0 && (p.Timestamp != rtptime[track] || p.SequenceNumber != uint16(seq[track])) {
				t.Errorf("track %d begins with %v, RTP-Info is %q", track, p, info)
			}
			if counts[track] > 0 && p.SequenceNumber != last[track].SequenceNumber+1 {
				t.Errorf("track %d: %v after %v", track, p, last[track])
			}
			counts[track]++
			last[track] = p
		}
		if counts[1] != 156 || last[1].Timestamp-rtptime[1] != 155*unitSamples || reports[last[0].SSRC] != 2 || reports[last[1].SSRC] != 2 {
			t.Errorf("%d packets of sound, up to %v; reports %v", counts[1], last[1], reports)
		}
	})
}

// checkTruth compares what was written by now, all but the last second, with the packets.
func checkTruth(t *testing.T, csv string, packets []rtp.Packet, start time.Time) {
	t.Helper()
	stamps := []uint32{}
	for _, p := range packets {
		if p.Marker {
			stamps = append(stamps, p.Timestamp)
		}
	}
	lines := strings.Split(strings.TrimSuffix(csv, "\n"), "\n")
	if lines[0]+"\n" != truthHeader || len(lines) < 1+225 || len(stamps) != 250 {
		t.Fatalf("%d lines of truth, the first is %q; %d frames", len(lines), lines[0], len(stamps))
	}
	for i, line := range lines[1:] {
		number := int64(i + 3)
		captured := start.Add(10*time.Millisecond + time.Duration(number)*40*time.Millisecond)
		if want := fmt.Sprintf("cam0,%d,%d,%d", number, stamps[i], captured.UnixNano()); line != want {
			t.Fatalf("truth %q, want %q", line, want)
		}
	}
}

// checkReports computes the true time of frame 3 from each report.
func checkReports(t *testing.T, c *client, start time.Time, rtptime uint32) {
	t.Helper()
	reports := 0
	for _, p := range c.rtcp {
		report, ok := p.(*rtcp.SenderReport)
		if !ok {
			continue
		}
		reports++
		behind := time.Duration(report.RTPTime-rtptime) * time.Second / videoClockRate
		got := ntp.Time(report.NTPTime).Near(start).Add(-behind)
		if off := got.Sub(start.Add(time.Hour + 130*time.Millisecond)); off.Abs() > 12*time.Microsecond {
			t.Errorf("by report %d frame 3 is %v off", reports, off)
		}
		if report.SSRC != c.rtp[0].SSRC {
			t.Errorf("report of %08x, packets of %08x", report.SSRC, c.rtp[0].SSRC)
		}
	}
	if reports != 2 {
		t.Errorf("%d reports in 10 s, want 2", reports)
	}
}

// TestStates tries each method in each state (RFC 2326 §A.2).
func TestStates(t *testing.T) {
	methods := []string{
		"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "PAUSE", "GET_PARAMETER", "SET_PARAMETER", "TEARDOWN", "ANNOUNCE",
	}
	statuses := map[state][]int{
		initial: {200, 200, 200, 455, 455, 200, 200, 455, 501},
		ready:   {200, 200, 200, 200, 200, 200, 200, 200, 501},
		playing: {200, 200, 455, 200, 200, 200, 200, 200, 501},
	}
	inServer(t, Options{Cameras: []Camera{{}}}, func(t *testing.T, dial func() *client) {
		for s, byMethod := range statuses {
			for i, method := range methods {
				c := dial()
				if s >= ready {
					c.want(200, c.do("SETUP", cam0+"/trackID=0", tcp))
				}
				if s == playing {
					c.want(200, c.do("PLAY", cam0))
				}
				url := cam0
				if method == "SETUP" {
					url += "/trackID=0"
				}
				if r := c.do(method, url, tcp); r.status != byMethod[i] {
					t.Errorf("%s in state %d: status %d, want %d", method, s, r.status, byMethod[i])
				}
				c.conn.Close()
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	inServer(t, Options{Cameras: []Camera{{}}}, func(t *testing.T, dial func() *client) {
		c := dial()
		c.want(404, c.do("DESCRIBE", "rtsp://camera/cam1"))
		c.want(404, c.do("DESCRIBE", "rtsp://camera/"))
		c.want(404, c.do("SETUP", cam0, tcp))
		c.want(404, c.do("SETUP", cam0+"/trackID=1", tcp))
		c.want(461, c.do("SETUP", cam0+"/trackID=0", "Transport: RTP/AVP;multicast;client_port=5000-5001"))
		c.want(461, c.do("SETUP", cam0+"/trackID=0", "Transport: RTP/AVP;unicast"))
		c.want(461, c.do("SETUP", cam0+"/trackID=0"))
		c.want(454, c.do("PLAY", cam0, noSession))
		c.want(454, c.do("GET_PARAMETER", cam0, noSession))
		r := c.want(200, c.do("SETUP", cam0+"/trackID=0",
			"Transport: RTP/AVP;multicast;port=5000-5001, RTP/AVP/TCP;interleaved=6-7"))
		if got := r.header.Get("Transport"); !strings.HasPrefix(got, "RTP/AVP/TCP;unicast;interleaved=6-7;") {
			t.Errorf("Transport %q", got)
		}
	})
}

func TestAuthentication(t *testing.T) {
	inServer(t, Options{Cameras: []Camera{{}}, Username: "ann", Password: "secret", Schemes: rtsp.Basic | rtsp.Digest},
		func(t *testing.T, dial func() *client) {
			c := dial()
			c.want(200, c.do("OPTIONS", cam0))
			r := c.want(401, c.do("DESCRIBE", cam0))
			if got := r.header.Values("Www-Authenticate"); len(got) != 2 {
				t.Errorf("challenges %q", got)
			}
			c.want(401, c.do("DESCRIBE", cam0, "Authorization: Basic YW5uOndyb25n"))
			c.want(200, c.do("DESCRIBE", cam0, "Authorization: Basic YW5uOnNlY3JldA=="))
			c.want(401, c.do("SETUP", cam0+"/trackID=0", tcp))
		})
}

// TestPauseAndPlay: sequence numbers go on, and what comes after a pause begins with a key frame.
func TestPauseAndPlay(t *testing.T) {
	inServer(t, Options{Cameras: []Camera{{}}}, func(t *testing.T, dial func() *client) {
		c := dial()
		_, session := c.play(cam0)
		c.watch(time.Second)
		c.want(200, c.do("PAUSE", cam0, session))
		last := c.rtp[len(c.rtp)-1]
		c.rtp = nil
		c.watch(time.Second)
		if len(c.rtp) > 0 {
			t.Errorf("%d packets while paused", len(c.rtp))
		}
		c.want(200, c.do("PLAY", cam0, session))
		c.watch(100 * time.Millisecond)
		first := c.rtp[0]
		if first.SequenceNumber != last.SequenceNumber+1 || first.SSRC != last.SSRC || !startsKey(first) {
			t.Errorf("after the pause came %v, before it %v", first, last)
		}
	})
}

// TestManyClients: each has its own stream of the same pictures, from a key frame on.
func TestManyClients(t *testing.T) {
	inServer(t, Options{Cameras: []Camera{{}, {}}}, func(t *testing.T, dial func() *client) {
		var clients []*client
		for i := range 6 {
			c := dial()
			c.play(fmt.Sprintf("rtsp://camera/cam%d", i%2))
			clients = append(clients, c)
			time.Sleep(333 * time.Millisecond)
		}
		ssrcs := map[uint32]bool{}
		for _, c := range clients {
			c.watch(time.Millisecond) // what came by now
			ssrcs[c.rtp[0].SSRC] = true
			if !startsKey(c.rtp[0]) {
				t.Error("a stream doesn't begin with a key frame")
			}
			for i, p := range c.rtp[1:] {
				if p.SequenceNumber != c.rtp[i].SequenceNumber+1 || p.Timestamp-c.rtp[i].Timestamp > 3601 {
					t.Fatalf("packet %v after %v", p, c.rtp[i])
				}
			}
		}
		if len(ssrcs) != len(clients) {
			t.Errorf("%d clients have %d SSRCs", len(clients), len(ssrcs))
		}
	})
}

// TestSlowClientIsDropped: one that doesn't read is disconnected and disturbs nobody.
func TestSlowClientIsDropped(t *testing.T) {
	inServer(t, Options{Cameras: []Camera{{Bitrate: 4_000_000}}}, func(t *testing.T, dial func() *client) {
		slow, quick := dial(), dial()
		slow.play(cam0)
		quick.play(cam0)
		for range 600 {
			quick.watch(100 * time.Millisecond)
		}
		frames := 0
		for _, p := range quick.rtp {
			if p.Marker {
				frames++
			}
		}
		if frames != 1500 {
			t.Errorf("the quick client got %d frames in a minute, want 1500", frames)
		}
		if n, err := io.Copy(io.Discard, slow.conn); err != nil || n > 2*mempipe.Window {
			t.Errorf("the slow client got %d bytes, then %v", n, err)
		}
	})
}

// TestLateCamera: what a camera owes after it could not run for a while comes at once, and no client has to go for it.
func TestLateCamera(t *testing.T) {
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s, err := newStation(Camera{Audio: Audio{SampleRate: 48000}}, 0, start, 1, newTruth(nil))
	if err != nil {
		t.Fatal(err)
	}
	var both streams
	for track := range both {
		both[track] = &stream{sender: newSender(s, track, rand.New(rand.NewPCG(1, 1)), [2]uint8{})}
	}
	v := newViewer(func() { t.Error("the client is cut off") }, both)
	s.join(v)
	const late = 9 * time.Second
	if _, err := s.send(start.Add(late)); err != nil {
		t.Fatal(err)
	}
	if n, want := len(v.queue), int(late/time.Second)*(25+48000/1024); n < want || !s.viewers[v] {
		t.Errorf("%d frames are waiting for the client, want %d", n, want)
	}
}

// TestSilentClientIsDropped after the session's timeout, whereas one that says something stays.
func TestSilentClientIsDropped(t *testing.T) {
	inServer(t, Options{Cameras: []Camera{{}}}, func(t *testing.T, dial func() *client) {
		c := dial()
		for range 5 {
			c.want(200, c.do("GET_PARAMETER", cam0))
			time.Sleep(sessionTimeout - time.Second)
		}
		c.want(200, c.do("OPTIONS", cam0))
		before := time.Now()
		if _, err := c.r.ReadByte(); err != io.EOF || time.Since(before) != sessionTimeout {
			t.Errorf("%v after %v", err, time.Since(before))
		}
	})
}

func TestGarbageEndsOnlyItsConnection(t *testing.T) {
	inServer(t, Options{Cameras: []Camera{{}}}, func(t *testing.T, dial func() *client) {
		bad, good := dial(), dial()
		bad.conn.Write(bytes.Repeat([]byte("garbage\n"), 1<<14))
		good.want(200, good.do("DESCRIBE", cam0))
		bad.conn.Close()
		good.want(200, good.do("DESCRIBE", cam0))
	})
}

// TestTruthThatFails: what is wrong with the truth's file is told at the end.
func TestTruthThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		s, err := NewServer(Options{Cameras: []Camera{{}}, Truth: failingWriter{full}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Serve(ctx, mempipe.Listen()); !errors.Is(err, full) {
			t.Errorf("error %v", err)
		}
	})
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestServeFailsWithItsListener(t *testing.T) {
	s, err := NewServer(Options{Cameras: []Camera{{}}})
	if err != nil {
		t.Fatal(err)
	}
	l := mempipe.Listen()
	l.Close()
	if err := s.Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v", err)
	}
}
