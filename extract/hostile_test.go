package extract

import (
	"bytes"
	"slices"
	"testing"

	"github.com/timeslate/timeslate/mp4"
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
	if len(r.Frames) != samples || len(r.Skipped) > 0 {
		t.Errorf("%d frames, skipped %v", len(r.Frames), r.Skipped)
	}
	if most := int64(samples*headSize + 2*len(file)); source.n > most {
		t.Errorf("%d bytes were read", source.n)
	}
}
