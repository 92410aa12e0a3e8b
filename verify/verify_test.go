package verify

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/filelock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/stamp"
)

// restarted returns pictures of another run, with a new SSRC and other RTP times.
func restarted(units []*media.Unit, run int) []*media.Unit {
	for _, u := range units {
		u.Run, u.SSRC = run, 100+uint32(run)
		u.PTS += int64(run) * 123456789
		u.RTP = uint32(u.PTS)
		u.Reports = nil
	}
	return units
}

// jumped returns pictures with RTP times that are a minute later.
func jumped(units []*media.Unit) []*media.Unit {
	for _, u := range units {
		u.PTS += 60 * 90000
		u.RTP = uint32(u.PTS)
	}
	return units
}

// byHost returns pictures whose times are by the clock of this host, which is ahead of the camera's.
func byHost(units []*media.Unit, ahead time.Duration) []*media.Unit {
	for _, u := range units {
		u.Wall.Time, u.Wall.State, u.Wall.Source = u.Wall.Time.Add(ahead), clock.RxOnly, clock.Arrival
	}
	return units
}

// gapTo returns a recorded gap before picture b, the last one before it being a.
func gapTo(cause stamp.Cause, a, b int) []stamp.Gap {
	return []stamp.Gap{{Track: -1, Cause: cause, From: picture(a).Arrival, To: picture(b).Arrival, Text: "x"}}
}

// with changes one of the units.
func with(units []*media.Unit, i int, change func(u *media.Unit)) []*media.Unit {
	change(units[i])
	return units
}

