package record

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/record/spool"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/stamp"
)

// outage is a recording of a camera that is away for a while.
type outage struct {
	Options
	before, away, after time.Duration // the camera sends, is away, and sends again; 0: not at all
	stop                time.Duration // when the recording is stopped, if it does not end by itself
	connected           time.Time     // the last time
}

// record returns the summary and the events.
func (o *outage) record(t *testing.T) (s Summary, events told, err error) {
	atNoon(t, func(t *testing.T) {
		var plug socket
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for _, d := range []time.Duration{o.before, o.after} {
				if d > 0 {
					pull := plug.plug(t, oneCamera())
					time.Sleep(d)
					pull()
				}
				if d == o.before {
					time.Sleep(o.away)
				}
			}
		}()
		if o.stop > 0 {
			time.AfterFunc(o.stop, cancel)
		}
		o.URL, o.Stamps, o.Events = "rtsp://192.0.2.2/cam0", stamp.MISB, func(e Event) {
			if e.Type != Status {
				events.take(e)
			}
			if e.Type == Connected {
				o.connected = time.Now()
			}
		}
		o.Camera = camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: plug.dial}}
		s, err = Run(ctx, o.Options)
		cancel()
		<-done
	})
	return s, events, err
}

// TestDurationBegins has a camera that comes later than the recording is long: its length counts from the first frame on.
func TestDurationBegins(t *testing.T) {
	o := outage{away: 40 * time.Second, after: time.Minute}
	o.Output, o.Duration = filepath.Join(t.TempDir(), "x.mp4"), 10*time.Second
	s, events, err := o.record(t)
	if err != nil || s.Frames != 250 || s.Gaps != 0 {
		t.Errorf("%+v, %v, %v", s, err, events)
	}
	var last Event // told while the camera was away: how long it is by then
	for _, e := range events {
		if e.Type == Waiting {
			last = e
		}
	}
	if last.Gap < 10*time.Second || last.Gap > 40*time.Second {
		t.Errorf("after up to 40 s it waits for %v", last.Gap)
	}
}

// TestEndWithoutCamera ends a recording while the camera is away: what is missing until then is a gap as any other.
func TestEndWithoutCamera(t *testing.T) {
	o := outage{before: 20 * time.Second}
	o.Output, o.Duration = filepath.Join(t.TempDir(), "x.mp4"), time.Minute
	s, events, err := o.record(t)
	if err != nil || s.Gaps != 1 || events.count(Gap) != 1 {
		t.Fatalf("%+v, %v, %v", s, err, events)
	}
	_, box := open(t, o.Output)
	if len(box.Gaps) != 1 || box.Gaps[0].To.Sub(box.Frames[0].Arrival).Truncate(2*time.Second) != time.Minute {
		t.Errorf("gaps %+v", box.Gaps)
	}
}

// TestNight has a camera that is off for so long that one file can't hold it: another one goes on, with the first frame.
func TestNight(t *testing.T) {
	dir := t.TempDir()
	o := outage{before: 20 * time.Second, away: 8 * time.Hour, after: 2 * time.Minute, stop: 9 * time.Hour}
	o.Output, o.Duration = filepath.Join(dir, "x.mp4"), 8*time.Hour+90*time.Second
	s, _, err := o.record(t)
	if err != nil || s.Files != 2 || s.Gaps != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	_, first := open(t, o.Output)
	m, second := open(t, filepath.Join(dir, "x_2.mp4"))
	if len(first.Gaps) != 0 || len(second.Gaps) != 1 || second.Gaps[0].Cause != stamp.ConnectionLost {
		t.Errorf("gaps %+v and %+v", first.Gaps, second.Gaps)
	}
	if late := second.Frames[0].Arrival.Sub(o.connected); late > 100*time.Millisecond {
		t.Errorf("the second file begins %v after the camera came back", late)
	}
	if n := len(first.Frames) + m.Tracks[0].Len; s.Frames != int64(n) {
		t.Errorf("%d frames are in the files, %d are told", n, s.Frames)
	}
}

