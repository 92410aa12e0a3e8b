package camsim

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/ntp"
)

func TestParseFault(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for text, want := range map[string]Fault{
		"reboot=30s":            {Kind: Reboot, At: 30 * s},
		"reboot=every:1m/5":     {Kind: Reboot, At: time.Minute, Every: true, For: 5 * s},
		"ssrc=1.5":              {Kind: OtherSource, At: 1500 * ms},
		"silence=20s/30s":       {Kind: Silence, At: 20 * s, For: 30 * s},
		"resolution=9s/960x544": {Kind: Resize, At: 9 * s, Width: 960, Height: 544},
		"tsjump=1h/-2.5":        {Kind: TimeJump, At: time.Hour, By: -2500 * ms},
		"drop=0.5":              {Kind: Drop, Percent: 0.5},
		"reorder=3":             {Kind: Reorder, Packets: 3},
		"deaf=0":                {Kind: Deaf},
	} {
		if got, err := ParseFault(text); got != want || err != nil {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "fire=3s", "reboot", "reboot=", "reboot=x", "reboot=-1s", "reboot=every:0", "reboot=3s/-1s", "bye=3s/4s",
		"resolution=3s/wide", "resolution=3s/100", "drop=101", "drop=NaN", "drop=every:3", "reorder=1e9", "reorder=-1",
		"silence=1s/1e300", "silence=NaN",
	} {
		if got, err := ParseFault(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
	for syntax := range FaultHelp {
		name, value, _ := strings.Cut(syntax, "=")
		example := map[string]string{"PERCENT": "5", "N": "5"}[value]
		if f, err := ParseFault(name + "=" + cmp.Or(example, "5")); err != nil || f.Kind == 0 {
			t.Errorf("%s: %v", syntax, err)
		}
	}
}

func TestFaultsThatCantBe(t *testing.T) {
	for _, c := range []Camera{
		{Faults: []Fault{{}}}, {Faults: []Fault{{Kind: Reorder + 1}}}, {Faults: []Fault{{Kind: Reboot, At: -1}}},
		{Faults: []Fault{{Kind: Resize, Width: 100, Height: 100}}}, {Faults: []Fault{{Kind: Resize}}, File: "clip.mp4"},
	} {
		if _, err := NewServer(Options{Cameras: []Camera{c}}); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

// faulty is a camera with sound and faults.
func faulty(faults ...string) Camera {
	c := Camera{Audio: Audio{SampleRate: 8000}, Phase: 10 * time.Millisecond, ReportInterval: time.Second}
	for _, s := range faults {
		f, err := ParseFault(s)
		if err != nil {
			panic(err)
		}
		c.Faults = append(c.Faults, f)
	}
	return c
}

// inFault plays both tracks of a faulty camera for a time and hands over what came. The truth must be true of it.
func inFault(t *testing.T, faults string, d time.Duration, then func(t *testing.T, dial func() *client, c *client)) {
	t.Helper()
	var truth bytes.Buffer
	camera := faulty(strings.Split(faults, ",")...)
	inServer(t, Options{Cameras: []Camera{camera}, Truth: &truth}, func(t *testing.T, dial func() *client) {
		start := time.Now()
		c := dial()
		c.play(cam0, "trackID=0", "trackID=1")
		c.watch(d)
		synctest.Wait()
		checkReported(t, c, truth.String(), start)
		then(t, dial, c)
	})
}

// checkReported compares the times that the sender reports give to the frames with the truth.
func checkReported(t *testing.T, c *client, truth string, start time.Time) {
	t.Helper()
	reports := map[uint32]*rtcp.SenderReport{} // the last one of each source, which is the best after a jump of time
	for _, p := range c.rtcp {
		if r, ok := p.(*rtcp.SenderReport); ok {
			reports[r.SSRC] = r
		}
	}
	checked := 0
	for _, p := range c.rtp {
		report := reports[p.SSRC]
		rate, name := videoClockRate, "cam0"
		if p.PayloadType == payloadType(audioTrack) {
			rate, name = 8000, "cam0/audio"
		}
		behind := time.Duration(int32(report.RTPTime-p.Timestamp)) * time.Second / time.Duration(rate)
		if behind.Abs() > time.Minute/2 {
			continue
		}
		at := ntp.Time(report.NTPTime).Near(start).Add(-behind)
		for line := range strings.Lines(truth) {
			var number, nanoseconds int64
			if n, _ := fmt.Sscanf(line, name+","+"%d,"+fmt.Sprint(p.Timestamp)+",%d\n", &number, &nanoseconds); n == 2 {
				checked++
				if off := at.Sub(time.Unix(0, nanoseconds)); off.Abs() > 2*time.Second/time.Duration(rate) {
					t.Fatalf("frame %v was captured %v before the reports say", p, off)
				}
			}
		}
	}
	if checked < len(c.rtp)/4 {
		t.Errorf("%d packets, %d of them can be compared", len(c.rtp), checked)
	}
}

// track returns the packets of a track.
func (c *client) track(track int) (packets []rtp.Packet) {
	for _, p := range c.rtp {
		if p.PayloadType == payloadType(track) {
			packets = append(packets, p)
		}
	}
	return packets
}

// frames returns how many pictures came whole.
func (c *client) frames() (n int) {
	for _, p := range c.track(videoTrack) {
		if p.Marker {
			n++
		}
	}
	return n
}

// breaks returns the packets of a track that don't go on with the sequence numbers of the one before.
func (c *client) breaks(track int) (before, after []rtp.Packet) {
	packets := c.track(track)
	for i := 1; i < len(packets); i++ {
		if packets[i].SequenceNumber != packets[i-1].SequenceNumber+1 || packets[i].SSRC != packets[i-1].SSRC {
			before, after = append(before, packets[i-1]), append(after, packets[i])
		}
	}
	return before, after
}

func TestReboot(t *testing.T) {
	inFault(t, "reboot=every:10s/3s", 15*time.Second, func(t *testing.T, dial func() *client, c *client) {
		old := c.rtp[0]
		if n := c.frames(); n != 250 {
			t.Errorf("%d frames before the reboot, want 250", n)
		}
		for _, p := range c.rtcp {
			if _, ok := p.(*rtcp.Goodbye); ok {
				t.Error("the reboot was announced")
			}
		}
		if _, err := c.r.ReadByte(); err != io.EOF {
			t.Errorf("after the reboot: %v", err)
		}
		time.Sleep(5 * time.Second)
		again := dial()
		again.play(cam0)
		again.watch(time.Second)
		if p := again.rtp[0]; p.SSRC == old.SSRC || !startsKey(p) || (p.Timestamp-old.Timestamp)/videoClockRate < 60 {
			t.Errorf("after the reboot comes %v, before it %v", p, old)
		}
		again.watch(4500 * time.Millisecond) // to second 21.5, when it is down again
		third := dial()
		if _, err := third.r.ReadByte(); err != io.EOF {
			t.Errorf("while it is down: %v", err)
		}
	})
}

func TestOtherSource(t *testing.T) {
	inFault(t, "ssrc=9s", 20*time.Second, func(t *testing.T, _ func() *client, c *client) {
		for track := range numTracks {
			before, after := c.breaks(track)
			if len(after) != 1 || before[0].SSRC == after[0].SSRC || startsKey(after[0]) ||
				(after[0].Timestamp-before[0].Timestamp)/videoClockRate < 60 {
				t.Errorf("track %d: %v after %v", track, after, before)
			}
		}
		if n := c.frames(); n != 500 {
			t.Errorf("%d frames, want 500", n)
		}
	})
}

func TestBye(t *testing.T) {
	inFault(t, "bye=10s", 15*time.Second, func(t *testing.T, _ func() *client, c *client) {
		gone := map[uint32]bool{}
		for i, p := range c.rtcp {
			if bye, ok := p.(*rtcp.Goodbye); ok {
				gone[bye.Sources[0]] = true
				if i < len(c.rtcp)-4 {
					t.Errorf("%d packets of RTCP after the BYE", len(c.rtcp)-1-i)
				}
			}
		}
		if len(gone) != 2 || !gone[c.track(0)[0].SSRC] || !gone[c.track(1)[0].SSRC] {
			t.Errorf("BYE of %v", gone)
		}
		if n := c.frames(); n != 250 {
			t.Errorf("%d frames, want 250", n)
		}
		c.want(200, c.do("OPTIONS", cam0))
		c.want(200, c.do("TEARDOWN", cam0))
		c.rtp = nil
		c.play(cam0)
		if c.watch(time.Second); len(c.rtp) < 25 {
			t.Errorf("%d packets after another PLAY", len(c.rtp))
		}
	})
}

func TestSilence(t *testing.T) {
	inFault(t, "silence=5s/10s", 20*time.Second, func(t *testing.T, _ func() *client, c *client) {
		packets := c.track(videoTrack)
		for i, p := range packets {
			if i > 0 && p.Timestamp-packets[i-1].Timestamp > 9*videoClockRate {
				if !startsKey(p) || p.SequenceNumber != packets[i-1].SequenceNumber+1 {
					t.Errorf("after the silence comes %v", p)
				}
			}
		}
		if n := c.frames(); n != 250 {
			t.Errorf("%d frames, want 250", n)
		}
		if n := len(c.track(audioTrack)); n < 76 || n > 80 {
			t.Errorf("%d units of sound, want 78", n)
		}
		if len(c.rtcp) < 2*2*19 {
			t.Errorf("%d packets of RTCP in 20 s", len(c.rtcp))
		}
	})
}

func TestAudioSilence(t *testing.T) {
	inFault(t, "audiosilence=5s", 10*time.Second, func(t *testing.T, _ func() *client, c *client) {
		if n := len(c.track(audioTrack)); n < 36 || n > 39 {
			t.Errorf("%d units of sound in 5 s", n)
		}
		if n := len(c.track(videoTrack)); n < 250 {
			t.Errorf("%d packets of video", n)
		}
	})
}

// TestResize: the size changes with a key frame and changes back; who describes meanwhile is told what comes.
func TestResize(t *testing.T) {
	inFault(t, "resolution=every:5s", 15*time.Second, func(t *testing.T, dial func() *client, c *client) {
		var sizes []string
		for _, p := range c.track(videoTrack) {
			if !startsKey(p) {
				continue
			}
			length := int(p.Payload[1])<<8 | int(p.Payload[2])
			sps, pps := p.Payload[3:3+length], p.Payload[3+length+2:]
			config, err := h264.NewConfig([][]byte{sps}, [][]byte{pps})
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, fmt.Sprint(config.Width))
		}
		if want := strings.Fields("1280 1280 1280 1920 1920 1280 1280 1280"); !reflect.DeepEqual(sizes, want) {
			t.Errorf("widths %v, want %v", sizes, want)
		}
		if r := dial().do("DESCRIBE", cam0); !strings.Contains(string(r.body), "profile-level-id=42C028") {
			t.Errorf("after the third change: %s", r.body) // level 4.0 is that of 1920×1080
		}
	})
}

func TestJumps(t *testing.T) {
	inFault(t, "seqjump=5s,tsjump=10s/1h", 15*time.Second, func(t *testing.T, _ func() *client, c *client) {
		for track, rate := range []uint32{videoClockRate, 8000} {
			before, after := c.breaks(track)
			if len(after) != 1 || after[0].SequenceNumber-before[0].SequenceNumber != 1+sequenceJump {
				t.Errorf("track %d: %v after %v", track, after, before)
			}
			packets := c.track(track)
			jumps := 0
			for i, p := range packets[1:] {
				if d := p.Timestamp - packets[i].Timestamp; d >= 3600*rate {
					jumps++
					if d > 3601*rate {
						t.Errorf("track %d: time jumps by %d ticks", track, d)
					}
				}
			}
			if jumps != 1 {
				t.Errorf("track %d: %d jumps of time", track, jumps)
			}
		}
	})
}

// TestDeaf: a request stays without an answer until the camera hears again, and media go on.
func TestDeaf(t *testing.T) {
	inFault(t, "deaf=5s/90s", 6*time.Second, func(t *testing.T, _ func() *client, c *client) {
		start := time.Now().Add(-6 * time.Second)
		c.rtp = nil
		c.want(200, c.do("OPTIONS", cam0))
		if d := time.Since(start); d != 95*time.Second {
			t.Errorf("the answer came after %v", d)
		}
		if n := len(c.track(videoTrack)); n < 2225 {
			t.Errorf("%d packets meanwhile", n)
		}
	})
}

// TestDeafEnds with the client, although nothing is read.
func TestDeafEnds(t *testing.T) {
	inFault(t, "deaf=1s", 2*time.Second, func(t *testing.T, _ func() *client, c *client) {
		fmt.Fprintf(c.conn, "OPTIONS %s RTSP/1.0\r\nCSeq: 99\r\n\r\n", cam0)
		c.watch(time.Second)
		c.conn.Close()
	})
}

// TestDropAndReorder: what comes by UDP lacks some packets and has others late, each of them once.
func TestDropAndReorder(t *testing.T) {
	network := mempipe.NewPacketNet()
	camera := faulty("drop=5", "reorder=3")
	camera.Bitrate = 4_000_000
	o := Options{Cameras: []Camera{camera}, ListenPacket: network.ListenPacket}
	inServer(t, o, func(t *testing.T, dial func() *client) {
		c := dial()
		r, _ := c.setupUDP(network, cam0+"/trackID=0", "5000-5001")
		c.want(200, c.do("PLAY", cam0))
		r.watch(20 * time.Second)
		seen := map[uint16]bool{}
		late, most := 0, 0
		highest := r.packets[0].SequenceNumber
		for _, p := range r.packets {
			if seen[p.SequenceNumber] {
				t.Fatalf("packet %d came twice", p.SequenceNumber)
			}
			seen[p.SequenceNumber] = true
			if behind := int(int16(highest - p.SequenceNumber)); behind > 0 {
				late++
				most = max(most, behind)
			}
			if int16(p.SequenceNumber-highest) > 0 {
				highest = p.SequenceNumber
			}
		}
		sent := int(highest-r.packets[0].SequenceNumber) + 1
		if lost := sent - len(r.packets); lost < sent*4/100 || lost > sent*6/100 {
			t.Errorf("%d of %d packets are lost", lost, sent)
		}
		// Packets that are lost count for lateness, too.
		if late < sent/20 || late > sent/10 || most < 3 || most > 8 {
			t.Errorf("%d of %d packets are late, by up to %d", late, sent, most)
		}
	})
}
