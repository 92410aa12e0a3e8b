package clock_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

const rate = 90000

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// unset are the options of a host that no server sets: the camera is believed then, whatever it says.
var unset = clock.Options{ClockRate: rate, Trust: clock.TrustCamera}

// camera is a source of exact observations: 25 frames are captured a second, and each arrives 30 ms later.
type camera struct {
	base   int64         // RTP time of frame 0
	offset time.Duration // camera's clock minus true time
	run    int
}

// captured counts from no whole second: a clock that shows those is taken for a coarse one.
func (c camera) captured(k int) time.Time {
	return start.Add(123456*time.Microsecond + time.Duration(k)*40*time.Millisecond)
}

func (c camera) frame(k int) clock.Frame {
	return clock.Frame{RTP: c.base + int64(k)*3600, Run: c.run, Arrival: c.captured(k).Add(30 * time.Millisecond)}
}

func (c camera) report(k int) clock.Report {
	return clock.Report{
		NTP: ntp.FromTime(c.captured(k).Add(c.offset)), RTP: c.base + int64(k)*3600, Run: c.run, Before: k,
		Arrival: c.captured(k).Add(30 * time.Millisecond),
	}
}

func TestTracker(t *testing.T) {
	c := camera{base: 1<<32 - 3*3600, offset: 2 * time.Second} // the 32 bits of the camera wrap at frame 3
	tr := clock.NewTracker(unset)
	for k := range 1000 {
		if k%125 == 10 {
			tr.Report(c.report(k))
		}
		e := tr.Frame(c.frame(k))
		wantState, wantSource, wantTime := clock.Locked, clock.SenderReport, c.captured(k).Add(c.offset)
		switch {
		case k < 10:
			wantState, wantSource, wantTime = clock.RxOnly, clock.Arrival, c.captured(k).Add(-10*time.Millisecond)
		case k < 10+3*125:
			wantState = clock.Acquiring
		}
		if e.State != wantState || e.Source != wantSource {
			t.Fatalf("frame %d: %v by %q, want %v by %q", k, e.State, e.Source, wantState, wantSource)
		}
		if d := e.Time.Sub(wantTime).Abs(); d > time.Microsecond {
			t.Fatalf("frame %d: off by %v", k, d)
		}
		if e.Error <= 0 || e.Error > 60*time.Millisecond {
			t.Fatalf("frame %d: error bound %v", k, e.Error)
		}
	}
}

// A frame that was captured before its sender report is placed by the signed difference (the reports of Amcrest cameras
// overtake frames that are still in the encoder).
func TestFrameBeforeItsReport(t *testing.T) {
	for _, base := range []int64{0, 1<<32 - 1, 1<<31 - 1} {
		c := camera{base: base}
		tr := clock.NewTracker(clock.Options{ClockRate: rate})
		tr.Report(c.report(3))
		if e := tr.Frame(c.frame(1)); e.State != clock.Acquiring || e.Time.Sub(c.captured(1)).Abs() > time.Microsecond {
			t.Errorf("base %d: %v, %v, want %v", base, e.State, e.Time, c.captured(1))
		}
	}
}

