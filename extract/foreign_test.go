package extract

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// compare has Python's own readers of CSV and JSON say whether two files hold the same, and prints the times of presentation
// and capture.
const compare = `
import csv, json, sys
table = list(csv.DictReader(open(sys.argv[1], newline="")))
lines = [json.loads(line) for line in open(sys.argv[2])]
assert len(table) == len(lines)
for row, line in zip(table, lines):
    assert line.pop("type") == "frame" and row.keys() == line.keys()
    for name, cell in row.items():
        value = line[name]
        assert cell == ("" if value is None else "%.6f" % value if name == "pts" else str(value)), (row, line)
    print("%d.%03d" % divmod(round(float(row["pts"]) * 1000000) // 1000, 1000), row["utc"][:23].replace("T", " "))
`

// TestForeignReaders: other programs read what is written, and the same numbers in each form. The frames are B-frames, some
// without a stamp.
func TestForeignReaders(t *testing.T) {
	interop.Require(t, "python3", "ffprobe")
	folder := t.TempDir()
	for name, r := range map[string]*Recording{"B-frames": driftFile(t, 0, true, false), "without stamps": openPartlyStamped(t)} {
		rows := r.Rows(RTP)
		table, lines := []byte(CSVHeader), []byte(nil)
		for _, row := range rows {
			table, lines = row.AppendCSV(table), row.AppendJSON(lines)
		}
		var cues bytes.Buffer
		if err := WriteSRT(&cues, rows, time.UTC); err != nil {
			t.Fatal(err)
		}
		file := func(ext string, b []byte) string {
			path := filepath.Join(folder, strings.ReplaceAll(name, " ", "")+ext)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		csv, jsonl, srt := file(".csv", table), file(".jsonl", lines), file(".srt", cues.Bytes())
		read := run(t, "python3", "-c", compare, csv, jsonl)
		shown := run(t, "ffprobe", "-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0", srt)
		texts := strings.Split(cues.String(), "\n")
		cue := 0
		for _, line := range strings.Split(strings.TrimSpace(read), "\n") {
			pts, at, _ := strings.Cut(line, " ")
			if at == "" {
				continue
			}
			if got := strings.Trim(strings.Split(shown, "\n")[cue], ",\r"); got != pts+"000" {
				t.Fatalf("%s: cue %d is shown at %s, the frame at %s", name, cue, got, pts)
			}
			if got := texts[4*cue+2]; got != at+" UTC" {
				t.Fatalf("%s: cue %d says %s, the table %s", name, cue, got, at)
			}
			cue++
		}
		if n := strings.Count(cues.String(), "-->"); n != cue {
			t.Errorf("%s: %d cues of %d frames with a time", name, n, cue)
		}
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}
