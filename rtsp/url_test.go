package rtsp

import (
	"slices"
	"testing"
)

func TestParseURL(t *testing.T) {
	for _, c := range []struct{ in, address, url, username, password string }{
		{"rtsp://cam/stream", "cam:554", "rtsp://cam/stream", "", ""},
		{" RTSP://cam:8554 ", "cam:8554", "rtsp://cam:8554", "", ""},
		{"rtsp://[2001:db8::1]/a", "[2001:db8::1]:554", "rtsp://[2001:db8::1]/a", "", ""},
		{"rtsp://[2001:db8::1]:8554?a=b", "[2001:db8::1]:8554", "rtsp://[2001:db8::1]:8554?a=b", "", ""},
		{"rtsp://user:pass@cam/a", "cam:554", "rtsp://cam/a", "user", "pass"},
		{"rtsp://user@cam/a", "cam:554", "rtsp://cam/a", "user", ""},
		{"rtsp://user:p%40ss@cam/a", "cam:554", "rtsp://cam/a", "user", "p@ss"},
		{"rtsp://user:100%@cam/a", "cam:554", "rtsp://cam/a", "user", "100%"},
		{"rtsp://user:p@ss#1!^@cam:554/a", "cam:554", "rtsp://cam:554/a", "user", "p@ss#1!^"},
		{"rtsp://user:a/b?c@cam/a", "cam:554", "rtsp://cam/a", "user", "a/b?c"},
		{"rtsp://user:a@b/c:@cam/a", "b:554", "rtsp://b/c:@cam/a", "user", "a"}, // nobody can know
		{"rtsp://cam/user@home", "cam:554", "rtsp://cam/user@home", "", ""},
		{"rtsp://u:p@cam/user@home?a=b@c", "cam:554", "rtsp://cam/user@home?a=b@c", "u", "p"},
		{"rtsps://cam/a", "cam:322", "rtsps://cam/a", "", ""},
		{"RTSPS://u:p@cam:554/a", "cam:554", "rtsps://cam:554/a", "u", "p"},
		{`rtsp://cam/a b"c`, "cam:554", "rtsp://cam/a%20b%22c", "", ""},
	} {
		got, err := parseURL(c.in)
		if err != nil || got.address() != c.address || got.url != c.url || got.username != c.username || string(got.password) != c.password {
			t.Errorf("%s: %+v %s, %v", c.in, got, string(got.password), err)
		}
	}
	for _, in := range []string{"", "cam/stream", "http://cam/", "rtspu://cam/", "rtsp://", "rtsp:///a", "rtsp://u:p@/a", "rtsp://cam:0/", "rtsp://cam:99999/", "rtsp://[::1/", "rtsp://::1/"} {
		if got, err := parseURL(in); err == nil {
			t.Errorf("%q: %+v", in, got)
		}
	}
}

func TestContentBase(t *testing.T) {
	const request = "rtsp://cam:8554/a/b"
	for _, c := range []struct{ name, in, want string }{
		{"none", " ", request},
		{"as it should be", "rtsp://10.0.0.9/x/", "rtsp://10.0.0.9/x/"},
		{"Anjvision: no scheme", "192.168.1.10:554/stream0/", "rtsp://192.168.1.10:554/stream0/"},
		{"doubled scheme", "rtsp://rtsp://host:554/x", "rtsp://host:554/x"},
		{"v6 without brackets", "rtsp://::ffff:192.168.1.123/x", "rtsp://::ffff:192.168.1.123/x"},
		{"path", "/path/", "rtsp://cam:8554/path/"},
		{"credentials", "rtsp://u:p@h/x@y", "rtsp://h/x@y"},
	} {
		if got := contentBase(c.in, request); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestControlURLs(t *testing.T) {
	const request = "rtsp://cam/stream"
	for _, c := range []struct {
		name, base, control string
		want                []string
	}{
		{"H264DVR", "rtsp://cam/camera", "trackID=3", []string{"rtsp://cam/camera/trackID=3"}},
		{"with '/'", "rtsp://cam/stream/", "stream=0", []string{"rtsp://cam/stream/stream=0"}},
		{"Dahua", "rtsp://cam/cam/realmonitor?channel=1&subtype=0/", "trackID=0", []string{"rtsp://cam/cam/realmonitor?channel=1&subtype=0/trackID=0"}},
		{"GW Security", "rtsp://cam/H264?channel=1&proto=Onvif", "video", []string{"rtsp://cam/H264?channel=1&proto=Onvif/video"}},
		{"absolute path", "rtsp://cam/a/", "/b", []string{"rtsp://cam/a/b", "rtsp://cam/b"}},
		{"query", "rtsp://cam/a", "?ctype=video", []string{"rtsp://cam/a?ctype=video"}},
		{"Hikvision", "rtsp://cam/a/", "rtsp://cam/a/trackID=1?transportmode=unicast&profile=Profile_1",
			[]string{"rtsp://cam/a/trackID=1?transportmode=unicast&profile=Profile_1"}},
		{"its own address behind NAT", "rtsp://10.0.0.9/a/", "trackID=1", []string{"rtsp://10.0.0.9/a/trackID=1", "rtsp://cam/a/trackID=1"}},
		{"none", "rtsp://cam/a", "", []string{"rtsp://cam/a"}},
		{"aggregate", "rtsp://cam/a", "*", []string{"rtsp://cam/a"}},
		{"credentials and a URL in the query", "rtsp://cam/a", "rtsp://u:p@cam/b?x=http://y", []string{"rtsp://cam/b?x=http://y"}},
		{"relative with a URL in the query", "rtsp://cam/a", "b?x=http://y", []string{"rtsp://cam/a/b?x=http://y"}},
		{"blanks", "rtsp://cam/a", "track 1", []string{"rtsp://cam/a/track%201"}},
	} {
		if got := controlURLs(c.base, c.control, request); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// FuzzURL checks that no credentials are left in what goes onto the wire.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"rtsp://user:p@ss#1@cam:554/a?b#c", "rtsp://[::1]:8554/", "rtsp://u:a/b?c@cam/x@y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := parseURL(raw)
		if err != nil {
			return
		}
		again, err := parseURL(got.url)
		if err != nil || again.username != "" || again.password != "" || again.url != got.url || again.address() != got.address() {
			t.Fatalf("%q: %+v, then %+v, %v", raw, got, again, err)
		}
	})
}
