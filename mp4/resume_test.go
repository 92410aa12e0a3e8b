package mp4

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/media"
)

// resumed finishes a growing file by its parts.
func resumed(t testing.TB, growing []byte) []byte {
	t.Helper()
	f := opened(t, growing)
	w, err := Resume(f)
	if err != nil {
		t.Fatal(err)
	}
	for p := range f.Parts() {
		if err := w.Adopt(p); err != nil {
			t.Fatal(err)
		}
	}
	return finished(t, w, bytes.Clone(growing[:w.Size()]))
}

// TestResume checks that the parts of a file hold all that its index needs: it is the same, byte for byte, as the one that
// the first Writer made. Package repair tests the rest.
func TestResume(t *testing.T) {
	for _, name := range []string{"plain", "bframes"} {
		track, units := clip(t, name)
		s := recorded(t, []media.Track{track}, Options{Created: started}, units, nil)
		if got := resumed(t, s.growing); !bytes.Equal(got, s.finished) {
			t.Errorf("%s: not the same file", name)
		}
	}
}

// TestResumeForeign checks what can't be resumed, and that nothing can be pushed afterwards.
func TestResumeForeign(t *testing.T) {
	track, units := clip(t, "plain")
	s := recorded(t, []media.Track{track}, Options{}, units, nil)
	if _, err := Resume(opened(t, s.finished)); !errors.Is(err, ErrForeign) {
		t.Errorf("a finished file: %v", err)
	}
	free := bytes.Index(s.growing, []byte("free")) - 4
	if _, err := Resume(opened(t, slices.Concat(s.growing[:free], s.growing[free+16:]))); !errors.Is(err, ErrForeign) {
		t.Errorf("a fragmented file without a free box: %v", err)
	}
	w, err := Resume(opened(t, s.growing))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Push(units[0]); err == nil {
		t.Error("a resumed file took a unit")
	}
	if w, err = NewWriter([]media.Track{track}, Options{}); err != nil {
		t.Fatal(err)
	}
	for p := range opened(t, s.growing).Parts() {
		if w.Adopt(p) == nil {
			t.Error("a new file took a part")
		}
	}
}

// TestAdoptTwice checks that a part whose place or times don't follow those before is refused, and that the next one counts.
func TestAdoptTwice(t *testing.T) {
	track, units := clip(t, "plain")
	s := recorded(t, []media.Track{track}, Options{}, units, nil)
	f := opened(t, s.growing)
	w, err := Resume(f)
	if err != nil {
		t.Fatal(err)
	}
	for p := range f.Parts() {
		if err := w.Adopt(p); err != nil {
			t.Fatal(err)
		}
		if w.Adopt(p) == nil {
			t.Fatal("a part was taken twice")
		}
		p.Start, p.End = p.End, p.End+1000
		if w.Adopt(p) == nil {
			t.Fatal("samples outside of their part were taken")
		}
	}
	if got := finished(t, w, bytes.Clone(s.growing[:w.Size()])); !bytes.Equal(got, s.finished) {
		t.Error("not the same file")
	}
}

// TestParts checks that parts tell what is theirs.
func TestParts(t *testing.T) {
	track, units := clip(t, "plain")
	s := recorded(t, []media.Track{track}, Options{}, units, uuid(timingID, 20))
	f := opened(t, s.growing)
	n, i := 0, 0
	for p := range f.Parts() {
		if p.End != int64(s.partEnds[i]) || i > 0 && p.Start != int64(s.partEnds[i-1]) {
			t.Errorf("part %d from %d to %d, want its end at %d", i, p.Start, p.End, s.partEnds[i])
		}
		if b, err := p.UUID(timingID); err != nil || len(b) != 20 {
			t.Errorf("part %d: uuid box of %d bytes, %v", i, len(b), err)
		}
		if b, err := p.UUID([16]byte{1}); err != nil || b != nil {
			t.Errorf("part %d: a uuid box that isn't there: %x, %v", i, b, err)
		}
		count := 0
		for range p.Samples(0) {
			count++
		}
		if count != p.Len(0) || p.Check() != nil {
			t.Errorf("part %d: %d samples, %d by its length, %v", i, count, p.Len(0), p.Check())
		}
		n += count
		i++
	}
	if n != len(units) || i != len(s.partEnds) {
		t.Errorf("%d samples in %d parts", n, i)
	}
	for range opened(t, s.finished).Parts() {
		t.Fatal("a finished file has a part")
	}
}