// TestGapOfPicture has a picture that stops while the sound goes on: the gap begins with the picture's last unit.
func TestGapOfPicture(t *testing.T) {
	format, err := aac.ParseFormat("MPEG4-GENERIC/48000/2", "mode=AAC-hbr;config=1190;sizeLength=13;indexLength=3;indexDeltaLength=3")
	if err != nil {
		t.Fatal(err)
	}
	var events told
	r := newRecorder(Options{Output: filepath.Join(t.TempDir(), "x.mp4"), Events: events.take}, noon)
	go r.disk.Run()
	tracks := []media.Track{{ClockRate: 90000}, {ID: 1, Kind: media.Audio, ClockRate: 48000, Config: format.Config}}
	r.begin(tracks, nil, noon)
	picture := func(at time.Duration) {
		r.unit(&media.Unit{
			PTS: int64(at/time.Second) * 90000, Arrival: noon.Add(at), Key: true, Config: testConfig(t), Data: [][]byte{{0x65, 0x88, 0x84, 0x11}},
		})
	}
	r.unit(&media.Unit{Track: 1, Arrival: noon, Reports: []clock.Report{{NTP: ntp.FromTime(noon)}}}) // before there is a file
	picture(0)
	picture(time.Second)
	for i := range 10 {
		at := time.Duration(i+1) * time.Second
		r.unit(&media.Unit{
			Track: 1, PTS: int64(i) * 48000, Arrival: noon.Add(at), Key: true, Config: format.Config, Data: [][]byte{{1, 2, 3}},
		})
	}
	r.end()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r.wait(ctx, camera.ErrSilent)
	r.begin(tracks, nil, noon.Add(11*time.Second))
	picture(12 * time.Second)
	r.finish(nil, 0)
	if err := r.closeDisk(); err != nil {
		t.Fatal(err)
	}
	gap := events[slices.IndexFunc(events, func(e Event) bool { return e.Type == Gap })]
	if gap.From.Sub(noon) != time.Second || gap.To.Sub(noon) != 12*time.Second {
		t.Errorf("missing from %v to %v", gap.From, gap.To)
	}
	if _, box := open(t, r.Output); len(box.Reports) != 1 {
		t.Errorf("%d reports, one came before the first picture", len(box.Reports))
	}
}

// shaky is a file on a disk that breaks.
type shaky struct {
	nowhere
	broken *error
}

func (s shaky) WriteAt(b []byte, at int64) (int, error) {
	if *s.broken != nil {
		return 0, *s.broken
	}
	return s.nowhere.WriteAt(b, at)
}

// pictures has r record a unit every second, each a key frame, and looks at the disk's news.
func pictures(t *testing.T, r *recorder, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		now := noon.Add(time.Duration(i) * time.Second)
		u := &media.Unit{
			PTS: int64(i) * 90000, Arrival: now, Key: true, Config: testConfig(t), Data: [][]byte{{0x65, 0x88, 0x84, 0x11}},
			Reports: []clock.Report{{NTP: ntp.FromTime(now), RTP: int64(i) * 90000, Arrival: now}},
		}
		if err := errors.Join(r.unit(u), r.news(now)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		time.Sleep(time.Second)
	}
}

// TestFileFails has a file whose handle breaks for good: what waited for the disk is missing too, from its first frame on, and
// is not counted as recorded.
func TestFileFails(t *testing.T) {
	atNoon(t, func(t *testing.T) {
		var broken error
		var events told
		r := recorderOf(t, Options{Output: "x", Events: events.take}, noon)
		r.create = func(string, time.Time, bool, bool) (spool.Handle, error) { return shaky{broken: &broken}, nil }
		pictures(t, r, 0, 20)
		broken = fmt.Errorf("input/output error")
		pictures(t, r, 20, 21) // writes frame 19, the last of the part before
		broken = nil
		pictures(t, r, 21, 40)
		r.finish(nil, 0)
		if err := r.closeDisk(); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(events, func(e Event) bool { return e.Type == Gap })
		if i < 0 || r.summary.Gaps != 1 {
			t.Fatalf("%+v, %v", r.summary, events)
		}
		gap := events[i]
		missing := gap.To.Sub(gap.From) / time.Second
		if gap.From.Sub(noon) != 19*time.Second || gap.Dropped != int64(missing) || r.summary.Frames != int64(40-missing) {
			t.Errorf("%d frames, %d missing, from %v to %v", r.summary.Frames, gap.Dropped, gap.From.Sub(noon), gap.To.Sub(noon))
		}
		if !strings.Contains(gap.Message, "frames dropped: input/output error") {
			t.Errorf("message %q", gap.Message)
		}
	})
}