func TestStates(t *testing.T) {
	c := camera{}
	tests := []struct {
		name    string
		reports []clock.Report
		frame   clock.Frame
		want    clock.State
	}{
		{"no report", nil, c.frame(0), clock.RxOnly},
		{"clock never set", []clock.Report{{NTP: ntp.FromTime(time.Unix(100, 0)), Arrival: start}}, c.frame(0), clock.RxOnly},
		{"clock from 2000 on", []clock.Report{{NTP: ntp.FromTime(time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC)), Arrival: start}}, c.frame(0), clock.RxOnly},
		{"seconds since its start", []clock.Report{{NTP: 1000 << 32, Arrival: start}}, c.frame(0), clock.RxOnly},
		{"NTP of zero", []clock.Report{{Arrival: start}}, c.frame(0), clock.RxOnly},
		{"one report", []clock.Report{c.report(0)}, c.frame(1), clock.Acquiring},
		{"old report", []clock.Report{c.report(0)}, c.frame(31 * 25), clock.Coasting},
		{"reports of another run", []clock.Report{c.report(0)}, camera{run: 1}.frame(1), clock.RxOnly},
		{"first report of another run after many of one", []clock.Report{c.report(0), c.report(1), c.report(2), c.report(3),
			camera{run: 1}.report(4)}, camera{run: 1}.frame(5), clock.Acquiring},
		{"rare reports", []clock.Report{c.report(0), c.report(500), c.report(1000), c.report(1500)}, c.frame(1500 + 60*25), clock.Locked},
	}
	for _, tt := range tests {
		tr := clock.NewTracker(unset)
		for _, r := range tt.reports {
			tr.Report(r)
		}
		if got := tr.Frame(tt.frame).State; got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Some cameras report before they send, with an RTP time stamp that has nothing to do with the media, or send the reports
// of another track.
func TestReportsFarFromTheMedia(t *testing.T) {
	const far, near = 6 * rate, 4 * rate
	c := camera{base: 1 << 30}
	tests := []struct {
		name string
		off  int64 // of the report's RTP time stamp
		want clock.State
	}{
		{"true", 0, clock.Acquiring},
		{"late in a burst", -near, clock.Acquiring},
		{"ahead", near, clock.Acquiring},
		{"6 s ahead", far, clock.RxOnly},
		{"6 s behind", -far, clock.RxOnly},
		{"0", -c.base, clock.RxOnly},
	}
	for _, tt := range tests {
		r := c.report(0)
		r.RTP += tt.off
		early, late := clock.NewTracker(unset), clock.NewTracker(unset)
		early.Report(r)
		late.Frame(c.frame(0))
		late.Report(r)
		if got := early.Frame(c.frame(0)).State; got != tt.want {
			t.Errorf("%s, before the first frame: %v, want %v", tt.name, got, tt.want)
		}
		if got := late.Frame(c.frame(1)).State; got != tt.want {
			t.Errorf("%s, after a frame: %v, want %v", tt.name, got, tt.want)
		}
		early.Report(c.report(1))
		if e := early.Frame(c.frame(2)); e.State != clock.Acquiring || tt.off != 0 && tt.want == clock.RxOnly && e.Time.Sub(c.captured(2)).Abs() > time.Microsecond {
			t.Errorf("%s, then a good one: %+v, captured at %v", tt.name, e, c.captured(2))
		}
	}
}

// A camera that stamps its frames 1/25 s apart, and sends five where six were due: each report puts the time right, and
// the bound knows how wrong it gets in between.
func TestSlowMediaClock(t *testing.T) {
	tr := clock.NewTracker(clock.Options{ClockRate: rate})
	for k := range 2000 {
		captured := start.Add(123456*time.Microsecond + time.Duration(k)*48*time.Millisecond)
		rtp := int64(k) * 3600
		if k%104 == 0 { // each 5 s
			tr.Report(clock.Report{NTP: ntp.FromTime(captured), RTP: rtp, Arrival: captured})
		}
		e := tr.Frame(clock.Frame{RTP: rtp, Arrival: captured})
		off := captured.Sub(e.Time).Abs()
		if off > time.Second || k > 104 && off > e.Error {
			t.Fatalf("frame %d: off by %v, bound %v", k, off, e.Error)
		}
	}
}

// Whatever the reports say, time does not run backwards in presentation order, and the bound covers what was moved.
func TestNeverBackwards(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		c := camera{base: r.Int64N(1 << 33)}
		tr := clock.NewTracker(clock.Options{ClockRate: rate})
		var shown []clock.Estimate // by presentation index
		order := presentation(r, 400)
		shown = make([]clock.Estimate, len(order))
		for i, k := range order {
			if r.IntN(20) == 0 {
				c.offset = time.Duration(r.Int64N(8e8) - 4e8)
				tr.Report(c.report(i))
			}
			shown[k] = tr.Frame(c.frame(k))
		}
		for k := range shown[1:] {
			if shown[k+1].Source == shown[k].Source && shown[k+1].Time.Before(shown[k].Time) {
				t.Fatalf("seed %d: frame %d at %v, frame %d before it at %v", seed, k, shown[k].Time, k+1, shown[k+1].Time)
			}
		}
	}
}

// presentation returns n presentation indices in decode order: each group of up to 17, as many as
// H.264 allows, is led by its last picture.
func presentation(r *rand.Rand, n int) (order []int) {
	for k := 0; k < n; {
		g := min(1+r.IntN(17), n-k)
		order = append(order, k+g-1)
		for b := range g - 1 {
			order = append(order, k+b)
		}
		k += g
	}
	return order
}

