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
