package extract

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

const ms = time.Millisecond

// at returns the time of a number of nanoseconds since 1970.
func at(ns int64) time.Time { return time.Unix(0, ns).UTC() }

func checkTime(t *testing.T, name string, got time.Time, want int64) {
	t.Helper()
	if d := got.Sub(at(want)).Abs(); d > 1 {
		t.Errorf("%s: %v, want %v", name, got, at(want))
	}
}

func TestRowsOfVectors(t *testing.T) {
	r := vectors()
	one, two, three := r.Rows(RTP), r.Rows(RTPInterpolated), r.Rows(Interpolated)
	for _, want := range []struct {
		k               int
		one, two, three int64
	}{
		{0, 1749990891_490000000, 1749990891_490000000, 1749990891_490000000},
		{1, 1749990891_523333333, 1749990891_523400000, 1749990891_523333333},
		{149, 1749990896_456666667, 1749990896_466600000, 1749990896_456666667},
		{150, 1749990896_500000000, 1749990896_500000000, 1749990896_500000000},
		{151, 1749990896_533333333, 1749990896_533400000, 1749990896_533400000},
		{225, 1749990899_000000000, 1749990899_005000000, 1749990899_005000000},
		{300, 1749990901_510000000, 1749990901_510000000, 1749990901_510000000},
		{450, 1749990906_510000000, 1749990906_510000000, 1749990906_510000000},
	} {
		checkTime(t, "rtp", one[want.k].Time, want.one)
		checkTime(t, "rtp-interpolated", two[want.k].Time, want.two)
		checkTime(t, "interpolated", three[want.k].Time, want.three)
	}
	if got := one[151]; got.Source != clock.SenderReport || got.State != clock.Acquiring || got.RTP != 268438456 ||
		(got.Error-10*ms-time.Second/30).Abs() > 10*time.Microsecond {
		t.Errorf("%+v; the reports disagree by 10ms, and a frame lasts 33ms", got)
	}
}

func TestRowsAcrossWrap(t *testing.T) {
	one, two := wrap().Rows(RTP), wrap().Rows(RTPInterpolated)
	for i, want := range []struct{ one, two int64 }{
		{1749990896_500000000, 1749990896_500000000},
		{1749990896_533333333, 1749990896_533400000},
		{1749990896_600000000, 1749990896_600200000},
		{1749990899_000000000, 1749990899_005000000},
		{1749990901_466666667, 1749990901_476600000},
		{1749990901_510000000, 1749990901_510000000},
	} {
		checkTime(t, "rtp", one[i].Time, want.one)
		checkTime(t, "rtp-interpolated", two[i].Time, want.two)
	}
	if one[2].RTP != 4904 {
		t.Errorf("RTP %d, want what the camera sent", one[2].RTP)
	}
}

// add appends a frame to b that came at its capture time.
func add(b *builder, run int, rtp int64, reports ...clock.Report) {
	f := Frame{PTS: rtp + int64(run)<<40, Stamped: true, Sent: uint32(rtp), Frame: clock.Frame{RTP: rtp, Run: run}}
	for _, r := range reports {
		r.Run = run
		b.addReport(r, &f.Frame)
	}
	b.addFrame(f)
}

// TestRowsOfRuns: nothing is computed over the border of two runs, the frames before a run's first report are reckoned
// back from it, and of a run without reports nothing is known.
func TestRowsOfRuns(t *testing.T) {
	r := &Recording{Origin: TimingBox, ClockRate: 90000, Timescale: 90000}
	b := newBuilder(r)
	first, second := vectorReports[1], vectorReports[2]
	add(b, 0, first.RTP-3000)
	add(b, 0, first.RTP+3000, first)
	add(b, 0, first.RTP+6000)
	add(b, 1, 100)
	add(b, 1, 3100, clock.Report{NTP: second.NTP, RTP: 3100})
	add(b, 1, 6100)
	add(b, 2, 6100)
	want := []int64{
		1749990896_466666667, 1749990896_533333333, 1749990896_566666667,
		1749990901_476666667, 1749990901_510000000, 1749990901_543333333, 0,
	}
	for name, m := range map[string]Method{"rtp": RTP, "rtp-interpolated": RTPInterpolated, "interpolated": Interpolated} {
		for i, row := range r.Rows(m) {
			if want[i] != 0 {
				checkTime(t, name, row.Time, want[i])
			} else if row.Estimate != (clock.Estimate{}) || !row.HasRTP {
				t.Errorf("%s, frame %d: %+v, want nothing but the RTP time stamp", name, i, row)
			}
		}
	}
}