// A report that wants another time is not followed before a second one wants the same. Until then, and while time waits for
// the clock that was set back, the bound covers both.
func TestClockSetBack(t *testing.T) {
	c := camera{offset: -50 * time.Millisecond}
	tr := clock.NewTracker(clock.Options{ClockRate: rate})
	for k := range 1500 {
		if k%125 == 0 {
			if k == 1000 {
				c.offset -= 300 * time.Millisecond
			}
			tr.Report(c.report(k))
		}
		e := tr.Frame(c.frame(k))
		off := e.Time.Sub(c.captured(k).Add(c.offset)).Abs()
		if k > 0 && off > e.Error {
			t.Errorf("frame %d: off by %v, bound %v", k, off, e.Error)
		}
		if want := k >= 1000 && k < 1125; e.Flags&clock.Suspect != 0 != want {
			t.Fatalf("frame %d: %v", k, e.Status())
		}
		if k == 1125 && e.Flags&(clock.SlewOut|clock.Stepped) != clock.SlewOut|clock.Stepped {
			t.Errorf("frame %d: %v", k, e.Status())
		}
		if k >= 1135 && off > time.Millisecond {
			t.Errorf("frame %d: still off by %v", k, off)
		}
	}
}

// traffic is what a network delays a frame by: seldom by much.
func traffic(k int) time.Duration {
	return time.Duration(k%31) * time.Duration(k%31) * 30 * time.Microsecond
}

// TestNewRunOnJitter begins a new run without a report on a network that delays frames by up to 30 ms: the bound holds.
func TestNewRunOnJitter(t *testing.T) {
	tr := clock.NewTracker(clock.Options{ClockRate: rate})
	c := camera{offset: -200 * time.Millisecond}
	for k := range 500 {
		if k%125 == 0 {
			tr.Report(c.report(k))
		}
		f := c.frame(k)
		f.Arrival = f.Arrival.Add(traffic(k * 7))
		tr.Frame(f)
	}
	c.run, c.base = 1, 1<<40
	for k := 600; k < 700; k++ {
		f := c.frame(k)
		f.Arrival = f.Arrival.Add(traffic(k * 11))
		e := tr.Frame(f)
		if off := e.Time.Sub(c.captured(k).Add(c.offset)).Abs(); e.State != clock.Coasting || off > e.Error || e.Error > 100*time.Millisecond {
			t.Fatalf("frame %d: %v, off by %v, bound %v", k, e.State, off, e.Error)
		}
	}
}

// A new run, of a new session say, begins with what was known of the camera's clock.
func TestNewRun(t *testing.T) {
	tr := clock.NewTracker(unset)
	before := camera{offset: time.Hour}
	for k := range 1000 {
		if k%125 == 0 {
			tr.Report(before.report(k))
		}
		tr.Frame(before.frame(k))
	}
	again := camera{run: 1, base: 9000, offset: time.Hour}
	for k := 5000; k < 5300; k++ { // after a pause
		want := clock.Coasting // no report of the run vouches for it
		if k >= 5200 {
			want = clock.Locked
		}
		if k == 5200 {
			tr.Report(again.report(k))
		}
		e := tr.Frame(again.frame(k))
		if off := e.Time.Sub(again.captured(k).Add(again.offset)).Abs(); e.State != want || e.Source != clock.SenderReport || off > 20*time.Microsecond {
			t.Fatalf("frame %d: %v by %q, off by %v", k, e.State, e.Source, off)
		}
	}
}

// Where only the camera's clock counts, it is followed at once when a second report says that it was set back by a lot.
func TestSetBackByALot(t *testing.T) {
	tr := clock.NewTracker(unset)
	c := camera{offset: time.Hour}
	for k := range 1500 {
		if k == 1000 {
			c.offset = 0
		}
		if k%125 == 0 {
			tr.Report(c.report(k))
		}
		e := tr.Frame(c.frame(k))
		if off := e.Time.Sub(c.captured(k).Add(c.offset)).Abs(); off > e.Error || k >= 1125 && off > time.Microsecond {
			t.Fatalf("frame %d: off by %v, bound %v", k, off, e.Error)
		}
	}
}

// Where the host's clock is trusted, one of the camera that can't be right tells no time, whenever it was set to that.
func TestImplausibleClock(t *testing.T) {
	for _, offset := range []time.Duration{time.Minute, -time.Minute, -1200 * time.Millisecond, -20000 * time.Hour} {
		for _, from := range []int{0, 1000} {
			c, tr := camera{}, clock.NewTracker(clock.Options{ClockRate: rate})
			for k := range 2000 {
				if k == from {
					c.offset = offset
				}
				if k%125 == 0 {
					tr.Report(c.report(k))
				}
				e := tr.Frame(c.frame(k))
				if off := e.Time.Sub(c.captured(k)).Abs(); off > e.Error {
					t.Fatalf("off by %v from frame %d on: frame %d is off by %v, bound %v", offset, from, k, off, e.Error)
				}
				if want := clock.RxOnly; from == 0 && e.State != want {
					t.Fatalf("off by %v: frame %d is %v, want %v", offset, k, e.State, want)
				}
			}
		}
	}
}

