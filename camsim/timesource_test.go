package camsim

import (
	"bytes"
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/rtsp"
)

func TestParseTimeSource(t *testing.T) {
	for i, name := range TimeSources() {
		if s, err := ParseTimeSource(name); err != nil || s != TimeSource(i) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	if s, err := ParseTimeSource("ONVIF"); err == nil {
		t.Error(s)
	}
}

// TestExtensions: which packets carry an extension, and that it holds what the camera's wall clock showed.
func TestExtensions(t *testing.T) {
	for _, test := range []struct {
		source  TimeSource
		profile uint16
		number  uint8
		at      int      // place of the time in the extension
		packets [30]byte // of the first 30 frames, at 25 fps: f and l, the first and the last one have it
	}{
		{ONVIF, 0xabac, 0, 0, [30]byte(bytes.Repeat([]byte("f"), 30))},
		{NTP64, 0xbede, extensionNTP64, 0, [30]byte(bytes.Repeat([]byte("f"), 30))},
		{AbsCaptureTime, 0xbede, extensionAbsCaptureTime, 0, [30]byte{0: 'l', 25: 'l'}},
		{NoTimeSource, 0, 0, 0, [30]byte{}},
		{RFC7273, 0, 0, 0, [30]byte{}},
	} {
		source := mustSource(t, Camera{Bitrate: 2_000_000, TimeSource: test.source, Clock: Clock{Offset: time.Hour}}, 0)
		s := testSender(source)
		for i, want := range test.packets {
			f := source.Next(i == 0)
			b, err := s.frame(f)
			if err != nil {
				t.Fatal(err)
			}
			packets := deframe(t, b, 4)
			for k, packet := range packets {
				var p rtp.Packet
				if err := p.Unmarshal(packet); err != nil {
					t.Fatal(err)
				}
				if has := want == 'f' && k == 0 || want == 'l' && k == len(packets)-1; p.Extension != has {
					t.Fatalf("%v: frame %d, packet %d of %d: extension %v", test.source, i, k, len(packets), p.Extension)
				}
				if !p.Extension {
					continue
				}
				body := p.GetExtension(test.number)
				at := ntp.Time(binary.BigEndian.Uint64(body)).Near(start)
				if p.ExtensionProfile != test.profile || at.Sub(f.Captured.Add(time.Hour)).Abs() > time.Microsecond {
					t.Fatalf("%v: frame %d: profile %04x, %v, captured %v", test.source, i, p.ExtensionProfile, at, f.Captured)
				}
				if flags := map[bool]byte{true: 0xa0}[i == 0]; test.source == ONVIF && (len(body) != 12 || body[8] != flags) {
					t.Fatalf("frame %d: % x", i, body)
				}
			}
		}
	}
}

// TestFollowingClock: time stamps count with the wall clock from 1900 on, and the description says so.
func TestFollowingClock(t *testing.T) {
	camera := Camera{TimeSource: RFC7273, Clock: Clock{Offset: -3 * time.Second, PPM: 50, RTPPPM: 1000}}
	s := mustSource(t, camera, 0)
	for range 1000 {
		f := s.Next(false)
		shown := uint64(ntp.FromTime(s.clocks.wall(f.Captured)))
		want := uint32(shown>>32*90000+shown&(1<<32-1)*90000>>32) + s.clocks.atEpoch
		if d := int32(f.RTP - want); d < -1 || d > 1 {
			t.Fatalf("frame %d has %d, want %d", f.Number, f.RTP, want)
		}
		if d := s.clocks.stampTime(f.RTP, f.Captured.Add(time.Hour)).Sub(f.Captured); d.Abs() > 12*time.Microsecond {
			t.Fatalf("frame %d is found %v later", f.Number, d)
		}
	}
	if a := RFC7273.attributes(s.clocks); len(a) != 2 || a[0].Name != "ts-refclk" || a[1].Name != "mediaclk" {
		t.Error(a)
	}
}

// TestPlayTells: the reply to PLAY names a time and the time stamp of that time.
func TestPlayTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := Camera{TimeSource: Play, NoReports: true, Clock: Clock{Offset: time.Minute}}
		server, err := NewServer(Options{Cameras: []Camera{camera}, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		source, err := NewSource(camera, 0, time.Now(), 1)
		if err != nil {
			t.Fatal(err)
		}
		l := mempipe.Listen()
		served := make(chan error)
		go func() { served <- server.Serve(t.Context(), l) }()
		s, err := (&rtsp.Dialer{DialContext: l.Dial}).Dial(t.Context(), "rtsp://192.0.2.2/cam0")
		if err != nil {
			t.Fatal(err)
		}
		description, err := s.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Setup(t.Context(), &description.Media[0], rtsp.TCP); err != nil {
			t.Fatal(err)
		}
		info, err := s.Play(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		first := source.Next(true)
		early := time.Duration(int32(first.RTP-info.Streams[0].RTPTime)) * time.Second / 90000
		if off := first.Captured.Add(time.Minute - early).Sub(info.Start); off.Abs() > 20*time.Microsecond || early > time.Millisecond {
			t.Errorf("%v at %d; the first frame: %v at %d", info.Start, info.Streams[0].RTPTime, first.Captured, first.RTP)
		}
		s.SetReadDeadline(time.Now().Add(time.Minute))
		for p := (rtsp.Packet{}); s.ReadPacket(&p) == nil; {
			if p.RTCP {
				t.Error("a report came")
			}
		}
		s.Close()
		l.Close()
		<-served
	})
}
