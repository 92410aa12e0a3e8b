package mp4

import (
	"bytes"
	"slices"
	"testing"

	"github.com/timeslate/timeslate/media"
)

// opened opens a file that is in memory.
func opened(t testing.TB, b []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// read returns all units of a track as they would be pushed to a Writer.
func read(t testing.TB, f *File, track int) []*media.Unit {
	t.Helper()
	var units []*media.Unit
	for s := range f.Tracks[track].Samples() {
		data, err := f.Read(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		u := &media.Unit{Track: track, PTS: s.PTS, Key: s.Key, Config: s.Config}
		if u.Data, err = s.Split(nil, data); err != nil {
			t.Fatal(err)
		}
		units = append(units, u)
	}
	if len(units) != f.Tracks[track].Len {
		t.Errorf("track %d: Len is %d, there are %d samples", track, f.Tracks[track].Len, len(units))
	}
	return units
}

// sameUnits compares what was read with what was written.
func sameUnits(t testing.TB, got, want []*media.Unit) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d units, want %d", len(got), len(want))
	}
	for i, g := range got {
		if g.PTS != want[i].PTS || g.Key != want[i].Key || !slices.EqualFunc(g.Data, want[i].Data, bytes.Equal) {
			t.Fatalf("unit %d: PTS %d key %t (%d NAL units), want %d %t (%d)",
				i, g.PTS, g.Key, len(g.Data), want[i].PTS, want[i].Key, len(want[i].Data))
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, name := range []string{"plain", "bframes"} {
		track, units := clip(t, name)
		s := recorded(t, []media.Track{track}, Options{Created: started}, units, nil)
		for state, b := range map[string][]byte{"growing": s.growing, "appended": s.appended, "finished": s.finished} {
			t.Run(name+"/"+state, func(t *testing.T) {
				f := opened(t, b)
				if f.Torn != nil || f.End != int64(len(b)) || f.Fragmented == (state == "finished") || !f.Created.Equal(started) {
					t.Errorf("torn %v, end %d of %d, fragmented %t, created %v", f.Torn, f.End, len(b), f.Fragmented, f.Created)
				}
				got := f.Tracks[0]
				if got.Kind != "vide" || got.Entry != "avc1" || got.ClockRate != track.ClockRate || got.Config.Codec() != track.Config.Codec() {
					t.Errorf("track is %+v", got)
				}
				if want := int64(len(units)) * interval; got.Duration != want {
					t.Errorf("duration %d, want %d", got.Duration, want)
				}
				sameUnits(t, read(t, f, 0), units)
			})
		}
	}
}

// timingID is the id of the uuid boxes in the tests.
var timingID = [16]byte{'t', 'e', 's', 't'}

// uuid returns a uuid box with a payload of n bytes.
func uuid(id [16]byte, n int) []byte {
	b, start := openBox(nil, "uuid")
	return closeBox(append(append(b, id[:]...), make([]byte, n)...), start)
}

// TestTorn cuts a growing file at every byte. What is left are the units of the parts that are whole, and a reason unless
// the cut is at a border.
func TestTorn(t *testing.T) {
	track, units := clip(t, "plain")
	units = units[:30]
	s := recorded(t, []media.Track{track}, Options{}, units, uuid(timingID, 20))
	header, err := NewWriter([]media.Track{track}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ends := append([]int{len(header.Header())}, s.partEnds...)
	whole := make([]int, len(ends)) // units up to each border
	for i, end := range ends {
		whole[i] = opened(t, s.growing[:end]).Tracks[0].Len
	}
	part := 0
	for cut := ends[0]; cut <= len(s.growing); cut++ {
		if part+1 < len(ends) && cut == ends[part+1] {
			part++
		}
		f := opened(t, s.growing[:cut])
		if f.End != int64(ends[part]) || f.Tracks[0].Len != whole[part] || (f.Torn == nil) != (cut == ends[part]) {
			t.Fatalf("cut at %d: end %d, %d units, %v; want end %d, %d units", cut, f.End, f.Tracks[0].Len, f.Torn, ends[part], whole[part])
		}
		if n := count(t, f, timingID); n != part {
			t.Fatalf("cut at %d: %d uuid boxes, want %d", cut, n, part)
		}
	}
	sameUnits(t, read(t, opened(t, s.growing[:ends[2]+10]), 0), units[:whole[2]])
	for cut := range ends[0] {
		if _, err := Open(bytes.NewReader(s.growing[:cut]), int64(cut)); err == nil {
			t.Fatalf("opened without a moov box, cut at %d", cut)
		}
	}
}

// TestPowerCut checks tails that are no boxes.
func TestPowerCut(t *testing.T) {
	track, units := clip(t, "plain")
	s := recorded(t, []media.Track{track}, Options{}, units, nil)
	for name, tail := range map[string][]byte{
		"zeros":       make([]byte, 4096),
		"three bytes": {0, 0, 1},
		"size 7":      {0, 0, 0, 7, 'm', 'o', 'o', 'f'},
		"64-bit size": {0, 0, 0, 1, 'm', 'd', 'a', 't', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"moof":        {0, 0, 0, 16, 'm', 'o', 'o', 'f', 0, 0, 0, 9, 't', 'r', 'a', 'f'},
		"uuid":        {0, 0, 0, 9, 'u', 'u', 'i', 'd', 1},
	} {
		f := opened(t, append(slices.Clone(s.growing), tail...))
		if f.Torn == nil || f.End != int64(len(s.growing)) || f.Tracks[0].Len != len(units) {
			t.Errorf("%s: torn %v, end %d of %d, %d units", name, f.Torn, f.End, len(s.growing), f.Tracks[0].Len)
		}
	}
}

func count(t testing.TB, f *File, id [16]byte) int {
	n := 0
	for _, err := range f.UUID(id) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// TestUUID checks which boxes one gets: those before the parts, and once the file is finished the one at its end.
func TestUUID(t *testing.T) {
	track, units := clip(t, "plain")
	w, err := NewWriter([]media.Track{track}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	box := func(n int) []byte { return uuid(timingID, n) }
	file := slices.Clone(w.Header())
	want := []int{}
	for i, u := range units {
		if push(t, w, u) {
			file = append(file, slices.Concat(w.Part(append(uuid([16]byte{1}, 3), box(i)...)))...)
			want = append(want, i)
		}
	}
	sizes := func(b []byte) []int {
		got := []int{}
		for payload, err := range opened(t, b).UUID(timingID) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, len(payload))
		}
		return got
	}
	if got := sizes(file); !slices.Equal(got, want) {
		t.Errorf("growing: payloads of %v bytes, want %v", got, want)
	}
	tail, at, patch, err := w.Finish(box(5000))
	if err != nil {
		t.Fatal(err)
	}
	file = append(file, tail...)
	if got := sizes(file); !slices.Equal(got, want) {
		t.Errorf("appended: payloads of %v bytes, want %v", got, want)
	}
	copy(file[at:], patch[:])
	if got := sizes(file); !slices.Equal(got, []int{5000}) {
		t.Errorf("finished: payloads of %v bytes, want 5000", got)
	}
}

// TestSplit checks the lengths before NAL units in samples of other writers.
func TestSplit(t *testing.T) {
	for _, test := range []struct {
		lengthSize uint8
		data       []byte
		want       [][]byte // nil: an error
	}{
		{0, []byte{1, 2}, [][]byte{{1, 2}}},
		{1, []byte{1, 7, 2, 8, 9}, [][]byte{{7}, {8, 9}}},
		{2, []byte{0, 1, 7, 0, 2, 8, 9}, [][]byte{{7}, {8, 9}}},
		{3, []byte{0, 0, 1, 7}, [][]byte{{7}}},
		{4, []byte{0, 0, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 1, 8}, [][]byte{{7}, {8}}},
		{4, []byte{}, [][]byte{}},
		{4, []byte{0, 0, 0, 2, 7}, nil},
		{4, []byte{0xff, 0xff, 0xff, 0xff, 7}, nil},
		{4, []byte{0, 0, 0}, nil},
	} {
		got, err := Sample{lengthSize: test.lengthSize}.Split(nil, test.data)
		if (err != nil) != (test.want == nil) || err == nil && !slices.EqualFunc(got, test.want, bytes.Equal) {
			t.Errorf("length of %d bytes, % x: % x, %v", test.lengthSize, test.data, got, err)
		}
	}
}

// BenchmarkOpen opens a recording of an hour with 25 pictures per second and jittering time stamps and goes through its
// samples.
func BenchmarkOpen(b *testing.B) {
	var units []*media.Unit
	for i := range 90000 {
		units = append(units, unit(i, slice))
		units[i].PTS += int64(i % 5)
	}
	s := recorded(b, []media.Track{depth(b, 0)}, Options{}, units, uuid(timingID, 1000))
	for _, state := range []struct {
		name string
		b    []byte
	}{{"growing", s.growing}, {"finished", s.finished}} {
		b.Run(state.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for range opened(b, state.b).Tracks[0].Samples() {
					n++
				}
				if n != len(units) {
					b.Fatalf("%d samples", n)
				}
			}
		})
	}
}

// TestBehindTheEnd has bytes behind a finished file that are no box: they cost none of its boxes.
func TestBehindTheEnd(t *testing.T) {
	track, units := clip(t, "plain")
	id := [16]byte{1: 7}
	box := append([]byte("\x00\x00\x00\x1cuuid"), append(id[:], "time"...)...)
	file := recorded(t, []media.Track{track}, Options{}, units, box).finished
	for _, junk := range []string{"and no more", "\x00\x00\x10\x00uuid and no more", "\x00\x00\x00\x00\x00\x00\x00\x00"} {
		b := append(slices.Clone(file), junk...)
		f, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if f.Torn == nil || f.End != int64(len(file)) || f.Tracks[0].Len != len(units) {
			t.Errorf("%q: torn: %v, ends at byte %d of %d, %d samples", junk, f.Torn, f.End, len(file), f.Tracks[0].Len)
		}
		var found []string
		for payload, err := range f.UUID(id) {
			found = append(found, string(payload))
			if err != nil {
				t.Error(err)
			}
		}
		if !slices.Equal(found, []string{"time"}) {
			t.Errorf("%q: uuid boxes %q", junk, found)
		}
	}
}
