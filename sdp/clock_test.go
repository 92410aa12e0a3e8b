package sdp

import (
	"maps"
	"slices"
	"testing"
)

// clockLines is a description with the lines that tell of time, of the session and of two media.
const clockLines = "v=0\r\ns=-\r\n" +
	"a=ts-refclk:ntp=/traceable/\r\na=mediaclk:sender\r\na=extmap:1 urn:ietf:params:rtp-hdrext:toffset\r\n" +
	"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" +
	"a=ts-refclk:ptp=IEEE1588-2008:39-A7-94-FF-FE-07-CB-D0:37\r\na=TS-refclk: PTP=IEEE1588-2008:traceable\r\n" +
	"a=mediaclk:direct=963214424 rate=1000/1001\r\n" +
	"a=extmap:4 urn:ietf:params:rtp-hdrext:ntp-64\r\n" +
	"a=extmap:5/sendonly http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time some attributes\r\n" +
	"a=extmap:x urn:x\r\na=extmap:6\r\na=extmap:\r\n" +
	"m=audio 0 RTP/AVP 0\r\n"

func TestClockLines(t *testing.T) {
	s, _, err := Parse([]byte(clockLines))
	if err != nil {
		t.Fatal(err)
	}
	extensions := maps.Collect(s.Extensions(0))
	if want := map[int]string{
		1: "urn:ietf:params:rtp-hdrext:toffset", 4: "urn:ietf:params:rtp-hdrext:ntp-64",
		5: "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
	}; !maps.Equal(extensions, want) {
		t.Errorf("extensions %v", extensions)
	}
	if want := []RefClock{{"ptp", "IEEE1588-2008:39-A7-94-FF-FE-07-CB-D0:37"}, {"ptp", "IEEE1588-2008:traceable"}}; !slices.Equal(s.RefClocks(0), want) {
		t.Errorf("reference clocks %v", s.RefClocks(0))
	}
	if want := []RefClock{{"ntp", "/traceable/"}}; !slices.Equal(s.RefClocks(1), want) {
		t.Errorf("reference clocks of the session %v", s.RefClocks(1))
	}
	if c, ok := s.MediaClock(0); !ok || c != (MediaClock{Direct: true, Offset: 963214424, Known: true, Num: 1000, Den: 1001}) {
		t.Errorf("media clock %+v, %v", c, ok)
	}
	if c, ok := s.MediaClock(1); !ok || c != (MediaClock{Num: 1, Den: 1}) {
		t.Errorf("media clock of the session %+v, %v", c, ok)
	}
}

func TestParseMediaClock(t *testing.T) {
	for _, test := range []struct {
		value string
		want  MediaClock
		ok    bool
	}{
		{"direct=0", MediaClock{Direct: true, Known: true, Num: 1, Den: 1}, true},
		{"direct", MediaClock{Direct: true, Num: 1, Den: 1}, true},
		{"direct=-1", MediaClock{Direct: true, Num: 1, Den: 1}, true},
		{"direct=18446744073709551615", MediaClock{Direct: true, Offset: 1<<64 - 1, Known: true, Num: 1, Den: 1}, true},
		{"id=src:MDA6NjA6MmI6MjA6MTI6MWY= direct=7", MediaClock{Direct: true, Offset: 7, Known: true, Num: 1, Den: 1}, true},
		{"IEEE1722=38-D6-6D-8E-D2-78-13-2F", MediaClock{Num: 1, Den: 1}, true},
		{"direct=0 rate=0/1", MediaClock{}, false},
		{"direct=0 rate=1", MediaClock{}, false},
		{"direct=0 rate=1/99999999999", MediaClock{}, false},
		{"", MediaClock{Num: 1, Den: 1}, true},
	} {
		got, ok := parseMediaClock(test.value)
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%q: %+v, %v", test.value, got, ok)
		}
	}
}

// FuzzClockLines holds that whatever a description says gives numbers that can be reckoned with, and that writing the
// description changes none of them.
func FuzzClockLines(f *testing.F) {
	f.Add([]byte(clockLines))
	f.Add([]byte("m=video 0 RTP/AVP 96\na=mediaclk:direct=1 rate=1/0\na=extmap:65536 a\n"))
	f.Add([]byte("m=\na=mediaclk:direct=18446744073709551616"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, _, err := Parse(b)
		if err != nil {
			return
		}
		again, _, err := Parse(s.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Media {
			c, ok := s.MediaClock(i)
			if ok && (c.Num == 0 || c.Den == 0 || c.Offset != 0 && !c.Known) {
				t.Fatalf("%+v", c)
			}
			if c2, ok2 := again.MediaClock(i); c2 != c || ok2 != ok {
				t.Fatalf("%+v, again %+v", c, c2)
			}
			if !slices.Equal(s.RefClocks(i), again.RefClocks(i)) {
				t.Fatalf("%v, again %v", s.RefClocks(i), again.RefClocks(i))
			}
			for number, uri := range s.Extensions(i) {
				if number < 0 || number > 1<<16-1 || uri == "" {
					t.Fatalf("extension %d %q", number, uri)
				}
			}
		}
	})
}
