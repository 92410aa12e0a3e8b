package record

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/stamp"
)

// socket is where a camera can be plugged in and pulled out.
type socket struct {
	mu sync.Mutex
	l  *mempipe.Listener
}

// plug switches a simulated camera on until the function that it returns is called.
func (s *socket) plug(t *testing.T, o camsim.Options) (pull func()) {
	server, err := camsim.NewServer(o)
	if err != nil {
		t.Error(err)
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := mempipe.Listen()
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(ctx, l)
	}()
	s.set(l)
	return func() {
		s.set(nil)
		cancel()
		<-done
	}
}

func (s *socket) set(l *mempipe.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.l = l
}

func (s *socket) dial(ctx context.Context, network, address string) (net.Conn, error) {
	s.mu.Lock()
	l := s.l
	s.mu.Unlock()
	if l == nil {
		return nil, errors.New("connection refused")
	}
	return l.Dial(ctx, network, address)
}

// atNoon runs f in virtual time, on a day that cameras can believe in.
func atNoon(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(noon))
		f(t)
		synctest.Wait()
	})
}

// told collects events.
type told []Event

func (e *told) take(event Event) { *e = append(*e, event) }

func (e told) count(what string) (n int) {
	for _, event := range e {
		if event.Type == what {
			n++
		}
	}
	return n
}

// TestPowerCuts switches a camera off and on twenty times, for up to two minutes: one file goes on over all breaks, with each
// gap in it, and all that came.
func TestPowerCuts(t *testing.T) {
	atNoon(t, func(t *testing.T) {
		var plug socket
		var events told
		truth := new(strings.Builder)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(3 * time.Second) // the recorder is there before the camera
			for i := range 21 {
				pull := plug.plug(t, camsim.Options{Seed: uint64(i + 1), Cameras: make([]camsim.Camera, 1), Truth: truth})
				time.Sleep(time.Minute) // longer than the longest wait
				if i == 20 {
					cancel()
					pull()
					return
				}
				pull()
				time.Sleep(time.Duration(i*i) * 300 * time.Millisecond)
			}
		}()
		output := filepath.Join(t.TempDir(), "cam.mp4")
		s, err := Run(ctx, Options{
			URL: "rtsp://192.0.2.2/cam0", Output: output, Stamps: stamp.MISB, Events: events.take,
			Camera: camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: plug.dial}},
		})
		if err != nil || s.Files != 1 || s.Gaps != 20 || s.Lost != 0 {
			t.Errorf("%+v, %v", s, err)
		}
		if n := events.count(Gap); n != 20 || events.count(Connected) != 21 || events.count(Waiting) < 21 {
			t.Errorf("%d gaps, %d connections, %d waits told", n, events.count(Connected), events.count(Waiting))
		}
		m, box := open(t, output)
		if len(box.Gaps) != 20 || box.Gaps[0].Cause != stamp.ConnectionLost || m.Tracks[0].Len != len(box.Frames) {
			t.Errorf("%d gaps, %d samples, %d frames", len(box.Gaps), m.Tracks[0].Len, len(box.Frames))
		}
		checkTruth(t, box, truth.String())
		if line := time.Duration(m.Tracks[0].Duration) * time.Second / 90000; (line - time.Since(noon)).Abs() > 10*time.Second {
			t.Errorf("the file lasts %v", line)
		}
		for i := 1; i < len(box.Frames); i++ {
			if box.Frames[i].Run < box.Frames[i-1].Run || !box.Frames[i].Wall.Time.After(box.Frames[i-1].Wall.Time) {
				t.Fatalf("frame %d: run %d, captured at %v after %v", i, box.Frames[i].Run, box.Frames[i].Wall.Time, box.Frames[i-1].Wall.Time)
			}
		}
	})
}

// checkTruth compares the frames of a recording with those that were sent, by time: all but the last few before each break,
// which the connection took with it, are there.
func checkTruth(t *testing.T, box *stamp.TimingBox, truth string) {
	t.Helper()
	sent := strings.Count(truth, "\n") - strings.Count(truth, "camera")
	if missing := sent - len(box.Frames); missing < 0 || missing > 5*(len(box.Gaps)+1) {
		t.Errorf("%d frames of %d are missing", missing, sent)
	}
}

