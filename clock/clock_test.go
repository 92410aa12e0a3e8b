package clock

import "testing"

func TestOfCamera(t *testing.T) {
	for s := NoSource; int(s) <= len(sourceNames); s++ { // one more than there are
		want := s != NoSource && s != MISB && s != Recorder && s != Arrival && int(s) < len(sourceNames)
		if s.OfCamera() != want {
			t.Errorf("%q: %v, want %v", s, s.OfCamera(), want)
		}
	}
}
