package clock

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// footage is a recording of frames that carry their times, with what is true of them.
type footage struct {
	frames []Frame
	truth  []time.Time
}

var footageStart = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

// film returns frames of a media clock at 90 kHz that runs by ppm too fast, each carrying what carries makes of its capture time;
// zero: nothing. They arrive 50 ms later.
func film(n int, interval time.Duration, ppm float64, source Source, carries func(i int, at time.Time) time.Time) *footage {
	f := &footage{}
	for i := range n {
		at := footageStart.Add(time.Duration(i) * interval)
		frame := Frame{
			RTP:     1<<32 - 1000 + int64(float64(at.Sub(footageStart))*(1+ppm/1e6)*90000/1e9),
			Arrival: at.Add(50 * time.Millisecond),
		}
		if c := carries(i, at); !c.IsZero() {
			frame.Absolute, frame.Source = ntp.FromTime(c), source
		}
		f.frames, f.truth = append(f.frames, frame), append(f.truth, at)
	}
	return f
}

// byArrival returns what is known without the times that frames carry.
func (f *footage) byArrival(source Source) []Estimate {
	list := make([]Estimate, len(f.frames))
	for i, frame := range f.frames {
		list[i] = Estimate{Time: frame.Arrival.Add(-40 * time.Millisecond), Error: 40 * time.Millisecond, State: RxOnly, Source: source}
	}
	return list
}

func (f *footage) live(source Source) []Estimate {
	c := carrier{host: new(hostLine), rate: 90000}
	list := f.byArrival(source)
	for i := range f.frames {
		list[i] = c.frame(&f.frames[i], list[i])
	}
	return list
}

func (f *footage) offline(source Source, reports ...Report) []Estimate {
	list := f.byArrival(source)
	o := Options{ClockRate: 90000, Trust: TrustCamera} // whatever the arrivals say
	carryAll(o, reports, f.frames, list)
	keepOrder(o, f.frames, list)
	return list
}

// sources counts the estimates by source.
func sources(list []Estimate) map[Source]int {
	n := map[Source]int{}
	for _, e := range list {
		n[e.Source]++
	}
	return n
}

// within checks that the times of frames from first on are that near the truth, and covered by their bounds.
func (f *footage) within(t *testing.T, what string, list []Estimate, first int, limit time.Duration) {
	t.Helper()
	for i := first; i < len(list); i++ {
		if off := list[i].Time.Sub(f.truth[i]).Abs(); off > limit || off > list[i].Error {
			t.Errorf("%s: frame %d is off by %v with an error of %v %v", what, i, off, list[i].Error, list[i].Source)
			return
		}
	}
}

func always(_ int, at time.Time) time.Time { return at }

func each(n int, carries func(int, time.Time) time.Time) func(int, time.Time) time.Time {
	return func(i int, at time.Time) time.Time {
		if i%n != n/2 {
			return time.Time{}
		}
		return carries(i, at)
	}
}

const frame25 = 40 * time.Millisecond

