package record

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/record/retain"
	"github.com/timeslate/timeslate/record/segment"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/stamp"
)

// TestDay records picture and sound for a day of virtual time, with clocks that all drift, in segments of an hour of which
// the newest six are kept: names, numbers and sizes are right, sound and picture together to the end, and memory is flat.
func TestDay(t *testing.T) {
	if testing.Short() {
		t.Skip("a day takes half a minute")
	}
	const segments, kept = 24, 6
	length := time.Hour
	if raced {
		length = 5 * time.Minute // the race detector takes ten times as long
	}
	output := filepath.Join(t.TempDir(), "cam")
	sim := camsim.Options{Seed: 1, Cameras: []camsim.Camera{{
		Width: 928, Height: 480, Rate: camsim.Rate{Num: 5, Den: 1}, Audio: camsim.Audio{SampleRate: 8000},
		Clock: camsim.Clock{Offset: 1500 * time.Millisecond, PPM: 12, RTPPPM: 40, AudioPPM: -70},
	}}}
	heap := map[int]uint64{}
	atNoon(t, func(t *testing.T) {
		var plug socket
		pull := plug.plug(t, sim)
		defer pull()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		keeper, err := retain.New(retain.Limits{Files: kept}, output)
		if err != nil {
			t.Fatal(err)
		}
		var events told
		s, err := Run(ctx, Options{
			URL: "rtsp://192.0.2.2/cam0", Output: output, Length: length, Duration: segments * length, Stamps: stamp.MISB,
			Camera: camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: plug.dial}, Trust: clock.TrustCamera}, Keeper: keeper,
			Events: func(e Event) {
				switch e.Type {
				case Status:
				case Opened:
					heap[events.count(Opened)] = inUse()
					fallthrough
				default:
					events.take(e)
				}
			},
		})
		frames := int64(segments * length.Seconds() * 5 / (1 + 40e-6)) // an hour on the camera's media clock is a little less
		if err != nil || s.Files != segments || (s.Frames-frames)/2 != 0 || s.Lost != 0 || s.Gaps != 0 {
			t.Errorf("%+v, %v", s, err)
		}
		if n := events.count(Deleted); n != segments-kept || events.count(Warning) != 0 {
			t.Errorf("%d files deleted, %d warnings", n, events.count(Warning))
		}
	})
	if !raced && heap[23] > heap[3]+6<<20 {
		t.Errorf("memory grows: %d bytes in use after 3 segments, %d after 23", heap[3], heap[23])
	}
	files, err := segment.List(output)
	if err != nil || len(files) != kept {
		t.Fatalf("%d files are left, %v", len(files), err)
	}
	pictures, sounds := int(length.Seconds()*5), int(length.Seconds()*8000/1024)
	for i, file := range files {
		m, box := open(t, filepath.Join(filepath.Dir(output), filepath.Base(file.Name)))
		if len(m.Tracks) != 2 || (m.Tracks[0].Len-pictures)/40 != 0 || (m.Tracks[1].Len-sounds)/40 != 0 {
			t.Fatalf("file %d: %d tracks, %d pictures, %d of sound", i, len(m.Tracks), m.Tracks[0].Len, m.Tracks[len(m.Tracks)-1].Len)
		}
		if file.Size < int64(pictures)*100 || file.Size > int64(pictures)*1500 {
			t.Errorf("file %d has %d bytes", i, file.Size)
		}
		begins := box.Frames[0].Wall.Time
		if d := file.Start.Sub(begins).Abs(); d > time.Millisecond {
			t.Errorf("file %d is called %v and begins at %v", i, file.Start, begins)
		}
		first, last := apart(m, box, length)
		if first.Abs() > 2*time.Millisecond || last.Abs() > 2*time.Millisecond {
			t.Errorf("file %d: sound is %v behind the picture at first and %v at last", i, first, last)
		}
	}
}

// inUse returns how many bytes of the heap are in use.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// apart returns how far the sound of a file is behind the picture of the same capture time, in the first ten seconds and in
// the last.
func apart(m *mp4.File, box *stamp.TimingBox, length time.Duration) (first, last time.Duration) {
	const stretch = 10 * time.Second
	var shift [2][2]time.Duration // by track; by end: mean distance of the media's time from the capture time
	for i := range m.Tracks {
		var captured []time.Time
		for _, f := range box.Frames {
			if f.Track == i {
				captured = append(captured, f.Wall.Time)
			}
		}
		var sum [2]time.Duration
		var n [2]time.Duration
		k := 0
		for s := range m.Tracks[i].Samples() {
			at := seconds(s.PTS, &m.Tracks[i].Track)
			d := at - captured[k].Sub(box.Frames[0].Wall.Time)
			if at < stretch {
				sum[0], n[0] = sum[0]+d, n[0]+1
			}
			if at > length-stretch {
				sum[1], n[1] = sum[1]+d, n[1]+1
			}
			k++
		}
		shift[i] = [2]time.Duration{sum[0] / max(1, n[0]), sum[1] / max(1, n[1])}
	}
	return shift[1][0] - shift[0][0], shift[1][1] - shift[0][1]
}

func seconds(ticks int64, t *media.Track) time.Duration {
	return time.Duration(mp4.Rescale(ticks, t.ClockRate, uint32(time.Second)))
}
