package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/timeslate/timeslate/internal/interop"
)

// TestDemo runs the demo and compares what stands in its pictures with truth.csv and with what was extracted.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	code, stdout, stderr := timeslate(t, nil, "demo", "--dir", dir, "--duration", "8s")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{
		`\nrtp +-[2345]\d\d\.\d ms, .* \+3(599|600)\d{3}\.\d ms`, `\nbest +[+-]\d{1,2}\.\d ms, .* [+-]\d{1,2}\.\d ms`,
		`\nrtp +0 of \d{3} frames`, `\nbest +\d+ of \d{3} frames`,
	} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("the demo does not say %q:\n%s", want, stdout)
		}
	}
	var found, of int
	if fmt.Sscanf(stdout[strings.LastIndex(stdout, "\nbest"):], "\nbest %d of %d frames", &found, &of); of < 190 {
		t.Errorf("%d of %d frames find their pair", found, of)
	}
	truth, err := readTruth(filepath.Join(dir, "truth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cam0", "cam1"} {
		rows := readCSV(t, filepath.Join(dir, name+".csv"))
		if len(rows) < 200 || len(rows) > 201 {
			t.Errorf("%s has %d rows for 8 s", name, len(rows))
		}
		within := 0
		for _, row := range rows {
			captured, ok := truth[name][uint32(number(t, row["rtp"]))]
			if !ok {
				t.Fatalf("%s: frame %s is not in the truth", name, row["frame"])
			}
			off := time.Unix(0, number(t, row["unix_ns"])).Sub(captured)
			if off.Abs() <= time.Duration(number(t, row["error_ns"])) {
				within++
			}
			if off.Abs() > 40*time.Millisecond || row["source"] != "sr" {
				t.Fatalf("%s: frame %s is off by %v, by %s", name, row["frame"], off, row["source"])
			}
		}
		if within < len(rows)*95/100 {
			t.Errorf("%s: %d of %d frames are within their bound", name, within, len(rows))
		}
		checkBarcodes(t, filepath.Join(dir, name+".mp4"), rows, truth[name])
	}
	if rows := readCSV(t, filepath.Join(dir, "align.csv")); len(rows) < 200 || !strings.HasPrefix(rows[100]["status_1"], "ok") || !strings.HasPrefix(rows[100]["status_2"], "ok") {
		t.Errorf("align.csv has %d rows", len(rows))
	} else if found != of && !strings.Contains(rows[100]["status_2"], "+unsure") { // with eight noisy reports it may be so
		t.Errorf("%d of %d frames find their pair, and all seem sure", found, of)
	}
	for _, name := range []string{"align.svg", "cam0.svg", "cam1.svg"} {
		svg, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.HasPrefix(string(svg), "<svg") && !strings.HasPrefix(string(svg), "<?xml") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if code, _, _ := timeslate(t, nil, "demo", "--dir", dir); code != exitError {
		t.Errorf("a second demo in the same folder: exit code %d, it must not replace the first", code)
	}
}

// checkBarcodes compares the time in each picture of a file with the truth for its row.
func checkBarcodes(t *testing.T, file string, rows []map[string]string, truth map[uint32]time.Time) {
	t.Helper()
	interop.Require(t, "ffmpeg")
	shown := barcodes(t, file, 1280)
	if len(shown) != len(rows) {
		t.Fatalf("%s: %d pictures, %d rows", file, len(shown), len(rows))
	}
	for i, row := range rows {
		if want := truth[uint32(number(t, row["rtp"]))].Truncate(time.Millisecond); !shown[i].Equal(want) {
			t.Fatalf("%s: picture %d shows %v, true is %v", file, i, shown[i], want)
		}
	}
}

// The help of every command has examples, and they are command lines that can be parsed.
func TestHelp(t *testing.T) {
	for _, c := range commands {
		code, stdout, _ := timeslate(t, nil, c.name, "--help")
		if code != exitDone || !strings.HasPrefix(stdout, "Usage: timeslate "+c.name) {
			t.Errorf("%s --help: exit code %d, %q", c.name, code, stdout)
		}
		for line := range strings.Lines(stdout) {
			if utf8.RuneCountInString(line) > helpWidth+1 {
				t.Errorf("%s --help: wider than %d: %s", c.name, helpWidth, line)
			}
		}
		for line := range strings.Lines(c.example) {
			words := strings.Fields(line)
			if words[0] != "timeslate" || words[1] != c.name {
				t.Errorf("example %q of %s", line, c.name)
			}
			f := newFlags()
			c.setup(f)
			if _, err := f.parse(beforeRedirection(words[2:])); err != nil {
				t.Errorf("example %q: %v", line, err)
			}
		}
	}
}

// beforeRedirection cuts off where the shell sends the output.
func beforeRedirection(words []string) []string {
	if i := slices.IndexFunc(words, func(w string) bool { return strings.ContainsAny(w, ">|") }); i >= 0 {
		return words[:i]
	}
	return words
}
