package extract

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// counted counts the bytes that are read.
type counted struct {
	*bytes.Reader
	n int64
}

func (c *counted) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.Reader.ReadAt(b, at)
	c.n += int64(n)
	return n, err
}

// TestOverlappingSamples searches samples for stamps that all lie on the same bytes, and have none.
func TestOverlappingSamples(t *testing.T) {
	const samples, size = 1000, 100 * headSize
	w := newRecorder(t, 0, false)
	w.write(t, seiUnit(append([]byte("0123456789abcdef"), make([]byte, size)...)), 0)
	file := w.finish(t)
	source := &counted{Reader: bytes.NewReader(file)}
	f, err := mp4.Open(source, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	s := slices.Collect(f.Tracks[0].Samples())[0]
	r := &Recording{}
	r.readSEI(f, slices.Repeat([]mp4.Sample{s}, samples))
	if r.Frames.Len() != samples || len(r.Skipped) > 0 {
		t.Errorf("%d frames, skipped %v", r.Frames.Len(), r.Skipped)
	}
	if most := int64(samples*headSize + 2*len(file)); source.n > most {
		t.Errorf("%d bytes were read", source.n)
	}
}

// FuzzOpen reads files that are damaged in all ways. What a recording says of itself fits together, and every method has a
// row per frame that is shown.
func FuzzOpen(f *testing.F) {
	small := func(kinds stamp.Kinds, withTiming, finished bool) []byte {
		r := newRecorder(f, kinds, withTiming)
		for i := range 8 {
			u := cameraUnit(6 * i)
			u.Data = [][]byte{{0x65, 1, 2}}
			u.Key = true
			r.write(f, u, 18000*int64(i))
		}
		if !finished {
			r.part()
			return r.file
		}
		return r.finish(f)
	}
	f.Add(small(0, true, true))
	f.Add(small(0, true, false))
	f.Add(small(stamp.Strawlab, false, true))
	f.Add(small(stamp.Recorder|stamp.MISB, false, true))
	f.Add([]byte("1749990896.5 17003688321995505664 268435456 268435456\n1 2 3 4\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<16 {
			return
		}
		r, err := Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		checkRecording(t, r)
		other, _ := Open(bytes.NewReader(file), int64(len(file)))
		if j, err := Join([]Part{{"a", r}, {"b", other}}); err == nil {
			checkRecording(t, j)
		}
	})
}

func checkRecording(t *testing.T, r *Recording) {
	t.Helper()
	for _, rep := range append(slices.Clone(r.Reports), r.all...) {
		if rep.Before < 0 || rep.Before > r.Frames.Len() {
			t.Fatalf("a report before frame %d of %d", rep.Before, r.Frames.Len())
		}
	}
	shown := len(r.presentation())
	for _, m := range methods {
		rows := r.Rows(m.method)
		if len(rows) != shown {
			t.Fatalf("%s: %d rows of %d frames", m.name, len(rows), shown)
		}
		for i := range rows {
			row := &rows[i]
			if row.Frame != i || i > 0 && row.PTS < rows[i-1].PTS || row.Error < 0 || row.Time.IsZero() != (row.State == clock.None) {
				t.Fatalf("%s: row %d: %+v", m.name, i, row)
			}
			row.AppendJSON(row.AppendCSV(nil))
		}
		WriteSRT(io.Discard, rows, time.UTC)
	}
	r.Missing()
	if texts, err := r.Texts(); err == nil {
		stamped := 0
		for i := range r.Frames.Len() {
			if f := r.Frames.At(i); f.Stamped && !f.Hidden {
				stamped++
			}
		}
		if n := bytes.Count(texts.Meta, []byte("\n")); n != stamped {
			t.Fatalf("%d lines of %d frames", n, stamped)
		}
	}
}
