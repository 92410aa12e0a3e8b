package repair

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/filelock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// TestAsFinished compares what a repair makes of a file whose recorder died before it could finish it with what the
// recorder would have made: byte for byte the same.
func TestAsFinished(t *testing.T) {
	plain, units := clip(t, "plain")
	reordered, bUnits := bframes(t)
	unknown := reordered
	config := *reordered.Config.(*h264.Config)
	config.Reorder, config.FrameRate = -1, 0
	unknown.Config = &config
	pause := cloned(units[:40])
	for i, u := range pause[20:] {
		at(u, 120+i, int64(120+i))
	}
	for _, test := range []struct {
		name   string
		tracks []media.Track
		units  []*media.Unit
		next   *media.Unit
	}{
		{"plain", []media.Track{plain}, units, nil},
		{"one unit", []media.Track{plain}, units[:1], nil},
		{"the next file's first unit is known", []media.Track{plain}, units[:30], units[31]},
		{"B-frames", []media.Track{reordered}, bUnits, nil},
		{"B-frames nobody told of", []media.Track{unknown}, bUnits, nil},
		{"a pause", []media.Track{plain}, pause, nil},
		{"two tracks", twoTracks(plain, reordered), both(units[:40], bUnits[:20], 0), nil},
		{"a track that starts late", twoTracks(plain, plain), both(units[:40], units[:10], 25), nil},
		{"a track without units", twoTracks(plain, reordered), units[:20], nil},
		{"picture and sound", []media.Track{reordered, aacTrack(t)}, withSound(bUnits), nil},
		{"the parameters change", []media.Track{plain}, changing(units, bUnits, false), nil},
		{"the parameters change, told in the SDP", []media.Track{plain}, changing(units, bUnits, true), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := recorded(t, test.tracks, test.units, test.next)
			got, report := repaired(t, r.growing)
			same(t, got, r.finished)
			if !report.Repaired || report.State != Growing || report.Units != len(test.units) || report.Parts != len(r.ends) ||
				report.Removed != 0 || report.Damaged != 0 || report.Untimed != 0 {
				t.Errorf("%+v", report)
			}
			got, report = repaired(t, r.appended)
			same(t, got, r.finished)
			if !report.Repaired || report.State != Appended || report.Units != len(test.units) {
				t.Errorf("appended: %+v", report)
			}
			got, report = repaired(t, r.finished)
			same(t, got, r.finished)
			if report.Repaired || report.State != Finished || report.Units != len(test.units) {
				t.Errorf("finished: %+v", report)
			}
		})
	}
}

func same(t *testing.T, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	from := max(0, i-64)
	t.Fatalf("%d bytes, want %d; different from byte %d:\n%q\n%q", len(got), len(want), i,
		got[from:min(i+64, len(got))], want[from:min(i+64, len(want))])
}

func cloned(units []*media.Unit) (clones []*media.Unit) {
	for _, u := range units {
		clones = append(clones, u.Clone())
	}
	return clones
}

func twoTracks(first, second media.Track) []media.Track {
	second.ID, second.ClockRate = 1, 48000
	return []media.Track{first, second}
}

func aacTrack(t *testing.T) media.Track {
	t.Helper()
	config, err := aac.ParseConfig([]byte{0x14, 0x08}) // AAC-LC, 16 kHz, mono
	if err != nil {
		t.Fatal(err)
	}
	return media.Track{ID: 1, Kind: media.Audio, ClockRate: 16000, Config: config}
}

// withSound puts frames of sound between pictures.
func withSound(pictures []*media.Unit) (units []*media.Unit) {
	for i, u := range pictures {
		s := &media.Unit{Track: 1, PTS: (1<<40)/90000*16000 + int64(i)*1024, Arrival: u.Arrival, Key: true, Data: [][]byte{{0x21, byte(i), 3}}}
		s.RTP = uint32(s.PTS)
		units = append(units, u, s)
	}
	return units
}

