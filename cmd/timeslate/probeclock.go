package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/stamp"
)

// probeClock says what is known of a camera's clock. Pointers are nil where too few reports came.
type probeClock struct {
	Interval *int64   `json:"sr_interval_ns"` // between sender reports, the median
	Noise    *int64   `json:"noise_ns"`       // how far reports lie off the clock that fits them all
	Offset   *int64   `json:"offset_ns"`      // the camera's clock minus this host's, the network's delay in it; by the last reports
	Drift    *float64 `json:"drift_ppm"`      // of the camera's clock against this host's
	RTPDrift *float64 `json:"rtp_drift_ppm"`  // of the camera's media clock against its own clock
	Error    *int64   `json:"error_ns"`       // what 95 % of the frames' capture times are good to
	Sources  []string `json:"sources"`        // what the camera offers to tell the time by, best first
	Source   string   `json:"source"`         // what the capture times come from
	Class    string   `json:"class"`          // what the two times in a report mean
	Grain    int64    `json:"grain_ns"`       // the camera reads its clock in steps of this; 0: finer than can be seen
	Host     string   `json:"host_clock"`     // whether this host's clock follows a time server
	HostErr  *int64   `json:"host_error_ns"`  // what this host believes to be off by at most
	Advice   string   `json:"advice"`         // what a user can do

	unset     bool // the camera's clock was never set
	senseless bool // the numbers have no meaning
}

// clockWatcher collects what a track tells of its clock.
type clockWatcher struct {
	reports []clock.Report
	frames  []clock.Frame
}

// How many frames and reports are looked at: those of five hours, or of less if the camera floods us.
const (
	maxFrames  = 1 << 19
	maxReports = 1 << 12
)

func (c *clockWatcher) unit(u *media.Unit) {
	if len(c.frames) == maxFrames {
		return
	}
	for _, r := range u.Reports[:min(len(u.Reports), maxReports-len(c.reports))] {
		r.Before = len(c.frames)
		c.reports = append(c.reports, r)
	}
	c.frames = append(c.frames, clock.Frame{
		RTP: u.PTS, Run: u.Run, Arrival: u.Arrival, Absolute: u.Absolute, Source: u.Source, Jump: u.Jump,
	})
}

// summary says what came of it. The camera's clock is examined as if the host's were no judge of it; how good the capture times
// are rests on what extract would make of them, with the state that the host's clock is in.
func (c *clockWatcher) summary(rate uint32, host stamp.HostClock) probeClock {
	o := clock.Options{ClockRate: rate, Trust: clock.TrustCamera}
	study := clock.Examine(o, c.reports, c.frames)
	f := finding{study: study, tells: study, host: host.State, some: study.Class != clock.NoClass, timeless: !c.keepsTime(rate)}
	f.drift, f.drifts = c.drift()
	for _, e := range study.Estimates {
		f.flags |= e.Flags
	}
	f.good, f.source = quality(clock.Fit(clock.Options{ClockRate: rate, Trust: trustIn(host.State)}, c.reports, c.frames))
	_, f.told = quality(study.Estimates)
	f.spread, f.leaps = scatter(c.reports)
	if f.toldByFrames() {
		told := c.told()
		f.tells = clock.Examine(o, told, c.frames)
		f.spread, f.leaps = scatter(told)
		if f.told == clock.ONVIF && f.tells.Offset < 0 { // recorded footage
			f.tells = new(clock.Study)
		}
	}
	if f.tells.Class != clock.NoClass && !f.contradicts() {
		last := c.frames[len(c.frames)-1].Arrival
		f.unset = !clock.EverSet(last.Add(f.tells.Offset), last)
	}
	return f.clock(host)
}

// told returns what frames tell of their times by themselves, as if it were reports.
func (c *clockWatcher) told() (reports []clock.Report) {
	step := 1 + len(c.frames)/maxReports
	for i := 0; i < len(c.frames); i += step {
		if f := &c.frames[i]; f.Absolute != 0 {
			reports = append(reports, clock.Report{NTP: f.Absolute, RTP: f.RTP, Run: f.Run, Before: i, Arrival: f.Arrival})
		}
	}
	return reports
}

