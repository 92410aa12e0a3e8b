package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/hostclock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/rtpsession"
	"github.com/timeslate/timeslate/rtsp/wirelog"
)

var probeCommand = command{
	name:    "probe",
	args:    "URL",
	summary: "Says what a camera offers and how good its clock is",
	text: `Plays the camera for a while, records nothing, and reports the tracks that record would take: codec,
size, frame rate, bit rate, loss and jitter. Then how good the camera's clock is, and what you can
do about it:
  clock     how often the camera tells its time, how much that scatters, and how fast its clock
            drifts against this host's (told when it has been watched for long enough)
  offset    the camera's clock minus this host's
  offers    what the camera tells its time by, best first; extract --help has the names
  times     what 95 % of the capture times are good to, and what they rest on
  host      whether this host's own clock follows a time server
docs/clocks.md tells how to set clocks up.`,
	example: `  timeslate probe rtsp://192.0.2.10/stream1
  timeslate probe --duration 30s --json rtsp://192.0.2.10/stream1
  timeslate probe --trace rtsp://192.0.2.10/stream1 2>protocol.log`,
	setup: setupProbe,
}

// probeReport is what probe finds out. Pointers are nil where nothing is known.
type probeReport struct {
	Type      string       `json:"type"`
	Server    string       `json:"server"`
	Transport string       `json:"transport"`
	Tracks    []probeTrack `json:"tracks"`
	Clock     probeClock   `json:"clock"`
	Quirks    []string     `json:"quirks"`
}

type probeTrack struct {
	Kind       string  `json:"kind"`
	Codec      string  `json:"codec"`
	Width      int     `json:"width"`
	Height     int     `json:"height"`
	SampleRate int     `json:"sample_rate,omitempty"` // of audio, in Hz
	Channels   int     `json:"channels,omitempty"`
	FPS        float64 `json:"fps"`     // of audio: access units per second
	Bitrate    int64   `json:"bitrate"` // bits per second
	Loss       float64 `json:"loss"`    // share of the packets
	Jitter     int64   `json:"jitter_ns"`
}

func setupProbe(f *flags) action {
	var (
		duration = f.duration("duration", "", 10*time.Second,
			"how long to watch (default 10s; noise needs five sender reports,\nwhich most cameras take 25s for, and drift a minute or more)")
		trace  = f.bool("trace", "", "explain the protocol on stderr, message by message")
		asJSON = f.bool("json", "", "one JSON object on stdout")
		login  = f.logins()
		tls    = f.tls()
	)
	transport := f.transport()
	return func(ctx context.Context, env environment, args []string) error {
		if len(args) != 1 {
			return usageError{errors.New("one URL is needed"), "timeslate probe --help has examples"}
		}
		if err := checkURL(args[0]); err != nil {
			return err
		}
		if err := tls.check(args[0]); err != nil {
			return err
		}
		keys, err := login.resolve(env)
		if err != nil {
			return err
		}
		console := newConsole(env, false)
		o := camera.Options{Dialer: tls.with(keys.dialer(args[0])), Transport: transports[*transport], Log: console.log("probe")}
		if *trace {
			o.Dialer.Trace = wirelog.New(console, "probe").Trace()
		}
		report, err := probe(ctx, args[0], o, *duration)
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(env.stdout).Encode(report)
		}
		report.write(env.stdout)
		return nil
	}
}

// probe watches a camera for a while.
func probe(ctx context.Context, url string, o camera.Options, duration time.Duration) (*probeReport, error) {
	stream, err := camera.Open(ctx, url, o)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	watch, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	var watchers []watcher
	for _, t := range stream.Tracks() {
		watchers = append(watchers, watcher{track: t})
	}
	for u, err := range stream.Units(watch) {
		if errors.Is(err, camera.ErrEnded) || err != nil && watch.Err() != nil {
			break // seen enough, also after Ctrl-C
		}
		if err != nil {
			return nil, err
		}
		watchers[u.Track].unit(u)
	}
	return reportOf(stream, watchers), nil
}

// watcher collects what a probe needs of the units of one track.
type watcher struct {
	track  media.Track
	all    stretch
	run    stretch // since the track began anew
	newest media.Unit
	clock  clockWatcher
}

// stretch counts the units after a first one.
type stretch struct {
	first  media.Unit // without Data
	frames int
	bytes  int64
}

