package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/stamp"
)

// bubble runs f in virtual time beside a simulated camera, from noon of a day in 2026 on.
func bubble(t *testing.T, sim camsim.Options, f func(ctx context.Context, o Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
		server, err := camsim.NewServer(sim)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		l := mempipe.Listen()
		go server.Serve(ctx, l)
		f(ctx, Options{
			URL: "rtsp://192.0.2.2/cam0", Camera: camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: l.Dial}},
			Stamps: stamp.MISB | stamp.Strawlab, Software: "test",
		})
		cancel()
		synctest.Wait()
	})
}

func oneCamera() camsim.Options { return camsim.Options{Seed: 1, Cameras: make([]camsim.Camera, 1)} }

// open reads a finished file.
func open(t *testing.T, name string) (*mp4.File, *stamp.TimingBox) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	m, err := mp4.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var box stamp.TimingBox
	if err := box.AddAll(m.UUID(stamp.TimingUUID)); err != nil {
		t.Fatal(err)
	}
	return m, &box
}

func TestSingleFile(t *testing.T) {
	output := filepath.Join(t.TempDir(), "garage.mp4")
	var events []Event
	bubble(t, oneCamera(), func(ctx context.Context, o Options) {
		o.Output, o.Duration, o.Length = output, 20*time.Second, 5*time.Second
		o.Events = func(e Event) { events = append(events, e) }
		s, err := Run(ctx, o)
		if err != nil || s.Files != 1 || s.Frames != 500 || s.Lost != 0 {
			t.Errorf("summary %+v, %v", s, err)
		}
	})
	m, box := open(t, output)
	if m.Fragmented || m.Torn != nil || m.Tracks[0].Len != 500 || len(box.Frames) != 500 {
		t.Errorf("fragmented %v, torn %v, %d samples, %d frames in the timing box", m.Fragmented, m.Torn, m.Tracks[0].Len, len(box.Frames))
	}
	checkSamples(t, m)
	if len(box.Reports) < 4 || len(box.HostClocks) == 0 || box.Missing != 0 || box.Software != "test" {
		t.Errorf("%d reports, %d clock states, %d parts missing, software %q", len(box.Reports), len(box.HostClocks), box.Missing, box.Software)
	}
	if len(events) < 20 || events[0].Type != Connected || events[1].Type != Opened || events[len(events)-1].Type != Finished || events[len(events)-1].Frames != 500 ||
		events[len(events)-1].Duration != 20*time.Second {
		t.Errorf("events %v", events)
	}
}

// checkParts looks at a finished file as it was before it got its index: each part, the last one too, has its own timing box.
func checkParts(t *testing.T, name string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	at, patch, _ := mp4.Hide(b)
	copy(b[at:], patch[:])
	m, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	parts := 0
	for p := range m.Parts() {
		payload, err := p.UUID(stamp.TimingUUID)
		var box stamp.TimingBox
		if err := errors.Join(err, box.Add(payload)); err != nil || len(box.Frames) != p.Len(0) {
			t.Errorf("part %d has %d frames and times of %d: %v", parts, p.Len(0), len(box.Frames), err)
		}
		parts++
	}
	if parts == 0 {
		t.Error("no parts")
	}
}

// nalUnits returns the NAL units of each sample, and whether it is a key frame.
func nalUnits(t *testing.T, m *mp4.File) iter.Seq2[bool, [][]byte] {
	t.Helper()
	return func(yield func(bool, [][]byte) bool) {
		for s := range m.Tracks[0].Samples() {
			data, err := m.Read(s, nil)
			if err != nil {
				t.Fatal(err)
			}
			units, err := s.Split(nil, data)
			if err != nil {
				t.Fatal(err)
			}
			if !yield(s.Key, units) {
				return
			}
		}
	}
}

// checkSamples looks into each sample: parameter sets before key frames, our SEI directly before the picture, one picture.
func checkSamples(t *testing.T, m *mp4.File) {
	t.Helper()
	i := 0
	for key, units := range nalUnits(t, m) {
		var types []h264.Type
		for _, nal := range units {
			types = append(types, h264.NALType(nal))
		}
		want := []h264.Type{h264.SEI, h264.SEI, h264.SliceNonIDR}
		if key {
			want = []h264.Type{h264.SPS, h264.PPS, h264.SEI, h264.SEI, h264.SliceIDR}
		}
		if left := without(types, want); len(left) > 0 {
			t.Fatalf("sample %d consists of %v, want %v, and o8B now and then", i, types, want)
		}
		i++
	}
}

