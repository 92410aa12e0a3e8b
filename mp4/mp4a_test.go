package mp4

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gomp4 "github.com/abema/go-mp4"
	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/media"
)

// audioRate is the clock rate of the sound, audioStep the duration of a unit in its ticks.
const (
	audioRate = 16000
	audioStep = 1024
)

// sound returns n units of a tone as track 1. The first unit is at PTS 0.
func sound(t testing.TB, n int) (media.Track, []*media.Unit) {
	t.Helper()
	b, err := os.ReadFile("../aac/testdata/tone.aac")
	if err != nil {
		t.Fatal(err)
	}
	config, err := aac.ADTSConfig(b)
	if err != nil {
		t.Fatal(err)
	}
	tone := slices.Collect(aac.SplitADTS(b))
	var units []*media.Unit
	for i := range n {
		at := started.Add(time.Duration(i) * audioStep * time.Second / audioRate)
		u := unit(0, tone[1+i%(len(tone)-1)])
		u.Track, u.PTS, u.Key, u.Wall.Time, u.Config = 1, int64(i)*audioStep, true, at, config
		units = append(units, u)
	}
	return media.Track{ID: 1, Kind: media.Audio, ClockRate: audioRate, Config: config}, units
}

// movie returns the clip with sound from the given time on, in the order in which a camera would send it.
func movie(t testing.TB, name string, soundFrom time.Duration) ([]media.Track, []*media.Unit) {
	video, pictures := clip(t, name)
	audio, sounds := sound(t, 38)
	for _, u := range sounds {
		u.PTS += int64(soundFrom * audioRate / time.Second)
	}
	var units []*media.Unit
	for i, u := range pictures {
		for len(sounds) > 0 && Rescale(sounds[0].PTS, audioRate, h264.ClockRate) <= int64(i)*interval {
			units, sounds = append(units, sounds[0]), sounds[1:]
		}
		units = append(units, u)
	}
	return []media.Track{video, audio}, append(units, sounds...)
}

// ofTrack returns the units of one track.
func ofTrack(units []*media.Unit, track int) (own []*media.Unit) {
	for _, u := range units {
		if u.Track == track {
			own = append(own, u)
		}
	}
	return own
}

// TestSound checks that what was written of a film with sound is read again, in all states.
func TestSound(t *testing.T) {
	tracks, units := movie(t, "plain", 0)
	s := recorded(t, tracks, Options{Created: started}, units, nil)
	for state, b := range map[string][]byte{"growing": s.growing, "appended": s.appended, "finished": s.finished} {
		f := opened(t, b)
		if len(f.Tracks) != 2 {
			t.Fatalf("%s: %d tracks", state, len(f.Tracks))
		}
		audio := f.Tracks[1]
		config, ok := audio.Config.(*aac.Config)
		if !ok || !config.Equal(tracks[1].Config.(*aac.Config)) || audio.Kind != "soun" || audio.Track.Kind != media.Audio ||
			audio.Entry != "mp4a" || audio.ClockRate != audioRate || audio.Start != 0 || audio.Duration != 38*audioStep {
			t.Errorf("%s: %+v", state, audio.Track)
		}
		for track := range tracks {
			want := ofTrack(units, track)
			got := read(t, f, track)
			for _, u := range got {
				u.Track = track
			}
			sameUnits(t, got, want)
		}
		if !bytes.Equal(remarshalled(t, b), b) {
			t.Errorf("%s: go-mp4 writes it differently", state)
		}
	}
}

