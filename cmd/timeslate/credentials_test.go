package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const credentialsText = "\ufeff# the house\r\n" +
	"192.0.2.10 admin pass word#1\r\n" +
	"\n  Garage:8554\t\troot   s3cret \t\n" +
	"garage viewer x\n" +
	"2001:db8::1 six 6\n" +
	"[2001:db8::2]:8554 seven 7"

func TestCredentialsFile(t *testing.T) {
	k := keyring{others: login{"everybody", "p"}}
	if err := k.parse("f", strings.TrimPrefix(credentialsText, "\ufeff")); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]login{
		"rtsp://192.0.2.10/stream1":        {"admin", "pass word#1"},
		"rtsp://192.0.2.10:8554/stream1":   {"admin", "pass word#1"},
		"rtsp://garage:8554/":              {"root", "s3cret"},
		"RTSP://GARAGE/":                   {"viewer", "x"},
		"rtsp://[2001:DB8::1]:8554/":       {"six", "6"},
		"rtsp://[2001:db8::2]:8554/":       {"seven", "7"},
		"rtsp://[2001:db8::2]/":            {"everybody", "p"},
		"rtsp://192.0.2.11/":               {"everybody", "p"},
		"rtsp://me:mine@192.0.2.10/":       {},
		"rtsp://me@garage:8554/":           {},
		"rtsp://admin:a@garage@192.0.2.1/": {},
	} {
		if got := k.of(url); got != want {
			t.Errorf("%s: %s with %q, want %s with %q", url, got.user, string(got.password), want.user, string(want.password))
		}
		if d := k.dialer(url); d.Username != want.user || d.Password != want.password || d.UserAgent == "" {
			t.Errorf("%s: dialled as %s", url, d.Username)
		}
	}
}

// Errors name the line, and nothing that stands on it: people mix up columns.
func TestCredentialsErrors(t *testing.T) {
	for text, want := range map[string]string{
		"garage secret":                           "f, line 1: a line holds host, user and password",
		"#\n\nsecret":                             "f, line 3: a line holds host, user and password",
		"a b secret\n\nA c secret":                "f, line 3: the host has credentials on line 1 already",
		"secret:secret b c":                       "f, line 1: the host must be like",
		"h:0 b secret":                            "f, line 1: the host must be like",
		"[] b secret":                             "f, line 1: the host must be like",
		"rtsp://secret:secret@192.0.2.1/ b c":     "f, line 1: the host must stand there as in the URL",
		"192.0.2.1:554:554 secret secret":         "f, line 1: the host must be like",
		"[2001:db8::2]:port secret secret secret": "f, line 1: the host must be like",
	} {
		err := new(keyring).parse("f", text)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// FuzzCredentials holds every error to one line that quotes nothing of the file.
func FuzzCredentials(f *testing.F) {
	f.Add(credentialsText)
	f.Add("a:1 b c\n[::1]:2 d e\nf")
	f.Fuzz(func(t *testing.T, text string) {
		k := keyring{}
		if err := k.parse("f", text); err != nil {
			if len(err.Error()) > 120 {
				t.Errorf("a long error: %v", err)
			}
			return
		}
		for host, l := range k.hosts {
			if host == "" || l.user == "" || l.password == "" {
				t.Errorf("%q has %q", host, l.user)
			}
		}
	})
}

func TestCredentialsFlags(t *testing.T) {
	dir := t.TempDir()
	file, utf16 := filepath.Join(dir, "cameras"), filepath.Join(dir, "utf16")
	os.WriteFile(file, []byte(credentialsText), 0o600)
	os.WriteFile(utf16, []byte("\xff\xfea\x00"), 0o600)
	resolve := func(env map[string]string, args ...string) (k keyring, warnings string, err error) {
		f := newFlags()
		l := f.logins()
		if _, err := f.parse(args); err != nil {
			t.Fatal(err)
		}
		var stderr strings.Builder
		k, err = l.resolve(environment{stderr: &stderr, getenv: func(name string) string { return env[name] }})
		return k, stderr.String(), err
	}
	k, warnings, err := resolve(map[string]string{passwordVariable: "p"}, "--credentials", file, "--user", "u")
	if err != nil || warnings != "" || k.of("rtsp://garage") != (login{"viewer", "x"}) || k.of("rtsp://x") != (login{"u", "p"}) {
		t.Errorf("%d hosts, %q, %v", len(k.hosts), warnings, err)
	}
	if _, _, err := resolve(nil, "--credentials", utf16); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("UTF-16: %v", err)
	}
	if _, _, err := resolve(nil, "--credentials", filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	os.Chmod(file, 0o640)
	if _, warnings, _ := resolve(nil, "--credentials", file); !strings.Contains(warnings, "chmod 600 "+file) {
		t.Errorf("readable by the group: %q", warnings)
	}
	if _, warnings, _ := resolve(map[string]string{"CREDENTIALS_DIRECTORY": dir + "/"}, "--credentials", file); warnings != "" {
		t.Errorf("of systemd's: %q", warnings)
	}
}
