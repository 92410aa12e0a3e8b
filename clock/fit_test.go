package clock_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// scene is a simulated camera and the way to the host. All times are seconds since start.
type scene struct {
	frames  int
	fps     float64                  // 25 by default
	drift   float64                  // of the media clock, ppm
	latency float64                  // from a capture to its packet
	jitter  float64                  // of the network, mean
	sent    bool                     // reports are stamped when they leave, and name the frame before
	named   bool                     // reports name a frame and its time
	grain   float64                  // of the camera's clock
	noise   float64                  // of the reports' times, standard deviation
	every   float64                  // between reports, 5 by default
	first   float64                  // report, at 0.3 by default
	ahead   func(at float64) float64 // the camera's clock minus the truth
	stamp   func(k int) float64      // the media clock at frame k; by default its capture
	lost    func(k int) bool         // frames that don't arrive
	restart int                      // the frame from which on a new run begins
	mute    bool                     // arrivals are not known
	host    time.Duration            // the host's clock minus the truth
	capture func(k int) (at float64) // by default even
	random  *rand.Rand
}

// recorded is what a scene leaves behind.
type recorded struct {
	reports []clock.Report
	frames  []clock.Frame
	truth   []time.Time
}

func moment(at float64) time.Time { return start.Add(time.Duration(math.Round(at * 1e9))) }

func (s scene) record() (r recorded) {
	s.random = rand.New(rand.NewPCG(1, 2))
	if s.fps == 0 {
		s.fps = 25
	}
	if s.every == 0 {
		s.every = 5
	}
	if s.capture == nil {
		s.capture = func(k int) float64 { return 0.0123 + float64(k)/s.fps }
	}
	due := max(s.first, 0.3)
	for k := range s.frames {
		at := s.capture(k)
		for ; due < at; due += s.every * (0.98 + 0.04*s.random.Float64()) {
			s.report(&r, k, due)
		}
		if s.lost != nil && s.lost(k) {
			continue
		}
		f := clock.Frame{RTP: s.rtp(k, at), Run: s.run(k)}
		if !s.mute {
			f.Arrival = s.arrival(at + s.latency)
		}
		r.frames, r.truth = append(r.frames, f), append(r.truth, moment(at))
	}
	return r
}

func (s *scene) run(k int) int {
	if s.restart > 0 && k >= s.restart {
		return 1
	}
	return 0
}

func (s *scene) arrival(sent float64) time.Time {
	return moment(sent + 0.0003 + s.jitter*s.random.ExpFloat64()).Add(s.host)
}

func (s *scene) rtp(k int, at float64) int64 {
	if s.stamp != nil {
		at = s.stamp(k)
	}
	return int64(s.run(k))*1e9 + int64(math.Floor(at*(1+s.drift*1e-6)*rate))
}

// report sends a report before frame k.
func (s *scene) report(r *recorded, k int, at float64) {
	shown, rtp := at, s.rtp(k, at)
	if (s.sent || s.named || s.stamp != nil) && k > 0 {
		rtp = s.rtp(k-1, s.capture(k-1))
		if s.named || s.stamp != nil && !s.sent {
			shown = s.capture(k - 1)
		}
	}
	if s.ahead != nil {
		shown += s.ahead(at)
	}
	shown += s.noise * s.random.NormFloat64()
	if s.grain > 0 {
		shown = math.Floor(shown/s.grain+1e-6) * s.grain
	}
	p := clock.Report{NTP: ntp.FromTime(moment(shown).Add(1)), RTP: rtp, Run: s.run(k), Before: len(r.frames)}
	if !s.mute {
		p.Arrival = s.arrival(at)
	}
	r.reports = append(r.reports, p)
}

