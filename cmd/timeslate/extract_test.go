package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestExtractHeader: the header of several files on stdout stands there once.
func TestExtractHeader(t *testing.T) {
	dir := t.TempDir()
	var args []string
	for _, name := range []string{"a.mp4", "b.mp4"} {
		args = append(args, filepath.Join(dir, name))
		recorded(t, args[len(args)-1], "finished")
	}
	code, out, errs := timeslate(t, nil, append([]string{"extract", "-o", "-"}, args...)...)
	if code != exitDone || strings.Count(out, "frame,pts") != 1 || strings.Count(out, "\n") != 121 {
		t.Errorf("exit code %d, %d lines: %s", code, strings.Count(out, "\n"), errs)
	}
}

// TestFinishedMeanwhile: a file that is finished while it is read is read again.
func TestFinishedMeanwhile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.mp4")
	recorded(t, name, "torn")
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := input{stderr: io.Discard}
	torn, size, err := in.readSize(f, -1)
	if err != nil || len(torn.Skipped) == 0 {
		t.Fatal(torn, err)
	}
	if again, _, err := in.readSize(f, size); again != nil || err != nil {
		t.Error("a file that did not change was read again", err)
	}
	recorded(t, name, "finished")
	if whole, now, err := in.readSize(f, size); err != nil || now == size || whole.Frames.Len() != 60 || len(whole.Skipped) > 0 {
		t.Errorf("%v, %d bytes, %+v", err, now, whole)
	}
}

// TestProgress: what takes long is told, on a terminal in one line that is cleared in the end.
func TestProgress(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var b bytes.Buffer
		p := &progress{ReaderAt: strings.NewReader("media"), name: "a.mp4", size: 9 << 20, to: &b, terminal: terminal, shown: time.Now()}
		p.ReadAt(make([]byte, 1), 0)
		if b.Len() > 0 {
			t.Errorf("at once %q is told", b.String())
		}
		p.shown = p.shown.Add(-statusEvery)
		if _, err := p.ReadAt(make([]byte, 1), 4<<20); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		p.clear()
		if text := "a.mp4: read to 4 of 9 MB"; !strings.Contains(b.String(), text) || strings.HasSuffix(b.String(), "\x1b[K") != terminal {
			t.Errorf("%q", b.String())
		}
	}
}

func TestOutputStem(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		"a.mp4": "a", "b.c": "b", "log.csv.gz": "log", "garage.1": "garage.1", "folder.x": "folder.x", "gone.mp4": "gone",
	} {
		path := filepath.Join(dir, name)
		switch name {
		case "garage.1", "gone.mp4":
		case "folder.x":
			os.Mkdir(path, 0o755)
		default:
			os.WriteFile(path, nil, 0o644)
		}
		if got := outputStem(path); got != filepath.Join(dir, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestExtractSpares: no file of a recording that is named by its prefix is written over, nor what was just written, and
// nothing is left of what could not be written whole.
func TestExtractSpares(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "a")
	name, picture := prefix+"_20260301T120000.000Z.mp4", prefix+".svg"
	recorded(t, name, "finished")
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	o := &extractOptions{format: "csv", force: true, stdout: io.Discard, method: bestMethod, input: input{stderr: io.Discard}}
	o.output = name
	if err := o.extract(prefix); err == nil {
		t.Error("a file of the recording was written over")
	}
	if after, _ := os.ReadFile(name); !bytes.Equal(before, after) {
		t.Error("a file of the recording was changed")
	}
	o.output, o.plot = picture, picture
	if err := o.extract(prefix); err == nil {
		t.Error("the picture was written over the table")
	}
	full := errors.New("disk full")
	if err := writeOutput(prefix+".txt", false, nil, func(io.Writer) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
	if _, err := os.Stat(prefix + ".txt"); err == nil {
		t.Error("half a file was left behind")
	}
}
