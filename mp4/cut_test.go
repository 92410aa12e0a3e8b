package mp4

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/media"
)

// cut returns the file that Cut makes.
func cut(t testing.TB, pieces ...Piece) ([]byte, []Copied) {
	t.Helper()
	var b bytes.Buffer
	copied, err := Cut(&b, pieces, CutOptions{Created: started})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), copied
}

// shot is a sample that is shown.
type shot struct {
	pts  int64
	data string
}

// shots returns what a track shows from one PTS to another, in order of presentation.
func shots(t testing.TB, f *File, track int, from, to int64) (list []shot) {
	t.Helper()
	for s := range f.Tracks[track].Samples() {
		if s.Hidden || s.PTS < from || s.PTS >= to {
			continue
		}
		data, err := f.Read(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, shot{s.PTS - from, string(data)})
	}
	slices.SortFunc(list, func(a, b shot) int { return cmp.Compare(a.pts, b.pts) })
	return list
}

// samplesIn returns n samples of a track from the first one on with their bytes, without times. Of a damaged file others may be
// out of reach.
func samplesIn(t testing.TB, f *File, track, first, n int) (list []string) {
	t.Helper()
	i := 0
	for s := range f.Tracks[track].Samples() {
		if i++; i <= first {
			continue
		}
		if i-first > n {
			break
		}
		data, err := f.Read(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(data))
	}
	return list
}

var everything = int64(math.MaxInt64)

// TestCut cuts at the very start and end, within one group of pictures and over several, from a finished and from a growing
// file. Both clips have key frames at 0, 25 and 50 of 60 pictures.
func TestCut(t *testing.T) {
	for _, name := range []string{"plain", "bframes"} {
		track, units := clip(t, name)
		s := recorded(t, []media.Track{track}, Options{Created: started}, units, uuid(timingID, 300))
		for state, b := range map[string][]byte{"growing": s.growing, "finished": s.finished} {
			for _, span := range [][2]int64{{0, 60}, {0, 1}, {59, 60}, {3, 7}, {24, 25}, {25, 26}, {26, 49}, {7, 58}, {50, 60}} {
				from, to := span[0]*interval, span[1]*interval
				t.Run(fmt.Sprintf("%s %s %v", name, state, span), func(t *testing.T) { checkCut(t, b, from, to) })
			}
		}
	}
}

func checkCut(t *testing.T, b []byte, from, to int64) {
	source := opened(t, b)
	out, copied := cut(t, Piece{File: source, From: from, To: to})
	f := opened(t, out)
	if f.Torn != nil || f.Fragmented || StateOf(out) != Finished || !f.Created.Equal(started) || len(copied) != 1 {
		t.Fatalf("torn %v, fragmented %t, state %d, created %v, copied %v", f.Torn, f.Fragmented, StateOf(out), f.Created, copied)
	}
	got, want := shots(t, f, 0, 0, everything), shots(t, source, 0, from, to)
	if !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("%d pictures, want %d, or not the same", len(got), len(want))
	}
	c := copied[0]
	if all := samplesIn(t, source, 0, c.First, c.Len); !slices.Equal(samplesIn(t, f, 0, 0, math.MaxInt), all) {
		t.Errorf("not the samples of which it is said: %+v", c)
	}
	for s := range f.Tracks[0].Samples() {
		if !s.Key {
			t.Error("it does not begin with a key frame")
		}
		break
	}
	last := int64(math.MinInt64)
	for s := range f.Tracks[0].Samples() {
		if s.DTS <= last || s.DTS > s.PTS {
			t.Fatalf("DTS %d after %d, PTS %d", s.DTS, last, s.PTS)
		}
		last = s.DTS
	}
}

