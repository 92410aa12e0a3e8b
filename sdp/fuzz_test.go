package sdp_test

import (
	"reflect"
	"testing"

	"github.com/timeslate/timeslate/sdp"
)

// FuzzParse checks that what Parse returns keeps its promises and survives being written and read again.
func FuzzParse(f *testing.F) {
	for _, q := range quirks {
		f.Add([]byte(q.sdp))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, _, err := sdp.Parse(b)
		if err != nil {
			return
		}
		checkInvariants(t, s)
		written := s.Append(nil)
		again, _, err := sdp.Parse(written)
		if err != nil {
			t.Fatalf("what was written can't be read: %v\n%q", err, written)
		}
		if !reflect.DeepEqual(s, again) {
			t.Fatalf("not the same after writing and reading\n%q\nfirst: %+v\nagain: %+v", written, s, again)
		}
	})
}

func checkInvariants(t *testing.T, s *sdp.Session) {
	t.Helper()
	if len(s.Media) > sdp.MaxMedia {
		t.Errorf("%d media", len(s.Media))
	}
	for i := range s.Media {
		m := &s.Media[i]
		if m.Port < 0 || m.Port > 65535 {
			t.Errorf("media %d: port %d", i, m.Port)
		}
		seen := map[uint8]bool{}
		for _, f := range m.Formats {
			if f.PayloadType > 127 || f.Encoding == "" || f.ClockRate == 0 || seen[f.PayloadType] {
				t.Errorf("media %d: format %+v", i, f)
			}
			seen[f.PayloadType] = true
			for name := range f.Parameters() {
				if name == "" {
					t.Errorf("media %d: parameter without a name in %q", i, f.Params)
				}
			}
		}
		s.Backchannel(i)
	}
}