func TestRowsStates(t *testing.T) {
	r := &Recording{Origin: TimingBox, ClockRate: 90000, Timescale: 90000}
	b := newBuilder(r)
	for i := range int64(4) {
		add(b, 0, i*450000, clock.Report{NTP: vectorReports[0].NTP + ntp.Time(i*5)<<32, RTP: i * 450000})
	}
	add(b, 0, 3*450000+30*90000)
	add(b, 0, 3*450000+30*90000+1)
	want := []clock.State{clock.Acquiring, clock.Acquiring, clock.Acquiring, clock.Locked, clock.Locked, clock.Coasting}
	for i, row := range r.Rows(RTP) {
		if row.State != want[i] {
			t.Errorf("row %d: %v, want %v", i, row.State, want[i])
		}
	}
}

func TestRowsErrors(t *testing.T) {
	r := vectors()
	r.Frames.places[170].pts += 1500 // no matter for rtp
	r.Frames.observed[170].RTP += 450
	one, three := r.Rows(RTP), r.Rows(Interpolated)
	const interval = time.Second / 30
	for _, test := range []struct {
		name string
		row  Row
		want time.Duration
	}{
		{"at the report", one[150], interval + 10*ms},
		{"two seconds later", one[210], interval + 10*ms + 200*time.Microsecond},
		{"uneven spacing, rtp", one[170], interval + 10*ms + 67*time.Microsecond},
		{"uneven spacing, interpolated", three[170], interval + 15*ms + 77*time.Microsecond},
	} {
		if d := (test.row.Error - test.want).Abs(); d > 2*time.Microsecond {
			t.Errorf("%s: %v, want %v", test.name, test.row.Error, test.want)
		}
	}
	// A report that was off once makes all of its run doubtful, also what came before and after.
	r.Reports[1].NTP += 1 << 31
	if got, want := r.Rows(RTP)[0].Error, interval+510*ms; (got - want).Abs() > 2*time.Microsecond {
		t.Errorf("a report 0.5 s late among others: %v, want %v", got, want)
	}
	perfect := wrap()
	perfect.Reports[1].NTP = perfect.Reports[0].NTP + 5<<32
	if got, least := perfect.Rows(RTP)[0].Error, time.Second/90; got < least {
		t.Errorf("error %v of perfect reports, which may still be late by a frame", got)
	}
}

