package camera_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/rtsp"
)

// TestSilentCamera has a camera that sends nothing at first, neither by UDP nor by TCP, which says nothing against UDP.
func TestSilentCamera(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		network := mempipe.NewPacketNet()
		silence, err := camsim.ParseFault("silence=0/30s")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		o := simulate(t, ctx, camsim.Options{
			Seed: 1, Cameras: []camsim.Camera{{Faults: []camsim.Fault{silence}}}, ListenPacket: network.ListenPacket,
		})
		o.Transport, o.Dialer.ListenPacket, o.Memory = camera.Auto, network.ListenPacket, new(camera.Memory)
		for _, want := range []string{"tcp", "udp"} {
			stream, err := camera.Open(ctx, url, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := stream.Transport(); got != want {
				t.Errorf("transport %s, want %s", got, want)
			}
			for range stream.Units(ctx) {
				break
			}
			stream.Close()
			time.Sleep(time.Minute)
		}
		cancel()
		synctest.Wait()
	})
}

// TestTransports lets a simulated camera's media come by UDP, or not come.
func TestTransports(t *testing.T) {
	network := mempipe.NewPacketNet()
	type listen = func(context.Context, string, string) (net.PacketConn, error)
	nowhere := listen(mempipe.NewPacketNet().ListenPacket) // another network: what is sent gets lost
	refuses := listen(func(context.Context, string, string) (net.PacketConn, error) {
		return nil, errors.New("no sockets here")
	})
	for _, tt := range []struct {
		name   string
		choice camera.Transport
		listen listen
		want   string // "" for an error
		after  time.Duration
	}{
		{"UDP works", camera.Auto, network.ListenPacket, "udp", 0},
		{"nothing comes by UDP", camera.Auto, nowhere, "tcp", 3 * time.Second},
		{"there are no sockets", camera.Auto, refuses, "tcp", 0},
		{"UDP is wanted", camera.UDP, network.ListenPacket, "udp", 0},
		{"UDP is wanted and there are no sockets", camera.UDP, refuses, "", 0},
		{"TCP is wanted", camera.TCP, network.ListenPacket, "tcp", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				today()
				ctx, cancel := context.WithCancel(t.Context())
				o := simulate(t, ctx, camsim.Options{Seed: 1, Cameras: make([]camsim.Camera, 1), ListenPacket: network.ListenPacket})
				o.Transport, o.Dialer.ListenPacket, o.Memory = tt.choice, tt.listen, new(camera.Memory)
				began := time.Now()
				for range 2 { // the second time it is known what works
					stream, err := camera.Open(ctx, url, o)
					if err != nil {
						if tt.want != "" || !errors.Is(err, rtsp.ErrTransport) {
							t.Error(err)
						}
						break
					}
					if got := stream.Transport(); got != tt.want {
						t.Errorf("transport %s, want %s", got, tt.want)
					}
					units := 0
					for u, err := range stream.Units(ctx) {
						if err != nil {
							t.Fatal(err)
						}
						if units == 0 && (!u.Key || h264.NALType(u.Data[0]) != h264.SPS) || u.Lost > 0 || u.Damaged {
							t.Errorf("unit %d: key %v, %d packets lost, begins with %.4x", units, u.Key, u.Lost, u.Data[0])
						}
						if units++; units == 50 {
							break
						}
					}
					stream.Close()
				}
				if d := time.Since(began); d < tt.after || d > tt.after+5*time.Second {
					t.Errorf("it took %v, want %v and 4 s of media", d, tt.after)
				}
				cancel()
				synctest.Wait()
			})
		})
	}
}

// TestQuietMicrophone has sound that stops for longer than a fault would be waited for: a new session is tried once, and the
// next time the picture goes on without.
func TestQuietMicrophone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		ctx, cancel := context.WithCancel(t.Context())
		o := simulate(t, ctx, camsim.Options{Seed: 1, Cameras: []camsim.Camera{{
			Rate: camsim.Rate{Num: 5, Den: 1}, Audio: camsim.Audio{SampleRate: 8000},
			Faults: []camsim.Fault{{Kind: camsim.AudioSilence, At: time.Minute, Every: true, For: 40 * time.Second}},
		}}})
		o.Memory = new(camera.Memory)
		for session, want := range []error{camera.ErrSilent, nil} {
			stream, err := camera.Open(ctx, url, o)
			if err != nil {
				t.Fatal(err)
			}
			began, tracks := time.Now(), map[int]int{}
			for u, err := range stream.Units(ctx) {
				if err != nil {
					if !errors.Is(err, want) || want == nil {
						t.Errorf("session %d ended with %v, want %v", session, err, want)
					}
					break
				}
				if tracks[u.Track]++; time.Since(began) > 3*time.Minute {
					if want != nil {
						t.Errorf("session %d did not end", session)
					}
					break
				}
			}
			if len(tracks) != 2 {
				t.Errorf("session %d: units of %d tracks", session, len(tracks))
			}
			stream.Close()
		}
		cancel()
		synctest.Wait()
	})
}
