package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/clips"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

// started is no round time: reports at round times would look like those of a clock that is read in steps.
var started = time.Date(2026, 11, 20, 12, 0, 0, 1_234_567, time.UTC)

const interval = 3600 // ticks between two pictures

// units returns the pictures of a clip of package mp4 with 25 frames per second; key frames are 0, 25 and 50 of 60. The
// first was captured at the given time.
func units(t testing.TB, from time.Time) (media.Track, []*media.Unit) {
	t.Helper()
	track, list := clips.Read(t, "../../mp4/testdata/plain.h264")
	for i, u := range list {
		list[i] = unit(i, from, u.Key, u.Data)
	}
	return track, list
}

// unit is the i-th of a camera that reports each second and whose packets take 30 ms.
func unit(i int, from time.Time, key bool, data [][]byte) *media.Unit {
	at := from.Add(time.Duration(i) * 40 * time.Millisecond)
	u := &media.Unit{
		PTS: 1<<40 + int64(i)*interval, SSRC: 7, Key: key, Data: data, Arrival: at.Add(30 * time.Millisecond),
		Wall: clock.Estimate{Time: at, Error: time.Millisecond, State: clock.Locked, Source: clock.SenderReport},
	}
	u.RTP = uint32(u.PTS)
	if i%25 == 3 {
		u.Reports = []clock.Report{{NTP: ntp.FromTime(at), RTP: u.PTS, Before: i, Arrival: at.Add(20 * time.Millisecond)}}
	}
	return u
}

// record writes units to a file in dir, with a timing box unless it is foreign.
func record(t testing.TB, name string, track media.Track, units []*media.Unit, foreign bool) {
	t.Helper()
	tracks := []media.Track{track}
	w, err := mp4.NewWriter(tracks, mp4.Options{})
	if err != nil {
		t.Fatal(err)
	}
	timing := stamp.NewTiming(tracks, started, "test")
	timing.AddHostClock(stamp.HostClock{State: stamp.HostSynchronised, At: started, Wall: started})
	b := slices.Clone(w.Header())
	for _, u := range units {
		ready, err := w.Push(u)
		if err != nil {
			t.Fatal(err)
		}
		if ready {
			b = append(b, slices.Concat(w.Part(nil))...)
		}
		timing.AddUnit(u)
	}
	var after []byte
	if !foreign {
		after = timing.AppendAll(nil)
	}
	tail, at, patch, err := w.Finish(after)
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, tail...)
	copy(b[at:], patch[:])
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// read opens the files of one recording.
func read(t testing.TB, names ...string) *extract.Recording {
	t.Helper()
	var parts []extract.Part
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := extract.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, extract.Part{Name: name, Recording: r})
	}
	if len(parts) == 1 {
		return parts[0].Recording
	}
	r, err := extract.Join(parts)
	if err != nil || len(r.Skipped) > 0 {
		t.Fatal(err, r.Skipped)
	}
	return r
}

// aligned reads the recordings of cameras and aligns them.
func aligned(t testing.TB, files ...[]string) ([]Camera, *align.Alignment) {
	t.Helper()
	var cameras []Camera
	var list []*align.Camera
	for i, names := range files {
		c := Camera{Name: string(rune('a' + i)), Files: names, Recording: read(t, names...)}
		a := &align.Camera{Name: c.Name}
		for _, row := range c.Recording.Rows(extract.Best) {
			a.Add(row.Estimate)
		}
		cameras, list = append(cameras, c), append(list, a)
	}
	a, err := align.New(align.Options{}, list)
	if err != nil {
		t.Fatal(err)
	}
	return cameras, a
}

// pair records two cameras. The second begins 13 ms before the 11th frame of the first, and is in two files.
func pair(t testing.TB, dir string) ([]Camera, *align.Alignment) {
	t.Helper()
	track, first := units(t, started)
	_, second := units(t, started.Add(400*time.Millisecond-13*time.Millisecond))
	names := []string{filepath.Join(dir, "one.mp4"), filepath.Join(dir, "two_1.mp4"), filepath.Join(dir, "two_2.mp4")}
	record(t, names[0], track, first, false)
	record(t, names[1], track, second[:25], false)
	record(t, names[2], track, second[25:], false)
	return aligned(t, names[:1], names[1:])
}

