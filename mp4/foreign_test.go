package mp4

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
)

// boxed returns a box that consists of the parts.
func boxed(boxType string, parts ...[]byte) []byte {
	b, start := openBox(nil, boxType)
	return closeBox(append(b, slices.Concat(parts...)...), start)
}

// full returns a box with version and flags and fields of 32 bits.
func full(boxType string, version uint8, flags uint32, fields ...uint32) []byte {
	b, start := openFullBox(nil, boxType, version, flags)
	for _, f := range fields {
		b = be32(b, f)
	}
	return closeBox(b, start)
}

// header returns the beginning of a growing file with one track per given track extends box.
func header(t testing.TB, trex ...[]byte) []byte {
	t.Helper()
	var tracks []media.Track
	for i := range trex {
		track := depth(t, 0)
		track.ID = i
		tracks = append(tracks, track)
	}
	w, err := NewWriter(tracks, Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := w.Header()
	at := bytes.Index(b, []byte("mvex")) + 4
	return append(b[:at:at], slices.Concat(trex...)...)
}

// got is what matters of a sample in the tests of fragments.
type got struct {
	dts, pts, duration, offset int64
	size                       uint32
	key                        bool
}

func samplesOf(f *File, track int) (all []got) {
	for s := range f.Tracks[track].Samples() {
		all = append(all, got{s.DTS, s.PTS, s.Duration, s.Offset, s.Size, s.Key})
	}
	return all
}

// TestFragments checks what a sample inherits when fields are missing, and where its data is (ISO/IEC 14496-12 §8.8.7,
// §8.8.8, §8.8.12). Offsets are relative to the moof box; its data is assumed to start 1000 bytes after.
func TestFragments(t *testing.T) {
	trex := full("trex", 0, 0, 1, 1, 10, 20, nonSync)
	second := full("trex", 0, 0, 2, 1, 11, 21, 0)
	mfhd := full("mfhd", 0, 0, 1)
	traf := func(parts ...[]byte) []byte { return boxed("traf", parts...) }
	base := full("tfhd", 0, tfhdBaseIsMoof, 1)
	for _, test := range []struct {
		name  string
		moofs [][]byte
		want  []got
		other []got // of the second track
	}{
		{"all from trex", [][]byte{boxed("moof", mfhd, traf(base, full("trun", 0, trunOffset, 2, 1000)))},
			[]got{{0, 0, 10, 1000, 20, false}, {10, 10, 10, 1020, 20, false}}, nil},
		{"all from tfhd", [][]byte{boxed("moof", traf(
			full("tfhd", 0, tfhdBaseIsMoof|tfhdDescription|tfhdDuration|tfhdSize|tfhdFlags, 1, 1, 30, 40, 0),
			full("trun", 0, trunOffset, 1, 1000)))},
			[]got{{0, 0, 30, 1000, 40, true}}, nil},
		{"all from trun", [][]byte{boxed("moof", traf(base, full("tfdt", 0, 0, 500),
			full("trun", 0, trunOffset|trunDuration|trunSize|trunFlags|trunComposition, 2, 1000, 1, 2, nonSync, 3, 4, 5, 0, 6)))},
			[]got{{500, 503, 1, 1000, 2, false}, {501, 507, 4, 1002, 5, true}}, nil},
		{"first sample's flags", [][]byte{boxed("moof", traf(base, full("trun", 0, trunOffset|trunFirstFlags, 2, 1000, 0)))},
			[]got{{0, 0, 10, 1000, 20, true}, {10, 10, 10, 1020, 20, false}}, nil},
		{"negative offsets", [][]byte{boxed("moof", traf(base, full("tfdt", 1, 0, 1, 0), // 2^32
			full("trun", 1, trunOffset|trunComposition, 1, 1000, 0xfffffffb)))},
			[]got{{1 << 32, 1<<32 - 5, 10, 1000, 20, false}}, nil},
		{"runs one after the other", [][]byte{boxed("moof", traf(base,
			full("trun", 0, trunOffset, 1, 1000), full("trun", 0, 0, 1), full("trun", 0, trunOffset|trunSize, 1, 1500, 7), full("trun", 0, 0, 1)))},
			[]got{{0, 0, 10, 1000, 20, false}, {10, 10, 10, 1020, 20, false}, {20, 20, 10, 1500, 7, false}, {30, 30, 10, 1507, 20, false}}, nil},
		{"track fragments one after the other", [][]byte{boxed("moof",
			traf(full("tfhd", 0, 0, 1), full("trun", 0, trunOffset, 2, 1000)),
			traf(full("tfhd", 0, 0, 2), full("trun", 0, 0, 1)),
			traf(full("tfhd", 0, 0, 1), full("trun", 0, 0, 1)))},
			[]got{{0, 0, 10, 1000, 20, false}, {10, 10, 10, 1020, 20, false}, {20, 20, 10, 1061, 20, false}},
			[]got{{0, 0, 11, 1040, 21, true}}},
		{"no offset at all", [][]byte{boxed("moof", traf(full("tfhd", 0, 0, 1), full("trun", 0, 0, 1)))},
			[]got{{0, 0, 10, 0, 20, false}}, nil},
		{"base offset", [][]byte{boxed("moof", traf(full("tfhd", 0, tfhdBaseOffset, 1, 0, 100), full("trun", 0, trunOffset, 1, 5)))},
			[]got{{0, 0, 10, 105, 20, false}}, nil},
		{"no tfdt: it goes on", [][]byte{
			boxed("moof", traf(base, full("tfdt", 0, 0, 100), full("trun", 0, trunOffset, 2, 1000))),
			boxed("moof", traf(base, full("trun", 0, trunOffset, 1, 1000)))},
			[]got{{100, 100, 10, 1000, 20, false}, {110, 110, 10, 1020, 20, false}, {120, 120, 10, 1000, 20, false}}, nil},
		{"an empty run", [][]byte{boxed("moof", traf(base, full("trun", 0, trunOffset, 0, 1000)))}, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := header(t, trex, second)
			want := [][]got{nil, nil}
			for i, moof := range test.moofs {
				start := int64(len(file))
				file = append(append(file, moof...), boxed("mdat", make([]byte, 2000))...)
				for track, samples := range [][]got{test.want, test.other} {
					n := len(samples)
					if i+1 < len(test.moofs) {
						n = min(n, 2)
					}
					for _, s := range samples[len(want[track]):n] {
						if !strings.HasPrefix(test.name, "base") {
							s.offset += start
						}
						want[track] = append(want[track], s)
					}
				}
			}
			f := opened(t, file)
			if f.Torn != nil {
				t.Fatal(f.Torn)
			}
			for track := range want {
				if all := samplesOf(f, track); !slices.Equal(all, want[track]) {
					t.Errorf("track %d: %v, want %v", track, all, want[track])
				}
			}
		})
	}
}