// examine returns the study, and the largest error and the share of frames within their bounds.
func (r *recorded) examine(t *testing.T, o clock.Options) (s *clock.Study, worst time.Duration, covered float64) {
	t.Helper()
	o.ClockRate = rate
	s = clock.Examine(o, r.reports, r.frames)
	if len(s.Estimates) != len(r.frames) || len(s.Reports) != len(r.reports) {
		t.Fatalf("%d estimates, %d verdicts", len(s.Estimates), len(s.Reports))
	}
	n := 0
	for i, e := range s.Estimates {
		off := e.Time.Sub(r.truth[i]).Abs()
		worst = max(worst, off)
		if off <= e.Error {
			n++
		}
	}
	if err := clock.Backwards(o, r.frames, s.Estimates, nil); err != nil {
		t.Error(err)
	}
	return s, worst, float64(n) / float64(len(r.frames))
}

const ms = time.Millisecond

// What each kind of camera must come to: the largest error of 300 s, the class, and state and flags in the middle.
func TestFit(t *testing.T) {
	stepTo := func(before, after float64) func(float64) float64 {
		return func(at float64) float64 {
			if at < 150 {
				return before
			}
			return after
		}
	}
	lan := scene{frames: 7500, drift: 60, latency: 0.02, jitter: 0.0002}
	with := func(change func(*scene)) scene {
		s := lan
		change(&s)
		return s
	}
	for _, c := range []struct {
		name   string
		scene  scene
		worst  time.Duration
		class  clock.Class
		status string
	}{
		{"exact", lan, 50 * time.Microsecond, clock.Exact, "locked"},
		{"frame's own time", with(func(s *scene) { s.named = true }), 50 * time.Microsecond, clock.Exact, "locked"},
		{"send-stamped", with(func(s *scene) { s.sent, s.latency = true, 0 }), 200 * time.Microsecond, clock.SendStamped, "locked+sendstamp"},
		{"noisy network", with(func(s *scene) { s.sent, s.latency, s.jitter = true, 0, 0.004 }), 2 * ms, clock.SendStamped, "locked+sendstamp"},
		{"milliseconds", with(func(s *scene) { s.grain = 0.001 }), 150 * time.Microsecond, clock.Exact, "locked"},
		{"whole seconds", with(func(s *scene) { s.grain = 1 }), 40 * ms, clock.Exact, "locked"},
		{"noisy reports", with(func(s *scene) { s.named, s.noise = true, 0.025 }), 12 * ms, clock.Exact, "locked"},
		{"set right", with(func(s *scene) { s.ahead = stepTo(-0.5, 0) }), 50 * time.Microsecond, clock.Exact, "locked+stepped"},
		{"slewed", with(func(s *scene) {
			s.ahead = func(at float64) float64 { return min(-0.05+max(at-50, 0)*500e-6, 0) }
		}), 200 * time.Microsecond, clock.Exact, "locked+stepped"},
		{"restart", with(func(s *scene) { s.restart = 5000 }), 50 * time.Microsecond, clock.Exact, "locked"},
		{"losses", with(func(s *scene) { s.lost = func(k int) bool { return k%100 < 13 } }), 50 * time.Microsecond, clock.Exact, "locked"},
		{"1970", with(func(s *scene) { s.ahead = stepTo(-1.7e9, -1.7e9) }), 20 * ms, clock.Exact, "rxonly"},
		{"too far ahead", with(func(s *scene) { s.ahead = stepTo(0.8, 0.8) }), 20 * ms, clock.Exact, "rxonly"},
		{"local time", with(func(s *scene) { s.ahead = stepTo(5.5*3600, 5.5*3600) }), 50 * time.Microsecond, clock.Exact, "locked+zone"},
		{"no reports", with(func(s *scene) { s.first = 1e9 }), 20 * ms, clock.NoClass, "rxonly"},
		{"no arrivals", with(func(s *scene) { s.mute = true }), 50 * time.Microsecond, clock.Exact, "locked"},
		{"no arrivals, set right", with(func(s *scene) { s.mute, s.ahead = true, stepTo(-0.5, 0) }), 50 * time.Microsecond, clock.Exact, "locked+stepped+disputed"},
		{"no arrivals, noisy", with(func(s *scene) { s.mute, s.named, s.noise = true, true, 0.02 }), 12 * ms, clock.Exact, "locked"},
		{"no arrivals, send-stamped", with(func(s *scene) { s.mute, s.sent = true, true }), 3 * ms, clock.Envelope, "locked+sendstamp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.scene.record()
			s, worst, covered := r.examine(t, clock.Options{})
			if status := s.Estimates[len(r.frames)/2-100].Status(); s.Class != c.class || status != c.status {
				t.Errorf("class %v, %v, want %v, %v", s.Class, status, c.class, c.status)
			}
			if worst > c.worst || covered < 0.95 {
				t.Errorf("off by up to %v, want %v; %.3f within their bounds, which are %v", worst, c.worst, covered, s.Estimates[0].Error)
			}
		})
	}
}

