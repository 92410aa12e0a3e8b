package camsim

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/rtsp"
)

// writeClip writes n pictures of a camera into an MP4 file and returns its name.
func writeClip(t testing.TB, c Camera, n int) string {
	t.Helper()
	s := mustSource(t, c, 0)
	config, err := h264.NewConfig([][]byte{s.look.sps}, [][]byte{s.pps})
	if err != nil {
		t.Fatal(err)
	}
	w, err := mp4.NewWriter([]media.Track{{ClockRate: videoClockRate, Config: config}}, mp4.Options{Part: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		f := s.Next(false)
		u := &media.Unit{PTS: int64(f.RTP), RTP: f.RTP, Key: f.Key, Config: config, Data: f.Data}
		if _, err := w.Push(u); err != nil {
			t.Fatal(err)
		}
	}
	w.Next(&media.Unit{PTS: int64(s.clocks.rtp(s.NextCapture()))})
	return saveClip(t, w)
}

// saveClip writes what was pushed to w, one part, into a file and returns its name.
func saveClip(t testing.TB, w *mp4.Writer) string {
	t.Helper()
	file := slices.Clone(w.Header())
	tail, at, patch, err := w.Finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	file = append(file, tail...)
	copy(file[at:], patch[:])
	name := filepath.Join(t.TempDir(), "clip.mp4")
	if err := os.WriteFile(name, file, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func mustClip(t *testing.T, c Camera) *clip {
	t.Helper()
	k := testClocks(&c.Clock, start, 1<<32-1000)
	p, err := openClip(&c, k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// TestClip plays 30 pictures at 10 per second two and a half times.
func TestClip(t *testing.T) {
	drawn := Camera{Rate: Rate{10, 1}, GOP: 10}
	c := mustClip(t, Camera{File: writeClip(t, drawn, 30), Phase: time.Second})
	source := mustSource(t, drawn, 0)
	var want []*Frame
	for range 30 {
		want = append(want, source.Next(false).clone())
	}
	for i := range 75 {
		at := start.Add(time.Second + time.Duration(i)*100*time.Millisecond)
		if due := c.due(); !due.Equal(at) {
			t.Fatalf("frame %d is sent at %v, want %v", i, due, at)
		}
		f, err := c.frame()
		if err != nil {
			t.Fatal(err)
		}
		if f.Number != int64(i) || !f.Captured.Equal(at) || f.RTP != c.clocks.rtp(at) || f.Key != (i%10 == 0) {
			t.Fatalf("frame %d: number %d, captured %v, RTP %d, key %v", i, f.Number, f.Captured, f.RTP, f.Key)
		}
		if !slices.EqualFunc(f.Data, want[i%30].Data, bytes.Equal) {
			t.Fatalf("frame %d has other data than the file", i)
		}
	}
}

// TestClipOfBFrames: no picture is sent before it is captured, and none later than that takes. A key frame without parameter
// sets gets them in place of its delimiter.
func TestClipOfBFrames(t *testing.T) {
	s := mustSource(t, Camera{}, 0)
	config, err := h264.NewConfig([][]byte{s.look.sps}, [][]byte{s.pps})
	if err != nil {
		t.Fatal(err)
	}
	config.Reorder = 1
	w, err := mp4.NewWriter([]media.Track{{ClockRate: videoClockRate, Config: config}}, mp4.Options{Part: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	order := []int64{0, 2, 1, 4, 3}
	delimiter, slice := []byte{9, 0xf0}, []byte{0x65, 0x88, 0x84}
	for i, at := range order {
		u := &media.Unit{PTS: at * 3600, Key: i == 0, Config: config, Data: [][]byte{delimiter, slice}}
		if _, err := w.Push(u); err != nil {
			t.Fatal(err)
		}
	}
	c := mustClip(t, Camera{File: saveClip(t, w)})
	least := time.Hour
	for i := range 2 * len(order) {
		due := c.due()
		f, err := c.frame()
		if err != nil {
			t.Fatal(err)
		}
		number := int64(i/len(order)*len(order)) + order[i%len(order)]
		if want := start.Add(time.Duration(number) * 40 * time.Millisecond); !f.Captured.Equal(want) {
			t.Errorf("frame %d was captured at %v, want %v", i, f.Captured, want)
		}
		want := [][]byte{delimiter, slice}
		if f.Key {
			want = [][]byte{s.look.sps, s.pps, slice}
		}
		if !slices.EqualFunc(f.Data, want, bytes.Equal) {
			t.Errorf("frame %d: %x, want %x", i, f.Data, want)
		}
		least = min(least, due.Sub(f.Captured))
	}
	if least != 0 {
		t.Errorf("frames are sent %v or more after their capture, want 0", least)
	}
}

func TestClipJoin(t *testing.T) {
	c := mustClip(t, Camera{File: writeClip(t, Camera{Rate: Rate{10, 1}, GOP: 20}, 30)})
	for range 25 {
		c.skip()
	}
	second := c.join(false)
	if want := c.clocks.rtp(start.Add(3 * time.Second)); second != want {
		t.Errorf("who comes beside others begins at %d, the start of the next loop is at %d", second, want)
	}
	due := c.due()
	first := c.join(true)
	if want := c.clocks.rtp(due); first != want {
		t.Errorf("who comes alone begins at %d, now is %d", first, want)
	}
	f, err := c.frame()
	if err != nil || !f.Key || f.RTP != first || !c.due().Equal(due.Add(100*time.Millisecond)) {
		t.Errorf("frame %+v, %v; next at %v", f, err, c.due())
	}
}

// TestClipServed: the second viewer gets nothing before a key frame.
func TestClipServed(t *testing.T) {
	name := writeClip(t, Camera{Rate: Rate{10, 1}, GOP: 1000}, 50)
	inServer(t, Options{Cameras: []Camera{{File: name}}}, func(t *testing.T, dial func() *client) {
		first, second := dial(), dial()
		first.play(cam0)
		time.Sleep(time.Second)
		second.play(cam0)
		first.watch(10 * time.Second)
		second.watch(time.Millisecond)
		if !startsKey(first.rtp[0]) || !startsKey(second.rtp[0]) {
			t.Error("a stream doesn't begin with a key frame")
		}
		if late := second.rtp[0].Timestamp - first.rtp[0].Timestamp; late < 5*videoClockRate-1 || late > 5*videoClockRate+1 {
			t.Errorf("the second viewer begins %d ticks after the first, want a loop of %d", late, 5*videoClockRate)
		}
	})
}

func TestBadClips(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.mp4")
	if err := os.WriteFile(text, []byte("this is no MP4 file at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(dir, "none.mp4"), dir, text} {
		_, err := NewServer(Options{Cameras: []Camera{{File: name}}})
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "cam0") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestClipThatVanishes: a file that can no longer be read ends the server with an error, not a camera in silence.
func TestClipThatVanishes(t *testing.T) {
	name := writeClip(t, Camera{}, 100)
	synctest.Test(t, func(t *testing.T) {
		s, err := NewServer(Options{Cameras: []Camera{{File: name}, {}}})
		if err != nil {
			t.Fatal(err)
		}
		l := mempipe.Listen()
		served := make(chan error)
		go func() { served <- s.Serve(context.Background(), l) }()
		session, err := (&rtsp.Dialer{DialContext: l.Dial}).Dial(t.Context(), "rtsp://camera/cam0")
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		description, err := session.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Setup(t.Context(), &description.Media[0], rtsp.TCP); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, 100); err != nil {
			t.Fatal(err)
		}
		if _, err := session.Play(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-served; err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v", err)
		}
	})
}

func TestClipCheck(t *testing.T) {
	config := &h264.Config{SPS: [][]byte{{0x67, 66, 0xc0, 30}}}
	sample := func(dts, duration int64) mp4.Sample {
		return mp4.Sample{DTS: dts, PTS: dts, Duration: duration, Key: true, Config: config}
	}
	for name, samples := range map[string][]mp4.Sample{
		"no key frame":   nil,
		"parameter sets": {{Duration: 1000, Key: true, Config: &h264.Config{}}},
		"goes back":      {sample(1000, 1), sample(999, 1000)},
		"1 pictures":     {sample(0, 0)},
		"2 pictures":     {sample(0, 1), sample(1, 1<<50)},
	} {
		c := &clip{rate: videoClockRate, samples: samples}
		if err := c.check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	c := &clip{rate: videoClockRate, samples: []mp4.Sample{sample(-5, 3600), sample(3595, 90)}}
	if err := c.check(); err != nil {
		t.Errorf("good samples: %v", err)
	}
}
