package mp4

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
)

// slice is a NAL unit that stands for a picture where nobody decodes it.
var slice = []byte{0x41, 1, 2, 3}

// timed returns units at the given PTS.
func timed(pts ...int64) []*media.Unit {
	var units []*media.Unit
	for i, p := range pts {
		u := unit(i, slice)
		u.PTS = p
		units = append(units, u)
	}
	return units
}

// depth returns a track whose configuration says that reordering is that deep.
func depth(t testing.TB, n int) media.Track {
	track, _ := clip(t, "plain")
	config := *track.Config.(*h264.Config)
	config.Reorder = n
	config.FrameRate = 0
	track.Config = &config
	return track
}

// TestDecodingTimes checks the times in a finished file. PTS and DTS are in units of the interval.
func TestDecodingTimes(t *testing.T) {
	const none, big = math.MaxInt64, 1 << 31 / interval
	for _, test := range []struct {
		name     string
		depth    int
		pts, dts []int64
		next     int64 // PTS of the unit that goes to the next file
		lasts    int64 // duration of the last sample
	}{
		{"in order", 0, []int64{0, 1, 2, 4}, []int64{0, 1, 2, 4}, none, 2},
		{"next known", 0, []int64{0, 1, 2, 4}, []int64{0, 1, 2, 4}, 5, 1},
		{"one", 0, []int64{7}, []int64{7}, none, 1},
		{"one, next known", 0, []int64{7}, []int64{7}, 10, 3},
		{"not reordered, though allowed", 2, []int64{0, 1, 2, 3}, []int64{-2, -1, 0, 1}, none, 1},
		{"B", 1, []int64{0, 2, 1, 4, 3}, []int64{-1, 0, 1, 2, 3}, 5, 1},
		{"pyramid", 2, []int64{0, 4, 2, 1, 3, 8, 6, 5, 7}, []int64{-2, -1, 0, 1, 2, 3, 4, 5, 6}, none, 1},
		{"shorter than the depth", 4, []int64{0, 2}, []int64{-4, -3}, none, 1},
		{"open GOP: pictures before the first", 1, []int64{2, 0, 1, 4, 3}, []int64{-1, 0, 1, 2, 3}, none, 1},
		{"measured", -1, []int64{0, 4, 2, 1, 3, 8, 6, 5, 7}, []int64{-2, -1, 0, 1, 2, 3, 4, 5, 6}, none, 1},
		{"measured, in order", -1, []int64{0, 1, 2, 3}, []int64{0, 1, 2, 3}, none, 1},
		{"a long pause", 0, []int64{0, 1, big, big + 1}, []int64{0, 1, big, big + 1}, none, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			const origin = 1 << 40 // where the camera's clock happens to stand
			w, err := NewWriter([]media.Track{depth(t, test.depth)}, Options{Part: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			file := slices.Clone(w.Header())
			for _, pts := range test.pts {
				if push(t, w, timed(origin + pts*interval)[0]) {
					file = append(file, slices.Concat(w.Part(nil))...)
				}
			}
			if test.next != none {
				w.Next(timed(origin + test.next*interval)[0])
			}
			file = finished(t, w, file)

			first := slices.Min(test.pts)
			i := 0
			for s := range opened(t, file).Tracks[0].Samples() {
				if pts := (test.pts[i] - first) * interval; s.PTS != pts {
					t.Errorf("sample %d: PTS %d, want %d", i, s.PTS, pts)
				}
				if dts := (test.dts[i] - first) * interval; s.DTS != dts {
					t.Errorf("sample %d: DTS %d, want %d", i, s.DTS, dts)
				}
				if i++; i == len(test.pts) && s.Duration != test.lasts*interval {
					t.Errorf("the last sample lasts %d, want %d", s.Duration, test.lasts*interval)
				}
			}
			if i != len(test.pts) {
				t.Errorf("%d samples, want %d", i, len(test.pts))
			}
		})
	}
}

// finished ends a file.
func finished(t testing.TB, w *Writer, file []byte) []byte {
	t.Helper()
	tail, at, patch, err := w.Finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	file = append(file, tail...)
	copy(file[at:], patch[:])
	return file
}

// TestTimesThatGoBack checks that decoding times advance by at least a tick and PTS stay what they are, whatever comes.
func TestTimesThatGoBack(t *testing.T) {
	pts := []int64{0, 3600, 3600, 3600, 1800, 7200, 100, 10800}
	want := []int64{0, 3600, 3601, 3602, 3603, 7200, 7201, 10800}
	s := recorded(t, []media.Track{depth(t, 0)}, Options{}, timed(pts...), nil)
	for state, b := range map[string][]byte{"growing": s.growing, "finished": s.finished} {
		i, first := 0, int64(0)
		for got := range opened(t, b).Tracks[0].Samples() {
			if i == 0 {
				first = got.DTS
			}
			if got.PTS != pts[i] || got.DTS-first != want[i] {
				t.Errorf("%s: sample %d: PTS %d DTS %d, want %d %d", state, i, got.PTS, got.DTS-first, pts[i], want[i])
			}
			i++
		}
	}
}

// TestLatePictures checks how a finished file shows pictures that came later than the reorder depth allows: composition
// offsets are positive and an edit list makes good for that, unless the clock went back so far that none can.
func TestLatePictures(t *testing.T) {
	for _, test := range []struct {
		name     string
		pts      []int64
		ctts     string // with its version
		editList bool
	}{
		{"B-frames nobody told of", []int64{0, 7200, 3600, 10800}, "ctts\x00", true},
		{"the clock goes back", []int64{200000, 203600, 0, 3600}, "ctts\x01", false},
	} {
		b := recorded(t, []media.Track{depth(t, 0)}, Options{}, timed(test.pts...), nil).finished
		if !bytes.Contains(b, []byte(test.ctts)) || bytes.Contains(b, []byte("elst")) != test.editList {
			t.Errorf("%s: no %q, or the edit list is wrong", test.name, test.ctts)
		}
	}
}

// TestPartsEnd checks what closes a part: its length, in ticks of any track's clock, or its size.
func TestPartsEnd(t *testing.T) {
	regular := func(n int, interval int64) (pts []int64) {
		for i := range n {
			pts = append(pts, int64(i)*interval)
		}
		return pts
	}
	for _, test := range []struct {
		name string
		o    Options
		pts  []int64
		want []int // units per part
	}{
		{"25 per second", Options{}, regular(30, 3600), []int{12, 12, 6}},
		{"30 per second", Options{}, regular(31, 3000), []int{15, 15, 1}},
		{"one per second", Options{}, regular(3, 90000), []int{1, 1, 1}},
		{"longer parts", Options{Part: 2 * time.Second}, regular(60, 3600), []int{50, 10}},
		{"size", Options{PartBytes: 20}, regular(5, 3600), []int{2, 2, 1}},
		{"one unit is too large", Options{PartBytes: 5}, regular(3, 3600), []int{1, 1, 1}},
		{"time stands still", Options{}, make([]int64, maxPartUnits+1), []int{maxPartUnits, 1}},
		{"time jumps back", Options{}, []int64{90000, 93600, 0, 3600}, []int{2, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, err := NewWriter([]media.Track{depth(t, 0)}, test.o)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			n := 0
			for _, u := range timed(test.pts...) {
				if push(t, w, u) {
					_, body := w.Part(nil)
					if len(body) != n*8 {
						t.Errorf("a part of %d bytes for %d units", len(body), n)
					}
					got = append(got, n)
					n = 0
				}
				n++
			}
			if got = append(got, n); !slices.Equal(got, test.want) {
				t.Errorf("parts of %v units, want %v", got, test.want)
			}
		})
	}
}

// TestStalledTrack checks that a part closes by one track's clock while another has stopped, and what memory that takes.
func TestStalledTrack(t *testing.T) {
	tracks := []media.Track{depth(t, 0), depth(t, 0)}
	tracks[1].ID = 1
	w, err := NewWriter(tracks, Options{})
	if err != nil {
		t.Fatal(err)
	}
	parts := 0
	for i := range 1000 {
		if i < 3 {
			push(t, w, unit(i, slice))
		}
		u := unit(i, slice)
		u.Track = 1
		if push(t, w, u) {
			w.Part(nil)
			parts++
		}
	}
	if parts < 80 || cap(w.open.body)+cap(w.done.body) > 1000 {
		t.Errorf("%d parts, %d bytes in memory", parts, cap(w.open.body)+cap(w.done.body))
	}
}

// TestSilence checks that Part closes a part that no unit has ended yet.
func TestSilence(t *testing.T) {
	w, err := NewWriter([]media.Track{depth(t, 0)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	file := slices.Clone(w.Header())
	if head, body := w.Part([]byte("x")); head != nil || body != nil {
		t.Errorf("part of nothing: %x %x", head, body)
	}
	units := timed(0, 3600, 7200, 900000, 903600)
	for _, u := range units[:3] {
		push(t, w, u)
	}
	file = append(file, slices.Concat(w.Part(nil))...)
	for _, u := range units[3:] {
		push(t, w, u)
	}
	file = append(file, slices.Concat(w.Part(nil))...)
	sameUnits(t, read(t, opened(t, file), 0), units)
	f := opened(t, finished(t, w, file))
	sameUnits(t, read(t, f, 0), units)
	for s := range f.Tracks[0].Samples() {
		if s.PTS == 7200 && s.Duration != 892800 {
			t.Errorf("the pause lasts %d in the finished file", s.Duration)
		}
	}
}

// TestTracksStart checks the starts of two tracks with different clocks, the second half a second late.
func TestTracksStart(t *testing.T) {
	tracks := []media.Track{depth(t, 0), depth(t, 1)}
	tracks[1].ID, tracks[1].ClockRate = 1, 48000
	var units []*media.Unit
	for i := range 50 {
		u := unit(i, slice)
		u.PTS += 90000 * 1000
		units = append(units, u)
		if i >= 13 {
			v := unit(i, slice, slice)
			v.Track, v.PTS, v.Key = 1, 48000*1000+int64(i)*1920+3, i%10 == 0
			units = append(units, v)
		}
	}
	s := recorded(t, tracks, Options{}, units, nil)
	for state, b := range map[string][]byte{"growing": s.growing, "finished": s.finished} {
		f := opened(t, b)
		if a, b := f.Tracks[0].Start, f.Tracks[1].Start; a != 0 || b != 13*1920+3 {
			t.Errorf("%s: tracks start at %d and %d", state, a, b)
		}
		if n := len(read(t, f, 0)) + len(read(t, f, 1)); n != len(units) {
			t.Errorf("%s: %d units, want %d", state, n, len(units))
		}
	}
}

// TestTrackFromBefore checks a track that shows up after the first part, with time stamps from before it: in the finished
// file the other one is later, in the growing one the tracks are together once the late one's parts are at the file's time.
func TestTrackFromBefore(t *testing.T) {
	const early = 5 // pictures
	tracks := []media.Track{depth(t, 0), depth(t, 0)}
	tracks[1].ID = 1
	var units []*media.Unit
	for i := range 60 {
		u := unit(i, slice)
		u.PTS += 90000
		units = append(units, u)
		if i >= 20 {
			v := *u
			v.Track, v.PTS = 1, 90000+int64(i-20-early)*interval
			units = append(units, &v)
		}
	}
	s := recorded(t, tracks, Options{}, units, nil)
	for state, b := range map[string][]byte{"growing": s.growing, "finished": s.finished} {
		f := opened(t, b)
		zero := int64(0) // where the pictures of track 0 start
		if state == "finished" {
			zero = early * interval
		}
		for i, u := range read(t, f, 0) {
			if want := zero + int64(i)*interval; u.PTS != want {
				t.Errorf("%s: unit %d at %d, want %d", state, i, u.PTS, want)
			}
		}
		for i, u := range read(t, f, 1) {
			began := state == "finished" || i >= early+12 // parts that begin before 0 are at 0
			if want := zero + int64(i-early)*interval; began && u.PTS != want {
				t.Errorf("%s: late track: unit %d at %d, want %d", state, i, u.PTS, want)
			}
		}
	}
}

// TestParametersChange checks that each picture of the finished file has its own parameter sets, and that while the file
// grows they stand with each key picture, where a decoder expects them.
func TestParametersChange(t *testing.T) {
	plain, first := clip(t, "plain")
	other, second := clip(t, "bframes")
	var units []*media.Unit
	add := func(us []*media.Unit, strip bool) {
		for _, u := range us {
			c := *u
			c.PTS = int64(len(units)) * interval
			if strip {
				c.Data = withoutSets(c.Data)
			}
			units = append(units, &c)
		}
	}
	add(first[:30], false)
	add(second[:30], true) // a camera that sends them in the SDP only
	add(first[:10], true)
	s := recorded(t, []media.Track{plain}, Options{}, units, nil)

	i := 0
	for got := range opened(t, s.finished).Tracks[0].Samples() {
		if want := units[i].Config; !want.(*h264.Config).Equal(got.Config.(*h264.Config)) {
			t.Fatalf("unit %d: wrong parameters %s", i, got.Config.Codec())
		}
		i++
	}
	types := func(i int) (types []h264.Type) {
		for _, nal := range read(t, opened(t, s.growing), 0)[i].Data {
			types = append(types, h264.NALType(nal))
		}
		return types
	}
	want := []h264.Type{h264.AUD, h264.SPS, h264.PPS, h264.SliceIDR}
	if got := types(30); !slices.Equal(got, want) {
		t.Errorf("first picture after the change: %v, want %v", got, want)
	}
	if got := types(55); !slices.Equal(got, want) {
		t.Errorf("second key picture after the change: %v, want %v", got, want)
	}
	if got := types(60); !slices.Equal(got, want[1:]) {
		t.Errorf("first picture after the change back: %v, want %v", got, want[1:])
	}
	if got := read(t, opened(t, s.growing), 0)[30].Data; !bytes.Equal(got[1], other.Config.(*h264.Config).SPS[0]) {
		t.Errorf("SPS after the change: %x", got[1])
	}
}

// TestParametersToggle has a camera that changes between two sets of parameters at each key frame, as some do: two sample
// descriptions are enough.
func TestParametersToggle(t *testing.T) {
	track, units := clip(t, "plain")
	other, _ := clip(t, "bframes")
	w, err := NewWriter([]media.Track{track}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2*maxDescriptions + 2 {
		u := *units[0]
		u.PTS, u.Config = int64(i)*interval, []media.Config{track.Config, other.Config}[i%2]
		ready, err := w.Push(&u)
		if err != nil {
			t.Fatalf("unit %d: %v", i, err)
		}
		if ready {
			w.Part(nil)
		}
	}
	if n := len(w.tracks[0].configs); n != 2 {
		t.Errorf("%d sample descriptions", n)
	}
}

func withoutSets(data [][]byte) (rest [][]byte) {
	for _, nal := range data {
		if kind := h264.NALType(nal); kind != h264.SPS && kind != h264.PPS {
			rest = append(rest, nal)
		}
	}
	return rest
}

// TestLongFile checks that a file beyond 4 GiB and 2^32 ticks uses 64 bits where 32 do not suffice.
func TestLongFile(t *testing.T) {
	w, err := NewWriter([]media.Track{depth(t, 0)}, Options{Created: time.Date(2045, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	const step = 1 << 30
	for i := range int64(6) {
		push(t, w, timed(i * step)[0])
		w.Part(nil)
		w.pos += step // as if the part had been that large
	}
	tail, at, patch, err := w.Finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	end := uint64(w.pos + boxHeader)
	if got := binary.BigEndian.Uint64(patch[8:]) + uint64(at); got != end {
		t.Errorf("the media data box ends at %d, moov starts at %d", got, end)
	}
	moov := tail[boxHeader:]
	f := opened(t, append(append([]byte(nil), w.header[:w.freeAt]...), moov...))
	i := int64(0)
	for s := range f.Tracks[0].Samples() {
		if s.PTS != i*step || s.Offset < i*step || s.Offset > (i+1)*step {
			t.Errorf("sample %d: PTS %d, offset %d", i, s.PTS, s.Offset)
		}
		i++
	}
	if i != 6 || f.Created.Year() != 2045 || f.Tracks[0].Duration != 5*step+interval {
		t.Errorf("%d samples, created %v, duration %d", i, f.Created, f.Tracks[0].Duration)
	}
	for _, name := range []string{"co64", "mvhd\x01", "tkhd\x01", "mdhd\x01"} {
		if !bytes.Contains(moov, []byte(name)) {
			t.Errorf("no %q", name)
		}
	}
}

// TestOneUnit finishes a file whose only unit is in no part yet.
func TestOneUnit(t *testing.T) {
	w, err := NewWriter([]media.Track{depth(t, 0)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	unit := timed(0)[0]
	push(t, w, unit)
	file := slices.Clone(w.Header())
	tail, at, patch, err := w.Finish(nil)
	if err != nil {
		t.Fatal(err)
	}
	file = append(file, tail...)
	copy(file[at:], patch[:])
	sameUnits(t, read(t, opened(t, file), 0), []*media.Unit{unit})
}

func TestWriterErrors(t *testing.T) {
	good := depth(t, 0)
	tone, _ := sound(t, 0)
	for _, test := range []struct {
		tracks []media.Track
		want   string
	}{
		{nil, "no tracks"},
		{[]media.Track{{ClockRate: 90000}}, "no sample entry for <nil>"},
		{[]media.Track{{ID: 1, ClockRate: 90000, Config: good.Config}}, "track 0: ID 1"},
		{[]media.Track{{Config: good.Config}}, "clock rate 0"},
	} {
		if _, err := NewWriter(test.tracks, Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("NewWriter: %v, want %q", err, test.want)
		}
	}
	for _, test := range []struct {
		unit *media.Unit
		want string
	}{
		{&media.Unit{Track: 1, Data: [][]byte{slice}}, "track 1 in a file with 1 tracks"},
		{&media.Unit{Track: -1, Data: [][]byte{slice}}, "track -1"},
		{&media.Unit{PTS: 5}, "unit of 0 bytes at PTS 5"},
		{&media.Unit{PTS: 7200, Config: tone.Config, Data: [][]byte{slice}}, "codec changed from avc1.42c00a to mp4a.40.2"},
		{&media.Unit{Data: [][]byte{make([]byte, maxUnit)}}, "unit of 67108868 bytes"},
		{&media.Unit{PTS: 3600 + maxJump, Data: [][]byte{slice}}, "PTS goes from 3600 to 2147487248"},
		{&media.Unit{PTS: 3600 - maxJump, Data: [][]byte{slice}}, "PTS goes from 3600 to -2147480048"},
	} {
		w, err := NewWriter([]media.Track{good}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		units := timed(0, 3600, 7200)
		push(t, w, units[0])
		push(t, w, units[1])
		_, err = w.Push(test.unit)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Push: %v, want %q", err, test.want)
		}
		if _, again := w.Push(units[2]); again != err {
			t.Errorf("the error is not sticky: %v", again)
		}
		f := opened(t, finished(t, w, slices.Clone(w.Header())))
		sameUnits(t, read(t, f, 0), units[:2])
		if _, _, _, err := w.Finish(nil); err != errFinished {
			t.Errorf("second Finish: %v", err)
		}
		if _, err := w.Push(units[2]); err != errFinished {
			t.Errorf("Push after Finish: %v", err)
		}
	}
}

// TestNoAllocations guards the media path. The sample tables grow, amortised: a part's share of that is left out by giving
// them room before.
func TestNoAllocations(t *testing.T) {
	w, u := benchWriter(t)
	w.tracks[0].tables.grow(1 << 20)
	run := func() {
		u.PTS += interval
		if push(t, w, u) {
			w.Part(nil)
		}
	}
	for range 100 {
		run()
	}
	if n := testing.AllocsPerRun(1000, run); n != 0 {
		t.Errorf("%v allocations per unit", n)
	}
}

// grow makes room in all tables.
func (t *tables) grow(n int) {
	for _, b := range []*[]byte{&t.sizes, &t.durations.b, &t.offsets.b, &t.keys, &t.chunkOffsets, &t.layout} {
		*b = slices.Grow(*b, n)
	}
}

// TestTableGrowth measures what a sample costs in memory: a day of a camera with jittering time stamps.
func TestTableGrowth(t *testing.T) {
	w, u := benchWriter(t)
	u.Data = [][]byte{slice}
	const samples = 25 * 86400 / 10
	for i := range int64(samples) {
		u.PTS = i*interval + i%7
		if push(t, w, u) {
			w.Part(nil)
		}
	}
	tables := &w.tracks[0].tables
	total := 0
	for _, b := range [][]byte{tables.sizes, tables.durations.b, tables.offsets.b, tables.keys, tables.chunkOffsets, tables.layout} {
		total += cap(b)
	}
	if perSample := float64(total) / samples; perSample > 20 {
		t.Errorf("%.1f bytes per sample", perSample)
	}
}

func benchWriter(t testing.TB) (*Writer, *media.Unit) {
	w, err := NewWriter([]media.Track{depth(t, 0)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w, unit(0, make([]byte, 100), make([]byte, 20000))
}

// BenchmarkPush is what a unit of 20 kB costs: a stream of 4 Mbit/s.
func BenchmarkPush(b *testing.B) {
	w, u := benchWriter(b)
	b.ReportAllocs()
	b.SetBytes(20100)
	for b.Loop() {
		u.PTS += interval
		if ready, _ := w.Push(u); ready {
			w.Part(nil)
		}
	}
}
