package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// python is the one that the distribution's packages are for.
const python = "/usr/bin/python3"

// seen is a picture as a decoder counts them.
type seen struct {
	hash string
	code int64 // Unix milliseconds of the bar code, or 0
}

// decoded reads films with python3-opencv and with PyAV.
func decoded(t *testing.T, films ...string) map[string][][]seen {
	t.Helper()
	if exec.Command(python, "-c", "import av, cv2").Run() != nil {
		interop.Missing(t, "python3-opencv or python3-av")
	}
	all := map[string][][]seen{"opencv": make([][]seen, len(films)), "pyav": make([][]seen, len(films))}
	out := program(t, python, append([]string{"-B", filepath.Join("testdata", "pictures.py")}, films...)...)
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		i := number(t, f[1])
		all[f[0]][i] = append(all[f[0]][i], seen{f[2], number(t, f[3])})
	}
	return all
}

// exported is what align --export made.
type exported struct {
	sources []string            // as they were given to align
	films   []string            // that were written
	sets    []map[string]string // rows of sets.csv
	from    []int               // number of the first frame of each in its source
}

func exportAll(t *testing.T, sources ...string) *exported {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "aligned")
	code, pairs, stderr := timeslate(t, nil, append([]string{"align", "--export", dir}, sources...)...)
	if code != exitDone {
		t.Fatalf("align: exit code %d: %s", code, stderr)
	}
	e := &exported{sources: sources, sets: readCSV(t, filepath.Join(dir, "sets.csv"))}
	table := filepath.Join(t.TempDir(), "pairs.csv")
	if err := os.WriteFile(table, []byte(pairs), 0o600); err != nil {
		t.Fatal(err)
	}
	first := slices.IndexFunc(readCSV(t, table), func(row map[string]string) bool { return row["unix_ns"] == e.sets[0]["unix_ns"] })
	for i, source := range sources {
		e.films = append(e.films, filepath.Join(dir, strings.TrimSuffix(filepath.Base(source), ".mp4")+".mp4"))
		key := fmt.Sprintf("frame_%d", i+1)
		if e.sets[0][key] != "0" {
			t.Errorf("%s begins with frame %s in the first set", e.films[i], e.sets[0][key])
		}
		e.from = append(e.from, int(number(t, readCSV(t, table)[first][key])))
	}
	return e
}

// check checks what holds for all exports: players have nothing to warn of, verify finds nothing wrong, extract says the
// same as of the sources, and each decoder sees the same pictures.
func (e *exported) check(t *testing.T) (pictures map[string][][]seen) {
	t.Helper()
	was, _, _ := timeslate(t, nil, append([]string{"verify", "--quick"}, e.sources...)...) // gaps, on a busy machine
	if code, out, stderr := timeslate(t, nil, append([]string{"verify"}, e.films...)...); code != exitDone && code != was {
		t.Errorf("verify: exit code %d: %s%s", code, out, stderr)
	}
	for i, film := range e.films {
		program(t, "ffmpeg", "-v", "warning", "-xerror", "-i", film, "-f", "null", "-")
		program(t, "ffprobe", "-v", "warning", "-show_packets", film)
		for _, method := range []string{"best", "live"} {
			e.checkTimes(t, i, method)
		}
	}
	pictures = decoded(t, e.films...)
	for i := range e.films {
		if len(pictures["opencv"][i]) != len(pictures["pyav"][i]) {
			t.Errorf("%s: %d pictures by OpenCV, %d by PyAV", e.films[i], len(pictures["opencv"][i]), len(pictures["pyav"][i]))
		}
	}
	return pictures
}

func (e *exported) checkTimes(t *testing.T, i int, method string) {
	t.Helper()
	tables := make([][]map[string]string, 2)
	for k, file := range []string{e.sources[i], e.films[i]} {
		table := filepath.Join(t.TempDir(), "times.csv")
		if code, _, stderr := timeslate(t, nil, "extract", "--method", method, "-o", table, file); code != exitDone {
			t.Fatalf("extract: exit code %d: %s", code, stderr)
		}
		tables[k] = readCSV(t, table)
	}
	was, is := tables[0][e.from[i]:], tables[1]
	if len(is) > len(was) || len(is) == 0 {
		t.Fatalf("%s: %d frames, the source has %d", e.films[i], len(is), len(was))
	}
	for k := range is {
		for _, column := range []string{"rtp", "unix_ns", "error_ns", "state", "source"} {
			if is[k][column] != was[k][column] {
				t.Fatalf("%s, %s: %s of frame %d is %s, was %s", e.films[i], method, column, k, is[k][column], was[k][column])
			}
		}
	}
}