// TestSoundBoxes checks what stands in the boxes of a track of sound.
func TestSoundBoxes(t *testing.T) {
	config, err := aac.NewConfig(96000, 2)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter([]media.Track{{ClockRate: 96000, Config: config}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	box := func(path ...string) gomp4.IBox {
		var types gomp4.BoxPath
		for _, name := range append([]string{"moov", "trak"}, path...) {
			types = append(types, gomp4.StrToBoxType(name))
		}
		boxes, err := gomp4.ExtractBoxWithPayload(bytes.NewReader(w.Header()), nil, types)
		if err != nil || len(boxes) != 1 {
			t.Fatalf("%v: %d boxes, %v", path, len(boxes), err)
		}
		return boxes[0].Payload
	}
	if b := box("tkhd").(*gomp4.Tkhd); b.Volume != 0x100 || b.Width != 0 || b.Height != 0 {
		t.Errorf("%+v", b)
	}
	if b := box("mdia", "hdlr").(*gomp4.Hdlr); string(b.HandlerType[:]) != "soun" {
		t.Errorf("%+v", b)
	}
	box("mdia", "minf", "smhd")
	entry := box("mdia", "minf", "stbl", "stsd", "mp4a").(*gomp4.AudioSampleEntry)
	if entry.ChannelCount != 2 || entry.SampleSize != 16 || entry.SampleRate != 0 || entry.DataReferenceIndex != 1 {
		t.Errorf("%+v", entry)
	}
	var got []string
	for _, d := range box("mdia", "minf", "stbl", "stsd", "mp4a", "esds").(*gomp4.Esds).Descriptors {
		s := fmt.Sprintf("%d %d %x", d.Tag, d.Size, d.Data)
		if c := d.DecoderConfigDescriptor; c != nil {
			s += fmt.Sprintf("%x %d %t %t %d", c.ObjectTypeIndication, c.StreamType, c.UpStream, c.Reserved, c.AvgBitrate)
		}
		got = append(got, s)
	}
	if want := []string{"3 34 ", "4 20 40 5 false true 0", "5 2 1010", "6 1 02"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// entryOf returns a sample entry of mp4a with the given version and boxes.
func entryOf(version uint16, more int, boxes ...[]byte) []byte {
	b := make([]byte, 28+more)
	binary.BigEndian.PutUint16(b[8:], version)
	return append(b, slices.Concat(boxes...)...)
}

// TestParseMP4A reads the entries that others write.
func TestParseMP4A(t *testing.T) {
	esds := func(descriptors string) []byte {
		b, err := decodeHex(descriptors)
		if err != nil {
			t.Fatal(err)
		}
		return boxed("esds", make([]byte, 4), b)
	}
	const decoder = "40 15 000000 00000000 00000000"
	short := esds("03 19 0001 00 04 11" + decoder + "05 02 1190" + "06 01 02")
	for _, test := range []struct {
		name  string
		entry []byte
		want  string // codec string, empty: not known
	}{
		{"sizes of one byte", entryOf(0, 0, short), "mp4a.40.2"},
		{"QuickTime, version 1", entryOf(1, 16, boxed("wave", boxed("frma", []byte("mp4a")), short)), "mp4a.40.2"},
		{"version 1, without wave", entryOf(1, 16, short), "mp4a.40.2"},
		{"version 2", entryOf(2, 36, boxed("chan", make([]byte, 12)), boxed("wave", short)), "mp4a.40.2"},
		{"another box first", entryOf(0, 0, boxed("btrt", make([]byte, 12)), short), "mp4a.40.2"},
		{"all the options", entryOf(0, 0, esds("03 1e 0001 e0 0002 03 616263 0003 04 11"+decoder+"05 02 1190")), "mp4a.40.2"},
		{"MPEG-2 AAC", entryOf(0, 0, esds("03 16 0001 00 04 11 67"+decoder[2:]+"05 02 1190")), "mp4a.40.2"},
		{"layer 3", entryOf(0, 0, esds("03 16 0001 00 04 11 6b"+decoder[2:]+"05 02 1190")), ""},
		{"no configuration", entryOf(0, 0, esds("03 12 0001 00 04 0d"+decoder)), ""},
		{"a configuration of nothing", entryOf(0, 0, esds("03 14 0001 00 04 0f"+decoder+"05 00")), ""},
		{"a size beyond the box", entryOf(0, 0, esds("03 ffffff7f 0001 00 04 11"+decoder+"05 02 1190")), ""},
		{"empty", entryOf(0, 0, boxed("esds")), ""},
		{"no esds", entryOf(0, 0), ""},
		{"version 1, cut off", entryOf(1, 3), ""},
	} {
		config, lengthSize, err := parseMP4A(test.entry)
		got := ""
		if config != nil {
			got = config.Codec()
		}
		if got != test.want || lengthSize != 0 || err != nil {
			t.Errorf("%s: %q, %v, want %q", test.name, got, err, test.want)
		}
	}
	if _, _, err := parseMP4A(make([]byte, 20)); err == nil {
		t.Error("an entry of 20 bytes")
	}
}

func decodeHex(s string) (b []byte, err error) {
	_, err = fmt.Sscanf(strings.ReplaceAll(s, " ", ""), "%x", &b)
	return b, err
}

// TestFFmpegSound checks what ffmpeg makes of a film with sound: the same decoded sound in all states, at the right time.
func TestFFmpegSound(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe")
	for _, name := range []string{"plain", "bframes"} {
		for _, from := range []time.Duration{0, 700 * time.Millisecond} {
			tracks, units := movie(t, name, from)
			s := recorded(t, tracks, Options{Created: started}, units, nil)
			var want string
			for _, state := range []struct {
				name string
				b    []byte
			}{{"finished", s.finished}, {"growing", s.growing}, {"appended", s.appended}} {
				path := save(t, state.name+".mp4", state.b)
				got := quiet(t, "ffmpeg", "-v", "warning", "-xerror", "-copyts", "-i", path, "-map", "0", "-f", "framemd5", "-")
				if want == "" {
					want = got
				}
				if got != want || strings.Count(got, "\n1,") != 38 || strings.Count(got, "\n0,") != 60 {
					t.Errorf("%s, sound from %v: %s:\n%s\nfinished:\n%s", name, from, state.name, got, want)
				}
				starts := strings.Fields(quiet(t, "ffprobe", "-v", "warning", "-show_entries", "stream=start_time", "-of", "csv=p=0", path))
				if sound := fmt.Sprintf("%.6f", from.Seconds()); !slices.Equal(starts, []string{"0.000000", sound}) {
					t.Errorf("%s, %s: the streams start at %v, want 0 and %s", name, state.name, starts, sound)
				}
			}
		}
	}
}

// TestGStreamerSound checks that GStreamer decodes all of the sound in all states.
func TestGStreamerSound(t *testing.T) {
	interop.Require(t, "gst-launch-1.0")
	if exec.Command("gst-inspect-1.0", "avdec_aac").Run() != nil {
		interop.Missing(t, "avdec_aac")
	}
	tracks, units := movie(t, "plain", 0)
	s := recorded(t, tracks, Options{Created: started}, units, nil)
	for state, b := range map[string][]byte{"growing": s.growing, "appended": s.appended, "finished": s.finished} {
		path := save(t, state+".mp4", b)
		out := quiet(t, "gst-launch-1.0", "-v", "filesrc", "location="+path, "!", "qtdemux", "name=d", "d.audio_0", "!", "queue", "!",
			"avdec_aac", "!", "fakesink", "silent=false")
		if n := strings.Count(out, "chain   *****"); n != 38 || strings.Contains(out, "WARN") {
			t.Errorf("%s: %d units\n%s", state, n, out)
		}
	}
}

// TestForeignSound reads what other programs make of a film with sound.
func TestForeignSound(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
	}{
		{"ffmpeg", []string{"ffmpeg", "-v", "error", "-i", "IN", "-c", "copy", "OUT"}},
		{"ffmpeg fragments", []string{"ffmpeg", "-v", "error", "-i", "IN", "-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "OUT"}},
		{"ffmpeg QuickTime", []string{"ffmpeg", "-v", "error", "-i", "IN", "-c", "copy", "-f", "mov", "OUT"}},
		{"GStreamer", []string{"gst-launch-1.0", "-q", "filesrc", "location=IN", "!", "qtdemux", "name=d", "d.audio_0", "!", "queue", "!",
			"aacparse", "!", "mp4mux", "!", "filesink", "location=OUT"}},
		{"GStreamer QuickTime", []string{"gst-launch-1.0", "-q", "filesrc", "location=IN", "!", "qtdemux", "name=d", "d.audio_0", "!", "queue", "!",
			"aacparse", "!", "qtmux", "!", "filesink", "location=OUT"}},
		{"GStreamer fragments", []string{"gst-launch-1.0", "-q", "filesrc", "location=IN", "!", "qtdemux", "name=d", "d.audio_0", "!", "queue", "!",
			"aacparse", "!", "mp4mux", "fragment-duration=300", "!", "filesink", "location=OUT"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			interop.Require(t, test.args[0])
			tracks, units := movie(t, "plain", 0)
			in := save(t, "in.mp4", recorded(t, tracks, Options{}, units, nil).finished)
			out := filepath.Join(t.TempDir(), "out.mp4")
			for i := range test.args {
				test.args[i] = strings.ReplaceAll(strings.ReplaceAll(test.args[i], "OUT", out), "IN", in)
			}
			quiet(t, test.args[0], test.args[1:]...)
			b, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			f := opened(t, b)
			i := slices.IndexFunc(f.Tracks, func(t Track) bool { return t.Track.Kind == media.Audio })
			if i < 0 {
				t.Fatalf("no sound in %d tracks", len(f.Tracks))
			}
			config, ok := f.Tracks[i].Config.(*aac.Config)
			if !ok || config.SampleRate != audioRate || config.Channels != 1 || config.ObjectType != 2 {
				t.Fatalf("%+v", config)
			}
			got, want := read(t, f, i), ofTrack(units, 1)
			if len(got) != len(want) {
				t.Fatalf("%d units, want %d", len(got), len(want))
			}
			for j, u := range got {
				at := float64(u.PTS) / float64(f.Tracks[i].ClockRate)
				if wanted := float64(want[j].PTS) / audioRate; !bytes.Equal(u.Data[0], want[j].Data[0]) || math.Abs(at-wanted) > 0.001 {
					t.Errorf("unit %d at %f, want %f", j, at, wanted)
				}
			}
		})
	}
}

// TestRates checks what the finished file says of its bit rates.
func TestRates(t *testing.T) {
	config, err := aac.NewConfig(audioRate, 1)
	if err != nil {
		t.Fatal(err)
	}
	var units []*media.Unit
	for i := range int64(20) { // a unit of 100 bytes each 256 ms, in the middle of them four of 1000
		size := 100
		if i >= 8 && i < 12 {
			size = 1000
		}
		units = append(units, &media.Unit{PTS: i * 4096, Key: true, Data: [][]byte{make([]byte, size)}})
	}
	s := recorded(t, []media.Track{{ClockRate: audioRate, Config: config}}, Options{}, units, nil)
	boxes, err := gomp4.ExtractBoxWithPayload(bytes.NewReader(s.finished), nil, gomp4.BoxPath{gomp4.BoxTypeMoov(), gomp4.BoxTypeTrak(),
		gomp4.BoxTypeMdia(), gomp4.BoxTypeMinf(), gomp4.BoxTypeStbl(), gomp4.BoxTypeStsd(), gomp4.BoxTypeMp4a(), gomp4.BoxTypeEsds()})
	if err != nil || len(boxes) != 1 {
		t.Fatalf("%d boxes, %v", len(boxes), err)
	}
	got := boxes[0].Payload.(*gomp4.Esds).Descriptors[1].DecoderConfigDescriptor
	if got.BufferSizeDB != 1000 || got.MaxBitrate != 8*4000 || got.AvgBitrate != 8*5600*1000/5120 {
		t.Errorf("%+v", got)
	}
}

// TestResumeSound checks that a growing file with sound holds all that its index needs.
func TestResumeSound(t *testing.T) {
	for _, from := range []time.Duration{0, 700 * time.Millisecond} {
		tracks, units := movie(t, "bframes", from)
		s := recorded(t, tracks, Options{Created: started}, units, nil)
		if got := resumed(t, s.growing); !bytes.Equal(got, s.finished) {
			t.Errorf("sound from %v: not the same file", from)
		}
	}
}

// TestNoAllocationsWithSound guards the media path of two tracks.
func TestNoAllocationsWithSound(t *testing.T) {
	tracks, _ := movie(t, "plain", 0)
	w, err := NewWriter(tracks, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, t := range w.tracks {
		t.tables.grow(1 << 20)
	}
	picture, sound := unit(0, make([]byte, 20000)), &media.Unit{Track: 1, Key: true, Data: [][]byte{make([]byte, 300)}}
	run := func() {
		picture.PTS += interval
		for sound.PTS*h264.ClockRate < picture.PTS*audioRate {
			sound.PTS += audioStep
			if push(t, w, sound) {
				w.Part(nil)
			}
		}
		if push(t, w, picture) {
			w.Part(nil)
		}
	}
	for range 100 {
		run()
	}
	if n := testing.AllocsPerRun(500, run); n != 0 {
		t.Errorf("%v allocations per picture", n)
	}
}