// otherConfig returns the parameters of a picture of the same size with another picture parameter set.
func otherConfig(t *testing.T) media.Config {
	t.Helper()
	config, err := h264.NewConfig(tracks(t)[0].Config.(*h264.Config).SPS, [][]byte{[]byte("\x68\xce\x3c\x80")})
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// TestVerdicts checks what is said of recordings that are whole and of ones that are not.
func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		name     string
		segments []clipFile
		want     Summary
		said     string // in the report for people
	}{
		{"whole", []clipFile{{units: pictures(0, 100)}}, Summary{Verdict: Whole, Frames: 100, Recorded: 4 * time.Second},
			"  captured from 2026-11-20T12:00:00.000Z to 2026-11-20T12:00:03.960Z\n" +
				"  clock locked in 100 % of the frames, by sr; times good to ±1ms, the worst to ±1ms\n" +
				"WHOLE: 100 frames, 4.000 s recorded in 1 file"},
		{"three segments", []clipFile{{units: pictures(0, 50)}, {units: pictures(50, 75)}, {units: pictures(75, 100)}},
			Summary{Verdict: Whole, Frames: 100, Recorded: 4 * time.Second}, "video avc1.4d001f 1280x720, 50 frames, 2 key"},
		{"two frames missing between segments", []clipFile{{units: pictures(0, 50)}, {units: pictures(52, 100)}},
			Summary{Verdict: Gaps, Frames: 98, Gaps: 1, LostFrames: 2, Missing: 120 * time.Millisecond}, "missing between two files"},
		{"three frames missing within", []clipFile{{units: append(pictures(0, 50), pictures(53, 100)...)}},
			Summary{Verdict: Gaps, Frames: 97, Gaps: 1, LostFrames: 3, Missing: 160 * time.Millisecond},
			"no packet is missing: the camera or the recorder left them out), track 0, 3 frames missing, found now\n"},
		{"a broken connection", []clipFile{{units: append(pictures(0, 50), restarted(pictures(150, 200), 1)...),
			gaps: gapTo(stamp.ConnectionLost, 49, 150)}},
			Summary{Verdict: Gaps, Frames: 100, Recorded: 4 * time.Second, Gaps: 1, LostFrames: 100, Missing: 4040 * time.Millisecond},
			"gap 2026-11-20T12:00:01.960Z to 2026-11-20T12:00:06.000Z, 4.040 s: connection lost (x), 100 frames missing\n"},
		{"a broken connection between segments", []clipFile{{units: pictures(0, 50)}, {units: restarted(pictures(150, 200), 1),
			gaps: gapTo(stamp.ConnectionLost, 49, 150)}},
			Summary{Verdict: Gaps, Frames: 100, Recorded: 4 * time.Second, Gaps: 1, LostFrames: 100, Missing: 4040 * time.Millisecond}, "connection lost"},
		{"a new stream that nobody noticed", []clipFile{{units: append(pictures(0, 50), restarted(pictures(51, 100), 1)...)}},
			Summary{Verdict: Gaps, Frames: 99, Gaps: 1, LostFrames: 1, Missing: 80 * time.Millisecond}, "no gap was recorded"},
		{"a recorder that was started again", []clipFile{{units: pictures(0, 50)}, {units: pictures(75, 100), began: 3 * time.Second}},
			Summary{Verdict: Gaps, Frames: 75, Gaps: 1, LostFrames: 25, Missing: 1040 * time.Millisecond}, "the recorder did not run"},
		{"a disk that stalled", []clipFile{{units: append(pictures(0, 50), pictures(75, 100)...), gaps: gapTo(stamp.DiskStalled, 49, 75)}},
			Summary{Verdict: Gaps, Frames: 75, Gaps: 1, LostFrames: 25, Missing: 1040 * time.Millisecond}, "disk stalled"},
		{"lost packets", []clipFile{{units: with(pictures(0, 100), 60, func(u *media.Unit) { u.Lost, u.Damaged = 7, true }),
			gaps: []stamp.Gap{{Cause: stamp.PacketsLost, From: picture(59).Arrival, To: picture(60).Arrival, Text: "7 packets"}}}},
			Summary{Verdict: Gaps, Frames: 100, Lost: 7}, "7 packets lost, 1 frame damaged"},
		{"a lost packet that was not recorded as a gap", []clipFile{{units: with(pictures(0, 100), 60, func(u *media.Unit) { u.Lost = 1 })}},
			Summary{Verdict: Gaps, Frames: 100, Lost: 1}, "1 packet, not recorded as a gap"},
		{"times go back", []clipFile{{units: with(pictures(0, 100), 60, func(u *media.Unit) { u.Wall.Time = u.Wall.Time.Add(-time.Second) })}},
			Summary{Verdict: Gaps, Frames: 100, Backwards: 958 * time.Millisecond}, "the capture time goes back 1 time, by up to 960ms"},
		{"times go back between segments", []clipFile{{units: pictures(0, 50)},
			{units: with(pictures(50, 100), 0, func(u *media.Unit) { u.Wall.Time = u.Wall.Time.Add(-time.Second) })}},
			Summary{Verdict: Gaps, Frames: 100, Backwards: 958 * time.Millisecond}, "the capture time goes back 1 time, by up to 960ms"},
		{"times go back within their bounds", []clipFile{{units: with(pictures(0, 100), 60, func(u *media.Unit) {
			u.Wall.Time, u.Wall.Error = u.Wall.Time.Add(-50*time.Millisecond), 30*time.Millisecond
		})}}, Summary{Verdict: Whole, Frames: 100}, "within its error bounds"},
		{"a camera whose clock is behind", []clipFile{{units: append(byHost(pictures(0, 10), time.Second), pictures(10, 100)...)}},
			Summary{Verdict: Whole, Frames: 100}, "until the camera's clock is known, which is about 1s behind"},
		{"the same frames twice", []clipFile{{units: pictures(0, 50)}, {units: pictures(25, 100)}},
			Summary{Verdict: Damaged, Frames: 125, Damage: 1, Backwards: 958 * time.Millisecond}, "begins 960ms before"},
		{"unfinished", []clipFile{{units: pictures(0, 50), state: Unfinished}}, Summary{Verdict: Damaged, Frames: 50, Damage: 1}, "timeslate repair"},
		{"a sample that is not NAL units", []clipFile{{units: pictures(0, 50), spoil: func(b []byte) {
			b[bytes.Index(b, []byte("\x00\x00\x00\x04\x41\x01"))+3] = 99
		}}}, Summary{Verdict: Damaged, Frames: 50, Damage: 1}, "1 frame damaged"},
		{"a frame too many in the timing box", []clipFile{{units: pictures(0, 50), times: func(s *stamp.Timing) { s.AddUnit(picture(50)) }}},
			Summary{Verdict: Damaged, Frames: 50, Damage: 1}, "has 51 frames for 50 samples"},
		{"a key frame in the wrong place of the index", []clipFile{{units: pictures(0, 50), spoil: func(b []byte) {
			const second = len("stss") + 4 + 4 + 4 // version and flags, number, the first key frame
			b[bytes.LastIndex(b, []byte("stss"))+second+3]++
		}}}, Summary{Verdict: Damaged, Frames: 50, Damage: 1}, "2 frames a key frame for the timing box but not for the index, or the reverse"},
		{"a sample beyond the end", []clipFile{{units: pictures(0, 50), spoil: func(b []byte) {
			const last = len("stsz") + 4 + 4 + 4 + 49*4 // version and flags, size, number, the sizes before
			copy(b[bytes.LastIndex(b, []byte("stsz"))+last:], "\x00\xff\xff\xff")
		}}}, Summary{Verdict: Damaged, Frames: 50, Damage: 2}, "DAMAGE: track 0: 1 frame empty or not in the file\n"},
		{"a timing box that is none", []clipFile{{units: pictures(0, 50), spoil: func(b []byte) {
			copy(b[bytes.LastIndex(b, stamp.TimingUUID[:])+16:], "\xff\xff\xff\xff\xff\xff\xff\xff")
		}}}, Summary{Verdict: Damaged, Frames: 50, Damage: 2}, "DAMAGE: stamp: "},
		{"a frame without a time", []clipFile{{units: with(pictures(0, 50), 0, func(u *media.Unit) { u.Wall = clock.Estimate{} })}},
			Summary{Verdict: Whole, Frames: 50}, "captured from 2026-11-20T12:00:00.040Z to 2026-11-20T12:00:01.960Z\n" +
				"  clock locked in 98 % of the frames, by sr; times good to ±1ms, the worst to ±1ms; 1 frame without a time\n"},
		{"frames missing beside a gap of the sound", []clipFile{{units: append(pictures(0, 50), pictures(53, 100)...),
			gaps: []stamp.Gap{{Track: 1, Cause: stamp.PacketsLost, From: picture(49).Arrival, To: picture(53).Arrival}}}},
			Summary{Verdict: Gaps, Frames: 97, Gaps: 1, LostFrames: 3, Missing: 160 * time.Millisecond}, "no packet is missing"},
		{"other parameters", []clipFile{{units: with(pictures(0, 50), 25, func(u *media.Unit) { u.Config = otherConfig(t) })}},
			Summary{Verdict: Whole, Frames: 50}, "the parameters change 1 time\n"},
		{"a jump of the camera's clock at a restart", []clipFile{{units: append(pictures(0, 50), with(restarted(pictures(50, 51), 1), 0,
			func(u *media.Unit) { u.Wall.Time = u.Wall.Time.Add(time.Hour) })...), gaps: gapTo(stamp.CameraRestart, 49, 50)}},
			Summary{Verdict: Whole, Frames: 51}, "at 1 restart, by up to 1h0m0s"},
		{"a jump of the RTP times that the recorder did not believe", []clipFile{{units: append(pictures(0, 50), jumped(pictures(50, 100))...)},
			{units: jumped(jumped(pictures(100, 120)))}}, Summary{Verdict: Whole, Frames: 120}, "the camera's clock jumps 1 time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := verified(t, Options{}, test.segments...)
			test.want.Type, test.want.Recordings, test.want.Files = "summary", 1, len(test.segments)
			got := r.Summary
			if test.want.Recorded == 0 {
				got.Recorded = 0
			}
			var text bytes.Buffer
			if err := r.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			if got != test.want || !strings.Contains(text.String(), test.said) {
				t.Errorf("%+v\nwant %+v\nand %q\n%s", got, test.want, test.said, &text)
			}
		})
	}
}