// both mixes two tracks, the second one's units beginning with the from-th of the first.
func both(a, b []*media.Unit, from int) (units []*media.Unit) {
	for i, u := range a {
		units = append(units, u)
		if i >= from && i-from < len(b) {
			c := b[i-from].Clone()
			shown := (c.PTS - 1<<40) / interval
			c.Track, c.PTS = 1, 1<<40/90000*48000+(1<<40)%90000*48000/90000+100+(int64(from)+shown)*1920
			c.RTP, c.Config, c.Reports = uint32(c.PTS), nil, nil
			units = append(units, c)
		}
	}
	return units
}

// changing returns units whose parameters change, and back.
func changing(a, b []*media.Unit, strip bool) (units []*media.Unit) {
	for _, u := range cloned(slices.Concat(a[:30], b[:25], a[:10], b[:5])) {
		if strip && len(units) >= 30 {
			u.Data = slices.DeleteFunc(u.Data, func(nal []byte) bool {
				return h264.NALType(nal) == h264.SPS || h264.NALType(nal) == h264.PPS
			})
		}
		at(u, len(units), int64(len(units)))
		units = append(units, u)
	}
	return units
}

// TestMoved checks a track that was moved against the other, forth and back, also to before the file's start, and a part
// that the disk did not take.
func TestMoved(t *testing.T) {
	track, units := clip(t, "plain")
	tracks := twoTracks(track, track)
	for name, shifts := range map[string]map[int]int64{
		"later": {21: 500}, "earlier": {21: -500}, "twice": {13: 12000, 37: -20000}, "to before the start": {2: -9000},
		"at once to before the start": {0: -9000}, "back": {13: 700, 37: -700},
	} {
		w, err := mp4.NewWriter(tracks, mp4.Options{Created: started, Part: 200 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		growing, dropped, all := slices.Clone(w.Header()), 0, both(units, units, 0)
		for i, u := range all {
			w.Shift(1, shifts[i])
			ready, err := w.Push(u)
			if err != nil {
				t.Fatal(err)
			}
			if ready && i > 50 && dropped == 0 {
				w.Drop()
				dropped++
			} else if ready {
				head, body := w.Part(nil)
				growing = slices.Concat(growing, head, body)
			}
		}
		head, body := w.Part(nil)
		growing = slices.Concat(growing, head, body)
		tail, at, patch, err := w.Finish(nil)
		if err != nil {
			t.Fatal(err)
		}
		appended := append(slices.Clone(growing), tail...)
		want := slices.Clone(appended)
		copy(want[at:], patch[:])
		t.Run(name, func(t *testing.T) {
			got, report := repaired(t, growing)
			same(t, got, want)
			if got, _ = repaired(t, appended); !report.Repaired || dropped == 0 {
				t.Errorf("%+v", report)
			}
			same(t, got, want)
		})
	}
}

// TestEveryCut cuts a recording at every byte of its last parts and of its index: all the parts that are whole are kept.
func TestEveryCut(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units[:12], nil)
	part := -1
	for cut := r.header; cut <= len(r.appended); cut++ {
		for part+1 < len(r.ends) && cut >= r.ends[part+1] {
			part++
		}
		b := r.appended[:cut]
		got, report := repaired(t, b)
		if part < 0 {
			if report.State != Empty || report.Repaired || !bytes.Equal(got, b) {
				t.Fatalf("cut at %d: %+v", cut, report)
			}
			continue
		}
		if !report.Repaired || report.Frames != r.frames[part] || report.Removed != int64(cut-r.ends[part]) && cut < len(r.appended) {
			t.Fatalf("cut at %d: %+v, want %d frames", cut, report, r.frames[part])
		}
		whole(t, got, r.frames[part])
		if cut > r.ends[len(r.ends)-1] {
			same(t, got, r.finished)
		}
	}
}

// whole checks that a file is a finished one that says of n frames where they are and when they were.
func whole(t *testing.T, b []byte, n int) {
	t.Helper()
	f := open(t, b)
	if f.Torn != nil || f.Fragmented || f.Tracks[0].Len != n {
		t.Fatalf("torn %v, fragmented %t, %d samples, want %d", f.Torn, f.Fragmented, f.Tracks[0].Len, n)
	}
	var buf []byte
	for s := range f.Tracks[0].Samples() {
		var err error
		if buf, err = f.Read(s, buf); err == nil {
			err = s.Check(buf)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	box, err := times(f)
	if err != nil || len(box.Frames) != n {
		t.Fatalf("%d frames in the timing box, want %d; %v", len(box.Frames), n, err)
	}
}

// TestCutHeader checks that a file without a whole header is left alone.
func TestCutHeader(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units[:1], nil)
	for cut := range r.header + 1 {
		if got, report := repaired(t, r.growing[:cut]); report.State != Empty || report.Repaired || len(got) != cut {
			t.Fatalf("cut at %d: %+v", cut, report)
		}
	}
	if _, report := repaired(t, make([]byte, 8192)); report.State != Empty {
		t.Errorf("zeros: %+v", report)
	}
}

// TestPowerCut checks what a power cut may leave: a tail of zeros or garbage, parts with holes, an index with holes.
func TestPowerCut(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, fat(units), nil)
	n := len(r.ends)
	garbage := bytes.Repeat([]byte{0x9c, 0x11, 0xfe, 0x07, 0x5a}, 1000)
	zeroed := func(b []byte, from, to int) []byte {
		b = slices.Clone(b)
		clear(b[from:to])
		return b
	}
	for _, test := range []struct {
		name    string
		b       []byte
		frames  int
		damaged int
	}{
		{"zeros behind", append(slices.Clone(r.growing), make([]byte, 10000)...), len(units), 0},
		{"garbage behind", append(slices.Clone(r.growing), garbage...), len(units), 0},
		{"the last part is zeros", zeroed(r.growing, r.ends[n-2], r.ends[n-1]), r.frames[n-2], 0},
		{"the last part ends with zeros", zeroed(r.growing, r.ends[n-1]-1024, r.ends[n-1]), r.frames[n-2], 0},
		{"the last two parts end with zeros", zeroed(zeroed(r.growing, r.ends[n-2]-1024, r.ends[n-2]), r.ends[n-1]-1024, r.ends[n-1]), r.frames[n-3], 0},
		{"a hole in a part", zeroed(r.growing, r.ends[n-3]-1024, r.ends[n-3]), len(units) - (r.frames[n-3] - r.frames[n-4]), 1},
		{"the index is zeros", zeroed(r.appended, len(r.growing)+8, len(r.appended)), len(units), 0},
		{"a hole in the index", zeroed(r.appended, len(r.growing)+512, len(r.growing)+1024), len(units), 0},
		{"the times in the index are zeros", zeroed(r.appended, len(r.appended)-1000, len(r.appended)), len(units), 0},
	} {
		got, report := repaired(t, test.b)
		if !report.Repaired || report.Frames != test.frames || report.Damaged != test.damaged {
			t.Errorf("%s: %+v, want %d frames", test.name, report, test.frames)
			continue
		}
		whole(t, got, test.frames)
		if test.frames == len(units) {
			same(t, got, r.finished)
		}
	}
}

// TestLostPart checks the gap that a part leaves which can't be read.
func TestLostPart(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, fat(units), nil)
	clear(r.growing[r.ends[4]-1024 : r.ends[4]])
	got, _ := repaired(t, r.growing)
	box, err := times(open(t, got))
	if err != nil || len(box.Gaps) != 1 {
		t.Fatalf("%v, gaps %+v", err, box.Gaps)
	}
	g, before, after := box.Gaps[0], units[r.frames[3]-1], units[r.frames[4]]
	want := stamp.Gap{Track: -1, From: before.Arrival, To: after.Arrival, Text: "1 parts of the file were lost"}
	if g != want {
		t.Errorf("%+v, want %+v", g, want)
	}
}

