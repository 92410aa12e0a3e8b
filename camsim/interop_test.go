package camsim

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// ffmpegYUV decodes an Annex B stream to planar 4:2:0 with ffmpeg and fails on any message.
func ffmpegYUV(t *testing.T, stream []byte) []byte {
	t.Helper()
	interop.Require(t, "ffmpeg")
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "warning", "-xerror", "-threads", "1",
		"-f", "h264", "-i", "-", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	cmd.Stdin = bytes.NewReader(stream)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil || messages.Len() > 0 {
		t.Fatalf("ffmpeg: %v\n%s", err, messages.Bytes())
	}
	return out.Bytes()
}

// TestFFmpegReadsTheTruth: what ffmpeg decodes from the server has the bar codes of the truth's lines, picture by
// picture, without a message, by TCP and by UDP.
func TestFFmpegReadsTheTruth(t *testing.T) {
	interop.Require(t, "ffmpeg")
	var lines bytes.Buffer
	large := Camera{Width: 1920, Height: 1080, Rate: Rate{30000, 1001}, Bitrate: 4_000_000}
	large.Clock = Clock{Offset: time.Hour, RTPPPM: 100}
	cameras := []Camera{{}, large}
	url, stop := serveOnLoopback(t, Options{Cameras: cameras, Truth: &lines, Username: "ann", Password: "secret"})
	url = strings.Replace(url, "rtsp://", "rtsp://ann:secret@", 1)
	shown := make([][]time.Time, len(cameras))
	var readers sync.WaitGroup
	for i, width := range []int{1280, 1920} {
		transport := []string{"tcp", "udp"}[i]
		readers.Go(func() { shown[i] = watchWithFFmpeg(t, transport, fmt.Sprintf("%scam%d", url, i), width) })
	}
	readers.Wait()
	stop()
	for i, times := range shown {
		want := truthTimes(lines.String(), pathName(i))
		if len(times) != watchedFrames || len(want) < watchedFrames {
			t.Fatalf("camera %d: ffmpeg decoded %d pictures; %d lines of truth", i, len(times), len(want))
		}
		for j, at := range times {
			if !at.Equal(want[j].Truncate(time.Millisecond)) {
				t.Errorf("camera %d, picture %d shows %v, true is %v", i, j, at, want[j])
			}
		}
	}
}

const watchedFrames = 40

// serveOnLoopback serves until stop is called and returns the URL to which a camera's name is added.
func serveOnLoopback(t *testing.T, o Options) (url string, stop func()) {
	t.Helper()
	s, err := NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- s.Serve(ctx, l) }()
	return "rtsp://" + l.Addr().String() + "/", func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
}