// TestLongOutage has segments of a minute and a camera that is away for three: the segment in hand is finished meanwhile, and
// the next one begins when it is back.
func TestLongOutage(t *testing.T) {
	atNoon(t, func(t *testing.T) {
		var plug socket
		var events told
		ctx, cancel := context.WithCancel(t.Context())
		finished := time.Time{}
		go func() {
			defer cancel()
			pull := plug.plug(t, oneCamera())
			time.Sleep(90 * time.Second)
			pull()
			time.Sleep(3 * time.Minute)
			pull = plug.plug(t, oneCamera())
			time.Sleep(time.Minute)
			cancel()
			pull()
		}()
		output := filepath.Join(t.TempDir(), "cam")
		s, err := Run(ctx, Options{
			URL: "rtsp://192.0.2.2/cam0", Output: output, Length: time.Minute, Stamps: stamp.MISB,
			Camera: camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: plug.dial}},
			Events: func(e Event) {
				events.take(e)
				if e.Type == Finished && events.count(Finished) == 2 {
					finished = time.Now()
				}
			},
		})
		if err != nil || s.Files != 3 || s.Gaps != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		if at := finished.Sub(noon); at < 119*time.Second || at > 125*time.Second {
			t.Errorf("the second segment was finished after %v", at)
		}
		names, _ := filepath.Glob(output + "_*.mp4")
		gaps := 0
		for i, name := range names {
			_, box := open(t, name)
			for _, g := range box.Gaps {
				d := g.To.Sub(g.From)
				if gaps++; i != 2 || g.Cause != stamp.ConnectionLost || d < 3*time.Minute || d > 3*time.Minute+40*time.Second {
					t.Errorf("file %d: %v for %v", i, g.Cause, d)
				}
			}
		}
		if gaps != 1 {
			t.Errorf("%d gaps", gaps)
		}
	})
}

// TestOtherPicture comes back from a break with another size of picture: the same file goes on, with a second description.
func TestOtherPicture(t *testing.T) {
	atNoon(t, func(t *testing.T) {
		var plug socket
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for _, width := range []int{1280, 960} {
				pull := plug.plug(t, camsim.Options{Seed: 1, Cameras: []camsim.Camera{{Width: width, Height: 544}}})
				time.Sleep(10 * time.Second)
				if width == 960 {
					cancel()
				}
				pull()
			}
		}()
		output := filepath.Join(t.TempDir(), "cam.mp4")
		if s, err := Run(ctx, Options{
			URL: "rtsp://192.0.2.2/cam0", Output: output, Stamps: stamp.MISB,
			Camera: camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: plug.dial}},
		}); err != nil || s.Files != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		m, _ := open(t, output)
		var codecs []string
		for s := range m.Tracks[0].Samples() {
			if c := fmt.Sprintf("%p", s.Config); !slices.Contains(codecs, c) {
				codecs = append(codecs, c)
			}
		}
		if len(codecs) != 2 {
			t.Errorf("%d sets of parameters", len(codecs))
		}
	})
}

// TestFormerRun leaves an unfinished segment behind, as a crash does: the next run finishes it.
func TestFormerRun(t *testing.T) {
	dir := t.TempDir()
	output := filepath.Join(dir, "cam")
	var left string
	bubble(t, oneCamera(), func(ctx context.Context, o Options) {
		o.Output, o.Duration = output, 10*time.Second
		o.Events = func(e Event) {
			if e.Type == Status && e.Duration >= 5*time.Second && left == "" {
				b, err := os.ReadFile(e.File)
				left = filepath.Join(dir, "cam_20260228T120000.000Z.mp4")
				if err := errors.Join(err, os.WriteFile(left, b, 0o644)); err != nil {
					t.Error(err)
				}
			}
		}
		if _, err := Run(ctx, o); err != nil {
			t.Error(err)
		}
		var events told
		o.Events = events.take
		if _, err := Run(ctx, o); err != nil {
			t.Error(err)
		}
		if events.count(Repaired) != 1 || events.count(Warning) != 0 {
			t.Errorf("events %v", events)
		}
	})
	if m, box := open(t, left); m.Fragmented || m.Tracks[0].Len < 100 || len(box.Frames) != m.Tracks[0].Len {
		t.Errorf("fragmented %v, %d samples, %d frames", m.Fragmented, m.Tracks[0].Len, len(box.Frames))
	}
}