// TestTornPart checks that the samples of a part whose media data is missing are not listed.
func TestTornPart(t *testing.T) {
	track, units := clip(t, "plain")
	s := recorded(t, []media.Track{track}, Options{}, units, nil)
	last, end := s.partEnds[len(s.partEnds)-2], len(s.growing)
	mdat := last + bytes.Index(s.growing[last:], []byte("mdat")) - 4
	clear(s.growing[mdat:end])
	f := opened(t, s.growing)
	want := opened(t, s.growing[:last])
	if f.Torn == nil || f.End != int64(last) || f.Tracks[0].Len != want.Tracks[0].Len || f.Tracks[0].Duration != want.Tracks[0].Duration {
		t.Errorf("end %d, %d samples, want %d, %d", f.End, f.Tracks[0].Len, last, want.Tracks[0].Len)
	}
}

// TestCheckSample checks what is found wrong with the bytes of a sample.
func TestCheckSample(t *testing.T) {
	nal := []byte{0, 0, 0, 2, 0x65, 1}
	for _, test := range []struct {
		name string
		data []byte
		ok   bool
	}{
		{"a NAL unit", nal, true},
		{"two", append(nal, nal...), true},
		{"nothing", nil, false},
		{"three bytes", nal[:3], false},
		{"longer than there is", nal[:5], false},
		{"length 0", append(nal, 0, 0, 0, 0), false},
		{"no header", []byte{0, 0, 0, 1, 0x80}, false},
		{"a hole", append([]byte{0, 0, 4, 0, 0x65}, make([]byte, 1023)...), false},
	} {
		if err := (Sample{lengthSize: 4}).Check(test.data); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if err := (Sample{}).Check([]byte{0xff, 0, 0}); err != nil {
		t.Errorf("a sample that is not made of NAL units: %v", err)
	}
}

// TestState checks that a file's beginning tells how far it came.
func TestState(t *testing.T) {
	track, units := clip(t, "plain")
	s := recorded(t, []media.Track{track}, Options{}, units, nil)
	for want, b := range map[State][]byte{Growing: s.growing, Finished: s.finished, Foreign: []byte("Dear Sir or Madam")} {
		for n := range min(len(b), HeadSize) + 1 {
			got := StateOf(b[:n])
			if got != want && (got != Foreign || n >= 52) {
				t.Errorf("%d bytes of state %d: %d", n, want, got)
			}
		}
	}
	at, patch, ok := Hide(s.finished[:HeadSize])
	if !ok || !bytes.Equal(patch[:], s.growing[at:at+16]) {
		t.Errorf("hide % x at %d, %t", patch, at, ok)
	}
	copy(s.finished[at:], patch[:])
	if !bytes.Equal(s.finished, s.appended) {
		t.Error("not the file before its patch")
	}
	if at, patch, ok = opened(t, s.appended).Reveal(); !ok {
		t.Fatal("nothing to reveal")
	}
	copy(s.appended[at:], patch[:])
	if f := opened(t, s.appended); f.Fragmented || f.Tracks[0].Len != len(units) {
		t.Errorf("%d samples to be seen, fragmented %t", f.Tracks[0].Len, f.Fragmented)
	}
	if _, _, ok := opened(t, s.growing).Reveal(); ok {
		t.Error("something to reveal in a file that has no index")
	}
}

// TestFFmpegMoved checks that what a growing file tells of a shift disturbs nobody.
func TestFFmpegMoved(t *testing.T) {
	interop.Require(t, "ffprobe")
	track, units := clip(t, "plain")
	w, err := NewWriter([]media.Track{track}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	file := bytes.Clone(w.Header())
	for i, u := range units {
		if i == 20 {
			w.Shift(0, 900)
		}
		if push(t, w, u) {
			file = append(file, slices.Concat(w.Part(nil))...)
		}
	}
	if !bytes.Contains(file, []byte(movedID)) {
		t.Error("the file says nothing of the shift")
	}
	if packets := probe(t, save(t, "moved.mp4", file)); !strings.Contains(packets, "|pts=39600|") || !strings.Contains(packets, "|pts=44100|") {
		t.Errorf("packets not at their places:\n%s", packets)
	}
}