// A camera that is right first and then set wrong: nothing tells which it was, and the bound says so.
func TestDisputed(t *testing.T) {
	s := scene{frames: 7500, latency: 0.02, jitter: 0.0002, ahead: func(at float64) float64 { return min(0, math.Floor(1-at/150)*0.3) }}
	r := s.record()
	study, worst, covered := r.examine(t, clock.Options{})
	if worst < 290*ms || covered < 1 {
		t.Errorf("off by up to %v; %.3f within their bounds", worst, covered)
	}
	if f := study.Estimates[0].Flags; f&clock.Disputed == 0 {
		t.Errorf("flags %v", f)
	}
}

// A clock by which frames arrive before they are captured is not the right one.
func TestSettledByHost(t *testing.T) {
	s := scene{frames: 7500, latency: 0.005, jitter: 0.0002, ahead: func(at float64) float64 { return max(0, math.Ceil(1-at/150)*0.03) }}
	r := s.record()
	study, worst, _ := r.examine(t, clock.Options{})
	if e := study.Estimates[100]; worst > ms || e.Flags&clock.Disputed != 0 || e.Error > 2*ms {
		t.Errorf("off by up to %v; bound %v, %v", worst, e.Error, e.Status())
	}
}

// Where the host's clock follows nothing the camera's is believed, if it was ever set.
func TestHostUnset(t *testing.T) {
	for _, host := range []time.Duration{-26 * time.Hour, 3 * time.Second, time.Second / 2} {
		r := scene{frames: 2500, latency: 0.02, jitter: 0.0002, host: host}.record()
		if s, worst, _ := r.examine(t, clock.Options{Trust: clock.TrustCamera}); worst > 100*time.Microsecond || s.Estimates[0].State != clock.Locked {
			t.Errorf("host's clock off by %v: off by up to %v, %v", host, worst, s.Estimates[0].Status())
		}
	}
	unset := scene{frames: 2500, latency: 0.02, ahead: func(float64) float64 { return -1.7e9 }}.record()
	if s, worst, _ := unset.examine(t, clock.Options{Trust: clock.TrustCamera}); worst > 20*ms || s.Estimates[0].State != clock.RxOnly {
		t.Errorf("both unset: off by up to %v, %v", worst, s.Estimates[0].Status())
	}
}

// Where nobody can say which of two clocks is right the camera's is believed, and the bound covers the other, live as well. A
// host's clock that was never set is no other.
func TestTrustNeither(t *testing.T) {
	o := clock.Options{ClockRate: 90000, Trust: clock.TrustNeither}
	for _, host := range []time.Duration{3 * time.Second, -3 * time.Second, 20 * ms, -20 * 365 * 24 * time.Hour} {
		r := scene{frames: 2500, latency: 0.02, jitter: 0.0002, host: host}.record()
		s, worst, _ := r.examine(t, o)
		live := clock.Live(o, r.reports, r.frames)
		for name, e := range map[string]clock.Estimate{"offline": s.Estimates[2000], "live": live[2000]} {
			disputed := host.Abs() == 3*time.Second
			if (e.Flags&clock.Disputed != 0) != disputed || disputed != (e.Error >= host.Abs()) || e.Error > 4*time.Second || worst > ms {
				t.Errorf("host's clock off by %v, %s: ±%v, %v; off by up to %v", host, name, e.Error, e.Status(), worst)
			}
		}
	}
}

