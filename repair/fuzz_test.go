package repair

import (
	"bytes"
	"slices"
	"testing"

	"github.com/timeslate/timeslate/media"
)

// FuzzDamage writes whatever bytes over a recording and cuts it. No part before the damage may be lost, and what comes out
// must be a file that needs no repair.
func FuzzDamage(f *testing.F) {
	track, units := clip(f, "plain")
	r := recorded(f, []media.Track{track}, units, nil)
	f.Add(uint16(1000), []byte{0}, uint16(0), byte(0))
	f.Add(uint16(r.header+4), []byte("moofmoof"), uint16(0), byte(1))
	f.Add(uint16(r.ends[1]+4), bytes.Repeat([]byte{0xff}, 100), uint16(77), byte(0))
	f.Add(uint16(len(r.growing)+9), []byte("moov\x00\x00"), uint16(10), byte(1))
	f.Add(uint16(len(r.growing)), []byte{0, 0, 0, 1, 'f', 'r', 'e', 'e', 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, uint16(0), byte(2))
	f.Fuzz(func(t *testing.T, at uint16, damage []byte, cut uint16, state byte) {
		b := slices.Clone([][]byte{r.growing, r.appended, r.finished}[state%3])
		from := r.header + int(at)%(len(b)-r.header)
		copy(b[from:], damage)
		b = b[:max(r.header, len(b)-int(cut))]
		least := 0 // frames in the parts before the damage and the cut
		for i, end := range r.ends {
			if end <= min(from, len(b)) {
				least = r.frames[i]
			}
		}
		p, err := newPlan(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if least > 0 && state%3 != 2 {
				t.Fatal(err)
			}
			return
		}
		if p.report.Frames < least && p.report.State != Finished { // a finished file's index is believed
			t.Fatalf("%+v, at least %d frames are whole", p.report, least)
		}
		if len(p.tail) > 20000+32*p.report.Frames { // a forged part can stand for many frames
			t.Fatalf("an index of %d bytes for %d frames", len(p.tail), p.report.Frames)
		}
		if !p.report.Repaired {
			return
		}
		d := diskOf(b)
		if err := p.apply(d); err != nil {
			t.Fatal(err)
		}
		again, err := newPlan(bytes.NewReader(d.b), int64(len(d.b)))
		if err != nil || again.report.State != Finished || again.report.Frames != p.report.Frames {
			t.Fatalf("%+v, after that %+v, %v", p.report, again, err)
		}
	})
}
