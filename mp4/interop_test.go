package mp4

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/media"
)

// save writes a file for a foreign program.
func save(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// quiet runs a program that must not complain and returns what it says.
func quiet(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

// frameHashes returns a line per decoded picture with its time and hash.
func frameHashes(t *testing.T, path string) string {
	return quiet(t, "ffmpeg", "-v", "warning", "-xerror", "-copyts", "-i", path, "-map", "0:v", "-f", "framemd5", "-")
}

// probe returns the times, sizes and flags of all packets as ffprobe sees them.
func probe(t *testing.T, path string) string {
	return quiet(t, "ffprobe", "-v", "warning", "-show_entries", "packet=stream_index,pts,dts,size,flags", "-of", "compact", path)
}

// TestFFmpeg checks that ffmpeg sees the same pictures at the same times in all states of a file, without a complaint.
func TestFFmpeg(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe")
	for _, name := range []string{"plain", "bframes"} {
		t.Run(name, func(t *testing.T) {
			track, units := clip(t, name)
			s := recorded(t, []media.Track{track}, Options{Created: started}, units, uuid(timingID, 300))
			path := save(t, "finished.mp4", s.finished)
			hashes, packets := frameHashes(t, path), probe(t, path)
			for i := range units { // one picture per unit, at regular times from 0
				if want := fmt.Sprintf("\n0, %10d, %10d, %8d,", i, i, 1); !strings.Contains(hashes, want) {
					t.Fatalf("no picture %d at its time:\n%s", i, hashes)
				}
			}
			for state, b := range map[string][]byte{"growing": s.growing, "appended": s.appended} {
				path := save(t, state+".mp4", b)
				if got := frameHashes(t, path); got != hashes {
					t.Errorf("%s: pictures differ:\n%s\nfinished:\n%s", state, got, hashes)
				}
				if got := probe(t, path); got != packets {
					t.Errorf("%s: packets differ:\n%s\nfinished:\n%s", state, got, packets)
				}
			}
		})
	}
}

// TestFFmpegDepthUnknown checks a stream with B-frames whose parameter sets do not say so.
func TestFFmpegDepthUnknown(t *testing.T) {
	interop.Require(t, "ffmpeg")
	track, units := clip(t, "bframes")
	known := recorded(t, []media.Track{track}, Options{}, units, nil)
	config := *track.Config.(*h264.Config)
	config.Reorder = -1
	track.Config = &config
	measured := recorded(t, []media.Track{track}, Options{}, units, nil)
	got, want := frameHashes(t, save(t, "measured.mp4", measured.finished)), frameHashes(t, save(t, "known.mp4", known.finished))
	if got != want {
		t.Errorf("measured:\n%s\nknown:\n%s", got, want)
	}
	// For ffmpeg the growing file is late by the delay.
	got, want = frameHashes(t, save(t, "growing.mp4", measured.growing)), frameHashes(t, save(t, "known.mp4", known.growing))
	if !slices.Equal(hashes(got), hashes(want)) {
		t.Errorf("measured, growing:\n%s\nknown:\n%s", got, want)
	}
}

// TestFFprobeAtEachPart checks that ffprobe finds nothing wrong with a file that ends with any of its parts.
func TestFFprobeAtEachPart(t *testing.T) {
	interop.Require(t, "ffprobe")
	track, units := clip(t, "bframes")
	s := recorded(t, []media.Track{track}, Options{Created: started}, units, uuid(timingID, 300))
	for _, end := range s.partEnds {
		packets := strings.Count(probe(t, save(t, "growing.mp4", s.growing[:end])), "packet|")
		if want := opened(t, s.growing[:end]).Tracks[0].Len; packets != want {
			t.Errorf("%d bytes: ffprobe sees %d packets, want %d", end, packets, want)
		}
	}
}

// TestFFmpegTwoTracks checks the tracks' starts, different clocks and a change of the parameter sets.
func TestFFmpegTwoTracks(t *testing.T) {
	interop.Require(t, "ffprobe")
	first, units := clip(t, "plain")
	second, others := clip(t, "bframes")
	second.ID, second.ClockRate = 1, 45000
	var all []*media.Unit
	for i, u := range units {
		all = append(all, u)
		v := others[i]
		v.Track, v.PTS = 1, v.PTS/2+11*1800
		all = append(all, v)
	}
	s := recorded(t, []media.Track{first, second}, Options{}, all, nil)
	finished := probe(t, save(t, "finished.mp4", s.finished))
	growing := probe(t, save(t, "growing.mp4", s.growing))
	for _, want := range []string{"stream_index=0|pts=0|dts=0|", "stream_index=1|pts=19800|dts=16200|"} {
		if !strings.Contains(finished, want) || !strings.Contains(growing, want) {
			t.Errorf("no packet %s in\n%s\nor\n%s", want, finished, growing)
		}
	}
	if a, b := strings.Count(finished, "packet|"), strings.Count(growing, "packet|"); a != len(all) || b != len(all) {
		t.Errorf("%d packets in the finished file, %d in the growing one, want %d", a, b, len(all))
	}
}

// TestFFmpegParametersChange checks that ffmpeg decodes across a change of the parameter sets.
func TestFFmpegParametersChange(t *testing.T) {
	interop.Require(t, "ffmpeg")
	plain, first := clip(t, "plain")
	_, second := clip(t, "bframes")
	units := append([]*media.Unit(nil), first[:25]...)
	for _, u := range second[:25] {
		u.PTS += 25 * interval
		u.Data = withoutSets(u.Data)
		units = append(units, u)
	}
	for _, u := range first[25:] {
		u.PTS += 25 * interval
		units = append(units, u)
	}
	s := recorded(t, []media.Track{plain}, Options{}, units, nil)
	finished, growing := save(t, "finished.mp4", s.finished), save(t, "growing.mp4", s.growing)
	want := frameHashes(t, finished)
	if !strings.Contains(want, "\n0,          0,") || strings.Count(want, "\n0,") != len(units) {
		t.Errorf("finished:\n%s", want)
	}
	// The second set allows deeper reordering than the header says. For ffmpeg a growing file is late by that.
	if got := frameHashes(t, growing); !slices.Equal(hashes(got), hashes(want)) {
		t.Errorf("growing:\n%s\nfinished:\n%s", got, want)
	}
}

// hashes returns the last column of what frameHashes returns.
func hashes(frames string) (column []string) {
	for line := range strings.Lines(frames) {
		if fields := strings.Fields(line); !strings.HasPrefix(line, "#") {
			column = append(column, fields[len(fields)-1])
		}
	}
	return column
}

// TestGStreamer checks that GStreamer decodes all pictures of all states.
func TestGStreamer(t *testing.T) {
	interop.Require(t, "gst-launch-1.0")
	for _, name := range []string{"plain", "bframes"} {
		track, units := clip(t, name)
		s := recorded(t, []media.Track{track}, Options{Created: started}, units, uuid(timingID, 300))
		for state, b := range map[string][]byte{"growing": s.growing, "appended": s.appended, "finished": s.finished} {
			path := save(t, state+".mp4", b)
			out := quiet(t, "gst-launch-1.0", "-v", "filesrc", "location="+path, "!", "qtdemux", "!", "h264parse", "!", "avdec_h264",
				"!", "fakesink", "silent=false")
			if n := strings.Count(out, "chain   *****"); n != len(units) || strings.Contains(out, "WARN") {
				t.Errorf("%s, %s: %d pictures, want %d\n%s", name, state, n, len(units), out)
			}
		}
	}
}

// TestForeignFiles reads what other programs make of a file of ours and compares it with what they were given.
func TestForeignFiles(t *testing.T) {
	ffmpeg := func(args ...string) []string {
		return append([]string{"ffmpeg", "-v", "error", "-y", "-i", "IN", "-c", "copy"}, args...)
	}
	gst := func(mux ...string) []string {
		args := []string{"gst-launch-1.0", "-q", "filesrc", "location=IN", "!", "qtdemux", "!", "h264parse", "!", "mp4mux"}
		return append(append(args, mux...), "!", "filesink", "location=OUT")
	}
	for _, test := range []struct {
		name       string
		args       []string
		fragmented bool
	}{
		{"plain", ffmpeg("OUT"), false},
		{"faststart", ffmpeg("-movflags", "faststart", "OUT"), false},
		{"negative offsets", ffmpeg("-movflags", "negative_cts_offsets", "OUT"), false},
		{"fragments", ffmpeg("-movflags", "frag_keyframe+empty_moov+default_base_moof", "OUT"), true},
		{"fragments with base offset", ffmpeg("-movflags", "frag_keyframe+empty_moov", "-frag_duration", "100000", "OUT"), true},
		{"first samples in moov", ffmpeg("-movflags", "frag_keyframe", "OUT"), true},
		{"delayed moov", ffmpeg("-movflags", "frag_keyframe+delay_moov", "OUT"), true},
		{"QuickTime", ffmpeg("-f", "mov", "OUT"), false},
		{"GStreamer", gst(), false},
		{"GStreamer faststart", gst("faststart=true"), false},
		{"GStreamer fragments", gst("fragment-duration=300"), true},
		{"GStreamer streamable", gst("fragment-duration=300", "streamable=true"), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			interop.Require(t, test.args[0])
			track, units := clip(t, "bframes")
			in := save(t, "in.mp4", recorded(t, []media.Track{track}, Options{}, units, nil).finished)
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
			if f.Torn != nil || f.Fragmented != test.fragmented {
				t.Errorf("torn %v, fragmented %t", f.Torn, f.Fragmented)
			}
			sameTimes(t, f.Tracks[0], out)
			got := read(t, f, 0)
			for i := range min(len(got), len(units)) {
				got[i].PTS = units[i].PTS
			}
			sameUnits(t, got, units)
		})
	}
}

// sameTimes compares the PTS of a track with those that ffprobe sees in the file.
func sameTimes(t *testing.T, track Track, path string) {
	t.Helper()
	interop.Require(t, "ffprobe")
	var got strings.Builder
	for s := range track.Samples() {
		fmt.Fprintln(&got, s.PTS)
	}
	want := quiet(t, "ffprobe", "-v", "warning", "-show_entries", "packet=pts", "-of", "csv=p=0", path)
	if got.String() != want {
		t.Errorf("PTS:\n%s\nffprobe sees:\n%s", &got, want)
	}
}
