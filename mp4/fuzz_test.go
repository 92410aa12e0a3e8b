package mp4

import (
	"bytes"
	"testing"
	"time"

	"github.com/timeslate/timeslate/media"
)

// FuzzOpen reads whatever bytes. What comes out must make sense: as many samples as promised, decoding times that do not
// go back, bytes that are in the file, an end within it.
func FuzzOpen(f *testing.F) {
	for _, name := range []string{"plain", "bframes"} {
		track, units := clip(f, name)
		for _, u := range units {
			u.Data = [][]byte{slice} // small seeds are fast ones
		}
		s := recorded(f, []media.Track{track}, Options{Created: started, Part: 80 * time.Millisecond}, units[:5], uuid(timingID, 4))
		for _, b := range [][]byte{s.growing, s.appended, s.finished, s.growing[:len(s.growing)-5]} {
			f.Add(b)
		}
	}
	f.Add(moovOf(f, full("elst", 0, 0, 2, 500, 0xffffffff, 1<<16, 0, 90, 1<<16),
		full("stts", 0, 0, 2, 2, 3000, 2, 3600), full("ctts", 1, 0, 2, 1, 0, 3, 0xffffff00), full("stss", 0, 0, 1, 1),
		full("stsc", 0, 0, 2, 1, 1, 1, 2, 3, 2), full("stsz", 0, 0, 3, 4), full("stco", 0, 0, 2, 1, 9)))
	moof := boxed("moof", boxed("traf", full("tfhd", 0, tfhdDuration, 1, 10),
		full("trun", 0, trunOffset|trunSize|trunFirstFlags, 2, 50, 0, 1, 2), full("trun", 1, trunComposition, 1, 5)))
	f.Add(append(append(header(f, full("trex", 0, 0, 1, 1, 10, 20, 0)), moof...), boxed("mdat", make([]byte, 100))...))

	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		if file.End < 0 || file.End > int64(len(b)) || (file.Torn == nil) != (file.End == int64(len(b))) {
			t.Fatalf("end %d of %d, torn %v", file.End, len(b), file.Torn)
		}
		for payload, err := range file.UUID(timingID) {
			if err != nil || len(payload) > len(b)-boxHeader-len(timingID) {
				t.Fatalf("uuid box of %d bytes in %d: %v", len(payload), len(b), err)
			}
		}
		for i := range file.Tracks {
			checkSamples(t, file, &file.Tracks[i], b)
		}
	})
}

func checkSamples(t *testing.T, f *File, track *Track, b []byte) {
	n := 0
	var last Sample
	for s := range track.Samples() {
		if n > 0 && s.DTS < last.DTS && len(track.runs) == 0 {
			t.Fatalf("sample %d: DTS %d after %d", n, s.DTS, last.DTS)
		}
		if s.Duration < 0 || s.PTS-s.DTS != int64(int32(s.PTS-s.DTS)) {
			t.Fatalf("sample %d: %+v", n, s)
		}
		if n < 100 {
			checkData(t, f, s, b)
		}
		if n == 1<<16 { // few bytes can stand for many samples; the rest would only take time
			return
		}
		last = s
		n++
	}
	if n != track.Len || n > maxSamples {
		t.Fatalf("%d samples, Len is %d", n, track.Len)
	}
}

func checkData(t *testing.T, f *File, s Sample, b []byte) {
	data, err := f.Read(s, nil)
	if inside := s.Size <= maxSample && s.Offset >= 0 && s.Offset <= int64(len(b))-int64(s.Size); inside != (err == nil) {
		t.Fatalf("%+v in %d bytes: %v", s, len(b), err)
	}
	if err != nil {
		return
	}
	units, _ := s.Split(nil, data)
	size := 0
	for _, u := range units {
		size += len(u)
	}
	if !bytes.Equal(data, b[s.Offset:][:s.Size]) || size > len(data) {
		t.Fatalf("%+v: wrong bytes", s)
	}
}

// FuzzWriter pushes units at whatever times and checks that both forms of the file hold all of them, unaltered, at their
// times, and that decoding times advance.
func FuzzWriter(f *testing.F) {
	f.Add(0, []byte{1, 1, 1, 1, 1, 1})
	f.Add(2, []byte{0, 40, 236, 246, 20, 60, 236, 246})
	f.Add(-1, []byte{0, 40, 236, 246, 20, 60, 236, 246, 128, 127, 127})
	f.Fuzz(func(t *testing.T, reorder int, steps []byte) {
		tracks := []media.Track{depth(t, reorder%20), depth(t, 0)}
		tracks[1].ID, tracks[1].ClockRate = 1, 48000
		var units [2][]*media.Unit
		var all []*media.Unit
		pts := [2]int64{1000000, 533333}
		for i, step := range steps {
			n := i % 7 / 5 // two of seven are for the second track
			pts[n] += int64(int8(step)) * 900
			u := unit(i, slice, []byte{byte(i)})
			u.Track, u.PTS = n, pts[n]
			units[n] = append(units[n], u)
			all = append(all, u)
		}
		if len(all) == 0 {
			return
		}
		s := recorded(t, tracks, Options{PartBytes: 100}, all, nil)
		for _, b := range [][]byte{s.growing, s.finished} {
			file := opened(t, b)
			for n, want := range units {
				sameStream(t, read(t, file, n), want)
				checkSamples(t, file, &file.Tracks[n], b)
			}
		}
	})
}

// sameStream compares units but for where their time starts.
func sameStream(t *testing.T, got, want []*media.Unit) {
	if len(got) > 0 && len(want) > 0 {
		shift := want[0].PTS - got[0].PTS
		for _, u := range got {
			u.PTS += shift
		}
	}
	sameUnits(t, got, want)
}