func TestWrite(t *testing.T) {
	cameras, a := pair(t, t.TempDir())
	dir := filepath.Join(t.TempDir(), "new", "folder")
	r, err := Write(context.Background(), Options{Dir: dir, Software: "test 1"}, cameras, a)
	if err != nil {
		t.Fatal(err)
	}
	a0, a1 := r.Files[0], r.Files[1]
	if r.Sets != 50 || r.Complete != 50 || a0.From != 10 || a0.To != 59 || a1.From != 0 || a1.To != 49 {
		t.Errorf("got %+v", r)
	}
	for i, c := range cameras {
		checkFile(t, &c, &r.Files[i])
	}
	f, err := os.Open(filepath.Join(dir, SetsName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 51 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows[1:] {
		if n := strconv.Itoa(i); row[0] != n || row[3] != n || row[7] != n {
			t.Errorf("row %d: %q", i, row)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 3 {
		t.Errorf("files %q", left)
	}
}

// checkFile compares the times in a new file with those of the recording, by all methods.
func checkFile(t *testing.T, c *Camera, f *File) {
	t.Helper()
	is := read(t, f.Path)
	if info, err := os.Stat(f.Path); err != nil || info.Size() != f.Bytes {
		t.Errorf("%s: %v, said to have %d bytes", f.Path, err, f.Bytes)
	}
	for name, method := range map[string]extract.Method{
		"best": extract.Best, "live": extract.Live, "rtp": extract.RTP, "arrival": extract.Arrival,
	} {
		got, want := is.Rows(method), c.Recording.Rows(method)[f.From:f.To+1]
		if len(got) != len(want) {
			t.Fatalf("%s, %s: %d rows, want %d", f.Path, name, len(got), len(want))
		}
		for i := range got {
			if got[i].Estimate != want[i].Estimate || got[i].RTP != want[i].RTP || got[i].PTS != want[i].PTS-want[0].PTS {
				t.Fatalf("%s, %s, row %d: %+v, want %+v", f.Path, name, i, got[i], want[i])
			}
		}
	}
}

func TestWriteErrors(t *testing.T) {
	inputs := t.TempDir()
	cameras, a := pair(t, inputs)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	full := t.TempDir()
	taken := filepath.Join(full, SetsName)
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	named := func(names ...string) []Camera {
		list := slices.Clone(cameras)
		for i, name := range names {
			list[i].Name = name
		}
		return list
	}
	begun := t.TempDir()
	if err := os.WriteFile(filepath.Join(begun, "a.mp4"+partial), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	for _, test := range []struct {
		name    string
		ctx     context.Context
		o       Options
		cameras []Camera
		want    string
	}{
		{"a file exists", context.Background(), Options{Dir: full}, cameras, "file already exists"},
		{"what another one begins", context.Background(), Options{Dir: begun}, named("a"), "file already exists"},
		{"a name twice", context.Background(), Options{Dir: empty}, named("a", "a"), `"a" is no name for a file of its own`},
		{"a path", context.Background(), Options{Dir: empty}, named("../a"), "is no name"},
		{"over an input", context.Background(), Options{Dir: inputs, Force: true}, named("one"), "is one of the recordings"},
		{"stopped", ended, Options{Dir: empty}, cameras, "context canceled"},
		{"no folder", context.Background(), Options{Dir: filepath.Join(taken, "x")}, cameras, "not a directory"},
	} {
		if _, err := Write(test.ctx, test.o, test.cameras, a); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q in it", test.name, err, test.want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(empty, "*")); left != nil {
		t.Errorf("files %q are left", left)
	}
	if _, err := Write(context.Background(), Options{Dir: full, Force: true}, cameras, a); err != nil {
		t.Errorf("with Force: %v", err)
	}
	if _, err := Write(context.Background(), Options{Dir: full}, cameras, a); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
}

// TestNoSet aligns cameras that did not see the same time.
func TestNoSet(t *testing.T) {
	dir := t.TempDir()
	names := []string{filepath.Join(dir, "a.mp4"), filepath.Join(dir, "b.mp4")}
	for i, name := range names {
		track, list := units(t, started.Add(time.Duration(i)*time.Hour))
		record(t, name, track, list, false)
	}
	cameras, a := aligned(t, names[:1], names[1:])
	if _, err := Write(context.Background(), Options{Dir: filepath.Join(dir, "x")}, cameras, a); !errors.Is(err, ErrNoSet) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder for nothing: %v", err)
	}
}

// TestStamped exports recordings whose times stand in their pictures: of other recorders, or remuxed.
func TestStamped(t *testing.T) {
	for _, stamps := range []stamp.Kinds{stamp.Strawlab, stamp.MISB} {
		dir := t.TempDir()
		name := filepath.Join(dir, "stamped.mp4")
		track, list := units(t, started)
		stamper := stamp.NewStamper(stamps, h264.ClockRate)
		for i, u := range list {
			stamper.Stamp(u)
			list[i] = u.Clone()
		}
		record(t, name, track, list, true)
		cameras, a := aligned(t, []string{name}, []string{name})
		r, err := Write(context.Background(), Options{Dir: filepath.Join(dir, "new")}, cameras, a)
		if err != nil {
			t.Fatal(err)
		}
		is := read(t, r.Files[0].Path)
		got, want := is.Rows(extract.Best), cameras[0].Recording.Rows(extract.Best)
		for i := range got {
			if got[i].Estimate != want[i].Estimate {
				t.Fatalf("row %d: %+v, want %+v", i, got[i], want[i])
			}
		}
		if (is.Origin == extract.TimingBox) != (stamps == stamp.Strawlab) {
			t.Errorf("origin %v", is.Origin)
		}
	}
}