// TestLateTimes damages a duration in a part, so that it ends a day after the beginnings of the parts behind it. They must
// not be cut off for that.
func TestLateTimes(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, fat(units), nil)
	part := r.growing[r.ends[1]:r.ends[2]]
	run := bytes.Index(part, []byte("trun"))
	duration := bytes.Index(part[run:], []byte{0, 0, interval >> 8, interval & 0xff})
	copy(part[run+duration:], "\xff\xff\xff\xff")
	got, report := repaired(t, r.growing)
	if want := len(units) - (r.frames[2] - r.frames[1]); report.Frames != want || report.Damaged != 1 || report.Removed != 0 {
		t.Fatalf("%+v, want %d frames", report, want)
	}
	whole(t, got, report.Frames)
}

// TestIndexOverHole checks that a finished file with a hole among its parts keeps its index, which leads over the hole, when
// its times are lost: without it, what is behind the hole would be cut off.
func TestIndexOverHole(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, fat(units), nil)
	b := r.finished
	clear(b[r.ends[1] : r.ends[1]+512])
	clear(b[bytes.LastIndex(b, []byte("uuid"))-4:])
	if p, err := newPlan(bytes.NewReader(b), int64(len(b))); err == nil {
		t.Errorf("%+v", p.report)
	}
}

