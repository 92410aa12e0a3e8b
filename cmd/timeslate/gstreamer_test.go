package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// gstreamer starts GStreamer's RTSP server and returns its port.
func gstreamer(t *testing.T, args ...string) (*process, string) {
	t.Helper()
	return gstreamerEnv(t, nil, args...)
}

// gstreamerEnv is the same with an environment.
func gstreamerEnv(t *testing.T, env []string, args ...string) (*process, string) {
	t.Helper()
	interop.Require(t, "ffmpeg", "ffprobe", "gst-launch-1.0", "python3")
	python := "/usr/bin/python3" // the one that Debian's bindings are for
	if err := exec.Command(python, "-c", "import gi; gi.require_version('GstRtspServer', '1.0')").Run(); err != nil {
		interop.Missing(t, "python3 with gi and GstRtspServer")
	}
	p := start(t, env, python, append([]string{"../../testdata/gst_rtsp_server.py"}, args...)...)
	return p, p.line(t)
}

// TestGStreamerServer records from GStreamer's RTSP server: every frame that it sends is in the file.
func TestGStreamerServer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		frames int
		server []string
		flags  []string
	}{
		{"no authentication", 1000, nil, nil}, // long enough for a keepalive
		{"Basic", 100, []string{"--auth", "basic"}, []string{"--user", "admin"}},
		{"Digest", 100, []string{"--auth", "digest"}, []string{"--user", "admin"}},
		{"B-frames", 100, []string{"--encoder", "x264enc bframes=2 key-int-max=25"}, nil},
		{"constrained baseline, no latency", 100, []string{"--encoder", "x264enc tune=zerolatency ! video/x-h264,profile=constrained-baseline"}, nil},
		{"AAC from its own encoder", 100, []string{"--audio", "voaacenc"}, nil},
		{"several slices", 100, []string{"--encoder", "x264enc threads=4 sliced-threads=true tune=zerolatency"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() && tt.frames > 100 {
				t.Skip("takes 40 s")
			}
			t.Parallel()
			server, port := gstreamer(t, append(tt.server, "--frames", fmt.Sprint(tt.frames))...)
			file := filepath.Join(t.TempDir(), "test.mp4")
			args := append([]string{"record", "--once", "--transport", "tcp", "--stamp", "misb,strawlab,recorder"}, tt.flags...)
			p := start(t, []string{passwordVariable + "=secret"}, binary, append(args, "rtsp://127.0.0.1:"+port+"/test", file)...)
			if code := p.wait(t, time.Minute+time.Duration(tt.frames)*40*time.Millisecond); code != exitDone {
				t.Errorf("exit code %d", code)
			}
			if strings.Contains(p.said(), "secret") {
				t.Error("the password was printed")
			}
			checkRecording(t, file, tt.frames)
			checkStatistics(t, server, tt.frames)
			if slices.Contains(tt.server, "--audio") {
				checkTone(t, file, tt.frames)
			}
		})
	}
}

// checkRecording checks that a file has all frames of a 25 fps stream, evenly spaced, and decodes without a word.
func checkRecording(t *testing.T, file string, frames int) {
	t.Helper()
	if n := probeFrames(t, file); n != frames {
		t.Errorf("%d frames in the file, the server sent %d", n, frames)
	}
	if n := len(frameHashes(t, file)); n != frames {
		t.Errorf("%d frames were decoded, the server sent %d", n, frames)
	}
	rows := extracted(t, file)
	if len(rows) != frames {
		t.Fatalf("%d rows for %d frames", len(rows), frames)
	}
	for i, row := range rows[1:] {
		if step := uint32(number(t, row["rtp"]) - number(t, rows[i]["rtp"])); step != 3600 {
			t.Fatalf("RTP time stamps %d ticks apart before frame %d, want 3600", step, i+1)
		}
	}
}

// checkTone checks that the sound is as long as so many pictures and has no hole. Of what comes before the first picture, more
// on a busy machine, nothing is recorded.
func checkTone(t *testing.T, file string, frames int) {
	t.Helper()
	const unit = 1024.0 / 48000 // seconds
	units := packetTimes(t, file, "a")
	// 40 ms of 48000 Hz per picture; the encoder's delay comes on top.
	if n, want := len(units), frames*1920/1024; n < want-10 || n > want+3 {
		t.Errorf("%d access units of sound, want %d", n, want)
	}
	for i := 1; i < len(units); i++ {
		if step := units[i] - units[i-1]; math.Abs(step-unit) > unit/2 {
			t.Errorf("access unit %d comes %.1f ms after the one before", i, 1e3*step)
		}
	}
}

// checkStatistics asks GStreamer what our receiver reports told it.
func checkStatistics(t *testing.T, server *process, frames int) {
	t.Helper()
	var newest map[string]any
	for line := range strings.Lines(server.said()) {
		var row map[string]any
		if json.Unmarshal([]byte(line), &row) == nil && row["have-rb"] == true {
			newest = row
		}
	}
	if newest == nil {
		if frames > 200 { // a shorter stream may end before the first report
			t.Error("GStreamer saw no receiver report")
		}
		return
	}
	if newest["rb-packetslost"] != 0.0 || newest["rb-fractionlost"] != 0.0 {
		t.Errorf("GStreamer believes that packets were lost: %v", newest)
	}
	// The round trip is what is left of the time since the report when LSR and DLSR are taken off (RFC 3550 §6.4.1), in
	// units of 2^-16 s: on the loopback interface not much, even on a busy machine, unless one of the two is wrong.
	if trip, _ := newest["rb-round-trip"].(float64); newest["rb-lsr"] != 0.0 && trip > 65536 {
		t.Errorf("GStreamer measures a round trip of %.3f s: %v", trip/65536, newest)
	}
}
