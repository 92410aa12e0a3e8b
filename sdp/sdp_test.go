package sdp_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/sdp"
)

func parse(t *testing.T, text string) (*sdp.Session, []sdp.Warning) {
	t.Helper()
	s, warnings, err := sdp.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s, warnings
}

func TestRoundTrip(t *testing.T) {
	for _, q := range quirks {
		t.Run(q.name, func(t *testing.T) {
			s, _ := parse(t, q.sdp)
			checkInvariants(t, s)
			again, warnings := parse(t, string(s.Append(nil)))
			if !reflect.DeepEqual(s, again) {
				t.Errorf("first %+v\nagain %+v", s, again)
			}
			unusable := slices.ContainsFunc(s.Media, func(m sdp.Media) bool { return m.Formats == nil })
			if len(warnings) != 0 && !unusable {
				t.Errorf("what was written breaks the rules: %v", warnings)
			}
		})
	}
}

func TestAppend(t *testing.T) {
	s := sdp.Session{
		Name:       "cam0",
		Info:       "garage",
		Origin:     "- 1 1 IN IP4 127.0.0.1",
		Control:    "*",
		Attributes: []sdp.Attribute{{Name: "range", Value: "npt=now-"}, {Name: "rtcp-mux"}},
		Media: []sdp.Media{{
			Kind: "video", Proto: "RTP/AVP", Control: "trackID=0", Direction: sdp.SendOnly,
			Formats:    []sdp.Format{{PayloadType: 96, Encoding: "H264", ClockRate: 90000, Params: "packetization-mode=1"}},
			Attributes: []sdp.Attribute{{Name: "framerate", Value: "25"}},
		}, {
			Kind: "audio", Proto: "RTP/AVP", Port: 9,
			Formats: []sdp.Format{{PayloadType: 0, Encoding: "PCMU", ClockRate: 8000, Channels: 1}, {97, "L16", 48000, 2, ""}},
		}},
	}
	want := strings.Join([]string{
		"before v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=cam0", "i=garage", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*",
		"a=range:npt=now-", "a=rtcp-mux", "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000",
		"a=fmtp:96 packetization-mode=1", "a=sendonly", "a=control:trackID=0", "a=framerate:25",
		"m=audio 9 RTP/AVP 0 97", "a=rtpmap:0 PCMU/8000", "a=rtpmap:97 L16/48000/2", "",
	}, "\r\n")
	if got := string(s.Append([]byte("before "))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAppendEmpty(t *testing.T) {
	want := "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
	if got := string(new(sdp.Session).Append(nil)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if s, _ := parse(t, want); !reflect.DeepEqual(s, new(sdp.Session)) {
		t.Errorf("%+v isn't empty", s)
	}
}

func TestSessionLines(t *testing.T) {
	s, _ := parse(t, "v=0\no=a b 0xAC -1 IN IP4\no=second\ns=-\ns=name\ni=info\na=Tool: x y \nm=video 0 RTP/AVP 26\ni=no\n")
	want := sdp.Session{Name: "name", Info: "info", Origin: "a b 0xAC -1 IN IP4",
		Attributes: []sdp.Attribute{{Name: "Tool", Value: "x y"}}}
	if s.Media = nil; !reflect.DeepEqual(*s, want) {
		t.Errorf("got %+v, want %+v", *s, want)
	}
	if s, _ := parse(t, "m=video 0 RTP/AVP 26\ni=of the media\n"); s.Info != "" {
		t.Errorf("the session's i= is %q", s.Info)
	}
}

func TestParseErrors(t *testing.T) {
	for _, text := range []string{"", "\r\n\r\n", "<html>", "RTSP/1.0 200 OK\r\n"} {
		if _, _, err := sdp.Parse([]byte(text)); !errors.Is(err, sdp.ErrNotSDP) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, _, err := sdp.Parse([]byte("v=0\n" + strings.Repeat("\n", sdp.MaxSize))); err == nil {
		t.Error("too large, and no error")
	}
}

func TestLimits(t *testing.T) {
	const many = 5000
	numbers := strings.Builder{}
	for i := range 128 {
		fmt.Fprint(&numbers, " ", i)
	}
	for name, text := range map[string]string{
		"media":         strings.Repeat("m=video 0 RTP/AVP 26\n", many),
		"attributes":    "m=video 0 RTP/AVP 26\n" + strings.Repeat("a=x\n", many),
		"rtpmaps":       "m=video 0 RTP/AVP 96\n" + strings.Repeat("a=rtpmap:1 x\n", many),
		"payload types": "m=video 0 RTP/AVP" + numbers.String(),
		"junk":          "v=0\n" + strings.Repeat("x\n", many),
	} {
		t.Run(name, func(t *testing.T) {
			s, warnings := parse(t, text)
			checkInvariants(t, s)
			if len(warnings) == 0 || len(warnings) > 100 {
				t.Errorf("%d warnings", len(warnings))
			}
			for i := range warnings[1:] {
				if warnings[i].Text == warnings[i+1].Text {
					t.Fatalf("%v and %v", warnings[i], warnings[i+1])
				}
			}
			for _, m := range s.Media {
				if len(m.Attributes) > 256 || len(m.Formats) > 32 {
					t.Errorf("%d attributes, %d formats", len(m.Attributes), len(m.Formats))
				}
			}
		})
	}
}

// The attributes of a media past the limit must not end up in the last one before it.
func TestAttributesPastTheLimit(t *testing.T) {
	s, _ := parse(t, strings.Repeat("m=video 0 RTP/AVP 26\n", sdp.MaxMedia+1)+"a=control:late\n")
	if c := s.Media[sdp.MaxMedia-1].Control; c != "" {
		t.Errorf("control %q", c)
	}
}

func TestWarnings(t *testing.T) {
	_, warnings := parse(t, "v=0\nm=video 0 RTP/AVP 96 97\na=rtpmap:96 H264/8000\nm=audio x RTP/AVP 8\na=fmtp:9 x\na=fmtp:10 x\nj\n")
	var got []string
	for _, w := range warnings {
		got = append(got, w.String())
	}
	want := []string{
		"SDP line 2: payload type 97 skipped: no usable rtpmap",
		"SDP line 3: clock rate of H264 taken as 90000, not 8000",
		`SDP line 4: no port on the m= line: "x"`,
		"SDP line 5: fmtp ignored: media 1 has no payload type 9",
		"SDP line 6: fmtp ignored: media 1 has no payload type 10",
		`SDP line 7: not of the form x=value: "j"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestParameters(t *testing.T) {
	for params, want := range map[string]map[string]string{
		"":                             {},
		"streamtype=5; SizeLength=13;": {"streamtype": "5", "sizelength": "13"},
		"config=1408; profile=1;;":     {"config": "1408", "profile": "1"},
		"packetization-mode;=3;sprop-parameter-sets=Z0A=,aA==": {"packetization-mode": "", "sprop-parameter-sets": "Z0A=,aA=="},
		"DecoderTag=h3c-v3 RTCP=0":                             {"decodertag": "h3c-v3 RTCP=0"},
	} {
		f := sdp.Format{Params: params}
		if got := maps.Collect(f.Parameters()); !maps.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", params, got, want)
		}
	}
}

func TestFrameRate(t *testing.T) {
	for text, want := range map[string]float64{
		"a=framerate:15.000000": 15, "a=framerate:25\na=framerate:0S": 25, "a=framerate:-1": 0, "a=framerate:NaN": 0,
		"a=framerate:inf": 0, "a=FrameRate: 29.97 ": 29.97, "a=x-framerate: 5": 0, "": 0,
	} {
		s, _ := parse(t, "m=video 0 RTP/AVP 26\n"+text)
		if got := s.Media[0].FrameRate(); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// TestBackchannel: what goes to the camera is sound; metadata are marked sendonly, too.
func TestBackchannel(t *testing.T) {
	s, _ := parse(t, "m=audio 0 RTP/AVP 0\na=recvonly\nm=application 0 RTP/AVP 107\na=sendonly\nm=audio 0 RTP/AVP 0\na=sendonly\n")
	for i, want := range []bool{false, false, true} {
		if got := s.Backchannel(i); got != want {
			t.Errorf("media %d: %v", i, got)
		}
	}
}

func TestDirectionString(t *testing.T) {
	for d, want := range map[sdp.Direction]string{sdp.Unspecified: "", sdp.Inactive: "inactive", 9: "direction 9"} {
		if d.String() != want {
			t.Errorf("got %q, want %q", d.String(), want)
		}
	}
}
