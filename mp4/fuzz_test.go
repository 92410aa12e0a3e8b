package mp4

import (
	"bytes"
	"math"
	"slices"
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
	tracks, units := movie(f, "plain", 300*time.Millisecond)
	for i, u := range units {
		u.Data = [][]byte{{0x41, byte(i)}}
	}
	s := recorded(f, tracks, Options{Created: started, Part: 80 * time.Millisecond}, units[:30], nil)
	f.Add(s.growing)
	f.Add(s.finished)
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

// FuzzCut cuts whatever file. What comes out must be a whole one with what was asked for, not much larger than the source,
// and each error must say where.
func FuzzCut(f *testing.F) {
	for _, name := range []string{"plain", "bframes"} {
		tracks, units := movie(f, name, 100*time.Millisecond)
		for _, u := range units {
			if u.Track == 0 {
				u.Data = [][]byte{u.Data[len(u.Data)-1][:2]}
			}
		}
		s := recorded(f, tracks, Options{Part: 80 * time.Millisecond}, units[:20], nil)
		f.Add(s.growing, int64(0), int64(5*interval), int64(0))
		f.Add(s.finished, int64(3*interval), int64(math.MaxInt64), int64(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, from, to, shift int64) {
		source, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for track := range source.Tracks {
			var out bytes.Buffer
			copied, err := Cut(&out, []Piece{{File: source, Track: track, From: from, To: to, Shift: shift}}, CutOptions{})
			if err != nil {
				continue
			}
			checkCutOf(t, source, track, copied, out.Bytes())
		}
	})
}

func checkCutOf(t *testing.T, source *File, track int, copied []Copied, b []byte) {
	f := opened(t, b)
	if f.Torn != nil || len(f.Tracks) != len(copied) || copied[0].Source != track {
		t.Fatalf("torn %v, %d tracks, copied %+v", f.Torn, len(f.Tracks), copied)
	}
	for i, c := range copied {
		if want := samplesIn(t, source, c.Source, c.First, c.Len); !slices.Equal(samplesIn(t, f, i, 0, math.MaxInt), want) {
			t.Fatalf("track %d: not the samples of %+v", i, c)
		}
		checkSamples(t, f, &f.Tracks[i], b)
	}
	shown := false
	for s := range f.Tracks[0].Samples() {
		shown = shown || s.PTS <= 0 && (s.PTS+s.Duration > 0 || s.Duration == 0)
	}
	if !shown {
		t.Fatal("nothing is shown at the start")
	}
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

// FuzzWriter pushes units of two tracks at times that go anywhere, moves one track against the other after some of
// them, and drops some of the parts. What was kept must come out, in the finished file at the right times within and
// between the tracks.
func FuzzWriter(f *testing.F) {
	f.Add(0, []byte{1, 1, 1, 1, 1, 1}, uint8(0), int16(0), uint16(0))
	f.Add(2, []byte{0, 40, 236, 246, 20, 60, 236, 246}, uint8(3), int16(900), uint16(0))
	f.Add(-1, []byte{0, 40, 236, 246, 20, 60, 236, 246, 128, 127, 127}, uint8(0), int16(0), uint16(1))
	f.Add(1, []byte{0, 40, 236, 246, 20, 60, 236, 246, 128, 127, 127}, uint8(5), int16(-2000), uint16(6))
	f.Fuzz(func(t *testing.T, reorder int, steps []byte, shiftAfter uint8, shift int16, drop uint16) {
		tracks := []media.Track{depth(t, reorder%20), depth(t, 0)}
		tracks[1].ID, tracks[1].ClockRate = 1, 48000
		w, err := NewWriter(tracks, Options{PartBytes: 100})
		if err != nil {
			t.Fatal(err)
		}
		growing := bytes.Clone(w.Header())
		var units [2][]*media.Unit
		var part []*media.Unit
		end := func() {
			if drop&1 != 0 {
				w.Drop()
			} else {
				growing = append(growing, slices.Concat(w.Part(nil))...)
				for _, u := range part {
					units[u.Track] = append(units[u.Track], u)
				}
			}
			part, drop = nil, drop>>1
		}
		pts := [2]int64{1000000, 533333}
		for i, step := range steps[:min(len(steps), maxJump/(128*900))] { // all of them one way go no farther than maxJump
			if i == int(shiftAfter) {
				w.Shift(1, int64(shift))
			}
			n := i % 7 / 5 // two of seven are for the second track
			pts[n] += int64(int8(step)) * 900
			u := unit(i, slice, []byte{byte(i)})
			u.Track, u.PTS = n, pts[n]
			if push(t, w, u) {
				end()
			}
			part = append(part, u)
		}
		end()
		zeros := checkUnits(t, finished(t, w, bytes.Clone(growing)), units[:], true)
		// What was moved, or belongs to before the file's start, is not at its place as long as the file grows.
		checkUnits(t, growing, units[:], w.tracks[0].late == 0 && w.tracks[1].moved == 0)
		if d := zeros[0] - zeros[1] + float64(w.tracks[1].moved)/48000; len(units[0]) > 0 && len(units[1]) > 0 && math.Abs(d) > 0.0001 {
			t.Fatalf("the tracks are %f s apart", d)
		}
	})
}

// checkUnits checks the units of a file, and their times if they are to be right. It returns where the time of each track
// starts, in seconds.
func checkUnits(t *testing.T, b []byte, units [][]*media.Unit, timed bool) (zeros [2]float64) {
	file := opened(t, b)
	for i := range file.Tracks {
		track := &file.Tracks[i]
		got, want := read(t, file, i), units[track.Number-1]
		checkSamples(t, file, track, b)
		if !timed {
			for j := range min(len(got), len(want)) {
				got[j].PTS = want[j].PTS
			}
		} else if len(got) > 0 && len(want) > 0 {
			zeros[track.Number-1] = float64(got[0].PTS-want[0].PTS) / float64(track.ClockRate)
		}
		sameStream(t, got, want)
	}
	if len(file.Tracks) == 1 && len(units[2-file.Tracks[0].Number]) > 0 {
		t.Fatalf("track %d is there alone", file.Tracks[0].Number)
	}
	return zeros
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