// TestLostTimes checks that a part keeps its pictures when its timing box can't be read, and that the later ones keep
// their times.
func TestLostTimes(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units, nil)
	clear(r.growing[r.ends[2]+40 : r.ends[2]+100])
	got, report := repaired(t, r.growing)
	if n := r.frames[3] - r.frames[2]; report.Frames != len(units) || report.Untimed != n {
		t.Fatalf("%+v, want %d frames without times", report, n)
	}
	box, err := times(open(t, got))
	if err != nil || len(box.Frames) != len(units) {
		t.Fatalf("%v, %d frames", err, len(box.Frames))
	}
	for i, f := range box.Frames {
		lost := i >= r.frames[2] && i < r.frames[3]
		if f.PTS != units[i].PTS || f.Arrival.IsZero() != lost || f.Wall.Time.IsZero() != lost {
			t.Errorf("frame %d: %+v", i, f)
		}
	}
}

// TestCrashOfTheRepair ends a repair after each of its writes and in the middle of them. The file plays as before then,
// and the next repair makes of it what the first one would have made.
func TestCrashOfTheRepair(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units[:12], nil)
	torn := append(slices.Clone(r.growing), r.growing[r.ends[0]:r.ends[1]-1]...)
	for name, b := range map[string][]byte{"growing": r.growing, "torn": torn, "appended": r.appended,
		"cut": r.finished[:len(r.finished)-1]} {
		p, err := newPlan(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var states [][]byte
		for actions := range 8 {
			d := diskOf(b)
			d.actions = actions
			p.apply(d)
			states = append(states, d.b)
		}
		for room := range len(p.tail) + 16 {
			d := diskOf(b)
			d.room = room
			p.apply(d)
			states = append(states, d.b)
			crashed := diskOf(b[:p.end])
			if p.hide != nil {
				p.hide.write(crashed)
			}
			states = append(states, append(crashed.b, p.tail[:min(room, len(p.tail))]...))
		}
		for i, state := range states {
			if f, err := mp4.Open(bytes.NewReader(state), int64(len(state))); err == nil && f.Tracks[0].Len != 12 {
				t.Fatalf("%s: state %d: %d frames to be seen", name, i, f.Tracks[0].Len)
			} else if err != nil && name != "cut" {
				t.Fatalf("%s: state %d: %v", name, i, err)
			}
			got, _ := repaired(t, state)
			same(t, got, r.finished)
		}
	}
}

// TestCutFinished checks a finished file of which the end is missing, as after a copy that was broken off.
func TestCutFinished(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units, nil)
	for _, cut := range []int{len(r.finished) - 1, len(r.growing) + 20, len(r.growing), r.ends[3] + 7} {
		got, report := repaired(t, r.finished[:cut])
		want := units
		if cut < len(r.growing) {
			want = units[:r.frames[3]]
		}
		if report.State != Cut || report.Frames != len(want) {
			t.Fatalf("cut at %d: %+v", cut, report)
		}
		whole(t, got, len(want))
		if len(want) == len(units) {
			same(t, got, r.finished)
		}
	}
}