// scatter looks at what the camera's clock said minus when it came: the width of the middle half, and how often it leaps.
func scatter(reports []clock.Report) (middle time.Duration, leaps int) {
	var offsets []time.Duration
	for _, r := range reports {
		if r.NTP == 0 || r.Arrival.IsZero() {
			continue
		}
		offsets = append(offsets, r.NTP.Near(r.Arrival).Sub(r.Arrival))
		if n := len(offsets); n > 1 && (offsets[n-1]-offsets[n-2]).Abs() >= 2*senseless { // which a clock of whole seconds does not
			leaps++
		}
	}
	if len(offsets) == 0 {
		return 0, 0
	}
	slices.Sort(offsets)
	return offsets[len(offsets)*3/4] - offsets[len(offsets)/4], leaps
}

// farOff is a distance between two frames' time stamps and their arrivals that no network makes.
const farOff = 5 * time.Second

// keepsTime reports whether the time stamps are a clock: none but a few lie far from the one before, and they go about as fast
// as time.
func (c *clockWatcher) keepsTime(rate uint32) bool {
	var far int
	var stamps, arrivals time.Duration
	for i := range max(len(c.frames)-1, 0) {
		a, b := &c.frames[i], &c.frames[i+1]
		if a.Run != b.Run {
			continue
		}
		stamped := time.Duration(float64(b.RTP-a.RTP) / float64(rate) * 1e9)
		arrived := b.Arrival.Sub(a.Arrival)
		if (stamped - arrived).Abs() > farOff {
			far++
			continue
		}
		stamps, arrivals = stamps+stamped, arrivals+arrived
	}
	few := far <= 2 || far <= len(c.frames)/100
	return few && (arrivals < farOff || arrivals/2 < stamps && stamps < 2*arrivals)
}

// resolved is how well a drift has to be known to be told, as its standard error.
const resolved = 10e-6

// drift returns the slope of the least-squares line through camera minus host, in ppm, if the reports tell it well enough.
func (c *clockWatcher) drift() (ppm float64, known bool) {
	var x, y []float64 // seconds
	for _, r := range c.reports {
		if r.NTP != 0 {
			x = append(x, r.Arrival.Sub(c.reports[0].Arrival).Seconds())
			y = append(y, r.NTP.Near(r.Arrival).Sub(r.Arrival).Seconds())
		}
	}
	n := float64(len(x))
	var mx, my, xx, xy, rest float64
	for i := range x {
		mx, my = mx+x[i]/n, my+y[i]/n
	}
	for i := range x {
		xx, xy = xx+(x[i]-mx)*(x[i]-mx), xy+(x[i]-mx)*(y[i]-my)
	}
	if n < telling || xx == 0 {
		return 0, false
	}
	slope := xy / xx
	for i := range x {
		d := y[i] - my - slope*(x[i]-mx)
		rest += d * d
	}
	return slope * 1e6, math.Sqrt(rest/(n-2)/xx) < resolved
}

// quality returns what 95 % of the estimates are good to, and where most of them come from.
func quality(estimates []clock.Estimate) (good time.Duration, source clock.Source) {
	var errs []time.Duration
	sources := map[clock.Source]int{}
	for _, e := range estimates {
		if e.State != clock.None {
			errs = append(errs, e.Error)
		}
		if sources[e.Source]++; sources[e.Source] > sources[source] {
			source = e.Source
		}
	}
	if len(errs) == 0 {
		return 0, source
	}
	slices.Sort(errs)
	return errs[len(errs)*95/100], source
}

// finding is what a probe found out about a clock.
type finding struct {
	study    *clock.Study
	tells    *clock.Study  // study, or that of what the frames tell by themselves
	some     bool          // a usable report came
	unset    bool          // the camera's clock was never set
	timeless bool          // the time stamps are no clock
	spread   time.Duration // of the middle half of what the camera's clock was off by
	leaps    int           // by which that changed
	drift    float64       // of camera against host, ppm
	drifts   bool          // drift is known
	flags    clock.Flags   // of all estimates together
	good     time.Duration
	source   clock.Source // of most capture times
	told     clock.Source // and if the camera is believed whatever it tells
	host     stamp.HostState
}

