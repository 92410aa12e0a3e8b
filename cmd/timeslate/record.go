package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/record"
	"github.com/timeslate/timeslate/rtsp/wirelog"
	"github.com/timeslate/timeslate/stamp"
)

var recordCommand = command{
	name:    "record",
	args:    "URL OUTPUT [URL OUTPUT]…",
	summary: "Records cameras into MP4 files in which every frame carries its time",
	text: `OUTPUT that ends in .mp4 is that one file. Otherwise it is a prefix: each file is called
OUTPUT_YYYYMMDDThhmmss.mmmZ.mp4, after the capture time (UTC) of its first frame, as far as that
is known when the file begins: by this host's clock until the camera's first sender report, by the
camera's from then on. The next file follows after --length, at a key frame.
A growing file can be played at any time; it is at most half a second behind (--part).
Ctrl-C ends the recording with finished files.

A camera that hangs up, falls silent or is not there yet is tried again, for ever, but for --once.
The same file goes on then; where the camera has other tracks than before, another one begins. What
is missing stands in the file's timing box with its cause. A disk that is full or stalls costs what
it does not take, and recording goes on when it does. What a former run left unfinished is finished
at the start.

--json writes an event per line, {"type","output","file","frames","bytes","duration_ns","lost",…}:
frames, bytes and duration are those of the file, lost counts the packets missing in the whole
recording. The types, and what they have besides:
  connected           transport, server
  opened, finished    a file is begun or finished
  status              once a second: state, source and error_ns of the capture times
  waiting             no connection: message (why), from (since when), gap_ns (how long by now),
                      retry_ns (until the next try)
  gap                 media were missing: cause, from, to, gap_ns, message; told at its end, or at
                      that of the recording
  stalled, resumed    the disk takes no data (message), and does again: gap_ns, and dropped, the
                      number of frames that are missing so far
  repaired, deleted   file: one of a former run was finished; one was deleted as --keep… wants it
  warning, failed     message`,
	example: `  timeslate record --transport tcp rtsp://192.0.2.10/stream1 garage
  timeslate record -l 60 --user admin --password-file ~/.camera rtsp://192.0.2.10/stream1 garage
  timeslate record -n 288 --credentials ~/.cams rtsp://192.0.2.10/s1 left rtsp://192.0.2.11/s1 right
  timeslate record --duration 30s rtsp://192.0.2.10/s1 left.mp4 rtsp://192.0.2.11/s1 right.mp4`,
	setup: setupRecord,
}

// recordFlags are all flags of record.
type recordFlags struct {
	length, duration, part, syncs    *time.Duration
	limits                           keepFlags
	transport, stamps, latency       *string
	login                            logins
	tls                              tlsFlags
	left                             trackFlags
	trust                            *trustValue
	once, force, json, quiet, traced *bool
}

func setupRecord(f *flags) action {
	r := recordFlags{
		length: f.duration("length", "l", 5*time.Minute,
			"length of each file of a prefix, cut at key frames (default 300s, 0 = never cut)"),
		duration:  f.duration("duration", "", 0, "stop after this much recording (default: until told to stop)"),
		limits:    f.keep(),
		transport: f.transport(),
		login:     f.logins(),
		tls:       f.tls(),
		once:      f.bool("once", "", "end when the connection breaks, or there is none, instead of trying again"),
		left:      f.tracks(),
		stamps: f.string("stamp", "", "misb,strawlab", "misb,strawlab,recorder|none",
			"time stamps in the stream for other tools\n(default misb,strawlab; our own timing box is always there)"),
		part:  f.duration("part", "", 500*time.Millisecond, "how often a growing file becomes longer (default 0.5s)"),
		syncs: f.syncs(),
		force: f.bool("force", "", "replace OUTPUT.mp4 if it exists"),
		json:  f.bool("json", "", "events as one JSON object per line on stdout"),
		quiet: f.bool("quiet", "q", "show no status, only what happens"),
		trust: f.trust(),
		latency: f.string("latency-offset", "", "", "DURATION",
			"known constant delay of the camera, from the picture to its time stamp,\n"+
				"like 38ms: taken off the capture times, and noted in the file; a comma\nlist has a value per camera"),
		traced: f.bool("trace", "", "explain the protocol on stderr, message by message"),
	}
	return r.run
}