// TestLastFileFails has a disk that breaks at the very end: a file that can't be finished is an error.
func TestLastFileFails(t *testing.T) {
	atNoon(t, func(t *testing.T) {
		var broken error
		r := recorderOf(t, Options{Output: "x"}, noon)
		r.create = func(string, time.Time, bool, bool) (spool.Handle, error) { return shaky{broken: &broken}, nil }
		pictures(t, r, 0, 20)
		broken = errors.New("input/output error")
		r.finish(nil, 0)
		if err := r.closeDisk(); !errors.Is(err, broken) || r.summary.Files != 0 || r.summary.Frames != 19 || r.summary.Gaps != 1 {
			t.Errorf("%+v, %v", r.summary, err)
		}
	})
}

// TestStalledReports drops what a disk does not take: the sender reports that came meanwhile are kept.
func TestStalledReports(t *testing.T) {
	atNoon(t, func(t *testing.T) {
		r := newRecorder(Options{Output: "x", Queue: 1}, noon)
		r.begin([]media.Track{{ClockRate: 90000}}, nil, noon)
		r.create = func(string, time.Time, bool, bool) (spool.Handle, error) { return nowhere{}, nil }
		pictures(t, r, 0, 10)
		if !r.hole.dropping() {
			t.Fatal("the disk takes all")
		}
		var box stamp.TimingBox
		if r.file == nil {
			t.Fatal("no file")
		}
		go r.disk.Run()
		synctest.Wait()
		pictures(t, r, 10, 12)
		payload := r.file.timing.AppendAll(nil)[24:]
		if err := box.Add(payload); err != nil {
			t.Fatal(err)
		}
		if len(box.Reports) != 12 {
			t.Errorf("%d reports of 12", len(box.Reports))
		}
		r.finish(nil, 0)
		if err := r.closeDisk(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestNoKeyFrameAgain has a camera that sends no key frame after a break: the segment from before ends when its time is over.
func TestNoKeyFrameAgain(t *testing.T) {
	r := recorderOf(t, Options{Output: filepath.Join(t.TempDir(), "x"), Length: time.Minute}, noon)
	for i := range 120 {
		if i == 30 {
			r.end()
			r.begin(r.tracks, nil, noon.Add(30*time.Second))
		}
		at := noon.Add(time.Duration(i) * time.Second)
		u := &media.Unit{
			PTS: int64(i) * 90000, Arrival: at, Key: i < 30, Config: testConfig(t), Data: [][]byte{{0x65, 0x88, 0x84, 0x11}},
			Wall: clock.Estimate{Time: at},
		}
		if err := r.unit(u); err != nil {
			t.Fatal(err)
		}
		if open := r.file != nil; open != (i < 60) {
			t.Fatalf("after %d s the file is open: %v", i, open)
		}
	}
	if err := r.closeDisk(); err != nil || r.summary.Files != 1 {
		t.Errorf("%+v, %v", r.summary, err)
	}
}

// TestResumed counts all that a stall cost, whichever ends first: the stall or the hole in the file.
func TestResumed(t *testing.T) {
	var events told
	r := recorderOf(t, Options{Output: "x", Events: events.take}, noon)
	defer r.closeDisk()
	for _, dropped := range []int64{5, 7} {
		r.notice(spool.Notice{Kind: spool.Stalled})
		r.hole = hole{open: true, cause: stamp.DiskStalled, from: noon, dropped: dropped}
		r.closeHole(noon.Add(time.Second))
		r.hole = hole{open: true, cause: stamp.DiskStalled, from: noon, dropped: 1}
		r.notice(spool.Notice{Kind: spool.Resumed})
		if e := events[len(events)-1]; e.Type != Resumed || e.Dropped != dropped+1 {
			t.Errorf("%v", e)
		}
		r.closeHole(noon.Add(time.Minute))
	}
}