// TestCutSound checks that the sound stays beside the picture, with what it takes to decode its beginning.
func TestCutSound(t *testing.T) {
	tracks, units := movie(t, "bframes", 100*time.Millisecond)
	source := opened(t, recorded(t, tracks, Options{}, units, nil).finished)
	from, to := int64(30*interval), int64(40*interval)
	b, copied := cut(t, Piece{File: source, From: from, To: to})
	f := opened(t, b)
	if len(copied) != 2 || copied[1].Track != 1 || copied[1].Source != 1 {
		t.Fatalf("copied %+v", copied)
	}
	rate := source.Tracks[1].ClockRate
	soundFrom := Rescale(from, h264.ClockRate, rate)
	got, want := shots(t, f, 1, 0, everything), shots(t, source, 1, soundFrom, Rescale(to, h264.ClockRate, rate))
	if !slices.Equal(got, want) || len(want) < 5 {
		t.Errorf("%d units of sound, want %d, or not the same", len(got), len(want))
	}
	lead := 0
	for s := range f.Tracks[1].Samples() {
		if s.PTS < 0 {
			lead++
		}
	}
	if lead != soundLead+1 {
		t.Errorf("%d units of sound begin before the picture, want %d that are not heard and one in part", lead, soundLead)
	}
	// Before the sound begins there is an empty edit.
	b, _ = cut(t, Piece{File: source, From: 0, To: to})
	if got, want := opened(t, b).Tracks[1].Start, source.Tracks[1].Start; got != want {
		t.Errorf("the sound starts at %d, want %d", got, want)
	}
	// A range in which nothing is heard has no track for it.
	if b, _ = cut(t, Piece{File: source, From: 0, To: 1}); len(opened(t, b).Tracks) != 1 {
		t.Error("a track without a sample")
	}
	// Sound alone can be cut, too.
	b, _ = cut(t, Piece{File: source, Track: 1, From: soundFrom, To: everything})
	if f := opened(t, b); f.Tracks[0].Kind != "soun" || f.Tracks[1].Kind != "vide" {
		t.Errorf("tracks %q and %q", f.Tracks[0].Kind, f.Tracks[1].Kind)
	}
}

// TestCutJoins puts the files of one recording together again.
func TestCutJoins(t *testing.T) {
	for _, name := range []string{"plain", "bframes"} {
		tracks, units := movie(t, name, 0)
		whole := opened(t, recorded(t, tracks, Options{}, units, nil).finished)
		var first, second []*media.Unit
		for _, u := range units {
			if Rescale(u.PTS, tracks[u.Track].ClockRate, h264.ClockRate) < 25*interval {
				first = append(first, u)
			} else {
				second = append(second, u)
			}
		}
		a := opened(t, recorded(t, tracks, Options{}, first, nil).finished)
		b := opened(t, recorded(t, tracks, Options{}, second, nil).finished)
		shift := 25*interval - b.Tracks[0].Start
		out, copied := cut(t, Piece{File: a, From: 7 * interval, To: everything}, Piece{File: b, To: 33 * interval, Shift: shift})
		f := opened(t, out)
		if len(copied) != 4 || len(f.Tracks) != 2 {
			t.Fatalf("%s: copied %+v", name, copied)
		}
		got, want := shots(t, f, 0, 0, everything), shots(t, whole, 0, 7*interval, 58*interval-b.Tracks[0].Start)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d pictures, want %d, or not the same", name, len(got), len(want))
		}
		rate := whole.Tracks[1].ClockRate
		from, to := Rescale(7*interval, h264.ClockRate, rate), Rescale(58*interval-b.Tracks[0].Start, h264.ClockRate, rate)
		heard, meant := shots(t, f, 1, 0, everything), shots(t, whole, 1, from, to)
		if len(heard) != len(meant) {
			t.Errorf("%s: %d units of sound, want %d", name, len(heard), len(meant))
		}
	}
}