// TestFile checks what happens to a file on a disk.
func TestFile(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units, nil)
	name := filepath.Join(t.TempDir(), "a.mp4")
	torn := r.growing[:len(r.growing)-5]
	if err := os.WriteFile(name, torn, 0o644); err != nil {
		t.Fatal(err)
	}
	holds := func(want []byte) {
		t.Helper()
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v; want %d", len(got), err, len(want))
		}
	}
	report, err := File(name, Options{DryRun: true})
	if err != nil || !report.Repaired || !report.DryRun || report.File != name {
		t.Fatalf("%+v, %v", report, err)
	}
	report.DryRun = false
	holds(torn)

	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := filelock.Lock(f); err != nil {
		t.Fatal(err)
	}
	if _, err := File(name, Options{}); !errors.Is(err, ErrBusy) {
		t.Errorf("locked: %v", err)
	}
	holds(torn)
	f.Close()

	want, _ := repaired(t, torn)
	again, err := File(name, Options{})
	if err != nil || again != report {
		t.Fatalf("%+v, %v; want %+v", again, err, report)
	}
	holds(want)
	if report, err = File(name, Options{}); err != nil || report.State != Finished || report.Repaired {
		t.Errorf("once more: %+v, %v", report, err)
	}
	holds(want)
}

// badDisk can't read a part of a file.
type badDisk struct {
	*bytes.Reader
	bad int64
}

func (d badDisk) ReadAt(b []byte, at int64) (int, error) {
	if at <= d.bad && d.bad < at+int64(len(b)) {
		return 0, &fs.PathError{Op: "read", Path: "a.mp4", Err: errDisk}
	}
	return d.Reader.ReadAt(b, at)
}

// TestBadDisk checks that nothing is cut off, nor left out, because it can't be read.
func TestBadDisk(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, fat(units), nil)
	small := recorded(t, []media.Track{track}, units[:3], nil).growing // no larger than the header of some file
	if len(small) > maxHeader {
		t.Fatalf("%d bytes", len(small))
	}
	for bad := range len(small) {
		p, err := newPlan(badDisk{bytes.NewReader(small), int64(bad)}, int64(len(small)))
		if err == nil && (p.report.Removed != 0 || p.report.State != Growing) || err != nil && !errors.Is(err, errDisk) {
			t.Fatalf("byte %d of a small file: %+v, %v", bad, p, err)
		}
	}
	read := 0
	for bad := range len(r.growing) {
		if bad%7 != 0 && bad > 1000 {
			continue
		}
		p, err := newPlan(badDisk{bytes.NewReader(r.growing), int64(bad)}, int64(len(r.growing)))
		if err == nil && (p.report.Removed != 0 || p.report.Damaged != 0 || p.report.State != Growing || p.report.Frames != len(units)) {
			t.Fatalf("byte %d: %+v", bad, p.report)
		}
		if err == nil {
			read++
		} else if !errors.Is(err, errDisk) {
			t.Fatalf("byte %d: %v", bad, err)
		}
	}
	if read > 0 {
		t.Errorf("%d bad bytes were not noticed, though all media is read", read)
	}
}

// TestForeign checks that nothing but recordings of timeslate is touched.
func TestForeign(t *testing.T) {
	track, units := clip(t, "plain")
	r := recorded(t, []media.Track{track}, units, nil)
	free := bytes.Index(r.growing, []byte("free")) - 4
	fragmented := slices.Concat(r.growing[:free], r.growing[free+16:])
	for name, b := range map[string][]byte{
		"text":                          []byte("-2208988800,0,0\n"),
		"fragmented, without room":      fragmented,
		"no moov, and not for its size": append(slices.Clone(r.growing[:free+16]), make([]byte, maxHeader)...),
	} {
		if p, err := newPlan(bytes.NewReader(b), int64(len(b))); err == nil {
			t.Errorf("%s: %+v", name, p.report)
		} else if name != "no moov, and not for its size" && !errors.Is(err, ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