// A camera that sends its local time for UTC.
func TestLocalTime(t *testing.T) {
	c, tr := camera{offset: 5*time.Hour + 30*time.Minute}, clock.NewTracker(clock.Options{ClockRate: rate})
	for k := range 500 {
		if k%125 == 0 {
			tr.Report(c.report(k))
		}
		e := tr.Frame(c.frame(k))
		if off := e.Time.Sub(c.captured(k)).Abs(); off > 20*time.Microsecond || e.Flags != clock.Zone {
			t.Fatalf("frame %d: %v, off by %v", k, e.Status(), off)
		}
	}
}

// The frame interval is that of the presentation, whatever the order of decoding.
func TestIntervalOfReorderedFrames(t *testing.T) {
	tr := clock.NewTracker(clock.Options{ClockRate: rate})
	c, e := camera{}, clock.Estimate{}
	for _, k := range []int{0, 4, 1, 2, 3} {
		e = tr.Frame(clock.Frame{RTP: c.frame(k).RTP, Arrival: start})
	}
	if e.Error < 40*time.Millisecond {
		t.Errorf("bound %v, which is less than a frame interval", e.Error)
	}
}

// A single report that disagrees makes the time doubtful, not another.
func TestReportOfAnotherTime(t *testing.T) {
	tr := clock.NewTracker(unset)
	c := camera{}
	tr.Report(c.report(0))
	tr.Frame(c.frame(0))
	tr.Report(c.report(25))
	tr.Frame(c.frame(25))
	c.offset = 700 * time.Millisecond
	tr.Report(c.report(50))
	if e := tr.Frame(c.frame(50)); e.Error < 700*time.Millisecond || e.Flags&clock.Suspect == 0 || e.Time.Sub(c.captured(50)) > time.Millisecond {
		t.Errorf("reports disagree by 700 ms, %v, bound %v", e.Status(), e.Error)
	}
}

// Ticks times nanoseconds overflow after 28 hours at 90 kHz.
func TestLongAfterTheReport(t *testing.T) {
	const k = 40 * 3600 * 25
	c := camera{}
	tr := clock.NewTracker(clock.Options{ClockRate: rate})
	tr.Report(c.report(0))
	if e := tr.Frame(c.frame(k)); !e.Time.Equal(c.captured(k)) || e.State != clock.Coasting {
		t.Errorf("%v, %v, want %v", e.Time, e.State, c.captured(k))
	}
}

// A pause of the stream is no frame interval.
func TestPause(t *testing.T) {
	c := camera{}
	tr := clock.NewTracker(clock.Options{ClockRate: rate})
	tr.Frame(c.frame(0))
	if e := tr.Frame(c.frame(60 * 25)); e.Error != time.Second {
		t.Errorf("bound %v after a minute's pause, want 1s", e.Error)
	}
}

// Some cameras send single frames with time stamps that are hours off. The time of these is told by their arrival, and all
// others are none the worse.
func TestStrayTimeStamps(t *testing.T) {
	for _, off := range []int64{9800 * rate, -9800 * rate, 6 * rate, -6 * rate, rate, -rate, -4 * 3600} {
		c, tr := camera{}, clock.NewTracker(clock.Options{ClockRate: rate})
		for k := range 1000 {
			if k%125 == 0 {
				tr.Report(c.report(k))
			}
			f, tolerance := c.frame(k), 20*time.Microsecond
			if k == 505 || k == 600 || k == 601 {
				f.RTP += off
				tolerance = time.Millisecond
			}
			e := tr.Frame(f)
			if off := e.Time.Sub(c.captured(k)).Abs(); off > tolerance || off > e.Error {
				t.Fatalf("frame %d: off by %v, bound %v", k, off, e.Error)
			}
			if (tolerance == time.Millisecond) != (e.Flags&clock.Suspect != 0) {
				t.Fatalf("frame %d: %v", k, e.Status())
			}
		}
	}
}

// A media clock that is set within a run goes on with a new origin, at once.
func TestMediaClockSet(t *testing.T) {
	for _, by := range []int64{9800 * rate, -9800 * rate, rate / 2, -rate / 2} {
		c, tr := camera{}, clock.NewTracker(clock.Options{ClockRate: rate})
		for k := range 1000 {
			if k == 500 {
				c.base += by
			}
			if k%125 == 0 {
				tr.Report(c.report(k))
			}
			e := tr.Frame(c.frame(k))
			if off := e.Time.Sub(c.captured(k)).Abs(); off > 20*time.Microsecond {
				t.Fatalf("set by %d: frame %d is off by %v", by, k, off)
			}
		}
	}
}