// A camera without a clock may count seconds from its start (RFC 3550 §6.4.1). Nobody believes that it is 2036, unless the host says so.
func TestSecondsSinceStart(t *testing.T) {
	shown := time.Date(2036, 2, 7, 7, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		ahead, host time.Duration
		want        clock.State
	}{
		{shown.Sub(start), 0, clock.RxOnly},
		{shown.Sub(start), shown.Sub(start), clock.Locked},
		{54 * 365 * 24 * time.Hour, 0, clock.Locked}, // no camera has been on for so long
	} {
		r := scene{frames: 2500, latency: 0.02, host: test.host, ahead: func(float64) float64 { return test.ahead.Seconds() }}.record()
		for _, trust := range []clock.Trust{clock.TrustNeither, clock.TrustCamera} {
			o := clock.Options{ClockRate: 90000, Trust: trust}
			offline, live := clock.Fit(o, r.reports, r.frames)[2000], clock.Live(o, r.reports, r.frames)[2000]
			if offline.State != test.want || live.State != test.want {
				t.Errorf("%v ahead, host %v, trust %d: %+v, live %+v", test.ahead, test.host, trust, offline, live)
			}
		}
	}
}

// Whole quarters of an hour are told apart from what the clocks differ by, whoever is trusted.
func TestZone(t *testing.T) {
	const zone = -210 * time.Minute
	r := scene{frames: 2500, latency: 0.02, ahead: func(float64) float64 { return zone.Seconds() }}.record()
	for trust, left := range map[clock.Trust]time.Duration{clock.TrustHost: 0, clock.TrustNeither: zone, clock.TrustCamera: zone} {
		s, _, _ := r.examine(t, clock.Options{Trust: trust})
		if off := s.Offset - left; s.Zone != zone || off.Abs() > 21*ms || s.Apart() != (left != 0) {
			t.Errorf("trust %d: zone %v, offset %v, apart %v", trust, s.Zone, s.Offset, s.Apart())
		}
	}
}

// catchingUp stamps frames of 34.4 ms as if they were 33.3 ms apart, and catches up when it is a whole interval behind.
func catchingUp(k int) float64 {
	const interval, nominal = 0.0344, 1.0 / 30
	behind := float64(k) * (interval - nominal)
	return 0.01 + float64(k)*nominal + math.Floor(behind/nominal)*nominal
}

// The number of a frame is a better clock than stamps that catch up: with arrivals and without, and never across a lost frame.
func TestCadence(t *testing.T) {
	camera := scene{
		frames: 8700, latency: 0.02, jitter: 0.0005, stamp: catchingUp, noise: 0.002,
		capture: func(k int) float64 { return 0.01 + 0.0344*float64(k) },
	}
	lossy := camera
	lossy.lost = func(k int) bool { return k%2000 == 1500 }
	for _, c := range []struct {
		name  string
		scene scene
		worst time.Duration
	}{{"even", camera, 4 * ms}, {"lossy", lossy, 35 * ms}} {
		for _, mute := range []bool{true, false} {
			c.scene.mute = mute
			r := c.scene.record()
			s, worst, covered := r.examine(t, clock.Options{})
			if f := s.Estimates[4000].Flags; f&clock.Cadence == 0 || worst > c.worst || covered < 0.95 && worst > ms {
				t.Errorf("%s, without arrivals %v: off by up to %v, %.3f within their bounds, %v", c.name, mute, worst, covered, s.Estimates[4000].Status())
			}
		}
	}
	even := scene{frames: 7500, named: true, mute: true, noise: 0.004}.record()
	if s, _, _ := even.examine(t, clock.Options{}); s.Estimates[4000].Flags&clock.Cadence != 0 {
		t.Error("good time stamps need no help")
	}
}