func TestCarried(t *testing.T) {
	for _, test := range []struct {
		name     string
		film     *footage
		source   Source
		first    int           // frame from which on the live estimate has it
		limit    time.Duration // largest distance to the truth
		grainTop time.Duration // largest error that may be stated by half of the frames
	}{
		{"each frame", film(1000, frame25, 30, ONVIF, always), ONVIF, 0, 20 * time.Microsecond, 100 * time.Microsecond},
		{"now and then", film(2000, frame25, 80, AbsCaptureTime, each(50, always)), AbsCaptureTime, 25, 300 * time.Microsecond, 500 * time.Microsecond},
		{"two in a recording", film(1500, frame25, 80, NTP64, each(749, always)), NTP64, 374, 4 * time.Millisecond, 5 * time.Millisecond},
		{"in whole milliseconds", film(1000, 33333333, 0, NTP64, func(_ int, at time.Time) time.Time {
			return at.Truncate(time.Millisecond)
		}), NTP64, 0, time.Millisecond, 3 * time.Millisecond},
		{"in whole seconds", film(1000, 33333333, 30, ONVIF, func(_ int, at time.Time) time.Time {
			return at.Truncate(time.Second)
		}), ONVIF, 0, time.Second, 1100 * time.Millisecond},
		{"media clock that counts frames", film(1000, frame25, 0, ONVIF, always).shake(10 * time.Millisecond), ONVIF, 0, 20 * time.Microsecond, 30 * time.Millisecond},
		{"one is wrong", film(1000, frame25, 0, NTP64, func(i int, at time.Time) time.Time {
			if i == 500 {
				return at.Add(3 * time.Hour)
			}
			return at
		}), NTP64, 0, 20 * time.Microsecond, 100 * time.Microsecond},
		{"one is of a clock that was never set", film(1000, frame25, 0, NTP64, func(i int, at time.Time) time.Time {
			if i == 500 {
				return time.Unix(5, 0)
			}
			return at
		}), NTP64, 0, 20 * time.Microsecond, 100 * time.Microsecond},
		{"hours ago", film(1000, frame25, 0, ONVIF, always).age(9 * time.Hour), ONVIF, 0, 20 * time.Microsecond, 100 * time.Microsecond},
		{"no arrivals", film(1000, frame25, 0, ONVIF, always).withoutArrivals(), ONVIF, 0, 20 * time.Microsecond, 100 * time.Microsecond},
		{"footage at double speed", film(1000, frame25, 0, ONVIF, always).speed(2), ONVIF, 0, 20 * time.Microsecond, 100 * time.Millisecond},
		{"footage at a third of the speed", film(1000, frame25, 0, ONVIF, always).speed(1. / 3), ONVIF, 0, 20 * time.Microsecond, 100 * time.Millisecond},
		{"key frames at ten times the speed", film(100, 4*time.Second, 0, ONVIF, always).speed(10), ONVIF, 2, 20 * time.Microsecond, 100 * time.Millisecond},
		{"fast, now and then", film(3000, frame25, 0, AbsCaptureTime, each(10, always)).speed(4), AbsCaptureTime, 30, 20 * time.Microsecond, 200 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			for what, list := range map[string][]Estimate{"live": test.film.live(SenderReport), "offline": test.film.offline(SenderReport)} {
				first := test.first
				if what == "offline" {
					first = 0
				}
				if n := sources(list); n[test.source] != len(list)-first && what == "offline" || n[test.source] < len(list)-first-1 {
					t.Errorf("%s: sources %v", what, n)
				}
				test.film.within(t, what, list, first, test.limit)
				errors := make([]time.Duration, 0, len(list))
				for _, e := range list[first:] {
					errors = append(errors, e.Error)
				}
				slices.Sort(errors)
				if middle := errors[len(errors)/2]; middle > test.grainTop {
					t.Errorf("%s: half of the errors are beyond %v", what, middle)
				}
			}
		})
	}
}

// shake makes the captures uneven, while the media clock counts frames.
func (f *footage) shake(by time.Duration) *footage {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range f.frames {
		f.truth[i] = f.truth[i].Add(time.Duration(r.Int64N(int64(2*by))) - by)
		f.frames[i].Absolute = ntp.FromTime(f.truth[i])
	}
	return f
}

// age makes it recorded footage, captured that long before it comes.
func (f *footage) age(by time.Duration) *footage {
	for i := range f.frames {
		f.truth[i] = f.truth[i].Add(-by)
		f.frames[i].Absolute = ntp.FromTime(f.truth[i])
	}
	return f
}

func (f *footage) withoutArrivals() *footage {
	for i := range f.frames {
		f.frames[i].Arrival = time.Time{}
	}
	return f
}

// speed makes it recorded footage that comes faster than it was captured.
func (f *footage) speed(by float64) *footage {
	for i := range f.frames {
		f.frames[i].RTP = int64(float64(f.frames[i].RTP-f.frames[0].RTP)/by) + f.frames[0].RTP
		f.frames[i].Arrival = footageStart.Add(time.Duration(float64(f.frames[i].Arrival.Sub(footageStart)) / by))
	}
	return f
}

// TestCarriedJump has footage with an hour left out, with a camera that tells and one that doesn't.
func TestCarriedJump(t *testing.T) {
	for _, told := range []bool{true, false} {
		f := film(200, frame25, 0, ONVIF, always)
		for i := 100; i < 200; i++ {
			f.truth[i] = f.truth[i].Add(time.Hour)
			f.frames[i].Absolute = ntp.FromTime(f.truth[i])
		}
		f.frames[100].Jump = told
		f.frames[101].Absolute = 0 // and the next one carries nothing
		f.within(t, "offline", f.offline(SenderReport), 0, 20*time.Microsecond)
		list := f.live(SenderReport)
		if !told { // believed from the second on; till then the bound holds
			for i := 100; i < 102; i++ {
				if off := list[i].Time.Sub(f.truth[i]).Abs(); off > list[i].Error || list[i].Flags != Suspect {
					t.Errorf("frame %d: off by %v, %+v", i, off, list[i])
				}
				list[i].Time = f.truth[i]
			}
		}
		f.within(t, "live", list, 0, 20*time.Microsecond)
	}
}