// TestBrokenFragments checks that a movie fragment that makes no sense ends the file, and says where.
func TestBrokenFragments(t *testing.T) {
	base := full("tfhd", 0, tfhdBaseIsMoof, 1)
	for _, test := range []struct {
		traf []byte
		want string
	}{
		{boxed("traf", full("trun", 0, 0, 1)), "tfhd: box is too short"},
		{boxed("traf", full("tfhd", 0, tfhdSize, 1)), "tfhd: box is too short"},
		{boxed("traf", full("tfhd", 0, 0, 7)), "tfhd: no track 7"},
		{boxed("traf", full("tfhd", 0, tfhdDescription, 1, 2)), "sample description 2 of 1"},
		{boxed("traf", full("tfhd", 0, tfhdDescription, 1, 0)), "sample description 0 of 1"},
		{boxed("traf", base, full("tfdt", 1, 0, 0x80000000, 0)), "decode time 9223372036854775808"},
		{boxed("traf", base, full("tfdt", 1, 0, 0)), "tfdt: box is too short"},
		{boxed("traf", base, full("tfdt", 1, 0, 1<<24, 0), full("trun", 0, 0, 1)), "trun: decode time 72057594037927946"},
		{boxed("traf", base, full("trun", 0, trunSize, 3, 1, 1)), "trun: 3 samples in 16 bytes"},
		{boxed("traf", base, full("trun", 0, trunSize, 0xffffffff, 1, 1)), "trun: 4294967295 samples in 16 bytes"},
		{boxed("traf", base, full("trun", 0, 0, 0x7fffffff)), "more than 16777216 samples"},
		{boxed("traf", full("tfhd", 0, tfhdBaseIsMoof|tfhdSize, 1, 0), full("trun", 0, 0, 1e6)), "trun: 1000000 samples of 0 bytes in a file of"},
		{boxed("traf", base, full("trun", 0, 0, 1e3)), "trun: 1000 samples of 20 bytes in a file of"},
		{boxed("traf", base, full("trun", 0, trunOffset, 1, 0x7fffffff)), "samples from byte"},
		{boxed("traf", base, full("trun", 0, trunOffset, 1, 0x80000000)), "samples from byte -"},
		{boxed("traf", full("tfhd", 0, tfhdBaseOffset, 1, 0x7fffffff, 0xfffffff0), full("trun", 0, 0, 1)), "samples from byte"},
		{append(boxed("traf", base), 0, 0, 0, 99), "box is too short"},
	} {
		file := header(t, full("trex", 0, 0, 1, 1, 10, 20, 0))
		start := len(file)
		file = append(append(file, boxed("moof", test.traf)...), boxed("mdat", make([]byte, 100))...)
		f := opened(t, file)
		if f.Torn == nil || !strings.Contains(f.Torn.Error(), test.want) || !strings.Contains(f.Torn.Error(), "\"moof\" box at byte") {
			t.Errorf("torn: %v, want %q", f.Torn, test.want)
		}
		if f.End != int64(start) || f.Tracks[0].Len != 0 {
			t.Errorf("%s: end %d of %d, %d samples", test.want, f.End, start, f.Tracks[0].Len)
		}
	}
}