// watchWithFFmpeg returns the times in the bar codes of the first pictures that ffmpeg decodes.
func watchWithFFmpeg(t *testing.T, transport, url string, width int) (times []time.Time) {
	t.Helper()
	out := bytes.NewBuffer(runFFmpeg(t, "-rtsp_transport", transport, "-i", url, "-frames:v", fmt.Sprint(watchedFrames),
		"-fps_mode", "passthrough", "-vf", "crop=in_w:16:0:0", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"))
	for size := width * 16 * 3 / 2; out.Len() >= size; {
		at, ok := ReadBarcode(out.Next(size), width, width)
		if !ok {
			t.Errorf("picture %d has no bar code", len(times))
		}
		times = append(times, at)
	}
	return times
}

// TestFFmpegReadsClip: a file with sound and reordered pictures plays across the seam of its loop without a message.
func TestFFmpegReadsClip(t *testing.T) {
	name := filepath.Join(t.TempDir(), "clip.mp4")
	runFFmpeg(t, "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30", "-f", "lavfi", "-i", "sine", "-t", "1",
		"-c:v", "libx264", "-bf", "2", "-g", "15", "-c:a", "aac", "-threads", "1", name)
	var lines bytes.Buffer
	url, stop := serveOnLoopback(t, Options{Cameras: []Camera{{File: name}}, Truth: &lines})
	// No container: ffmpeg gives the first packet of every RTSP source no time stamp, which muxers complain about.
	out := runFFmpeg(t, "-rtsp_transport", "tcp", "-i", url+"cam0", "-frames:v", "75", "-fps_mode", "passthrough",
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	stop()
	const size = 320 * 240 * 3 / 2
	if len(out) != 75*size {
		t.Fatalf("ffmpeg decoded %d bytes, want %d", len(out), 75*size)
	}
	for i := range 45 {
		if !bytes.Equal(out[i*size:][:size], out[(i+30)*size:][:size]) {
			t.Errorf("picture %d differs from that of the loop before", i+30)
		}
	}
	times := truthTimes(lines.String(), "cam0")
	slices.SortFunc(times, time.Time.Compare)
	for i := range times[:75] {
		if off := times[i].Sub(times[0]) - time.Duration(i)*time.Second/30; off.Abs() > time.Microsecond {
			t.Errorf("picture %d was captured %v off", i, off)
		}
	}
}

// TestFFmpegHearsCamera: ffmpeg plays pictures and sound by each way without a message, and hears a beep each second.
func TestFFmpegHearsCamera(t *testing.T) {
	interop.Require(t, "ffmpeg")
	certificate, err := SelfSigned(time.Now(), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, transport string
		audio           Audio
		tls             *tls.Config
	}{
		{"TCP", "tcp", Audio{SampleRate: 16000}, nil},
		{"UDP", "udp", Audio{SampleRate: 48000, Channels: 2}, nil},
		{"TLS", "tcp", Audio{SampleRate: 8000}, &tls.Config{Certificates: []tls.Certificate{certificate}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, stop := serveOnLoopback(t, Options{Cameras: []Camera{{Audio: test.audio}}, TLS: test.tls})
			defer stop()
			if test.tls != nil {
				url = strings.Replace(url, "rtsp:", "rtsps:", 1)
			}
			channels := max(1, test.audio.Channels)
			// Formats without time stamps, because ffmpeg's jump when it has the first sender reports, about which its muxers
			// complain.
			samples := floats(runFFmpeg(t, "-rtsp_transport", test.transport, "-i", url+"cam0", "-t", "4",
				"-map", "0:v", "-fps_mode", "passthrough", "-f", "rawvideo", "-y", os.DevNull,
				"-t", "4", "-map", "0:a", "-af", "asetpts=N/SR/TB", "-f", "f32le", "-"), channels)
			starts := beepStarts(samples, test.audio.SampleRate)
			if len(starts) < 3 {
				t.Fatalf("%d beeps in %d samples", len(starts), len(samples))
			}
			for i, n := range starts[1:] {
				if d := n - starts[i]; d < test.audio.SampleRate-1 || d > test.audio.SampleRate+1 {
					t.Errorf("beeps are %d samples apart at %d Hz", d, test.audio.SampleRate)
				}
			}
		})
	}
}

// beepStarts returns the samples with which beeps begin: loud ones after a tenth of a second of silence. The first tenth
// doesn't count.
func beepStarts(samples []float64, rate int) (starts []int) {
	quiet := 0
	for n, v := range samples {
		if math.Abs(v) < 0.05 {
			quiet++
			continue
		}
		if quiet > rate/10 {
			starts = append(starts, n)
		}
		quiet = 0
	}
	return starts
}

// ownJump is what ffmpeg's muxers say when its time stamps jump at the first sender reports, now and then: of itself.
var ownJump = regexp.MustCompile(`(?m)^.*non monotonically increasing dts to muxer.*\n`)

// runFFmpeg runs ffmpeg, which must have nothing to say of the camera, and returns its output.
func runFFmpeg(t *testing.T, args ...string) []byte {
	t.Helper()
	interop.Require(t, "ffmpeg")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-v", "warning", "-xerror"}, args...)...)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	err := cmd.Run()
	if said := ownJump.ReplaceAll(messages.Bytes(), nil); err != nil || len(said) > 0 {
		t.Errorf("ffmpeg: %v\n%s", err, said)
	}
	return out.Bytes()
}

// truthTimes returns the capture times in a camera's lines.
func truthTimes(csv, camera string) (times []time.Time) {
	for line := range strings.Lines(csv) {
		var number, rtpTime, nanoseconds int64
		if _, err := fmt.Sscanf(line, camera+",%d,%d,%d\n", &number, &rtpTime, &nanoseconds); err == nil {
			times = append(times, time.Unix(0, nanoseconds))
		}
	}
	return times
}