// TestCarriedBeside: reports tell the times that no frame near carries, and each estimate says by what it is.
func TestCarriedBeside(t *testing.T) {
	f := film(5000, frame25, 0, AbsCaptureTime, func(i int, at time.Time) time.Time {
		if i < 100 || i > 200 {
			return time.Time{}
		}
		return at
	})
	list := f.offline(SenderReport)
	if n := sources(list); n[AbsCaptureTime] != 201+60*25 || n[SenderReport] != 5000-201-60*25 {
		t.Errorf("offline: %v", n)
	}
	if list[200+60*25].State != Coasting || list[300].State != Locked {
		t.Errorf("states %v and %v", list[200+60*25].State, list[300].State)
	}
	if n := sources(f.live(SenderReport)); n[AbsCaptureTime] != 101+60*25 {
		t.Errorf("live: %v", n)
	}
}

// TestCarriedByTwo: the better source counts, also where only the other one tells of the frame itself.
func TestCarriedByTwo(t *testing.T) {
	f := film(500, frame25, 0, RFC7273, func(_ int, at time.Time) time.Time { return at.Add(100 * time.Millisecond) })
	for i := 50; i < 500; i += 25 {
		f.frames[i].Absolute, f.frames[i].Source = ntp.FromTime(f.truth[i]), NTP64
	}
	if n := sources(f.offline(SenderReport)); n[NTP64] != 500 {
		t.Errorf("offline: %v", n)
	}
	f.within(t, "offline", f.offline(SenderReport), 0, 20*time.Microsecond)
	list := f.live(SenderReport)
	if n := sources(list); n[NTP64] != 450 || n[RFC7273] != 50 {
		t.Errorf("live: %v", n)
	}
	f.within(t, "live", list, 50, 20*time.Microsecond)
}

// TestCarriedRuns: time stamps of two runs can't be compared, but both carry their times.
func TestCarriedRuns(t *testing.T) {
	f := film(1000, frame25, 0, NTP64, each(50, always))
	for i := 500; i < 1000; i++ {
		f.frames[i].Run, f.frames[i].RTP = 1, f.frames[i].RTP*7%(1<<32)
	}
	for i := 500; i < 1000; i++ {
		f.frames[i].RTP = 5 + int64(i)*3600
	}
	f.within(t, "offline", f.offline(SenderReport), 0, 20*time.Microsecond)
	if n := sources(f.live(SenderReport)); n[SenderReport] != 25+25 {
		t.Errorf("live: %v", n)
	}
}

// TestCarriedReordered has B-frames: decode order is not presentation order.
func TestCarriedReordered(t *testing.T) {
	f := film(1000, frame25, 0, AbsCaptureTime, each(7, always))
	for i := 1; i+2 < 1000; i += 3 {
		f.frames[i], f.frames[i+1], f.frames[i+2] = f.frames[i+2], f.frames[i], f.frames[i+1]
		f.truth[i], f.truth[i+1], f.truth[i+2] = f.truth[i+2], f.truth[i], f.truth[i+1]
	}
	f.within(t, "offline", f.offline(SenderReport), 0, 20*time.Microsecond)
	f.within(t, "live", f.live(SenderReport), 6, 20*time.Microsecond)
}