// moovOf returns a moov box with one track of H.264 whose sample table has the given boxes, with the headers of version 1
// and without times, as retina-record writes it.
func moovOf(t testing.TB, elst []byte, tables ...[]byte) []byte {
	config := depth(t, 0).Config.(*h264.Config)
	entry := boxed("avc1", make([]byte, visualEntry), boxed("avcC", h264.AppendAVCC(nil, config)))
	return boxed("moov",
		full("mvhd", 1, 0, 0, 0, 0, 0, 1000, 0, 0),
		boxed("trak",
			full("tkhd", 1, 3, 0, 0, 0, 0, 1, 0, 0, 0),
			boxed("edts", elst),
			boxed("mdia",
				full("mdhd", 1, 0, 0, 0, 0, 0, 90000, 0, 0),
				full("hdlr", 0, 0, 0, 0x76696465, 0, 0, 0, 0),
				boxed("minf", boxed("stbl", boxed("stsd", be32(be32(nil, 0), 2), entry, entry), slices.Concat(tables...))))))
}

// TestPlainFile reads a file with 64-bit media data before moov, several samples per chunk, two sample descriptions, a last
// sample of duration 0 and no composition offsets.
func TestPlainFile(t *testing.T) {
	ftyp := boxed("ftyp", []byte("isom\x00\x00\x00\x00isom"))
	mdat := append(be64([]byte{0, 0, 0, 1, 'm', 'd', 'a', 't'}, 16+100), make([]byte, 100)...)
	moov := moovOf(t, full("elst", 0, 0, 2, 500, 0xffffffff, 1<<16, 0, 90, 1<<16),
		full("stts", 0, 0, 3, 2, 3000, 3, 3600, 1, 0),
		full("stss", 0, 0, 2, 1, 4),
		full("stsc", 0, 0, 3, 1, 2, 1, 2, 1, 2, 4, 2, 1),
		full("stsz", 0, 0, 0, 6, 1, 2, 3, 4, 5, 6),
		full("co64", 0, 0, 4, 0, 36, 0, 46, 0, 56, 0, 66))
	f := opened(t, slices.Concat(ftyp, mdat, moov))
	const at = 45000 - 90 // half a second later, and 90 ticks of the media are not shown
	want := []got{
		{at, at, 3000, 36, 1, true}, {at + 3000, at + 3000, 3000, 37, 2, false},
		{at + 6000, at + 6000, 3600, 46, 3, false},
		{at + 9600, at + 9600, 3600, 56, 4, true},
		{at + 13200, at + 13200, 3600, 66, 5, false}, {at + 16800, at + 16800, 0, 71, 6, false},
	}
	if all := samplesOf(f, 0); !slices.Equal(all, want) {
		t.Errorf("%v, want %v", all, want)
	}
	track := f.Tracks[0]
	if !f.Created.Equal(time.Time{}) || f.Fragmented || track.Start != at || track.Duration != 16800 || track.Kind != "vide" {
		t.Errorf("file %+v", f)
	}
	i := 0
	for s := range track.Samples() {
		if wrong := s.Config != track.configs[[]int{0, 0, 1, 1, 0, 0}[i]].config; wrong {
			t.Errorf("sample %d has the wrong configuration", i)
		}
		i++
	}
}