// TestCutParameters cuts behind a change of the parameter sets: of a growing file, whose sample description is that of the
// beginning, and of a finished one.
func TestCutParameters(t *testing.T) {
	plain, first := clip(t, "plain")
	second, units := clip(t, "bframes")
	all := slices.Clone(first[:25])
	for _, u := range units[:25] {
		u.PTS += 25 * interval
		u.Data = withoutSets(u.Data)
		all = append(all, u)
	}
	s := recorded(t, []media.Track{plain}, Options{}, all, nil)
	for state, b := range map[string][]byte{"growing": s.growing, "finished": s.finished} {
		source := opened(t, b)
		start := slices.Sorted(ptsOf(source, 0))
		out, _ := cut(t, Piece{File: source, From: start[30], To: everything})
		f := opened(t, out)
		if n := len(f.Tracks[0].configs); n != 1 || !avc.equal(f.Tracks[0].Config, second.Config) {
			t.Errorf("%s: %d sample descriptions, the first of %s", state, n, f.Tracks[0].Config.Codec())
		}
		out, _ = cut(t, Piece{File: source, From: start[20], To: everything})
		f = opened(t, out)
		if n := len(f.Tracks[0].configs); n != 2 || !avc.equal(f.Tracks[0].Config, plain.Config) {
			t.Errorf("%s: %d sample descriptions, the first of %s", state, n, f.Tracks[0].Config.Codec())
		}
	}
}

// ptsOf returns the PTS of all samples.
func ptsOf(f *File, track int) func(func(int64) bool) {
	return func(yield func(int64) bool) {
		for s := range f.Tracks[track].Samples() {
			if !yield(s.PTS) {
				return
			}
		}
	}
}

// brim is a disk that is full after some bytes.
type brim int

var errBrim = errors.New("no space left on device")

func (b *brim) Write(p []byte) (int, error) {
	if *b -= brim(len(p)); *b < 0 {
		return 0, errBrim
	}
	return len(p), nil
}