func TestPlayed(t *testing.T) {
	f := film(50*60, frame25, 50, Play, func(i int, at time.Time) time.Time {
		if i > 0 {
			return time.Time{}
		}
		return at.Add(123456 * time.Microsecond)
	})
	for i := range f.truth {
		f.truth[i] = f.truth[i].Add(123456 * time.Microsecond)
	}
	for i := 2000; i < len(f.frames); i++ { // another run: the host's clock carries it on
		f.frames[i].Run, f.frames[i].RTP = 1, int64(i)
	}
	for what, list := range map[string][]Estimate{"live": f.live(Arrival), "offline": f.offline(Arrival)} {
		if n := sources(list); n[Play] != len(list) {
			t.Errorf("%s: %v", what, n)
		}
		f.within(t, what, list, 0, 10*time.Millisecond)
		if list[10].State != Acquiring || list[1500].State != Coasting {
			t.Errorf("%s: states %v, %v", what, list[10].State, list[1500].State)
		}
	}
	for what, list := range map[string][]Estimate{"live": f.live(SenderReport), "offline": f.offline(SenderReport)} {
		if n := sources(list); n[SenderReport] != len(list) {
			t.Errorf("%s: %v beside reports", what, n)
		}
	}
	// Nothing carries it on to another run when there are no arrivals.
	last := film(1, frame25, 0, Play, always)
	last.frames[0].Run = 7
	c := carrier{host: new(hostLine), rate: 90000, play: played{first: carried{0, footageStart}}}
	last.frames[0].Absolute = 0
	if e := c.frame(&last.frames[0], Estimate{}); e != (Estimate{}) {
		t.Errorf("without arrivals: %+v", e)
	}
	// Reports that are not believed say the same of that clock.
	c = carrier{host: new(hostLine), rate: 90000}
	c.reported()
	if e := c.frame(&f.frames[0], f.byArrival(Arrival)[0]); e.Source != Arrival {
		t.Errorf("live: %+v", e)
	}
	if n := sources(f.offline(Arrival, Report{NTP: 1})); n[Arrival] != len(f.frames) {
		t.Errorf("offline: %v", n)
	}
}

// TestCarriedNever: without a single time all stays as it was.
func TestCarriedNever(t *testing.T) {
	f := film(100, frame25, 0, NoSource, func(int, time.Time) time.Time { return time.Time{} })
	want := f.byArrival(SenderReport)
	if !slices.Equal(f.offline(SenderReport), want) || !slices.Equal(f.live(SenderReport), want) {
		t.Error("estimates changed")
	}
	carryAll(Options{}, nil, nil, nil)
}

// TestCarriedThroughFit: Fit takes the times that frames carry, with reports that are an hour off and without any, and with
// footage of long ago, which no report fits.
func TestCarriedThroughFit(t *testing.T) {
	for _, age := range []time.Duration{0, 9 * time.Hour} {
		f := film(2000, frame25, 40, ONVIF, always).age(age)
		var reports []Report
		for i := 50; i < 2000; i += 125 {
			at := f.truth[i].Add(age + time.Hour)
			reports = append(reports, Report{NTP: ntp.FromTime(at), RTP: f.frames[i].RTP, Before: i + 1, Arrival: f.frames[i].Arrival})
		}
		for _, reports := range [][]Report{reports, nil} {
			list := Fit(Options{ClockRate: 90000}, reports, f.frames)
			f.within(t, "Fit", list, 0, 20*time.Microsecond)
			if n := sources(list); n[ONVIF] != 2000 {
				t.Errorf("%d reports: %v", len(reports), n)
			}
		}
	}
}

// TestCarriedThroughTracker: the Tracker takes the times that frames carry, beside reports of a clock that is an hour off, and
// the reply to PLAY only until the first report.
func TestCarriedThroughTracker(t *testing.T) {
	f := film(2000, frame25, 40, NTP64, always)
	tracker := NewTracker(Options{ClockRate: 90000})
	for i, frame := range f.frames {
		if i%125 == 50 {
			tracker.Report(Report{NTP: ntp.FromTime(f.truth[i].Add(time.Hour)), RTP: frame.RTP, Before: i, Arrival: frame.Arrival})
		}
		if e := tracker.Frame(frame); e.Source != NTP64 || e.Time.Sub(f.truth[i]).Abs() > 20*time.Microsecond {
			t.Fatalf("frame %d, captured %v: %+v", i, f.truth[i], e)
		}
	}
	f = film(500, frame25, 40, Play, func(i int, at time.Time) time.Time {
		if i > 0 {
			return time.Time{}
		}
		return at
	})
	tracker = NewTracker(Options{ClockRate: 90000})
	for i, frame := range f.frames {
		want := Play
		if i >= 100 {
			want = SenderReport
		}
		if i == 100 {
			tracker.Report(Report{NTP: ntp.FromTime(f.truth[i]), RTP: frame.RTP, Before: i, Arrival: frame.Arrival})
		}
		if e := tracker.Frame(frame); e.Source != want || e.Time.Sub(f.truth[i]).Abs() > e.Error {
			t.Fatalf("frame %d, captured %v: %+v", i, f.truth[i], e)
		}
	}
}

func TestCarrierAllocations(t *testing.T) {
	f := film(2000, frame25, 10, NTP64, each(3, always))
	c, i := carrier{host: new(hostLine), rate: 90000}, 0
	if n := testing.AllocsPerRun(1000, func() {
		c.frame(&f.frames[i], Estimate{})
		i++
	}); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}
