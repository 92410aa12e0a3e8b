package rtsp

import "testing"

func TestLogin(t *testing.T) {
	for _, c := range []struct {
		url, host string
		port      int
		username  string
	}{
		{"rtsp://192.0.2.10/stream1", "192.0.2.10", 554, ""},
		{"rtsp://Cam:8554", "Cam", 8554, ""},
		{"rtsp://admin:p@ssword@192.0.2.10:8554/a@b", "192.0.2.10", 8554, "admin"},
		{"rtsp://[2001:db8::1]/", "2001:db8::1", 554, ""},
	} {
		host, port, username, err := Login(c.url)
		if host != c.host || port != c.port || username != c.username || err != nil {
			t.Errorf("%s: %s, %d, %q, %v", c.url, host, port, username, err)
		}
	}
	if _, _, _, err := Login("rtsp://"); err == nil {
		t.Error("a URL without a host has a login")
	}
}