func TestCutErrors(t *testing.T) {
	track, units := clip(t, "bframes")
	s := recorded(t, []media.Track{track}, Options{}, units, nil)
	source := opened(t, s.finished)
	late := slices.Clone(units[1:24])
	for _, u := range late {
		u.Key = false
	}
	keyless := opened(t, recorded(t, []media.Track{track}, Options{}, late, nil).finished)
	short := *source
	short.r = bytes.NewReader(s.finished[:4000])
	whole := Piece{File: source, To: everything}
	sound, soundUnits := sound(t, 10)
	sound.ID = 0
	for _, u := range soundUnits {
		u.Track = 0
	}
	other := Piece{File: opened(t, recorded(t, []media.Track{sound}, Options{}, soundUnits, nil).finished), To: everything}
	for _, test := range []struct {
		name   string
		pieces []Piece
		want   string
	}{
		{"nothing", nil, "nothing to cut"},
		{"no such track", []Piece{{File: source, Track: 1}}, "piece 0: no track 1"},
		{"empty", []Piece{{File: source, From: 5, To: 5}}, "piece 0: track 0 has nothing to show from PTS 5 to 5"},
		{"behind the end", []Piece{{File: source, From: 60 * interval, To: everything}}, "piece 0: track 0 has nothing to show"},
		{"no key frame", []Piece{{File: keyless, To: everything}}, "no key frame before PTS"},
		{"cut off", []Piece{{File: &short, To: everything}}, "piece 0: mp4: sample of"},
		{"joint in a group", []Piece{whole, {File: source, From: 3 * interval, To: everything}},
			"piece 1: another piece begins or ends here"},
		{"joint before B-frames", []Piece{{File: source, To: 2 * interval}, whole}, "piece 0: another piece begins or ends here"},
		{"other codec", []Piece{whole, other}, "can't go on with"},
		{"shift", []Piece{{File: source, To: 5, Shift: math.MinInt64}}, "shift"},
	} {
		if _, err := Cut(&bytes.Buffer{}, test.pieces, CutOptions{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q in it", test.name, err, test.want)
		}
	}
	out, _ := cut(t, whole)
	for _, room := range []int{0, 100, len(out) - 1} {
		disk := brim(room)
		if _, err := Cut(&disk, []Piece{whole}, CutOptions{}); !errors.Is(err, errBrim) {
			t.Errorf("a disk with room for %d bytes: %v", room, err)
		}
	}
}

// TestFFmpegCut decodes all kinds of cuts: the pictures must be those of the source, at their times, without a complaint.
func TestFFmpegCut(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe")
	for _, name := range []string{"plain", "bframes"} {
		tracks, units := movie(t, name, 0)
		s := recorded(t, tracks, Options{}, units, nil)
		source := opened(t, s.finished)
		all := hashes(frameHashes(t, save(t, "source.mp4", s.finished)))
		for _, span := range [][2]int64{{0, 60}, {0, 1}, {59, 60}, {26, 49}, {7, 58}} {
			b, _ := cut(t, Piece{File: source, From: span[0] * interval, To: span[1] * interval})
			path := save(t, "cut.mp4", b)
			frames := frameHashes(t, path)
			if got, want := hashes(frames), all[span[0]:span[1]]; !slices.Equal(got, want) {
				t.Errorf("%s %v: %d pictures, want %d, or not the same:\n%s", name, span, len(got), len(want), frames)
			}
			if !strings.Contains(frames, "\n0,          0,          0,") {
				t.Errorf("%s %v: the first picture is not at 0:\n%s", name, span, frames)
			}
			quiet(t, "ffmpeg", "-v", "warning", "-xerror", "-i", path, "-f", "null", "-")
			probe(t, path)
		}
	}
}

// TestCutGrowing cuts a growing file in which the sound was moved, and expects what becomes of the finished one.
func TestCutGrowing(t *testing.T) {
	for _, by := range []int64{800, -800} {
		tracks, units := movie(t, "bframes", 100*time.Millisecond)
		g := newGrown(t, tracks)
		for i, u := range units {
			if i == 40 {
				g.w.Shift(1, by)
			}
			if g.push(u) {
				g.part()
			}
		}
		growing, whole := g.finish()
		from, to := int64(5*interval), int64(50*interval)
		was, _ := cut(t, Piece{File: whole, From: from, To: to})
		is, _ := cut(t, Piece{File: growing, From: from, To: to})
		for track := range 2 {
			got, want := shots(t, opened(t, is), track, 0, everything), shots(t, opened(t, was), track, 0, everything)
			if !slices.Equal(got, want) {
				t.Errorf("by %d: track %d is not that of the finished file", by, track)
			}
		}
	}
}

// TestCutForeign marks a file as another program's.
func TestCutForeign(t *testing.T) {
	track, units := clip(t, "plain")
	source := opened(t, recorded(t, []media.Track{track}, Options{}, units, nil).finished)
	var b bytes.Buffer
	if _, err := Cut(&b, []Piece{{File: source, To: everything}}, CutOptions{Foreign: true}); err != nil {
		t.Fatal(err)
	}
	if state := StateOf(b.Bytes()); state != Foreign || opened(t, b.Bytes()).Tracks[0].Len != len(units) {
		t.Errorf("state %d", state)
	}
}

// TestHidden: an edit list ends the presentation only with its last edit, and not in a file that grows.
func TestHidden(t *testing.T) {
	tables := [][]byte{full("stts", 0, 0, 1, 4, 90), full("stsc", 0, 0, 1, 1, 4, 1), full("stsz", 0, 0, 4, 4),
		full("stco", 0, 0, 1, 9)}
	for _, test := range []struct {
		elst []byte // of a movie with 1000 ticks per second; the track has 90000
		want string
	}{
		{full("elst", 0, 0, 1, 2, 90, 1<<16), "-90 hidden, 0, 90, 180 hidden"},
		{full("elst", 0, 0, 1, 0, 90, 1<<16), "-90 hidden, 0, 90, 180"},
		{full("elst", 0, 0, 2, 2, 90, 1<<16, 1, 270, 1<<16), "-90 hidden, 0, 90, 180"},
		{full("elst", 0, 0, 2, 5, 0xffffffff, 1<<16, 1, 0, 1<<16), "450, 540 hidden, 630 hidden, 720 hidden"},
	} {
		var got []string
		for s := range opened(t, moovOf(t, test.elst, tables...)).Tracks[0].Samples() {
			text := fmt.Sprint(s.PTS)
			if s.Hidden {
				text += " hidden"
			}
			got = append(got, text)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("got %s, want %s", strings.Join(got, ", "), test.want)
		}
	}
}