// without returns what is left of types when the wanted ones are taken out in order; one SEI more is allowed.
func without(types, want []h264.Type) []h264.Type {
	var left []h264.Type
	for _, t := range types {
		if len(want) > 0 && t == want[0] {
			want = want[1:]
		} else if t != h264.SEI {
			left = append(left, t)
		}
	}
	return append(left, want...)
}

// Segments end at key frames, are named by the capture time of their first frame, and hold every frame once.
func TestSegments(t *testing.T) {
	dir := t.TempDir()
	bubble(t, oneCamera(), func(ctx context.Context, o Options) {
		o.Output, o.Duration, o.Length = filepath.Join(dir, "cam"), 61*time.Second, 15*time.Second
		if s, err := Run(ctx, o); err != nil || s.Frames != 61*25 {
			t.Errorf("summary %+v, %v", s, err)
		}
	})
	names, err := filepath.Glob(filepath.Join(dir, "cam_*.mp4"))
	if err != nil || len(names) != 4 {
		t.Fatalf("files %v, %v", names, err)
	}
	frames, next := 0, int64(0)
	for i, name := range names {
		m, box := open(t, name)
		checkParts(t, name)
		first := box.Frames[0]
		if want := "cam_" + first.Wall.Time.UTC().Format("20060102T150405.000Z") + ".mp4"; filepath.Base(name) != want {
			t.Errorf("%s is to be called %s", name, want)
		}
		if !first.Key || i > 0 && first.PTS != next {
			t.Errorf("%s starts with %+v, wanted PTS %d", name, first, next)
		}
		if len(box.Reports) == 0 || i > 0 && first.AfterReport < 0 {
			t.Errorf("%s does not know the report before its first frame", name)
		}
		if got := m.Tracks[0].Duration; got != int64(len(box.Frames))*3600 {
			t.Errorf("%s lasts %d ticks for %d frames", name, got, len(box.Frames))
		}
		next = box.Frames[len(box.Frames)-1].PTS + 3600
		frames += m.Tracks[0].Len
	}
	if frames != 61*25 {
		t.Errorf("%d frames in all files", frames)
	}
}

func TestStop(t *testing.T) {
	output := filepath.Join(t.TempDir(), "cam.mp4")
	bubble(t, oneCamera(), func(ctx context.Context, o Options) {
		o.Output = output
		ctx, stop := context.WithCancel(ctx)
		time.AfterFunc(5*time.Second, stop)
		if s, err := Run(ctx, o); err != nil || s.Frames < 4*25 {
			t.Errorf("summary %+v, %v", s, err)
		}
	})
	if m, _ := open(t, output); m.Fragmented {
		t.Error("the file is not finished")
	}
}

func TestExistingFile(t *testing.T) {
	output := filepath.Join(t.TempDir(), "cam.mp4")
	precious := strings.Repeat("precious", 1<<17) // longer than what replaces it
	if err := os.WriteFile(output, []byte(precious), 0o644); err != nil {
		t.Fatal(err)
	}
	bubble(t, oneCamera(), func(ctx context.Context, o Options) {
		o.Output, o.Duration = output, 2*time.Second
		if _, err := Run(ctx, o); !errors.Is(err, os.ErrExist) {
			t.Errorf("error %v", err)
		}
		if b, _ := os.ReadFile(output); string(b) != precious {
			t.Error("the file was touched")
		}
		o.Force = true
		if _, err := Run(ctx, o); err != nil {
			t.Error(err)
		}
	})
	if m, _ := open(t, output); m.Torn != nil {
		t.Errorf("something of the old file is left: %v", m.Torn)
	}
}

func TestNames(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 10, 25, 2, 30, 0, 7e6, time.FixedZone("CEST", 2*3600))
	for _, want := range []string{"x_20261025T003000.007Z.mp4", "x_20261025T003000.007Z_2.mp4", "x_20261025T003000.007Z_3.mp4"} {
		f, err := create(filepath.Join(dir, "x"), at, false, false)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if got := filepath.Base(f.Name()); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A file that grows is locked, so that not even force takes it from another recorder.
func TestLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.mp4")
	f, err := create(name, time.Time{}, false, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprint(f, "growing")
	if _, err := create(name, time.Time{}, true, false); err == nil || !strings.Contains(err.Error(), "another recorder") {
		t.Errorf("a second recorder got the file: %v", err)
	}
	if b, _ := os.ReadFile(name); string(b) != "growing" {
		t.Error("the second recorder changed the file")
	}
}
