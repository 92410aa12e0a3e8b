package camera_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/rtsp"
)

// TestSources plays simulated cameras that tell the capture times in each way there is, for a minute by TCP and UDP,
// with a clock that is 0.2 s behind and a media clock that drifts: the estimates are what the camera's clock showed,
// and say which way it was. Sound and picture agree.
func TestSources(t *testing.T) {
	const off = -200 * time.Millisecond
	for _, test := range []struct {
		source    camsim.TimeSource
		want      clock.Source
		noReports bool
		first     int           // frame from which on it is known
		limit     time.Duration // what the camera's clock showed
	}{
		{camsim.ONVIF, clock.ONVIF, false, 0, 30 * time.Microsecond},
		{camsim.NTP64, clock.NTP64, false, 0, 30 * time.Microsecond},
		{camsim.AbsCaptureTime, clock.AbsCaptureTime, false, 0, 200 * time.Microsecond},
		{camsim.RFC7273, clock.RFC7273, false, 0, 130 * time.Microsecond},
		{camsim.RFC7273, clock.RFC7273, true, 0, 130 * time.Microsecond},
		{camsim.Play, clock.Play, true, 0, 7 * time.Millisecond},
		{camsim.Play, clock.SenderReport, false, 50, 25 * time.Millisecond},
		{camsim.NoTimeSource, clock.SenderReport, false, 50, 25 * time.Millisecond},
	} {
		for _, by := range []camera.Transport{camera.TCP, camera.UDP} {
			t.Run(fmt.Sprint(test.want, test.source, test.noReports, by), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					today()
					var truth bytes.Buffer
					network, l := mempipe.NewPacketNet(), mempipe.Listen()
					server, err := camsim.NewServer(camsim.Options{
						Cameras: []camsim.Camera{{
							TimeSource: test.source, NoReports: test.noReports, Audio: camsim.Audio{SampleRate: 16000},
							Clock: camsim.Clock{Offset: off, RTPPPM: 80, AudioPPM: -50},
						}},
						Truth: &truth, Seed: 1, ListenPacket: network.ListenPacket,
					})
					if err != nil {
						t.Fatal(err)
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					served := make(chan error)
					go func() { served <- server.Serve(ctx, l) }()
					stream, err := camera.Open(ctx, url, camera.Options{
						Transport: by, Dialer: rtsp.Dialer{DialContext: l.Dial, ListenPacket: network.ListenPacket},
					})
					if err != nil {
						t.Fatal(err)
					}
					estimates := [2]map[uint32]clock.Estimate{{}, {}}
					count := [2]int{}
					for u, err := range stream.Units(ctx) {
						if err != nil {
							break
						}
						if count[u.Track]++; count[u.Track] > test.first {
							estimates[u.Track][u.RTP] = u.Wall
						}
					}
					stream.Close()
					<-served
					for track, name := range []string{"cam0", "cam0/audio"} {
						checked := 0
						for line := range strings.Lines(truth.String()) {
							var rtp uint32
							var number, nanos int64
							if n, _ := fmt.Sscanf(line, name+",%d,%d,%d\n", &number, &rtp, &nanos); n != 3 {
								continue
							}
							e, ok := estimates[track][rtp]
							if !ok {
								continue
							}
							checked++
							if d := e.Time.Sub(time.Unix(0, nanos).Add(off)).Abs(); e.Source != test.want || d > test.limit || d > e.Error {
								t.Errorf("%s: frame %d is off by %v with an error of %v, by %v", name, number, d, e.Error, e.Source)
								break
							}
						}
						if checked < 700 {
							t.Errorf("%s: %d frames checked", name, checked)
						}
					}
				})
			})
		}
	}
}
