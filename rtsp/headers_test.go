package rtsp

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseSession(t *testing.T) {
	for _, c := range []struct {
		in, id  string
		timeout int // s
	}{
		{"12345678", "12345678", 0},                // Luckfox
		{"9a90de54; timeout=120", "9a90de54", 120}, // GW Security
		{"X;timeout=0", "X", 0},
		{"X;timeout=soon", "X", 0},
		{"X;timeout=-5", "X", 0},
		{"X;timeout=99999999999999999999", "X", 0},
		{"IL;mode=a;Timeout = 30 ;x", "IL", 30},       // IL-PTZ381
		{" 1XVvA6YcxDdZR6iN ", "1XVvA6YcxDdZR6iN", 0}, // GStreamer
		{"", "", 0},
	} {
		id, timeout := ParseSession(c.in)
		if id != c.id || timeout != time.Duration(c.timeout)*time.Second {
			t.Errorf("%q: %q, %v", c.in, id, timeout)
		}
	}
}

func TestParseTransport(t *testing.T) {
	tcp := func(first, second uint8, ssrc uint32) TransportSpec {
		return TransportSpec{TCP: true, Interleaved: true, Channels: [2]uint8{first, second}, SSRC: ssrc}
	}
	for _, c := range []struct {
		name, in string
		want     []TransportSpec
	}{
		{"plain", "RTP/AVP/TCP;unicast;interleaved=0-1", []TransportSpec{tcp(0, 1, 0)}},
		{"no channels", "RTP/AVP/TCP;unicast", []TransportSpec{{TCP: true}}},
		{"Escam Q6", fixture(t, "escam_setup").Header.Get("Transport"), []TransportSpec{tcp(0, 1, 0)}},
		{"one channel", "RTP/AVP/TCP;interleaved=4", []TransportSpec{tcp(4, 5, 0)}},
		{"one channel too many", "RTP/AVP/TCP;interleaved=255", []TransportSpec{{TCP: true}}},
		{"odd and not adjacent", "RTP/AVP/TCP;interleaved=9-2", []TransportSpec{tcp(9, 2, 0)}},
		{"Luckfox", fixture(t, "luckfox_setup").Header.Get("Transport"), []TransportSpec{tcp(0, 1, 0x22345685)}},
		{"Hikvision", fixture(t, "hikvision_setup").Header.Get("Transport"), []TransportSpec{tcp(0, 1, 0xd93ff)}},
		{"short ssrc", "RTP/AVP/TCP;interleaved=0-1;ssrc= d6d6627", []TransportSpec{tcp(0, 1, 0xd6d6627)}},
		{"decimal ssrc", "RTP/AVP/TCP;interleaved=0-1;ssrc=14494632109", []TransportSpec{tcp(0, 1, 0)}},
		{"names", "RTP/AVP/TCP;source=;destination=cam.local;interleaved=0-1", []TransportSpec{tcp(0, 1, 0)}},
		{"Victure PC730", fixture(t, "victure_setup").Header.Get("Transport"), []TransportSpec{
			{ClientPort: [2]uint16{40000, 40001}, ServerPort: [2]uint16{40000, 40001}, SSRC: 0xa1b2},
		}},
		{"H264DVR", fixture(t, "h264dvr_setup").Header.Get("Transport"), []TransportSpec{tcp(0, 1, 0)}},
		{"alternatives", "RTP/AVP;multicast, RTP/AVP/TCP;interleaved=0-1", []TransportSpec{{Multicast: true}, tcp(0, 1, 0)}},
		{"no numbers", "RTP/AVP/TCP;interleaved=a-b;client_port=;server_port=1-x;ssrc=zz", []TransportSpec{{TCP: true}}},
	} {
		got, err := ParseTransport(c.in)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	for _, in := range []string{"", ";;", "unicast;interleaved=0-1"} {
		if got, err := ParseTransport(in); err == nil {
			t.Errorf("%q: %+v", in, got)
		}
	}
}

func TestRTPInfo(t *testing.T) {
	s := &Session{streams: []stream{{url: "rtsp://cam/stream/trackID=1"}, {url: "rtsp://cam/stream/trackID=2"}}}
	for _, c := range []struct {
		name, in string
		want     []StreamInfo
	}{
		{"absent", "", []StreamInfo{{}, {}}},
		{"swapped", "url=rtsp://cam/stream/trackID=2;seq=2;rtptime=20,url=rtsp://cam/stream/trackID=1;seq=1;rtptime=10",
			[]StreamInfo{{1, 10}, {2, 20}}},
		{"Laureii: trailing ';'", fixture(t, "laureii_play").Header.Get("RTP-Info"), []StreamInfo{{5, 6}, {}}},
		{"GW Security: relative URLs, blanks, trailing ','", fixture(t, "gwsecurity_play").Header.Get("RTP-Info"),
			[]StreamInfo{{1, 0}, {2000, 160}}},
		{"OMNY M5S2A: rtptime=-1", fixture(t, "omny_play").Header.Get("RTP-Info"), []StreamInfo{{11, 0}, {}}},
		{"numbers that are too large", "url=trackID=1;seq=65541;rtptime=4294967301", []StreamInfo{{}, {}}},
		{"Luma", fixture(t, "luma_play").Header.Get("RTP-Info"), []StreamInfo{{13337, 1273819}, {}}},
		{"other URLs, in order", `url="rtsp://10.0.0.1/a";seq=1,url=b;rtptime=2`, []StreamInfo{{1, 0}, {0, 2}}},
		{"other URLs, another number of them", "url=rtsp://10.0.0.1/a;seq=1", []StreamInfo{{}, {}}},
		{"of a stream not set up", "url=trackID=3;seq=3,url=trackID=2;seq=2,url=;seq=9", []StreamInfo{{}, {2, 0}}},
		{"nonsense", "seq=1;,;=;url", []StreamInfo{{}, {}}},
	} {
		if got := s.matchInfo(parseRTPInfo(c.in)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestParseClock(t *testing.T) {
	for in, want := range map[string]time.Time{
		"clock=19961108T143720.25Z-":                time.Date(1996, 11, 8, 14, 37, 20, 25e7, time.UTC),
		" clock=20260801T000000Z-20260801T000100Z ": time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC),
		"npt=0.000-":              {},
		"clock=-":                 {},
		"clock=20261301T000000Z-": {},
		"":                        {},
	} {
		if got := parseClock(in); !got.Equal(want) {
			t.Errorf("%q: %v", in, got)
		}
	}
}

// FuzzHeaders checks what holds for the value of any header.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{
		"RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=     D93FF;mode=\"play\"", "RTP/AVP;client_port=1-2;server_port=3,ssrc=4",
		"9a90de54; timeout=120", "url=rtsp://h/a;seq=1;rtptime=2,url=b;seq=-1;",
		`Digest realm="a\"b", nonce=c qop="auth,auth-int", Basic realm=IP Camera`, "clock=19961108T143720.25Z-", "=\"", ", ,=",
		"RTP/AVP;unicast;source=[fe80::1%eth0];server_port=47487-52573", `Digest realm=a, nonce=b, algorithm=SHA-256-sess, Digest nonce=c`,
		`nextnonce="d", rspauth="e", qop=auth-int`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if specs, err := ParseTransport(value); err == nil {
			checkTransport(t, specs)
		}
		if id, timeout := ParseSession(value); strings.TrimSpace(id) != id || timeout < 0 || strings.Contains(id, ";") {
			t.Fatalf("session %q, %v", id, timeout)
		}
		if entries := parseRTPInfo(value); len(entries) > strings.Count(strings.ToLower(value), "url") {
			t.Fatalf("%d entries", len(entries))
		}
		parseClock(value)
		checkCredentials(t, value)
		size := 0
		for _, c := range parseChallenges(value) {
			for _, p := range c.params {
				size += len(p.Name) + len(p.Value)
			}
			if size += len(c.scheme); c.scheme == "" {
				t.Fatal("a challenge without a scheme")
			}
			if again := parseChallenges(writeChallenge(c)); len(again) != 1 || !reflect.DeepEqual(again[0], c) {
				t.Fatalf("%+v became %+v", c, again)
			}
		}
		if size > len(value) {
			t.Fatalf("%d bytes out of %d", size, len(value))
		}
	})
}

// checkCredentials answers a challenge. It must be one that can be read again, by who offered it.
func checkCredentials(t *testing.T, value string) {
	t.Helper()
	a := auth{username: "u", password: "p"}
	if a.learn(Header{{"WWW-Authenticate", value}}) != nil {
		return
	}
	a.renew(value)
	if credentials := a.authorization(&Request{Method: MethodOptions, URL: "*"}); !a.basic() {
		c := parseChallenges(credentials)
		if len(c) != 1 || c[0].param("nonce") != a.answered.param("nonce") || len(c[0].param("response")) < 32 {
			t.Fatalf("credentials %q", credentials)
		}
	}
}

// checkTransport writes what was parsed, and parses it again.
func checkTransport(t *testing.T, specs []TransportSpec) {
	t.Helper()
	for _, s := range specs {
		again, err := ParseTransport(s.String())
		if err != nil || len(again) != 1 || again[0] != s {
			t.Fatalf("%+v, written as %q, became %+v, %v", s, s.String(), again, err)
		}
	}
}

func writeChallenge(c challenge) string {
	s := c.scheme
	for i, p := range c.params {
		if i > 0 {
			s += ","
		}
		s += " " + p.Name + "=" + quote(p.Value)
	}
	return s
}
