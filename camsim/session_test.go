package camsim

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/rtsp"
)

// TestSession records ten minutes with this repository's own client: every frame is there, equal to what an equal
// Source gives.
func TestSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		camera := Camera{Rate: Rate{10, 1}, Phase: 50 * time.Millisecond}
		server, err := NewServer(Options{Cameras: []Camera{camera}, Username: "ann", Password: "secret", Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		source, err := NewSource(camera, 0, time.Now(), 1)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		l := mempipe.Listen()
		served := make(chan error)
		go func() { served <- server.Serve(ctx, l) }()

		const duration = 10 * time.Minute
		frames := 0
		receive(t, &rtsp.Dialer{Username: "ann", Password: "secret", DialContext: l.Dial}, duration, func(u *media.Unit) {
			want := source.Next(false)
			if u.RTP != want.RTP || u.Key != want.Key || !slices.EqualFunc(u.Data, want.Data, bytes.Equal) {
				t.Fatalf("frame %d is not the one that was captured", want.Number)
			}
			frames++
		})
		if want := int(duration.Seconds() * 10); frames != want {
			t.Errorf("%d frames, want %d", frames, want)
		}
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// receive plays cam0 for a time and hands over its access units.
func receive(t *testing.T, dialer *rtsp.Dialer, d time.Duration, each func(*media.Unit)) {
	t.Helper()
	ctx := t.Context()
	s, err := dialer.Dial(ctx, "rtsp://camera/cam0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	description, err := s.Describe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m := &description.Media[0]
	format, err := h264.ParseFormat(m.Formats[0].RTPMap(), m.Formats[0].Params)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Setup(ctx, m, rtsp.TCP); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Play(ctx); err != nil {
		t.Fatal(err)
	}
	s.SetReadDeadline(time.Now().Add(d))
	depacketize(t, s, h264.NewDepacketizer(format), each)
	s.SetReadDeadline(time.Time{})
	if err := s.Teardown(ctx); err != nil {
		t.Error(err)
	}
}

// depacketize reads until the session's deadline.
func depacketize(t *testing.T, s *rtsp.Session, d *h264.Depacketizer, each func(*media.Unit)) {
	t.Helper()
	var packet rtsp.Packet
	var p rtp.Packet
	for {
		err := s.ReadPacket(&packet)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if packet.RTCP {
			continue
		}
		if err := p.Unmarshal(packet.Data); err != nil {
			t.Fatal(err)
		}
		in := media.Packet{Payload: p.Payload, Time: int64(p.Timestamp), Marker: p.Marker, Arrival: packet.Arrival}
		if err := d.Push(&in); err != nil {
			t.Fatal(err)
		}
		for u, ok := d.Next(); ok; u, ok = d.Next() {
			each(u)
		}
	}
}
