package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/timeslate/timeslate/camsim"
)

var simulateCommand = command{
	name:    "simulate",
	summary: "Simulates cameras on RTSP whose clocks are as wrong as you like",
	text: `The cameras are rtsp://HOST:PORT/cam0, /cam1 and so on, by TCP and UDP. Their pictures show the true
capture time as a clock and as a bar code: in the top row of 16×16 blocks white, black, the 48 bits
of Unix milliseconds (most significant first, white = 1) and the sum of their six bytes.
With --audio they have a microphone that hears a beep of 40 ms at the start of each second, higher
with every tenth.
Flags with a LIST take one value for all cameras or one per camera, separated by commas.

Faults, for --fault. AT is a time after the start, or every:TIME for again and again:
` + faultTable(),
	example: `  timeslate simulate
  timeslate simulate --cameras 2 --clock-offset 0.4s,-1.2s --clock-ppm 60,-20 --truth truth.csv
  timeslate simulate --clock-step 0.4s@60s --sr-jitter 25ms
  timeslate simulate --time-source onvif
  timeslate simulate --audio 16000 --audio-ppm 80 --tls
  timeslate simulate --fault reboot=every:1m/5s,drop=0.5 --fault silence=40s/30s
  timeslate simulate --file clip.mp4 --cameras 10`,
	setup: setupSimulate,
}

// simulation is the command line of simulate before it is taken apart.
type simulation struct {
	listen, size, fps, bitrate, file, truth, codec *string
	offset, ppm, rtpPPM, step, interval, jitter    *string
	audio, audioPPM, timeSource                    *string
	cameras, gop                                   *int
	force, tls                                     *bool
	faults                                         *faultsValue
	login                                          credentials
}

func setupSimulate(f *flags) action {
	s := simulation{
		listen:   f.string("listen", "", "127.0.0.1:8554", "ADDRESS", "address and port (default 127.0.0.1:8554)"),
		cameras:  f.int("cameras", "", 1, "number of cameras (default 1)"),
		codec:    f.string("codec", "", "h264", "NAME", "h264, the only one so far"),
		size:     f.string("size", "", "1280x720", "WxH", "picture size (default 1280x720; at least 928x480, for the bar code)"),
		fps:      f.string("fps", "", "25", "LIST", "pictures per second, also 30000/1001 (default 25)"),
		gop:      f.int("gop", "", 0, "pictures from one key frame to the next (default: those of 2 s)"),
		bitrate:  f.string("bitrate", "", "", "LIST", "bits per second, like 4M; pictures are padded up to it (default: no padding)"),
		file:     f.string("file", "", "", "CLIP.mp4", "serve this H.264 file in a loop instead of the drawn pictures"),
		offset:   f.string("clock-offset", "", "", "LIST", "how far the camera's clock is ahead of the truth, like 0.4s or -2m"),
		ppm:      f.string("clock-ppm", "", "", "LIST", "drift of the camera's clock in millionths"),
		rtpPPM:   f.string("rtp-ppm", "", "", "LIST", "drift of the RTP time stamps in millionths"),
		step:     f.string("clock-step", "", "", "LIST", "sudden changes of the clock: 0.4s@60s, several as 0.4s@60s/-1s@2m"),
		interval: f.string("sr-interval", "", "", "LIST", "time between sender reports (default 5s), or none"),
		jitter:   f.string("sr-jitter", "", "", "LIST", "noise of the sender reports: off by up to this, either way"),
		timeSource: f.string("time-source", "", "", "LIST", "how the camera tells the capture times beside its reports:\n"+
			strings.Join(camsim.TimeSources(), ", ")),
		audio:    f.string("audio", "", "", "LIST", "send sound as AAC, with this sample rate: 8000 to 96000, stereo as 48000/2"),
		audioPPM: f.string("audio-ppm", "", "", "LIST", "drift of the clock that samples the sound in millionths"),
		tls:      f.bool("tls", "", "serve RTSPS, with a new self-signed certificate"),
		faults:   f.faults(),
		truth:    f.string("truth", "", "", "FILE", "write the true capture times: camera,frame,rtp,unix_ns"),
		force:    f.bool("force", "", "replace the truth file if it exists"),
		login:    f.credentials("that clients must give (Digest)"),
	}
	return s.run
}

