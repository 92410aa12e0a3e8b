package main

import (
	"strings"
	"testing"
	"time"
)

// parsed parses flags that declare makes and returns the error's message.
func parsed(args string, declare func(f *flags)) string {
	f := newFlags()
	declare(f)
	if _, err := f.parse(strings.Fields(args)); err != nil {
		return err.Error()
	}
	return ""
}

func TestSizes(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "1000000": 1e6, "500M": 500e6, "500 mb": 500e6, "1.5T": 1.5e12, "100GiB": 100 << 30, "2Ki": 2048, "7B": 7, "3P": 3e15,
	} {
		if n, err := parseBytes(s); n != want || err != nil {
			t.Errorf("%s: %d, %v, want %d", s, n, err, want)
		}
	}
	for _, s := range []string{"", "M", "-1", "10%", "5I", "5IB", "5MM", "5KM", "inf", "nan", "9999P", "1e40", "5 M B"} {
		if n, err := parseBytes(s); err != errSize {
			t.Errorf("%q is %d, %v", s, n, err)
		}
	}
}

func TestSync(t *testing.T) {
	for args, want := range map[string]time.Duration{
		"": 5 * time.Second, "--sync never": -1, "--sync end": 0, "--sync 0.5": time.Second / 2, "--sync=1m": time.Minute,
	} {
		var every *time.Duration
		if said := parsed(args, func(f *flags) { every = f.syncs() }); said != "" || *every != want {
			t.Errorf("%q: %v, %s", args, *every, said)
		}
	}
	for _, value := range []string{"0", "-1s", "always"} {
		if said := parsed("--sync="+value, func(f *flags) { f.syncs() }); !strings.Contains(said, "never, end or a duration") {
			t.Errorf("%s: %q", value, said)
		}
	}
}

func TestTransport(t *testing.T) {
	for args, want := range map[string]string{"": "auto", "--transport udp": "udp", "--transport=tcp": "tcp"} {
		var name *string
		if said := parsed(args, func(f *flags) { name = f.transport() }); said != "" || *name != want {
			t.Errorf("%q: %s, %s", args, *name, said)
		}
	}
	for value, want := range map[string]string{"http": "not there yet", "multicast": "not there yet", "UDP": "none of auto, udp, tcp"} {
		if said := parsed("--transport="+value, func(f *flags) { f.transport() }); !strings.Contains(said, want) {
			t.Errorf("%s: %q", value, said)
		}
	}
}

const fingerprint = "AB:cd:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd"

func TestTLSFlags(t *testing.T) {
	for args, want := range map[string]string{
		"":                                 "",
		"--tls-insecure":                   "",
		"--tls-fingerprint " + fingerprint: "",
		"--tls-fingerprint abcd":           "64 hex digits",
		"--tls-insecure --tls-fingerprint " + fingerprint: "exclude each other",
	} {
		var tls tlsFlags
		said := parsed(args, func(f *flags) { tls = f.tls() })
		if err := tls.check("rtsp://a/", "RTSPS://b/"); said == "" && err != nil {
			said = err.Error()
		}
		if said != want && (want == "" || !strings.Contains(said, want)) {
			t.Errorf("%q: %q, want %q", args, said, want)
		}
		if given := strings.Contains(args, fingerprint); given != (len(*tls.fingerprint) == 32) || given && (*tls.fingerprint)[1] != 0xcd {
			t.Errorf("%q: %x", args, *tls.fingerprint)
		}
		if err := tls.check("rtsp://a/"); args != "" && want == "" && err == nil {
			t.Errorf("%q is taken where there is no TLS", args)
		}
	}
}

func TestKeep(t *testing.T) {
	for args, want := range map[string]string{
		"":                       "",
		"-n 3":                   "",
		"--keep 3":               "",
		"--keep-free 10G":        "",
		"-n -3":                  "negative",
		"--keep-bytes 200":       "--keep-bytes 200 is room for not even a second",
		"--keep-free 5k":         "--keep-free 5000 is room",
		"--keep-bytes lots":      "a size is needed",
		"--keep-bytes 200G -n 0": "",
	} {
		var k keepFlags
		said := parsed(args, func(f *flags) { k = f.keep() })
		if err := k.check("garage", "door"); said == "" && err != nil {
			said = err.Error()
		}
		if said != want && (want == "" || !strings.Contains(said, want)) {
			t.Errorf("%q: %q, want %q", args, said, want)
		}
		if err := k.check("garage", "door.mp4"); args != "" && want == "" && err == nil {
			t.Errorf("%q is taken for one file", args)
		}
	}
}

func TestTracksLeftOut(t *testing.T) {
	for args, bad := range map[string]bool{"": false, "--no-video": false, "--no-audio": false, "--no-audio --no-video": true} {
		var left trackFlags
		if said := parsed(args, func(f *flags) { left = f.tracks() }); said != "" || (left.check() != nil) != bad {
			t.Errorf("%q: %s, %v", args, said, left.check())
		}
	}
}