// TestBadNetwork has so many lost packets that not all of them are shown.
func TestBadNetwork(t *testing.T) {
	units := pictures(0, 100)
	for _, u := range units[10 : 10+maxGapLines+5] {
		u.Lost = 1
	}
	var text bytes.Buffer
	if err := verified(t, Options{}, clipFile{units: units}).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text.String(), "  gap "); n != maxGapLines || !strings.Contains(text.String(), "… and 5 more times lost packets\n") {
		t.Errorf("%d gaps are shown:\n%s", n, &text)
	}
}

// TestQuick checks that the media are not read when they shall not be.
func TestQuick(t *testing.T) {
	r := verified(t, Options{Quick: true}, clipFile{units: pictures(0, 50), spoil: func(b []byte) {
		b[bytes.Index(b, []byte("\x00\x00\x00\x04\x41\x01"))+3] = 99
	}})
	if r.Summary.Verdict != Whole {
		t.Errorf("%+v", r.Summary)
	}
}

// TestOffset checks that it is found out how late the sound is, at the start and at the end, whatever the clocks of the two
// tracks and of the camera are.
func TestOffset(t *testing.T) {
	for _, late := range []time.Duration{0, 10 * time.Millisecond, -250 * time.Millisecond} {
		for _, ppm := range []int64{0, 300} {
			units := withSound(500) // 20 s
			for _, u := range units {
				for k := range u.Reports { // the RTP time of the sound runs faster, and nobody moved it in the file
					if u.Track == 1 {
						u.Reports[k].RTP += (u.PTS - sound(0).PTS) * ppm / 1e6
					}
				}
			}
			r := verified(t, Options{}, clipFile{tracks: tracks(t), units: units, sound: late})
			o := r.Stories[0].Files[0].Offset
			if o == nil {
				t.Fatal("no offset")
			}
			drift := time.Duration(ppm) * 1e3 * 18 // over 18 s
			near := func(got, want time.Duration) bool { return (got - want).Abs() < 2*time.Millisecond }
			if !near(o.Start, late) || !near(o.End, late+drift) || o.Pairs != 11 {
				t.Errorf("%v late, %d ppm: %+v", late, ppm, o)
			}
		}
	}
}