func (s *simulation) run(ctx context.Context, env environment, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("simulate takes no %q", args[0]), ""}
	}
	if _, _, err := net.SplitHostPort(*s.listen); err != nil {
		return usageError{fmt.Errorf("--listen: %q is no address with a port", *s.listen), "like 127.0.0.1:8554, or :8554 for all addresses"}
	}
	cameras, err := s.describe()
	if err != nil {
		return usageError{err, "timeslate simulate --help has examples"}
	}
	o := camsim.Options{Cameras: cameras}
	if o.Username, o.Password, err = s.login.resolve(env); err != nil {
		return err
	}
	if *s.truth != "" {
		file, err := createOutput(*s.truth, *s.force, *s.file)
		if err != nil {
			return err
		}
		defer file.Close()
		o.Truth = file
	}
	if *s.tls {
		if o.TLS, err = serveTLS(*s.listen); err != nil {
			return err
		}
	}
	server, err := camsim.NewServer(o)
	if err != nil {
		return usageError{err, "timeslate simulate --help has examples"}
	}
	listener, err := net.Listen("tcp", *s.listen)
	if err != nil {
		return err
	}
	writeCameras(env.stdout, &o, listener.Addr())
	return server.Serve(ctx, listener)
}

// writeCameras writes the URLs of the cameras, and what to trust them by.
func writeCameras(w io.Writer, o *camsim.Options, at net.Addr) {
	scheme := "rtsp"
	if o.TLS != nil {
		scheme = "rtsps"
	}
	for i := range o.Cameras {
		fmt.Fprintf(w, "%s://%s/cam%d\n", scheme, at, i)
	}
	if o.TLS != nil {
		fmt.Fprintf(w, "--tls-fingerprint %x\n", sha256.Sum256(o.TLS.Certificates[0].Certificate[0]))
	}
}

// serveTLS returns a configuration with a new certificate for the address.
func serveTLS(address string) (*tls.Config, error) {
	hosts := []string{"localhost"}
	if host, _, err := net.SplitHostPort(address); err == nil && host != "" {
		hosts = append(hosts, host)
	}
	certificate, err := camsim.SelfSigned(time.Now(), hosts...)
	return &tls.Config{Certificates: []tls.Certificate{certificate}}, err
}

// faultsValue is a list of faults; several --fault add up.
type faultsValue []camsim.Fault

func (v *faultsValue) String() string { return "" }
func (v *faultsValue) Set(list string) error {
	for s := range strings.SplitSeq(list, ",") {
		fault, err := camsim.ParseFault(strings.TrimSpace(s))
		if err != nil {
			return err
		}
		*v = append(*v, fault)
	}
	return nil
}

// faults declares --fault.
func (f *flags) faults() *faultsValue {
	v := new(faultsValue)
	f.add(v, "fault", "", "NAME=VALUE,…", "faults of all cameras, separated by commas: those above")
	return v
}

// faultTable lists the faults for the help.
func faultTable() string {
	var lines []string
	for syntax, what := range camsim.FaultHelp {
		lines = append(lines, fmt.Sprintf("  %-22s %s", syntax, what))
	}
	return strings.Join(lines, "\n")
}

// describe turns the flags into cameras.
func (s *simulation) describe() ([]camsim.Camera, error) {
	n := *s.cameras
	if n < 1 || n > 1000 {
		return nil, errors.New("--cameras must be 1 to 1000")
	}
	if *s.codec != "h264" {
		return nil, fmt.Errorf("--codec %s is not there yet; h264 is", *s.codec)
	}
	width, height, err := parseSize(*s.size)
	if err != nil {
		return nil, err
	}
	cameras := make([]camsim.Camera, n)
	for i := range cameras {
		cameras[i] = camsim.Camera{Width: width, Height: height, GOP: *s.gop, File: *s.file, Faults: *s.faults}
	}
	type camera = camsim.Camera
	return cameras, errors.Join(
		spread(cameras, "--fps", *s.fps, camsim.ParseRate, func(c *camera, v camsim.Rate) { c.Rate = v }),
		spread(cameras, "--bitrate", *s.bitrate, parseBitrate, func(c *camera, v int) { c.Bitrate = v }),
		spread(cameras, "--clock-offset", *s.offset, parseSignedDuration, func(c *camera, v time.Duration) { c.Clock.Offset = v }),
		spread(cameras, "--clock-ppm", *s.ppm, parseFloat, func(c *camera, v float64) { c.Clock.PPM = v }),
		spread(cameras, "--rtp-ppm", *s.rtpPPM, parseFloat, func(c *camera, v float64) { c.Clock.RTPPPM = v }),
		spread(cameras, "--audio", *s.audio, parseAudio, func(c *camera, v camsim.Audio) { c.Audio = v }),
		spread(cameras, "--audio-ppm", *s.audioPPM, parseFloat, func(c *camera, v float64) { c.Clock.AudioPPM = v }),
		spread(cameras, "--clock-step", *s.step, parseSteps, func(c *camera, v []camsim.Step) { c.Clock.Steps = v }),
		spread(cameras, "--sr-interval", *s.interval, parseReports, func(c *camera, v time.Duration) {
			c.ReportInterval, c.NoReports = max(v, 0), v < 0
		}),
		spread(cameras, "--time-source", *s.timeSource, camsim.ParseTimeSource, func(c *camera, v camsim.TimeSource) { c.TimeSource = v }),
		spread(cameras, "--sr-jitter", *s.jitter, parseDuration, func(c *camera, v time.Duration) { c.ReportJitter = v }),
	)
}

