package extract

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/stamp"
)

// segment records frames of the test's camera into a file, whose presentation begins at 0.
func segment(t testing.TB, kinds stamp.Kinds, withTiming bool, from, to int) []byte {
	t.Helper()
	return segments(t, kinds, withTiming, from, to)[0]
}

// segments records frames of the test's camera into several files, which begin at the given frames. The last number is
// that of the frame behind the last file.
func segments(t testing.TB, kinds stamp.Kinds, withTiming bool, begins ...int) (files [][]byte) {
	t.Helper()
	stamper := stamp.NewStamper(kinds, 90000)
	for i, from := range begins[:len(begins)-1] {
		r := newRecorder(t, kinds, withTiming)
		r.stamper = stamper
		stamper.StartFile()
		files = append(files, r.segment(t, from, begins[i+1]))
	}
	return files
}

func (r *recorder) segment(t testing.TB, from, to int) []byte {
	t.Helper()
	for i := from; i < to; i++ {
		u := cameraUnit(i)
		u.Key = u.Key || i == from
		u.Data[1][0] = map[bool]byte{true: 0x65, false: 0x41}[u.Key]
		r.write(t, u, 3000*int64(i-from))
	}
	return r.finish(t)
}

func joined(t *testing.T, files ...[]byte) *Recording {
	t.Helper()
	var parts []Part
	for i, f := range files {
		parts = append(parts, Part{fmt.Sprint("file ", i), open(t, f)})
	}
	r, err := Join(parts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestJoin: what is recorded into three files says the same as in one.
func TestJoin(t *testing.T) {
	for _, c := range []struct {
		kinds  stamp.Kinds
		timing bool
	}{{0, true}, {stamp.Strawlab, false}, {stamp.Recorder, false}} {
		one := recording(t, c.kinds, c.timing)
		want := open(t, one.finish(t))
		got := joined(t, segments(t, c.kinds, c.timing, 0, 20, 50, 60)...)
		if len(got.Skipped) > 0 || got.Origin != want.Origin || got.Frames.Len() != frames {
			t.Fatalf("%v: %+v", c, got)
		}
		if !slices.Equal(got.Reports, want.Reports) || !slices.Equal(got.all, want.all) {
			t.Errorf("%v: reports %+v\nwant %+v", c, got.Reports, want.Reports)
		}
		for i := range want.Frames.Len() {
			w := want.Frames.At(i)
			w.Segment = got.Frames.At(i).Segment
			if got.Frames.At(i) != w {
				t.Errorf("%v: frame %d: %+v\nwant %+v", c, i, got.Frames.At(i), w)
			}
		}
		for i, first := range []int{0, 20, 50} {
			if s := got.Segments[i]; s.First != first || s.Name != fmt.Sprint("file ", i) {
				t.Errorf("%v: segment %d: %+v", c, i, s)
			}
		}
		if rows := got.Rows(RTP); !slices.Equal(rows, want.Rows(RTP)) {
			t.Errorf("%v: other rows", c)
		}
		if rows := got.Rows(Best); !slices.Equal(rows, want.Rows(Best)) {
			t.Errorf("%v: other rows of the best method", c)
		}
	}
}

// TestJoinHole: the presentation times have a hole where a file is missing, and it is told.
func TestJoinHole(t *testing.T) {
	for _, kinds := range []stamp.Kinds{stamp.Strawlab, stamp.MISB} {
		var files [2][]byte
		for i, from := range []int{0, 2000} {
			r := newRecorder(t, kinds, false)
			for k := range 25 {
				r.write(t, longUnit(from+k, [][]byte{{0x65, 1, 2}}), 3600*int64(k))
			}
			files[i] = r.finish(t)
		}
		r := joined(t, files[0], files[1])
		if r.Segments[1].First != 25 || r.Rows(Live)[25].PTS != 2000*3600 {
			t.Errorf("%v: %+v, PTS %d", kinds, r.Segments, r.Rows(Live)[25].PTS)
		}
		if len(r.Skipped) != 1 || r.Skipped[0].Error() != "file 1: 1m19s are missing before it" {
			t.Errorf("%v: %v", kinds, r.Skipped)
		}
	}
}

// TestJoinProcesses: a recorder that was started anew counts its runs anew.
func TestJoinProcesses(t *testing.T) {
	later := newRecorder(t, 0, false)
	later.timing = stamp.NewTiming([]media.Track{{ClockRate: 90000, Config: videoConfig(t)}}, start.Add(time.Minute), "test")
	for i := range 30 {
		u := longUnit(i, [][]byte{{0x65, 1, 2}})
		u.Arrival = u.Arrival.Add(time.Minute)
		later.write(t, u, 3600*int64(i))
	}
	r := joined(t, segment(t, 0, true, 0, 60), later.finish(t))
	if a, b, c := r.Frames.At(0).Run, r.Frames.At(59).Run, r.Frames.At(60).Run; a == b || b == c || a == c {
		t.Errorf("runs %d, %d, %d", a, b, c)
	}
	if r.Frames.At(60).PTS <= r.Frames.At(59).PTS || len(r.all) != 5 || r.all[4].Run != r.Frames.At(60).Run || r.all[4].Before != 60 {
		t.Errorf("PTS %d after %d, reports %+v", r.Frames.At(60).PTS, r.Frames.At(59).PTS, r.all)
	}
}

func TestJoinStrangers(t *testing.T) {
	good := open(t, segment(t, stamp.Strawlab, false, 0, 20))
	other := open(t, segment(t, stamp.MISB, false, 20, 40))
	slow := open(t, segment(t, stamp.Strawlab, false, 20, 40))
	slow.ClockRate = 1000
	long := open(t, segment(t, stamp.Strawlab, false, 20, 40))
	long.Frames.places[3].pts = 1 << 60
	untimed, err := ReadMeta(strings.NewReader("1749990896.5 17003688321995505664 268435456 268435456\n"))
	if err != nil {
		t.Fatal(err)
	}
	untimed.Origin = Strawlab
	r, err := Join([]Part{{"good", good}, {"other", other}, {"slow", slow}, {"long", long}, {"untimed", untimed}})
	if err != nil || len(r.Segments) != 1 || r.Frames.Len() != 20 {
		t.Fatalf("%v, %+v", err, r)
	}
	for i, want := range []string{
		"other: left out: its times stand in MISB SEI, those of the files before in strawlab SEI",
		"slow: left out: its clock has 1000 ticks per second",
		"long: left out: frame 3 has presentation time 1152921504606846976",
		"untimed: left out: it has no presentation times",
	} {
		if got := r.Skipped[i].Error(); !strings.HasPrefix(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if _, err := Join(nil); !errors.Is(err, ErrNothingToJoin) {
		t.Errorf("%v", err)
	}
}

// TestJoinUnstamped: files without any stamp have their rows, in any place.
func TestJoinUnstamped(t *testing.T) {
	bare := segment(t, 0, false, 0, 20)
	for _, files := range [][][]byte{
		{bare, segment(t, stamp.Strawlab, false, 20, 40), bare},
		{segment(t, stamp.Strawlab, false, 0, 20), bare, segment(t, stamp.Strawlab, false, 40, 60)},
	} {
		r := joined(t, files...)
		rows := r.Rows(RTP)
		known := 0
		for i, row := range rows {
			if i > 0 && row.PTS <= rows[i-1].PTS {
				t.Errorf("row %d: PTS %d after %d", i, row.PTS, rows[i-1].PTS)
			}
			if !row.Time.IsZero() {
				known++
			}
		}
		if len(rows) != 60 || r.Origin != Strawlab || known == 0 || known > 40 {
			t.Errorf("%v: %d rows, %d with a time", r.Origin, len(rows), known)
		}
	}
}

// TestJoinLeading: a file whose first frame is shown after others begins behind the one before all the same.
func TestJoinLeading(t *testing.T) {
	part := func(rtp int64, order ...int64) *Recording {
		r := &Recording{Origin: TimingBox, ClockRate: 90000, Timescale: 90000, Started: start, Segments: make([]Segment, 1)}
		b := newBuilder(r)
		for _, i := range order {
			b.addFrame(Frame{PTS: 3600 * i, Stamped: true, Frame: clock.Frame{RTP: rtp + 3600*i}})
		}
		return r
	}
	r, err := Join([]Part{{"a", part(0, 0, 1, 2)}, {"b", part(3600, 2, 0, 1)}}) // they overlap by a frame
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, row := range r.Rows(Live) {
		got = append(got, row.PTS)
	}
	if !slices.IsSorted(got) || len(got) != 6 {
		t.Errorf("PTS %d", got)
	}
}

// FuzzJoin joins recordings whose numbers are anything.
func FuzzJoin(f *testing.F) {
	f.Add(int64(0), int64(1<<32-90000), uint32(90000), int64(0), uint32(90000), int64(1e18), true)
	f.Add(int64(1<<50), int64(-1<<63), uint32(1), int64(1<<62), uint32(1<<32-1), int64(1<<63-1), false)
	f.Fuzz(func(t *testing.T, pts, rtp int64, scale uint32, pts2 int64, scale2 uint32, arrival int64, same bool) {
		part := func(pts int64, scale uint32, arrival time.Time) *Recording {
			r := &Recording{Origin: TimingBox, ClockRate: 90000, Timescale: max(scale, 1), Segments: make([]Segment, 1)}
			b := newBuilder(r)
			for i := range int64(3) {
				frame := Frame{PTS: pts + i*1000, Stamped: true, Sent: uint32(rtp), Frame: clock.Frame{RTP: rtp + i, Arrival: arrival}}
				b.addReport(clock.Report{NTP: 1 << 63, RTP: rtp, Arrival: arrival}, &frame.Frame)
				b.addFrame(frame)
			}
			return r
		}
		a, b := part(pts, scale, start), part(pts2, scale2, time.Unix(0, arrival))
		if same {
			a.Started, b.Started = start, start
		}
		r, err := Join([]Part{{"a", a}, {"b", b}, {"c", part(pts2, scale, start)}})
		if err != nil {
			return
		}
		last := int64(-1)
		for _, row := range r.Rows(RTP) {
			if row.PTS < last {
				t.Fatalf("PTS %d after %d", row.PTS, last)
			}
			last = row.PTS
		}
		for _, rep := range r.all {
			if rep.Before > r.Frames.Len() {
				t.Fatalf("report before frame %d of %d", rep.Before, r.Frames.Len())
			}
		}
	})
}
