package mp4

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/media"
)

// grown is a file in the making, with all the events that may happen to it.
type grown struct {
	t    *testing.T
	w    *Writer
	file []byte
}

func newGrown(t *testing.T, tracks []media.Track) *grown {
	w, err := NewWriter(tracks, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &grown{t, w, bytes.Clone(w.Header())}
}

func (g *grown) part() { g.file = append(g.file, slices.Concat(g.w.Part(nil))...) }

// push returns whether a part was ready, and leaves it to the caller.
func (g *grown) push(u *media.Unit) bool { return push(g.t, g.w, u) }

func (g *grown) finish() (growing, whole *File) {
	g.part()
	growing = opened(g.t, bytes.Clone(g.file))
	g.file = finished(g.t, g.w, g.file)
	return growing, opened(g.t, g.file)
}

// TestShift moves the sound against the picture: in the growing file from the next part on, in the finished one all of it.
func TestShift(t *testing.T) {
	interop.Require(t, "ffprobe")
	for _, test := range []struct {
		at           int // units pushed before it
		by           []int64
		from         time.Duration // where the sound starts before it
		video, sound string        // where the streams start in the finished file
	}{
		{40, []int64{800}, 0, "0.000000", "0.050000"},
		{40, []int64{-800}, 100 * time.Millisecond, "0.000000", "0.050000"},
		{40, []int64{-800}, 0, "0.050000", "0.000000"}, // nothing of the sound is left out
		{40, []int64{1600, -800}, 0, "0.000000", "0.050000"},
		{0, []int64{800}, 0, "0.000000", "0.050000"},
		{0, []int64{-800}, 0, "0.050000", "0.000000"},
		{2, []int64{-1600}, 0, "0.100000", "0.000000"},
	} {
		name := fmt.Sprintf("by %v after %d units, from %v", test.by, test.at, test.from)
		tracks, units := movie(t, "bframes", test.from)
		g := newGrown(t, tracks)
		for i, u := range units {
			if i == test.at {
				for _, by := range test.by {
					g.w.Shift(1, by)
				}
			}
			if g.push(u) {
				g.part()
			}
		}
		growing, whole := g.finish()
		path := save(t, "finished.mp4", g.file)
		starts := strings.Fields(quiet(t, "ffprobe", "-v", "warning", "-show_entries", "stream=start_time", "-of", "csv=p=0", path))
		if !slices.Equal(starts, []string{test.video, test.sound}) {
			t.Errorf("%s: the streams start at %v", name, starts)
		}
		total := int64(0)
		for _, by := range test.by {
			total += by
		}
		sounds := ofTrack(units, 1)
		wholeZero := whole.Tracks[0].Start * audioRate / 90000
		for i, u := range read(t, whole, 1) {
			if want := sounds[i].PTS + total + wholeZero; u.PTS != want {
				t.Fatalf("%s: finished: unit %d at %d, want %d", name, i, u.PTS, want)
			}
		}
		last := read(t, growing, 1)[len(sounds)-1]
		growingZero := growing.Tracks[0].Start * audioRate / 90000
		if want := sounds[len(sounds)-1].PTS + total + growingZero; last.PTS != want {
			t.Errorf("%s: growing: the last unit at %d, want %d", name, last.PTS, want)
		}
		if !bytes.Equal(remarshalled(t, g.file), g.file) {
			t.Errorf("%s: go-mp4 writes it differently", name)
		}
	}
	w, _ := NewWriter([]media.Track{depth(t, 0)}, Options{})
	w.Shift(-1, 5)
	w.Shift(1, 5) // no such track: nothing happens
}

// TestDrop throws parts away: the file is as if their units had never been there, and what is left keeps its times.
func TestDrop(t *testing.T) {
	interop.Require(t, "ffprobe")
	for _, name := range []string{"plain", "bframes"} {
		for _, lost := range [][]int{{1}, {2, 3}, {0}, {0, 1}, {0, 1, 2}, {5}, {4, 5}, {}, {0, 1, 2, 3, 4, 5, 6, 7}} {
			tracks, units := movie(t, name, 0)
			g := newGrown(t, tracks)
			var kept, part []*media.Unit
			parts := 0
			end := func() { // the part before the unit that was pushed last
				if slices.Contains(lost, parts) {
					g.w.Drop()
				} else {
					kept = append(kept, part...)
					g.part()
				}
				part, parts = nil, parts+1
			}
			for _, u := range units {
				if g.push(u) {
					end()
				}
				part = append(part, u)
			}
			end()
			growing, whole := g.finish()
			if parts < 6 || parts > 8 {
				t.Fatalf("%d parts", parts)
			}
			checkKept(t, fmt.Sprintf("%s without %v, growing", name, lost), growing, kept)
			checkKept(t, fmt.Sprintf("%s without %v, finished", name, lost), whole, kept)
			if pictures := ofTrack(kept, 0); len(pictures) == 0 || !pictures[0].Key || len(lost) != 2 {
				continue // without a key picture ffmpeg complains; two will do
			}
			packets := probe(t, save(t, "finished.mp4", g.file))
			if n := strings.Count(packets, "packet|"); n != len(kept) {
				t.Errorf("%s without %v: ffprobe sees %d packets, want %d", name, lost, n, len(kept))
			}
		}
	}
}

// checkKept checks that f holds the units, at their times, and not a tick more.
func checkKept(t *testing.T, name string, f *File, units []*media.Unit) {
	t.Helper()
	clocks := []int64{90000, audioRate}
	var zero float64 // seconds
	for i, u := range units {
		if at := float64(u.PTS) / float64(clocks[u.Track]); i == 0 || at < zero {
			zero = at
		}
	}
	for track := range f.Tracks {
		var got []*media.Unit
		want := ofTrack(units, track)
		got = read(t, f, track)
		if len(got) != len(want) {
			t.Errorf("%s: track %d: %d units, want %d", name, track, len(got), len(want))
			continue
		}
		for i, u := range got {
			at := float64(u.PTS) / float64(clocks[track])
			wanted := float64(want[i].PTS)/float64(clocks[track]) - zero
			if at-wanted > 0.0001 || wanted-at > 0.0001 || !bytes.Equal(u.Data[0], want[i].Data[0]) {
				t.Errorf("%s: track %d: unit %d at %f, want %f", name, track, i, at, wanted)
			}
		}
	}
}

// TestDropAtTheEnd checks that the film ends where its last picture does when the last part is dropped.
func TestDropAtTheEnd(t *testing.T) {
	g := newGrown(t, []media.Track{depth(t, 0)})
	for _, u := range timed(0, 3600, 7200, 45000, 48600) {
		if g.push(u) {
			g.part()
		}
	}
	g.w.Drop()
	g.w.Drop() // there is nothing left
	_, whole := g.finish()
	if f := whole.Tracks[0]; f.Len != 3 || f.Duration != 45000 && f.Duration != 10800 {
		t.Errorf("%d pictures, %d ticks", f.Len, f.Duration)
	}
}

// TestTrackWithoutUnits checks a file that announced sound which never came.
func TestTrackWithoutUnits(t *testing.T) {
	interop.Require(t, "ffprobe", "ffmpeg")
	tracks, units := movie(t, "plain", 0)
	for _, track := range []int{0, 1} {
		s := recorded(t, tracks, Options{Created: started}, ofTrack(units, track), nil)
		for state, b := range map[string][]byte{"growing": s.growing, "appended": s.appended, "finished": s.finished} {
			if track == 1 && state != "finished" {
				continue // ffmpeg misses the picture, as long as it can still come
			}
			path := save(t, state+".mp4", b)
			if n := strings.Count(probe(t, path), "packet|"); n != len(ofTrack(units, track)) {
				t.Errorf("%s: %d packets", state, n)
			}
			quiet(t, "ffmpeg", "-v", "warning", "-xerror", "-i", path, "-f", "null", "-")
		}
		f := opened(t, s.finished)
		if len(f.Tracks) != 1 || f.Tracks[0].Number != uint32(track)+1 || f.Tracks[0].Len != len(ofTrack(units, track)) {
			t.Errorf("track %d alone: %+v", track, f.Tracks)
		}
	}
	if f := opened(t, recorded(t, tracks, Options{}, nil, nil).finished); len(f.Tracks) != 2 {
		t.Errorf("a file without a unit has %d tracks", len(f.Tracks))
	}
}

// TestSegmentBorder cuts a recording in two at a key picture. The sound goes on across the border: a bit of it belongs to
// before the first picture of the second file, or begins after it. No unit is lost, and both tracks stay together.
func TestSegmentBorder(t *testing.T) {
	interop.Require(t, "ffprobe")
	for _, name := range []string{"plain", "bframes"} {
		for _, late := range []int{0, 1, 3} { // units of sound that the second file takes from before its first picture
			tracks, units := movie(t, name, 0)
			cut := slices.IndexFunc(units, func(u *media.Unit) bool { return u.Track == 0 && u.PTS == 25*interval })
			var first, second []*media.Unit
			for i, u := range units {
				if i < cut && !(u.Track == 1 && len(ofTrack(units[i:cut], 1)) <= late) {
					first = append(first, u)
				} else {
					second = append(second, u)
				}
			}
			var files [2]*grown
			for i, part := range [][]*media.Unit{first, second} {
				files[i] = newGrown(t, tracks)
				for _, u := range part {
					if files[i].push(u) {
						files[i].part()
					}
				}
			}
			for track := range tracks {
				files[0].w.Next(ofTrack(second, track)[0])
			}
			_, one := files[0].finish()
			_, two := files[1].finish()
			checkKept(t, name+", first", one, first)
			checkKept(t, name+", second", two, second)
			for track, rate := range []int64{90000, audioRate} {
				if end, next := one.Tracks[track].Duration+one.Tracks[track].Start, ofTrack(second, track)[0].PTS; name == "plain" && end != next {
					t.Errorf("track %d: the first file ends at %d, the second begins at %d of %d", track, end, next, rate)
				}
			}
			path := save(t, "second.mp4", files[1].file)
			zero := min(float64(25*interval)/90000, float64(ofTrack(second, 1)[0].PTS)/audioRate)
			want := []string{fmt.Sprintf("%.6f", 1-zero), fmt.Sprintf("%.6f", float64(ofTrack(second, 1)[0].PTS)/audioRate-zero)}
			starts := strings.Fields(quiet(t, "ffprobe", "-v", "warning", "-show_entries", "stream=start_time", "-of", "csv=p=0", path))
			if !slices.Equal(starts, want) {
				t.Errorf("%s, %d units late: the streams start at %v, want %v", name, late, starts, want)
			}
		}
	}
}

// TestStalledSound checks that parts close by the picture's clock while the sound has stopped, and that it finds its place
// when it comes back.
func TestStalledSound(t *testing.T) {
	tracks, units := movie(t, "plain", 0)
	silent := func(u *media.Unit) bool { return u.Track == 1 && u.PTS > audioRate/2 && u.PTS < audioRate*2 }
	units = slices.DeleteFunc(units, silent)
	g := newGrown(t, tracks)
	parts := 0
	for _, u := range units {
		if g.push(u) {
			g.part()
			parts++
		}
	}
	if parts != 4 {
		t.Errorf("%d parts", parts)
	}
	growing, whole := g.finish()
	checkKept(t, "growing", growing, units)
	checkKept(t, "finished", whole, units)
}