// TestRowsArrival: B-frames come in another order than they are shown in; a frame without a stamp keeps its row.
func TestRowsArrival(t *testing.T) {
	r := &Recording{Origin: Strawlab, ClockRate: 90000, Timescale: 1000}
	b := newBuilder(r)
	for i, pts := range []int64{0, 120, 40, 80, -40} {
		b.addFrame(Frame{
			PTS: pts, Hidden: pts < 0, Stamped: pts != 40, Sent: uint32(pts),
			Frame: clock.Frame{RTP: pts, Arrival: at(int64(i) * 1e9)},
		})
	}
	rows := r.Rows(Arrival)
	if len(rows) != 4 {
		t.Fatalf("%d rows; the frame before the start is not shown", len(rows))
	}
	for i, want := range []string{
		"0,0.000000,0,0,1970-01-01T00:00:00.000000000Z,,rxonly,arrival\n",
		"1,0.040000,,,,,none,\n",
		"2,0.080000,80,3000000000,1970-01-01T00:00:03.000000000Z,,rxonly,arrival\n",
		"3,0.120000,120,1000000000,1970-01-01T00:00:01.000000000Z,,rxonly,arrival\n",
	} {
		if got := string(rows[i].AppendCSV(nil)); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

func TestRowsOfTimesOnly(t *testing.T) {
	e := clock.Estimate{Time: at(5), State: clock.Locked, Source: clock.MISB}
	r := &Recording{Origin: MISB, ClockRate: 90000, Segments: make([]Segment, 1)}
	r.Frames.Add(Frame{Stamped: true, Wall: e, Report: -1})
	for _, m := range []Method{RTP, RTPInterpolated, Interpolated} {
		if row := r.Rows(m)[0]; row.Estimate != e || row.HasRTP {
			t.Errorf("got %+v, want %+v", row, e)
		}
	}
	if row := r.Rows(Arrival)[0]; row.Estimate != (clock.Estimate{}) {
		t.Errorf("got %+v, want nothing", row)
	}
}

func TestGroups(t *testing.T) {
	rows := []int{1, 1, 2, 1, 1, 1}
	same := func(i, j int) bool { return rows[i] == rows[j] }
	got := groups(len(rows), same)
	want := []group{{0, 2}, {0, 2}, {2, 3}, {3, 5}, {3, 5}, {3, 5}}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("row %d: %v, want %v", i, got[i], want[i])
		}
	}
	if got := groups(0, same); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestParseMethod(t *testing.T) {
	for _, m := range methods {
		if got, err := ParseMethod(m.name); err != nil || got.times == nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
	if _, err := ParseMethod("best of all"); err == nil {
		t.Error("no error")
	}
}

func TestImplausibleReports(t *testing.T) {
	base := at(1749990896_000000000)
	frame := &clock.Frame{RTP: 900000, Run: 1, Arrival: base}
	tests := []struct {
		name   string
		report clock.Report
		want   bool
	}{
		{"near", clock.Report{NTP: ntp.FromTime(base), RTP: 900000 - 3000, Run: 1, Arrival: base.Add(-20 * ms)}, true},
		{"old but consistent", clock.Report{NTP: ntp.FromTime(base), RTP: 900000 - 20*90000, Run: 1, Arrival: base.Add(-20 * time.Second)}, true},
		{"of the audio track", clock.Report{NTP: ntp.FromTime(base), RTP: 900000 - 20*90000, Run: 1, Arrival: base}, false},
		{"of another run", clock.Report{NTP: ntp.FromTime(base), RTP: 900000, Run: 0, Arrival: base}, false},
		{"of a clock that was never set", clock.Report{NTP: ntp.FromTime(time.Date(2000, 1, 1, 0, 0, 9, 0, time.UTC)), RTP: 900000, Run: 1, Arrival: base}, false},
		{"of seconds since its start", clock.Report{NTP: 1000 << 32, RTP: 900000, Run: 1, Arrival: base}, false},
		{"without time", clock.Report{RTP: 900000, Run: 1, Arrival: base}, false},
		{"without arrival", clock.Report{NTP: 1, RTP: 0, Run: 1}, true},
	}
	for _, test := range tests {
		b := newBuilder(&Recording{ClockRate: 90000})
		if got := b.plausible(&test.report, frame); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestUnwrapper(t *testing.T) {
	u := unwrapper{clockRate: 90000, timed: true}
	for _, step := range []struct {
		rtp  uint32
		at   time.Duration
		want int64
		run  int
	}{
		{4294965000, 0, 4294965000, 0},
		{704, 33 * ms, 4294968000, 0},                         // a wrap
		{4294965000, 0, 4294965000, 0},                        // a B-frame
		{9000704, 100 * time.Second, 4294968000 + 9000000, 0}, // a gap
		{77, 100*time.Second + 33*ms, 77, 1},                  // a new start
		{3077, 100*time.Second + 66*ms, 3077, 1},              //
	} {
		if rtp, run := u.unwrap(step.rtp, step.at); rtp != step.want || run != step.run {
			t.Errorf("%d at %v: %d, run %d, want %d, run %d", step.rtp, step.at, rtp, run, step.want, step.run)
		}
	}
}

func TestTicksDuration(t *testing.T) {
	for ticks, want := range map[int32]time.Duration{
		9000: 100 * ms, -2970: -33 * ms, -11: -122222, 1: 11111, -2147483648: -23860929422222,
	} {
		if got := ticksDuration(ticks, 90000); got != want {
			t.Errorf("%d: %d, want %d", ticks, got, want)
		}
	}
}

// TestEras: without arrivals, times are right on both sides of 2036.
func TestEras(t *testing.T) {
	for _, want := range []time.Time{
		time.Date(2025, 6, 15, 12, 34, 56, 0, time.UTC), time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		n := clock.Report{NTP: ntp.FromTime(want)}
		if got := reportTime(&n); !got.Equal(want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if e := recorderEstimate(stamp.RecorderUnix(0)); e != (clock.Estimate{}) {
		t.Errorf("%+v before the first report", e)
	}
}