// TestUnknownCodec checks that a track of another codec is there, without samples, and does not disturb the others.
func TestUnknownCodec(t *testing.T) {
	file := header(t, full("trex", 0, 0, 1, 1, 10, 20, 0), full("trex", 0, 0, 2, 1, 10, 20, 0))
	copy(file[bytes.Index(file, []byte("avc1\x00")):], "hev9") // the first sample entry; the brand before it has no zero behind
	traf := func(track uint32) []byte {
		return boxed("traf", full("tfhd", 0, 0, track), full("trun", 0, 0, 1))
	}
	moof := boxed("moof", traf(1), traf(2))
	f := opened(t, slices.Concat(file, moof, boxed("mdat", make([]byte, 40))))
	if other := f.Tracks[0]; other.Config != nil || other.Entry != "hev9" || other.Len != 0 || samplesOf(f, 0) != nil {
		t.Errorf("the foreign track is %+v", other)
	}
	start := int64(len(file))
	if all := samplesOf(f, 1); !slices.Equal(all, []got{{0, 0, 10, start + 20, 20, true}}) || f.Torn != nil {
		t.Errorf("the other one has %v, torn %v", all, f.Torn)
	}
}

func TestRescale(t *testing.T) {
	for _, test := range []struct {
		ticks    int64
		from, to uint32
		want     int64
	}{
		{90, 90000, 1000, 1}, {-90, 90000, 1000, -1}, {44, 90000, 1000, 0}, {45, 90000, 1000, 1}, {-46, 90000, 1000, -1},
		{1, 1, 1 << 31, 1 << 31}, {1 << 62, 90000, 90000, 1 << 62}, {-(1 << 62) - 1, 90000, 90000, -(1 << 62) - 1},
	} {
		if got := Rescale(test.ticks, test.from, test.to); got != test.want {
			t.Errorf("%d of 1/%d s: %d of 1/%d s, want %d", test.ticks, test.from, got, test.to, test.want)
		}
	}
}

