package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProbeTLS asks a camera with a certificate of its own, whose password stands in a file.
func TestProbeTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	password, logins := filepath.Join(dir, "password"), filepath.Join(dir, "logins")
	os.WriteFile(password, []byte("open sesame\n"), 0o600)
	camera := start(t, nil, binary, "simulate", "--listen", "127.0.0.1:0", "--tls", "--user", "ali", "--password-file", password)
	url, pin := camera.line(t), strings.Fields(camera.line(t))
	if !strings.HasPrefix(url, "rtsps://") || len(pin) != 2 || pin[0] != "--tls-fingerprint" {
		t.Fatalf("the camera says %s and %s", url, pin)
	}
	host := strings.Split(url, "/")[2]
	os.WriteFile(logins, []byte("127.0.0.1 ali baba\n"+host+" ali open sesame\n"), 0o600)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{pin, exitDone, ""},
		{[]string{"--tls-insecure"}, exitDone, ""},
		{nil, exitNoConnection, "--tls-fingerprint with that fingerprint trusts this camera"},
		{[]string{"--tls-fingerprint", strings.Repeat("00", 32)}, exitNoConnection, "somebody is in between"},
	} {
		args := append([]string{"probe", "--duration", "0.5s", "--credentials", logins, url}, c.args...)
		code, out, stderr := timeslate(t, nil, args...)
		if code != c.code || !strings.Contains(stderr, c.want) || code == exitDone && !strings.Contains(out, "720") {
			t.Errorf("%q: exit code %d\n%s%s", c.args, code, out, stderr)
		}
		if strings.Contains(out+stderr, "check the address") || strings.Contains(out+stderr, "sesame") {
			t.Errorf("%q: %s%s", c.args, out, stderr)
		}
	}
	code, _, stderr := timeslate(t, nil, append([]string{"probe", "--credentials", logins, strings.Replace(url, "//", "//ali:wrong@", 1)}, pin...)...)
	if code != exitUnauthorized {
		t.Errorf("with a wrong password in the URL: exit code %d: %s", code, stderr)
	}
	if _, _, stderr := timeslate(t, nil, "probe", strings.Replace(url, "rtsps", "rtsp", 1)); !strings.Contains(stderr, "is it an rtsps:// URL?") {
		t.Errorf("without TLS: %s", stderr)
	}
}