// TestOffsetClockSet sets the camera's clock by ten seconds in mid-recording: a report of the sound between the picture's last
// report before that and its first one after it tells nothing.
func TestOffsetClockSet(t *testing.T) {
	set := started.Add(9 * time.Second)
	units := withSound(500)
	for _, u := range units {
		for i := range u.Reports {
			if u.Reports[i].Arrival.After(set) {
				u.Reports[i].NTP += 10 << 32
			}
		}
	}
	o := verified(t, Options{}, clipFile{tracks: tracks(t), units: units}).Stories[0].Files[0].Offset
	if o == nil || o.Worst.Abs() > 2*time.Millisecond || o.Pairs != 10 {
		t.Errorf("%+v", o)
	}
}

// TestStates checks how far files came, and that nothing that is not a recording is an error of the whole.
func TestStates(t *testing.T) {
	dir := t.TempDir()
	name := func(s string) string { return filepath.Join(dir, s) }
	clipFile{units: pictures(0, 50)}.write(t, name("finished.mp4"))
	clipFile{units: pictures(0, 50), state: Unfinished}.write(t, name("unfinished.mp4"))
	clipFile{units: pictures(0, 50), state: Torn}.write(t, name("torn.mp4"))
	clipFile{units: pictures(0, 50), state: Torn}.write(t, name("recording.mp4"))
	f, err := os.Open(name("recording.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := filelock.Lock(f); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name("finished.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	for file, b := range map[string][]byte{"cut.mp4": b[:len(b)-1], "letter.mp4": []byte("Dear Sir or Madam"), "empty.mp4": nil} {
		if err := os.WriteFile(name(file), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]struct {
		State
		Verdict
	}{
		"finished.mp4": {Finished, Whole}, "unfinished.mp4": {Unfinished, Damaged}, "torn.mp4": {Torn, Damaged},
		"recording.mp4": {Recording, Whole}, "cut.mp4": {Cut, Damaged}, "letter.mp4": {Unreadable, Damaged},
		"empty.mp4": {Unreadable, Damaged}, "missing.mp4": {Unreadable, Damaged}, ".": {Unreadable, Damaged},
	} {
		r, err := Files(context.Background(), []string{name(file)}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Stories[0].Files[0].State; got != want.State || r.Summary.Verdict != want.Verdict {
			t.Errorf("%s: %s, %s: %q", file, got, r.Summary.Verdict, r.Stories[0].Files[0].Damage)
		}
	}
}

// TestStories checks which files are one recording.
func TestStories(t *testing.T) {
	for path, want := range map[string]string{
		"a/cam_20261120T120000.250Z.mp4":    "a/cam",
		"a/cam_20261120T120000.250Z_12.mp4": "a/cam",
		"cam.mp4":                           "cam",
		"cam_2.mp4":                         "cam",
		"cam":                               "cam",
		"_20261120T120000.250Z.mp4":         "_20261120T120000.250Z.mp4",
	} {
		if got := storyOf(path); got != want {
			t.Errorf("%s belongs to %q, want %q", path, got, want)
		}
	}
}

// TestCancelled checks that a long check can be ended.
func TestCancelled(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.mp4")
	clipFile{units: pictures(0, 50)}.write(t, name)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Files(ctx, []string{name}, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
