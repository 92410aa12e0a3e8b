package verify

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/timeslate/timeslate/media"
)

// FuzzDamage writes whatever bytes over recordings with sound and cuts them. They are one story all the same.
func FuzzDamage(f *testing.F) {
	var units []*media.Unit
	for i := range 60 {
		units = append(units, picture(i))
		if i%2 == 0 {
			units = append(units, sound(i))
		}
	}
	var files [][]byte
	for _, state := range []State{Finished, Unfinished} {
		name := filepath.Join(f.TempDir(), "a.mp4")
		clipFile{tracks: tracks(f), units: units, state: state}.write(f, name)
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		files = append(files, b)
	}
	f.Add(uint16(0), []byte{}, uint16(0), byte(0))
	f.Add(uint16(5000), []byte{4, 22, 0, 1, 0xff, 0xff}, uint16(0), byte(0))
	f.Add(uint16(1500), []byte{0x7f, 0xff, 0xff, 0xff}, uint16(5), byte(1))
	f.Fuzz(func(t *testing.T, at uint16, damage []byte, cut uint16, state byte) {
		teller := &teller{story: &Story{Name: "cam"}}
		r := &Report{Stories: []*Story{teller.story}}
		for range 2 {
			b := slices.Clone(files[state%2])
			copy(b[int(at)%len(b):], damage)
			b = b[:max(0, len(b)-int(cut))]
			c := &content{File: &File{File: "a.mp4"}}
			if err := c.read(context.Background(), bytes.NewReader(b), int64(len(b)), Options{}); err != nil {
				t.Fatal(err)
			}
			teller.tell(c)
		}
		teller.end()
		r.Summary.add(teller)
		r.Summary.judge()
		s := r.Summary
		if s.Missing < 0 || s.LostFrames < 0 || s.Gaps < 0 || s.Verdict == "" || s.Verdict == Whole && len(damage) == 0 {
			t.Fatalf("%+v", s) // the same frames twice are never whole
		}
		if err := r.WriteText(io.Discard); err != nil {
			t.Fatal(err)
		}
		if err := r.WriteJSON(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
}