// Without arrivals, the reports alone tell the time.
func TestNoArrivals(t *testing.T) {
	c, tr := camera{offset: time.Hour}, clock.NewTracker(clock.Options{ClockRate: rate})
	for k := range 1000 {
		if k%125 == 50 {
			r := c.report(k)
			r.Arrival = time.Time{}
			tr.Report(r)
		}
		f := c.frame(k)
		f.Arrival = time.Time{}
		e := tr.Frame(f)
		if k < 50 && e != (clock.Estimate{}) {
			t.Fatalf("frame %d: %+v", k, e)
		}
		if off := e.Time.Sub(c.captured(k).Add(c.offset)).Abs(); k >= 50 && (off > time.Microsecond || e.State < clock.Acquiring) {
			t.Fatalf("frame %d: %v, off by %v", k, e.Status(), off)
		}
	}
}

// Sound comes in bursts: several frames to a packet, all with its arrival.
func TestSound(t *testing.T) {
	tr := clock.NewTracker(clock.Options{ClockRate: 48000})
	at := func(k int) time.Time { return start.Add(time.Duration(k) * 1024 * time.Second / 48000) }
	for k := range 5000 {
		if k%235 == 40 {
			tr.Report(clock.Report{NTP: ntp.FromTime(at(k)), RTP: int64(k) * 1024, Arrival: at(k).Add(2 * time.Millisecond)})
		}
		e := tr.Frame(clock.Frame{RTP: int64(k) * 1024, Arrival: at(k/4*4 + 4).Add(2 * time.Millisecond)})
		if off := e.Time.Sub(at(k)).Abs(); k >= 4 && off > e.Error || k > 40 && off > 50*time.Microsecond {
			t.Fatalf("frame %d: %v, off by %v, bound %v", k, e.Status(), off, e.Error)
		}
	}
}

// Estimates are the camera's time: in UTC, and without the host's monotonic clock.
func TestEstimatesAreUTC(t *testing.T) {
	f := clock.Frame{Arrival: time.Now().In(time.FixedZone("CET", 3600))}
	if e := clock.NewTracker(clock.Options{ClockRate: 0}).Frame(f); e.Time != e.Time.Round(0).UTC() {
		t.Errorf("%#v", e.Time)
	}
}

// The first report is followed at once, wherever the camera's clock is, if the host's is not trusted.
func TestFirstReport(t *testing.T) {
	for _, offset := range []time.Duration{-time.Minute, -1200 * time.Millisecond, time.Hour} {
		c := camera{offset: offset}
		tr := clock.NewTracker(unset)
		tr.Frame(c.frame(0))
		tr.Report(c.report(1))
		if e := tr.Frame(c.frame(1)); e.Time.Sub(c.captured(1).Add(offset)).Abs() > time.Microsecond {
			t.Errorf("clock off by %v: first time by it is %v", offset, e.Time)
		}
	}
}

func TestTrackerDoesNotAllocate(t *testing.T) {
	c, tr, k := camera{}, clock.NewTracker(clock.Options{ClockRate: rate}), 0
	allocs := testing.AllocsPerRun(1000, func() {
		if k%100 == 0 {
			tr.Report(c.report(k))
		}
		tr.Frame(c.frame(k))
		k++
	})
	if allocs != 0 {
		t.Errorf("%v allocations per frame", allocs)
	}
}

func BenchmarkTracker(b *testing.B) {
	c, tr, k := camera{}, clock.NewTracker(clock.Options{ClockRate: rate}), 0
	b.ReportAllocs()
	for b.Loop() {
		if k%125 == 0 {
			tr.Report(c.report(k))
		}
		tr.Frame(c.frame(k))
		k++
	}
}

func ExampleTracker() {
	tracker := clock.NewTracker(clock.Options{ClockRate: 90000})
	arrival := time.Date(2025, 6, 15, 12, 34, 56, 600e6, time.UTC)
	tracker.Report(clock.Report{NTP: 0xebf93c70_80000000, RTP: 268435456, Arrival: arrival})
	e := tracker.Frame(clock.Frame{RTP: 268438456, Arrival: arrival})
	fmt.Println(e.Time.Format(time.RFC3339Nano), e.State, e.Source)
	// Output: 2025-06-15T12:34:56.533333333Z acquiring sr
}