func (r *recordFlags) run(ctx context.Context, env environment, args []string) error {
	urls, outputs, err := pairs(args)
	if err != nil {
		return err
	}
	recorders, err := r.describe(urls, outputs)
	if err != nil {
		return err
	}
	if err := errors.Join(r.tls.check(urls...), r.limits.check(outputs...), r.left.check()); err != nil {
		return err
	}
	keys, err := r.login.resolve(env)
	if err != nil {
		return err
	}
	console := newConsole(env, *r.json)
	console.quiet = *r.quiet
	trusted := r.trust.resolve(console)
	defer console.start()()
	keeper, err := r.limits.keeper(outputs)
	if err != nil {
		return err
	}
	for i := range recorders {
		o := &recorders[i]
		o.Keeper, o.Events = keeper, console.event
		o.Camera.Trust, o.Camera.Log = trusted, console.log(o.Output)
		o.Camera.Dialer = r.tls.with(keys.dialer(o.URL))
		if *r.traced {
			o.Camera.Dialer.Trace = wirelog.New(console, o.Output).Trace()
		}
	}
	return recordAll(ctx, recorders)
}

// describe returns a recorder per camera, as the flags want them.
func (r *recordFlags) describe(urls, outputs []string) ([]record.Options, error) {
	kinds, err := stamp.ParseKinds(*r.stamps)
	if err != nil {
		return nil, usageError{fmt.Errorf("--stamp: %w", err), ""}
	}
	recorders := make([]record.Options, len(urls))
	for i, url := range urls {
		recorders[i] = record.Options{
			URL: url, Output: outputs[i], Once: *r.once, Length: *r.length, Duration: *r.duration, Part: *r.part, Sync: *r.syncs,
			Stamps: kinds, Force: *r.force, Software: "timeslate " + version(),
			Camera: camera.Options{Transport: transports[*r.transport], NoVideo: *r.left.noVideo, NoAudio: *r.left.noAudio},
		}
	}
	err = spread(recorders, "--latency-offset", *r.latency, parseLatency,
		func(o *record.Options, d time.Duration) { o.Camera.Latency = d })
	if err != nil {
		return nil, usageError{err, ""}
	}
	return recorders, nil
}

// maxLatency is longer than any camera's delay from the picture to its time stamp.
const maxLatency = 10 * time.Second

// parseLatency takes a delay. Who writes 38 means 38ms, and would get 38 s.
func parseLatency(s string) (time.Duration, error) {
	d, err := parseSignedDuration(s)
	if err == nil && d.Abs() > maxLatency {
		return 0, fmt.Errorf("a delay is at most %v; 38 is seconds, 38ms milliseconds", maxLatency)
	}
	return d, err
}

// pairs takes the positionals apart, and looks at them before anything is done.
func pairs(args []string) (urls, outputs []string, err error) {
	if len(args) == 0 || len(args)%2 != 0 {
		return nil, nil, usageError{errors.New("pairs of URL and OUTPUT are needed"), "timeslate record --help has examples"}
	}
	for pair := range slices.Chunk(args, 2) {
		url, output := pair[0], pair[1]
		if err := errors.Join(checkURL(url), checkOutput(output)); err != nil {
			return nil, nil, err
		}
		if slices.Contains(outputs, output) {
			return nil, nil, usageError{fmt.Errorf("OUTPUT %q stands there twice", output), "each camera needs its own"}
		}
		urls, outputs = append(urls, url), append(outputs, output)
	}
	return urls, outputs, nil
}

// otherEndings are those by which people ask for what can't be written, .MP4 among them.
var otherEndings = []string{".mkv", ".mov", ".avi", ".ts", ".m4v", ".mp4"}

// checkOutput refuses names that would surprise: other endings than .mp4 would become prefixes, and folders have no name.
func checkOutput(output string) error {
	base := filepath.Base(output)
	switch extension := strings.ToLower(filepath.Ext(base)); {
	case strings.Contains(output, "://"):
		return usageError{fmt.Errorf("%q stands where OUTPUT should", output), "the order is URL OUTPUT, for each camera"}
	case output == "" || output == "-" || base == "." || base == ".." || strings.HasSuffix(output, "/"):
		return usageError{fmt.Errorf("OUTPUT %q has no name", output),
			"a prefix like garage or recordings/garage is needed, or a file that ends in .mp4"}
	case slices.Contains(otherEndings, extension) && !strings.HasSuffix(base, ".mp4"):
		return usageError{fmt.Errorf("OUTPUT %q: only .mp4 can be written", output),
			"without an ending it is a prefix for many files"}
	}
	return nil
}

// recordAll runs one recorder per camera and returns how those ended that did not end well.
func recordAll(ctx context.Context, recorders []record.Options) error {
	errs := make([]error, len(recorders))
	var wg sync.WaitGroup
	for i, o := range recorders {
		wg.Go(func() {
			summary, err := record.Run(ctx, o)
			if err == nil && (summary.Lost > 0 || summary.Gaps > 0) {
				errs[i] = fmt.Errorf("%s: %w", o.Output, errGaps)
			} else if err != nil {
				errs[i] = toldError{err} // by the recorder's last event, when it happened
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
