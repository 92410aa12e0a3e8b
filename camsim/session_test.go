package camsim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
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

// TestSession records ten minutes with this repository's own client, by each way: every frame is there, equal to what
// an equal Source gives.
func TestSession(t *testing.T) {
	certificate, err := SelfSigned(time.Unix(946684800, 0), "192.0.2.2") // when time begins in a bubble
	if err != nil {
		t.Fatal(err)
	}
	fingerprint := sha256.Sum256(certificate.Certificate[0])
	for _, test := range []struct {
		name      string
		url       string
		transport rtsp.Transport
		tls       *tls.Config
		duration  time.Duration
	}{
		{"TCP", "rtsp://192.0.2.2/cam0", rtsp.TCP, nil, 10 * time.Minute},
		{"UDP", "rtsp://192.0.2.2/cam0", rtsp.UDP, nil, 2 * time.Minute},
		{"TLS", "rtsps://192.0.2.2/cam0", rtsp.TCP, &tls.Config{Certificates: []tls.Certificate{certificate}}, 2 * time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				camera := Camera{Rate: Rate{10, 1}, Phase: 50 * time.Millisecond}
				network := mempipe.NewPacketNet()
				server, err := NewServer(Options{
					Cameras: []Camera{camera}, Username: "ann", Password: "secret", Seed: 1,
					TLS: test.tls, ListenPacket: network.ListenPacket,
				})
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
				dialer := &rtsp.Dialer{
					Username: "ann", Password: "secret", DialContext: l.Dial, ListenPacket: network.ListenPacket,
					TLSFingerprint: fingerprint[:],
				}
				frames := 0
				receive(t, dialer, test.url, test.transport, test.duration, func(u *media.Unit) {
					want := source.Next(false)
					if u.RTP != want.RTP || u.Key != want.Key || !slices.EqualFunc(u.Data, want.Data, bytes.Equal) {
						t.Fatalf("frame %d is not the one that was captured", want.Number)
					}
					frames++
				})
				if want := int(test.duration.Seconds() * 10); frames != want {
					t.Errorf("%d frames, want %d", frames, want)
				}
				cancel()
				if err := <-served; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// receive plays a camera for a time and hands over its access units.
func receive(
	t *testing.T, dialer *rtsp.Dialer, url string, by rtsp.Transport, d time.Duration, each func(*media.Unit),
) {
	t.Helper()
	ctx := t.Context()
	s, err := dialer.Dial(ctx, url)
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
	if err := s.Setup(ctx, m, by); err != nil {
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