func (w *watcher) unit(u *media.Unit) {
	if u.Config != nil {
		w.track.Config = u.Config
	}
	w.clock.unit(u)
	switch first := w.newest.Arrival.IsZero(); {
	case first:
		w.all, w.run = stretch{first: *u}, stretch{first: *u}
	case u.Run != w.run.first.Run:
		w.all.add(u)
		w.run = stretch{first: *u}
	default:
		w.all.add(u)
		w.run.add(u)
	}
	w.newest = *u
}

func (s *stretch) add(u *media.Unit) {
	s.frames++
	for _, d := range u.Data {
		s.bytes += int64(len(d))
	}
}

// rates returns units and bits per second: by the media clock, which is exact, since the track began anew; by the arrivals
// where that clock does not go with them, or the track begins anew all the time.
func (w *watcher) rates() (frames, bits float64) {
	s := &w.run
	passed := w.newest.Arrival.Sub(s.first.Arrival).Seconds()
	seconds := float64(w.newest.PTS-s.first.PTS) / float64(w.track.ClockRate)
	if seconds > 2*passed+1 || seconds < passed/2-1 {
		seconds = passed
	}
	if s.frames < w.all.frames/2 {
		s, seconds = &w.all, w.newest.Arrival.Sub(w.all.first.Arrival).Seconds()
	}
	if seconds <= 0 {
		return 0, 0
	}
	return float64(s.frames) / seconds, float64(s.bytes) * 8 / seconds
}

// reportOf says what was seen. The clock is that of the first track's reports.
func reportOf(stream *camera.Stream, watchers []watcher) *probeReport {
	r := &probeReport{Type: "probe", Server: stream.Server(), Transport: stream.Transport(), Quirks: []string{}}
	for i := range watchers {
		r.Tracks = append(r.Tracks, watchers[i].report(stream.Stats(i)))
	}
	r.Clock = watchers[0].clock.summary(watchers[0].track.ClockRate, hostclock.Read(time.Now()))
	for _, source := range stream.Sources(0) {
		r.Clock.Sources = append(r.Clock.Sources, source.String())
	}
	for _, warning := range stream.Warnings() {
		r.Quirks = append(r.Quirks, warning.String())
	}
	return r
}

func (w *watcher) report(stats rtpsession.Stats) probeTrack {
	t := probeTrack{Kind: "video", Jitter: stats.Jitter.Nanoseconds()}
	switch c := w.track.Config.(type) {
	case *h264.Config:
		t.Codec, t.Width, t.Height = c.Codec(), c.Width, c.Height
	case *aac.Config:
		t.Kind, t.Codec, t.SampleRate, t.Channels = "audio", c.Codec(), c.SampleRate, c.Channels
	default:
		t.Codec = "h264" // whose parameters did not come
	}
	if all := stats.Received + stats.Lost; all > 0 {
		t.Loss = float64(stats.Lost) / float64(all)
	}
	fps, bits := w.rates()
	t.FPS, t.Bitrate = fps, int64(bits)
	return t
}

// write shows the report to people.
func (r *probeReport) write(w io.Writer) {
	server := r.Server
	if server == "" {
		server = "does not say"
	}
	fmt.Fprintf(w, "server     %.100s\n", printable(server))
	for _, t := range r.Tracks {
		fmt.Fprintf(w, "%-10s %s\n", t.Kind, t.description())
		fmt.Fprintf(w, "network    %s, %.3g %% of the packets lost%s\n", r.Transport, 100*t.Loss, t.jitter())
	}
	r.Clock.write(w)
	for _, q := range r.Quirks {
		fmt.Fprintf(w, "quirk      %s\n", printable(q))
	}
}

// jitter is left out where the time stamps jump, and it would be theirs.
func (t *probeTrack) jitter() string {
	if d := time.Duration(t.Jitter); d < senseless {
		return fmt.Sprintf(", jitter %v", d.Round(10*time.Microsecond))
	}
	return ""
}

func (t *probeTrack) description() string {
	if t.Kind == "audio" {
		return fmt.Sprintf("%s, %d Hz, %d channels, %.0f kbit/s", t.Codec, t.SampleRate, t.Channels, float64(t.Bitrate)/1e3)
	}
	return fmt.Sprintf("%s, %dx%d, %.2f fps, %.2f Mbit/s", t.Codec, t.Width, t.Height, t.FPS, float64(t.Bitrate)/1e6)
}
