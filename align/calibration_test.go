package align

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCalibration(t *testing.T) {
	c, err := ParseCalibration(strings.NewReader("\ufeff# delays\n\ncam1 38ms # measured\n cam10\t0.0121\ncam1_night -1e-3\r\n" +
		"front door 5ms\n#4 1ms\nbell#1 2ms\nunused 1s"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path, name string
		delay      time.Duration
	}{
		{"cam1", "cam1", 38 * ms},
		{"/var/lib/cam1.mp4", "cam1", 38 * ms},
		{"cam1_20260301T120000.000Z.mp4", "cam1", 38 * ms},
		{"cam10.mp4", "cam10", 12100 * time.Microsecond},
		{"cam1_night.mp4", "cam1_night", -ms},
		{"cam1_nightly.mp4", "cam1", 38 * ms},
		{"cam12.mp4", "", 0},
		{"cam1/other.mp4", "", 0},
		{"front door_2.mp4", "front door", 5 * ms},
		{"bell#1.mp4", "bell#1", 2 * ms},
	} {
		if delay, name, ok := c.Delay(test.path); delay != test.delay || name != test.name || ok != (name != "") {
			t.Errorf("%s: %v by %q, want %v by %q", test.path, delay, name, test.delay, test.name)
		}
	}
	if got := c.Unused(); !slices.Equal(got, []string{"unused"}) {
		t.Errorf("unused: %q", got)
	}
}

func TestCalibrationErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"cam1", "line 1: \"cam1\" is not a name and a delay"},
		{"# a\ncam1 soon", "line 2: \"soon\" is no delay"},
		{"cam1 NaN", "no delay"},
		{"cam1 +Inf", "no delay of up to 10s"},
		{"cam1 38", "a number alone is seconds"},
		{"cam1 2h", "no delay of up to 10s"},
		{"\xff\xfec\x00a\x00m\x00", "line 1: not a text in UTF-8"},
		{"cam1\x00 1ms", "line 1: not a text in UTF-8"},
		{"cam1 1ms\ncam1 2ms", "line 2: \"cam1\" stands there twice"},
		{"a 1\n" + strings.Repeat("x", maxCalibrationLine) + " 1", "line 2: "},
	} {
		if _, err := ParseCalibration(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.20q: %v, want %s", test.text, err, test.want)
		}
	}
}

// FuzzCalibration: what is accepted has names and bounded delays, and every name is that of its own file.
func FuzzCalibration(f *testing.F) {
	f.Add("cam1 38ms # measured\n cam10\t0.0121\n")
	f.Add("\ufeffcam 1ms")
	f.Add("a b c -1e-3\n\n#\nb# 1h")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCalibration(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, l := range c.lines {
			if l.name == "" || l.delay.Abs() > maxDelay || l.name != strings.Join(strings.Fields(l.name), " ") {
				t.Fatalf("%+v", l)
			}
			if strings.ContainsAny(l.name, `/\`) || l.name == "." || l.name == ".." {
				continue
			}
			if delay, name, ok := c.Delay("dir/" + l.name + ".mp4"); !ok || len(name) < len(l.name) || name == l.name && delay != l.delay {
				t.Fatalf("%q is %q with %v", l.name, name, delay)
			}
		}
	})
}