// TestBrokenTables checks that tables that lie are refused, and what they would have cost is not spent.
func TestBrokenTables(t *testing.T) {
	stts := full("stts", 0, 0, 1, 2, 3000)
	stsc := full("stsc", 0, 0, 1, 1, 2, 1)
	stsz := full("stsz", 0, 0, 0, 2, 1, 2)
	stco := full("stco", 0, 0, 1, 0)
	for _, test := range []struct {
		name string
		moov []byte
		want string // "" means no error
	}{
		{"good", moovOf(t, nil, stts, stsc, stsz, stco), ""},
		{"many entries", moovOf(t, nil, full("stts", 0, 0, 0x20000001, 2, 3000), stsc, stsz, stco), "stts: 536870913 entries in 16 bytes"},
		{"many sizes", moovOf(t, nil, stts, stsc, full("stsz", 0, 0, 0, 3, 1, 2), stco), "stsz: 3 entries in 20 bytes"},
		{"many samples of one size", moovOf(t, nil, stts, stsc, full("stsz", 0, 0, 1, 0xffffffff), stco), "the limit is 16777216"},
		{"samples of one size without room", moovOf(t, nil, stts, stsc, full("stsz", 0, 0, 1, 1e6), stco), "1000000 samples of 1 bytes in a file of"},
		{"short stsz", moovOf(t, nil, stts, stsc, full("stsz", 0, 0, 0), stco), "stsz: box is too short"},
		{"no room in the chunks", moovOf(t, nil, stts, stsc, full("stsz", 0, 0, 0, 3, 1, 2, 3), stco), "room for 2 of 3 samples"},
		{"no chunks", moovOf(t, nil, stts, stsc, stsz), "room for 0 of 2 samples"},
		{"no layout", moovOf(t, nil, stts, stsz, stco), "room for 0 of 2"},
		{"no durations", moovOf(t, nil, stsc, stsz, stco), "no stts"},
		{"first chunk 0", moovOf(t, nil, stts, full("stsc", 0, 0, 1, 0, 2, 1), stsz, stco), "entry 0: chunks 0 to 2"},
		{"chunks go back", moovOf(t, nil, stts, full("stsc", 0, 0, 3, 1, 1, 1, 2, 1, 1, 1, 1, 1), stsz, stco), "entry 1: chunks 2 to 1"},
		{"description 3", moovOf(t, nil, stts, full("stsc", 0, 0, 1, 1, 2, 3), stsz, stco), "sample description 3 of 2"},
		{"description 0", moovOf(t, nil, stts, full("stsc", 0, 0, 1, 1, 2, 0), stsz, stco), "sample description 0 of 2"},
		{"description 2^31", moovOf(t, nil, stts, full("stsc", 0, 0, 1, 1, 2, 1<<31), stsz, stco), "sample description 2147483648 of 2"},
		{"media time", moovOf(t, full("elst", 1, 0, 1, 0, 0, 0x7fffffff, 0, 0), stts, stsc, stsz, stco), "elst: media time"},
		{"empty edit", moovOf(t, full("elst", 1, 0, 1, 0x7fffffff, 0, 0xffffffff, 0xffffffff, 0), stts), "elst: empty edit of"},
		{"short elst", moovOf(t, full("elst", 0, 0, 1, 0), stts, stsc, stsz, stco), "elst: box is too short"},
		{"short stbl", moovOf(t, nil, []byte{0, 0, 1, 0}), "box is too short"},
		{"nested", moovOf(t, nil, boxed("stbl", stts)), "\"stbl\" box nested too deeply"},
	} {
		f, err := Open(bytes.NewReader(test.moov), int64(len(test.moov)))
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "\"moov\" box at byte 0")):
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		case test.want == "" && len(samplesOf(f, 0)) != 2:
			t.Errorf("%s: %d samples", test.name, len(samplesOf(f, 0)))
		}
	}
}

// TestReadBeyondTheEnd checks that no memory is spent on a sample that is not there.
func TestReadBeyondTheEnd(t *testing.T) {
	f := &File{r: bytes.NewReader(make([]byte, 10)), size: 10}
	for _, s := range []Sample{{Offset: 0, Size: 0xffffffff}, {Offset: -1, Size: 1}, {Offset: 11}, {Offset: 1 << 62, Size: 1}} {
		if _, err := f.Read(s, nil); err == nil || !strings.Contains(err.Error(), io.ErrUnexpectedEOF.Error()) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	f.size = 1 << 40 // as it says
	if _, err := f.Read(Sample{Size: maxSample + 1}, nil); err == nil || !strings.Contains(err.Error(), "the limit is 134217728") {
		t.Errorf("sample beyond the limit: %v", err)
	}
	f.size = 10
	buf := make([]byte, 0, 10)
	if b, err := f.Read(Sample{Offset: 1, Size: 9}, buf); err != nil || len(b) != 9 || &b[0] != &buf[:1][0] {
		t.Errorf("last bytes: %d, %v", len(b), err)
	}
}