// TestExport records two cameras of different rates, one for a shorter time, and aligns them. The frames of each row of
// sets.csv, counted as decoders do, must show bar codes of one moment.
func TestExport(t *testing.T) {
	t.Parallel()
	interop.Require(t, "ffmpeg", "ffprobe")
	s := simulators(t, 2, "--fps", "25,20", "--clock-ppm", "60,-20", "--sr-interval", "1s", "--audio", "16000", "--size", "928x480")
	dir := t.TempDir()
	long, short := filepath.Join(dir, "long.mp4"), filepath.Join(dir, "short.mp4")
	p := start(t, nil, binary, "record", "--once", "--duration", "8s", s.urls[0], long)
	time.Sleep(2300 * time.Millisecond)
	if code, _, stderr := timeslate(t, nil, "record", "--once", "--duration", "4s", s.urls[1], short); code != exitDone {
		t.Fatalf("record: exit code %d: %s", code, stderr)
	}
	if code := p.wait(t, 30*time.Second); code != exitDone {
		t.Fatalf("record: exit code %d", code)
	}
	e := exportAll(t, long, short)
	if e.from[0] < 25 || len(e.sets) < 70 {
		t.Fatalf("%d sets, the first with frame %d", len(e.sets), e.from[0])
	}
	for reader, films := range e.check(t) {
		for k, row := range e.sets {
			checkRow(t, fmt.Sprintf("%s, set %d", reader, k), films, row)
		}
		for i, film := range films {
			if last := row(t, e.sets[len(e.sets)-1], i); len(film) != last+1 {
				t.Errorf("%s: film %d has %d pictures, the last one of the sets is %d", reader, i, len(film), last)
			}
		}
	}
}

// row returns the index of a film's frame, -1 if there is none.
func row(t *testing.T, set map[string]string, film int) int {
	t.Helper()
	if text := set[fmt.Sprintf("frame_%d", film+1)]; text != "" {
		return int(number(t, text))
	}
	return -1
}

// checkRow checks the bar codes of a set: what each picture shows is the time that the set says, to what is known of it.
func checkRow(t *testing.T, where string, films [][]seen, set map[string]string) {
	t.Helper()
	low, high := int64(math.MaxInt64), int64(0)
	for i, film := range films {
		k := row(t, set, i)
		if k < 0 {
			continue
		}
		if k >= len(film) || film[k].code == 0 {
			t.Fatalf("%s: film %d has %d pictures, or frame %d has no bar code", where, i, len(film), k)
		}
		low, high = min(low, film[k].code), max(high, film[k].code)
		said := number(t, set["unix_ns"]) + number(t, set[fmt.Sprintf("offset_ns_%d", i+1)])
		if off := time.Duration(film[k].code*1e6 - said).Abs(); off > 15*time.Millisecond {
			t.Errorf("%s: film %d, frame %d: the picture is %v off", where, i, k, off)
		}
	}
	if high-low > 25+1 { // half of 50 ms, and whole milliseconds
		t.Errorf("%s: bar codes %d ms apart", where, high-low)
	}
}

// TestExportBFrames aligns recordings with B-frames, one of them in several files. The pictures must be those of the
// recordings, frame by frame.
func TestExportBFrames(t *testing.T) {
	t.Parallel()
	interop.Require(t, "ffmpeg", "ffprobe")
	s := simulators(t, 2, "--file", clip{seconds: 10, bFrames: 2}.file(t), "--sr-interval", "1s")
	dir := t.TempDir()
	one, several := filepath.Join(dir, "one.mp4"), filepath.Join(dir, "several")
	p := start(t, nil, binary, "record", "--once", "--duration", "10s", "-l", "3s", s.urls[1], several)
	time.Sleep(1300 * time.Millisecond)
	if code, _, stderr := timeslate(t, nil, "record", "--once", "--duration", "7s", s.urls[0], one); code != exitDone {
		t.Fatalf("record: exit code %d: %s", code, stderr)
	}
	if code := p.wait(t, 30*time.Second); code != exitDone {
		t.Fatalf("record: exit code %d", code)
	}
	e := exportAll(t, one, several)
	parts, err := filepath.Glob(several + "_*.mp4")
	if err != nil || len(parts) < 3 {
		t.Fatalf("files %v, %v", parts, err)
	}
	was := decoded(t, append([]string{one}, parts...)...)
	for reader, films := range e.check(t) {
		for i, source := range [][]seen{was[reader][0], slices.Concat(was[reader][1:]...)} {
			for k, picture := range films[i] {
				if picture.hash != source[e.from[i]+k].hash {
					t.Fatalf("%s: film %d of %d pictures: picture %d is not frame %d of the recording of %d",
						reader, i, len(films[i]), k, e.from[i]+k, len(source))
				}
			}
			if last := row(t, e.sets[len(e.sets)-1], i); len(films[i]) != last+1 || last < 50 {
				t.Errorf("%s: film %d has %d pictures, the last one of the sets is %d", reader, i, len(films[i]), last)
			}
		}
	}
}