// spread reads a LIST flag and sets a value per camera. One value alone is for all cameras; otherwise each has its own.
func spread[C, T any](cameras []C, name, list string, parse func(string) (T, error), set func(*C, T)) error {
	if list == "" {
		return nil
	}
	values := strings.Split(list, ",")
	if len(values) != 1 && len(values) != len(cameras) {
		return fmt.Errorf("%s: %q has %d values for %d cameras", name, list, len(values), len(cameras))
	}
	for i := range cameras {
		v, err := parse(strings.TrimSpace(values[i%len(values)]))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		set(&cameras[i], v)
	}
	return nil
}

// parseSteps reads the steps of one camera's clock, like 0.4s@60s; several have slashes between them.
func parseSteps(s string) (steps []camsim.Step, err error) {
	for part := range strings.SplitSeq(s, "/") {
		by, at, _ := strings.Cut(part, "@")
		step := camsim.Step{}
		var errBy, errAt error
		step.By, errBy = parseSignedDuration(by)
		step.At, errAt = parseDuration(at)
		if errBy != nil || errAt != nil {
			return nil, fmt.Errorf("clock step %q is not like 0.4s@60s", part)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// parseReports reads the time between sender reports, negative for none.
func parseReports(s string) (time.Duration, error) {
	if s == "none" {
		return -1, nil
	}
	return parseDuration(s)
}

// parseAudio reads a sample rate, with the number of channels as 48000/2.
func parseAudio(s string) (camsim.Audio, error) {
	rate, channels, given := strings.Cut(s, "/")
	var a camsim.Audio
	var errRate, errChannels error
	a.SampleRate, errRate = strconv.Atoi(rate)
	if given {
		a.Channels, errChannels = strconv.Atoi(channels)
	}
	if errRate != nil || errChannels != nil {
		return a, fmt.Errorf("%q is not like 16000 or 48000/2", s)
	}
	return a, nil
}

func parseFloat(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number", s)
	}
	return v, nil
}

// parseSize reads 1280x720.
func parseSize(s string) (width, height int, err error) {
	w, h, _ := strings.Cut(s, "x")
	width, err1 := strconv.Atoi(w)
	height, err2 := strconv.Atoi(h)
	if err1 != nil || err2 != nil {
		return 0, 0, fmt.Errorf("--size %q is not like 1280x720", s)
	}
	return width, height, nil
}

// parseBitrate reads 4M, 500k or 4000000.
func parseBitrate(s string) (int, error) {
	factor := 1.0
	switch {
	case strings.HasSuffix(s, "M"):
		factor = 1e6
	case strings.HasSuffix(s, "k"):
		factor = 1e3
	}
	v, err := strconv.ParseFloat(strings.TrimRight(s, "Mk"), 64)
	if err != nil || v < 0 || v*factor > 1e9 {
		return 0, fmt.Errorf("%q is not like 4M, 500k or 4000000", s)
	}
	return int(v * factor), nil
}

// createOutput creates a file that the user named, and replaces one only with force, but none of the inputs.
func createOutput(name string, force bool, inputs ...string) (*os.File, error) {
	for _, input := range inputs {
		if sameFile(name, input) {
			return nil, fmt.Errorf("%s would be written over, and it is an input", name)
		}
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if !force {
		mode |= os.O_EXCL
	}
	return os.OpenFile(name, mode, 0o644)
}

// writeOutput creates a file as createOutput does and has it written. Of one that can't be written whole nothing is left.
func writeOutput(name string, force bool, inputs []string, write func(io.Writer) error) error {
	f, err := createOutput(name, force, inputs...)
	if err != nil {
		return err
	}
	if err = errors.Join(write(f), f.Close()); err == nil {
		return nil
	}
	if info, e := os.Lstat(name); e == nil && info.Mode().IsRegular() {
		os.Remove(name)
	}
	return err
}

// sameFile tells whether two names are those of one file that exists.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