// The media clock is set within a run, and a single frame has a wild time stamp.
func TestMediaSet(t *testing.T) {
	r := scene{frames: 5000, latency: 0.02, jitter: 0.0002}.record()
	for i := range r.frames {
		if i >= 2500 {
			r.frames[i].RTP += 7 * rate
		}
	}
	for i := range r.reports {
		if r.reports[i].Before >= 2500 {
			r.reports[i].RTP += 7 * rate
		}
	}
	r.frames[1000].RTP -= 1 << 31
	s, worst, _ := r.examine(t, clock.Options{})
	if worst > ms {
		t.Errorf("off by up to %v", worst)
	}
	set := false
	for _, b := range s.Breaks {
		set = set || b.Frame == 2500 && b.Cause == clock.MediaSet && (b.By-7*time.Second).Abs() < ms
	}
	if !set {
		t.Errorf("breaks %+v", s.Breaks)
	}
}

// What a study says of a camera with a drifting media clock and noisy reports.
func TestStudy(t *testing.T) {
	r := scene{frames: 7500, drift: 38, latency: 0.02, jitter: 0.0002, named: true, noise: 0.02}.record()
	s, _, _ := r.examine(t, clock.Options{})
	if math.Abs(s.RTPDrift-38) > 5 || s.Interval.Round(100*ms) != 5*time.Second || s.Noise < 14*ms || s.Noise > 26*ms {
		t.Errorf("drift %.1f ppm, interval %v, noise %v", s.RTPDrift, s.Interval, s.Noise)
	}
	if off := s.Offset + 20*ms; off.Abs() > 20*ms {
		t.Errorf("offset %v, want about -20 ms", s.Offset)
	}
	for i, v := range s.Reports {
		if !v.Used || v.Residual.Abs() > 100*ms {
			t.Errorf("report %d: %+v", i, v)
		}
	}
}

// Without frames, without anything.
func TestFitOfLittle(t *testing.T) {
	if s := clock.Examine(clock.Options{}, []clock.Report{{}}, nil); len(s.Estimates) != 0 || len(s.Reports) != 1 {
		t.Errorf("%+v", s)
	}
	if e := clock.Fit(clock.Options{ClockRate: rate}, nil, []clock.Frame{{}, {}}); len(e) != 2 || e[0].State != clock.None || !e[0].Time.IsZero() {
		t.Errorf("%+v", e)
	}
	one := clock.Fit(clock.Options{ClockRate: rate}, nil, []clock.Frame{{Arrival: start}})
	if one[0].State != clock.RxOnly || one[0].Time.After(start) {
		t.Errorf("%+v", one)
	}
}

func BenchmarkFit(b *testing.B) {
	r := scene{frames: 90000, drift: 60, latency: 0.02, jitter: 0.0002, sent: true}.record()
	b.ReportAllocs()
	for b.Loop() {
		clock.Fit(clock.Options{ClockRate: rate}, r.reports, r.frames)
	}
}

func ExampleFit() {
	// A camera whose reports leave up to 40 ms after the frame they name, but tell the time at which they leave.
	r := scene{frames: 1500, sent: true, jitter: 0.0002}.record()
	estimates := clock.Fit(clock.Options{ClockRate: 90000}, r.reports, r.frames)
	e := estimates[750]
	fmt.Println(e.Time.Round(time.Millisecond).Format(time.RFC3339Nano), e.Status(), e.Source, e.Error < time.Millisecond)
	// Output: 2026-03-01T12:00:30.012Z locked+sendstamp sr true
}