// telling is the number of reports from which on noise and drift are told: with fewer one would pass for the other.
const telling = 5

func (f *finding) clock(host stamp.HostClock) probeClock {
	s := probeClock{
		Source: f.source.String(), Class: f.study.Class.String(), Grain: int64(f.study.Grain), Host: hostWords[host.State],
		unset: f.unset, senseless: f.senseless(),
	}
	if f.tells.Class != clock.NoClass {
		s.Offset = new(int64(f.tells.Offset))
	}
	if f.study.Interval > 0 {
		s.Interval = new(int64(f.study.Interval))
	}
	if len(f.study.Reports) >= telling {
		s.Noise = new(int64(f.study.Noise))
	}
	if f.drifts {
		s.Drift, s.RTPDrift = new(hundredths(f.drift)), new(hundredths(f.study.RTPDrift))
	}
	if f.good > 0 {
		s.Error = new(int64(f.good))
	}
	if host.Error >= 0 {
		s.HostErr = new(int64(host.Error))
	}
	s.Advice = f.advise()
	return s
}

var hostWords = map[stamp.HostState]string{
	stamp.HostUnknown: "unknown", stamp.HostSynchronised: "synchronised", stamp.HostUnsynchronised: "not synchronised",
}

func hundredths(v float64) float64 { return math.Round(v*100) / 100 }

// Numbers beyond these are no help: words are written in their place.
const (
	senseless = time.Second // of what the camera's times scatter by; a clock that is merely noisy stays far below
	runaway   = 10000       // ppm of drift: 1 %, a hundred times that of the worst crystal
	useless   = time.Hour   // of error
)

// write shows the clock to people.
func (s probeClock) write(w io.Writer) {
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, "%-10s %s\n", label, fmt.Sprintf(format, args...))
	}
	if s.Interval != nil {
		text := "reports every " + roughly(*s.Interval)
		switch {
		case s.Noise == nil:
			text += "; too few came to know their noise (--duration 30s)"
		case *s.Noise < int64(senseless):
			text += "; noise " + roughly(*s.Noise)
		}
		if s.Drift != nil && math.Abs(*s.Drift) < runaway {
			text += fmt.Sprintf("; drift %+.1f ppm", *s.Drift)
		}
		line("clock", "%s", text)
	} else if s.Offset != nil {
		line("clock", "one report came, which tells neither its noise nor how often they come (--duration 30s)")
	}
	if s.Offset != nil && !s.unset && !s.senseless { // a number of decades helps nobody
		line("offset", "%s (the camera's clock minus this host's, the way through the network included)", roughly(*s.Offset))
	}
	if len(s.Sources) > 0 {
		line("offers", "%s", strings.Join(s.Sources, ", "))
	}
	switch {
	case s.Error == nil:
	case *s.Error < int64(useless) && (!s.senseless || s.Source == clock.Arrival.String()):
		line("times", "your frames are good to ±%s, by %s", roughly(*s.Error), sourceWords[s.Source])
	default:
		line("times", "your frames have none to rely on: what the camera tells contradicts itself, or this host")
	}
	line("host", "this host's clock: %s", s.Host)
	line("advice", "%s", strings.ReplaceAll(s.Advice, "; ", "\n"+strings.Repeat(" ", 11)))
}

// sourceWords are for people who don't know the names of RTP header extensions.
var sourceWords = map[string]string{
	clock.ONVIF.String():          "the time that the camera sends with its frames (ONVIF)",
	clock.AbsCaptureTime.String(): "the time that the camera sends with its frames (abs-capture-time)",
	clock.NTP64.String():          "the time that the camera sends with its frames (ntp-64)",
	clock.RFC7273.String():        "the clock that the camera shares (RFC 7273)",
	clock.SenderReport.String():   "the camera's sender reports",
	clock.Play.String():           "the camera's reply to PLAY",
	clock.Arrival.String():        "their arrival here alone",
}

// roughly writes a duration with three digits; from two days on, in whole ones.
func roughly(ns int64) string {
	const day = 24 * time.Hour
	d := time.Duration(ns)
	if d.Abs() >= 2*day {
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	}
	unit := time.Duration(1)
	for d.Abs()/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}
