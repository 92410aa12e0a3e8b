package record

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/record/retain"
	"github.com/timeslate/timeslate/stamp"
)

// testConfig returns the parameters of a camera.
func testConfig(t *testing.T) *h264.Config {
	t.Helper()
	format, err := h264.ParseFormat("H264/90000", "sprop-parameter-sets="+sps+","+pps)
	if err != nil {
		t.Fatal(err)
	}
	return format.Config
}

// TestStart has a camera that is in the middle of a group of pictures, and one whose parameter sets come late.
func TestStart(t *testing.T) {
	config := testConfig(t)
	start := time.Unix(1772366400, 0)
	r := recorderOf(t, Options{Output: filepath.Join(t.TempDir(), "x.mp4")}, start)
	for i, tt := range []struct {
		key     bool
		config  media.Config
		started bool
	}{
		{false, config, false},
		{true, nil, false},
		{false, nil, false},
		{true, config, true},
		{false, config, true},
	} {
		u := media.Unit{
			PTS: int64(i) * 3600, Arrival: start.Add(time.Duration(i) * 40 * time.Millisecond),
			Key: tt.key, Config: tt.config, Data: [][]byte{{0x65, 0x88, 0x84, 0x11}},
		}
		if err := r.unit(&u); err != nil {
			t.Fatalf("unit %d: %v", i, err)
		}
		if started := r.file != nil; started != tt.started {
			t.Errorf("after unit %d the recording has begun: %v", i, started)
		}
	}
	r.finish(nil, 0)
	if err := r.closeDisk(); err != nil || r.summary.Frames != 2 {
		t.Errorf("%d frames, %v", r.summary.Frames, err)
	}
}

// TestFrozenClock has a camera whose media clock stands still: its files end all the same, each at twice its length.
func TestFrozenClock(t *testing.T) {
	start := time.Unix(1772366400, 0)
	r := recorderOf(t, Options{Output: filepath.Join(t.TempDir(), "x"), Length: 10 * time.Second}, start)
	begun := map[*file]int{} // seconds after the start
	for second := range 45 {
		u := media.Unit{
			PTS: int64(second), Arrival: start.Add(time.Duration(second) * time.Second),
			Key: true, Config: testConfig(t), Data: [][]byte{{0x65, 0x88, 0x84, 0x11}},
		}
		if err := r.unit(&u); err != nil {
			t.Fatal(err)
		}
		if _, known := begun[r.file]; !known {
			begun[r.file] = second
		}
	}
	r.finish(nil, 0)
	if err := r.closeDisk(); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Values(begun)); !slices.Equal(got, []int{0, 20, 40}) {
		t.Errorf("files begin after %v s", got)
	}
}

// TestNothingCame stops recordings of cameras that never answer: the error says why nothing is recorded.
func TestNothingCame(t *testing.T) {
	o := outage{away: time.Hour, stop: time.Minute}
	o.Output = filepath.Join(t.TempDir(), "x.mp4")
	if s, _, err := o.record(t); err == nil || !strings.Contains(err.Error(), "connection refused") || s != (Summary{}) {
		t.Errorf("%+v, %v", s, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, o.Options); !errors.Is(err, errNotReached) {
		t.Error(err)
	}
}

// TestFreeSpace wants more free space than any disk has: all files but the newest are deleted while the recording goes on.
func TestFreeSpace(t *testing.T) {
	var events told
	output := filepath.Join(t.TempDir(), "x")
	bubble(t, oneCamera(), func(ctx context.Context, o Options) {
		keeper, err := retain.New(retain.Limits{Free: 1 << 62}, output)
		if err != nil {
			t.Fatal(err)
		}
		o.Output, o.Length, o.Duration, o.Keeper, o.Events = output, 2*time.Second, 30*time.Second, keeper, events.take
		if s, err := Run(ctx, o); err != nil || s.Files < 10 {
			t.Errorf("%+v, %v", s, err)
		}
	})
	if events.count(Deleted) < 5 || events.count(Warning) != 1 {
		t.Errorf("%d files were deleted, %d warnings: %v", events.count(Deleted), events.count(Warning), events)
	}
}

// recorderOf returns a recorder at the beginning of a session with a camera that has only video.
func recorderOf(t *testing.T, o Options, start time.Time) *recorder {
	t.Helper()
	r := newRecorder(o, start)
	go r.disk.Run()
	r.begin([]media.Track{{ClockRate: 90000}}, nil, start)
	return r
}

// TestGaps has packets that were lost before the recording and within it, a file that ends with a pause of the camera, and a
// new run in the file after.
func TestGaps(t *testing.T) {
	config, start, dir := testConfig(t), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), t.TempDir()
	r := recorderOf(t, Options{Output: filepath.Join(dir, "x"), Length: time.Second}, start)
	for _, tt := range []struct {
		at        time.Duration
		run, lost int
		report    bool
	}{
		{0, 0, 1000, true}, {40 * time.Millisecond, 0, 0, false}, {80 * time.Millisecond, 0, 3, false},
		{2 * time.Second, 0, 0, false},         // the second file begins
		{3040 * time.Millisecond, 1, 2, false}, // the third
	} {
		u := media.Unit{
			PTS: int64(tt.at/time.Millisecond) * 90, Run: tt.run, SSRC: uint32(tt.run), Lost: tt.lost, Arrival: start.Add(tt.at),
			Key: true, Config: config, Data: [][]byte{{0x65, 0x88, 0x84, 0x11}},
			Wall: clock.Estimate{Time: start.Add(tt.at), State: clock.RxOnly, Source: clock.Arrival},
		}
		u.RTP = uint32(u.PTS)
		if tt.report {
			u.Reports = []clock.Report{{NTP: ntp.FromTime(start), Run: tt.run, Arrival: start}}
		}
		if err := r.unit(&u); err != nil {
			t.Fatal(err)
		}
	}
	r.finish(nil, 0)
	if err := r.closeDisk(); err != nil || r.summary != (Summary{Files: 3, Frames: 5, Lost: 5, Gaps: 1}) {
		t.Errorf("%+v, %v", r.summary, err)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "x_*.mp4"))
	for i, want := range []struct {
		causes   []stamp.Cause
		reports  int
		duration time.Duration // of the file; the last frame of the last one as long as the average of 25 per second
	}{
		{[]stamp.Cause{stamp.PacketsLost}, 1, 2 * time.Second},
		{nil, 1, 1040*time.Millisecond + time.Second/90000},
		{[]stamp.Cause{stamp.CameraRestart}, 0, 40 * time.Millisecond},
	} {
		m, box := open(t, names[i])
		var causes []stamp.Cause
		for _, g := range box.Gaps {
			causes = append(causes, g.Cause)
		}
		if lost := box.Frames[0].Lost; i == 0 && lost != 0 {
			t.Errorf("%d packets are missing before the recording", lost)
		}
		if !slices.Equal(causes, want.causes) || len(box.Reports) != want.reports {
			t.Errorf("file %d: gaps %v, %d reports, want %v, %d", i, causes, len(box.Reports), want.causes, want.reports)
		}
		if d := time.Duration(m.Tracks[0].Duration) * time.Second / 90000; d != want.duration {
			t.Errorf("file %d lasts %v, want %v", i, d, want.duration)
		}
	}
}
