package align

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
)

const ms = time.Millisecond

var base = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// cameraAt returns a camera with frames so many milliseconds after base; math.MinInt stands for a frame without a time.
func cameraAt(name string, times ...int) *Camera {
	c := &Camera{Name: name}
	for _, at := range times {
		e := clock.Estimate{State: clock.Locked, Error: ms}
		if at != untimed {
			e.Time = base.Add(time.Duration(at) * ms)
		}
		c.Add(e)
	}
	return c
}

const untimed = math.MinInt

// every returns n times of an even pace.
func every(interval, n, first int) (list []int) {
	for i := range n {
		list = append(list, first+i*interval)
	}
	return list
}

func without(list []int, from, to int) []int { return slices.Delete(slices.Clone(list), from, to) }

// picture is a set in short: milliseconds after base, and per camera a frame number or a status.
type picture struct {
	at    int
	picks []any
}

func pictures(t *testing.T, o Options, cameras ...*Camera) (list []picture) {
	t.Helper()
	a, err := New(o, cameras)
	if err != nil {
		t.Fatal(err)
	}
	for s := range a.Sets() {
		if s.Index != len(list) {
			t.Fatalf("set %d has number %d", len(list), s.Index)
		}
		p := picture{at: int(s.Time.Sub(base).Round(ms) / ms)}
		for _, pick := range s.Frames {
			if pick.Status.OK() {
				p.picks = append(p.picks, pick.Frame)
			} else {
				p.picks = append(p.picks, pick.Status)
			}
		}
		list = append(list, p)
	}
	return list
}

func TestSets(t *testing.T) {
	even := every(40, 5, 0)
	gap := func(c *Camera, before int, cause Status) *Camera {
		c.Gaps = append(c.Gaps, Gap{before, cause})
		return c
	}
	tests := []struct {
		name    string
		o       Options
		cameras []*Camera
		want    []picture
	}{
		{"one camera", Options{}, []*Camera{cameraAt("a", 0, 40)}, []picture{{0, []any{0}}, {40, []any{1}}}},
		{
			"start and end", Options{}, []*Camera{cameraAt("a", even...), cameraAt("b", 35, 75, 115)},
			[]picture{{0, []any{0, BeforeStart}}, {40, []any{1, 0}}, {80, []any{2, 1}}, {120, []any{3, 2}}, {160, []any{4, AfterEnd}}},
		},
		{
			"the slower one is the reference", Options{}, []*Camera{cameraAt("a", every(20, 6, 0)...), cameraAt("b", 3, 43, 83)},
			[]picture{{3, []any{0, 0}}, {43, []any{2, 1}}, {83, []any{4, 2}}},
		},
		{
			"the other one", Options{Reference: 1, Tolerance: 10 * ms}, []*Camera{cameraAt("a", every(20, 5, 0)...), cameraAt("b", 3, 43, 83)},
			[]picture{{0, []any{0, 0}}, {20, []any{1, NoFrame}}, {40, []any{2, 1}}, {60, []any{3, NoFrame}}, {80, []any{4, 2}}},
		},
		{
			"the same with the usual tolerance", Options{Reference: 1}, []*Camera{cameraAt("a", every(20, 4, 0)...), cameraAt("b", 3, 43)},
			[]picture{{0, []any{0, 0}}, {20, []any{1, Taken}}, {40, []any{2, 1}}, {60, []any{3, Taken}}},
		},
		{
			"a rate", Options{Rate: 10}, []*Camera{cameraAt("a", every(40, 6, 7)...), cameraAt("b", every(50, 5, 980)...)},
			[]picture{
				{0, []any{0, BeforeStart}}, {100, []any{2, BeforeStart}}, {200, []any{5, BeforeStart}},
				{1000, []any{AfterEnd, 0}}, {1100, []any{AfterEnd, 2}}, {1200, []any{AfterEnd, 4}},
			},
		},
		{
			"packets lost", Options{},
			[]*Camera{cameraAt("a", even...), gap(cameraAt("b", without(every(40, 5, 3), 2, 3)...), 2, PacketsLost)},
			[]picture{{0, []any{0, 0}}, {40, []any{1, 1}}, {80, []any{2, PacketsLost}}, {120, []any{3, 2}}, {160, []any{4, 3}}},
		},
		{
			"nobody knows why", Options{}, []*Camera{cameraAt("a", even...), cameraAt("b", without(every(40, 5, 3), 2, 3)...)},
			[]picture{{0, []any{0, 0}}, {40, []any{1, 1}}, {80, []any{2, NoFrame}}, {120, []any{3, 2}}, {160, []any{4, 3}}},
		},
		{
			"a hole in the reference is filled", Options{},
			[]*Camera{gap(cameraAt("a", without(even, 2, 4)...), 2, ConnectionLost), cameraAt("b", every(40, 5, 3)...)},
			[]picture{{0, []any{0, 0}}, {40, []any{1, 1}}, {80, []any{ConnectionLost, 2}}, {120, []any{ConnectionLost, 3}}, {160, []any{2, 4}}},
		},
		{
			"one frame too, if it is known to be missing", Options{},
			[]*Camera{gap(cameraAt("a", without(even, 2, 3)...), 2, PacketsLost), cameraAt("b", every(40, 5, 3)...)},
			[]picture{{0, []any{0, 0}}, {40, []any{1, 1}}, {80, []any{PacketsLost, 2}}, {120, []any{2, 3}}, {160, []any{3, 4}}},
		},
		{
			"a camera that passes over a frame", Options{},
			[]*Camera{cameraAt("a", without(even, 2, 3)...), cameraAt("b", every(40, 5, 3)...)},
			[]picture{{0, []any{0, 0}}, {40, []any{1, 1}}, {120, []any{2, 3}}, {160, []any{3, 4}}},
		},
		{
			"all stand still", Options{},
			[]*Camera{cameraAt("a", without(every(40, 9, 0), 2, 7)...), cameraAt("b", without(every(40, 9, 3), 2, 7)...)},
			[]picture{{0, []any{0, 0}}, {40, []any{1, 1}}, {280, []any{2, 2}}, {320, []any{3, 3}}},
		},
		{
			"beyond the reference", Options{Reference: 1},
			[]*Camera{cameraAt("a", 80, 120), cameraAt("b", every(40, 6, 3)...), cameraAt("c", every(40, 5, 44)...)},
			[]picture{
				{40, []any{BeforeStart, 1, 0}}, {80, []any{0, 2, 1}}, {120, []any{1, 3, 2}}, {160, []any{AfterEnd, 4, 3}}, {200, []any{AfterEnd, 5, 4}},
			},
		},
		{
			"frames without a time", Options{Reference: 1, Tolerance: 20 * ms},
			[]*Camera{cameraAt("a", every(40, 8, -120)...), cameraAt("b", untimed, 43, untimed, 123, untimed)},
			[]picture{
				{-120, []any{0, BeforeStart}}, {-80, []any{1, BeforeStart}}, {-40, []any{2, Untimed}}, {0, []any{3, Untimed}},
				{40, []any{4, 1}}, {80, []any{5, Untimed}}, {120, []any{6, 3}}, {160, []any{7, Untimed}},
			},
		},
		{
			"no time at all", Options{}, []*Camera{cameraAt("a", 0, 40), cameraAt("b", untimed), {}},
			[]picture{{0, []any{0, Untimed, NoFrame}}, {40, []any{1, Untimed, NoFrame}}},
		},
		{
			"a clock that was set back", Options{}, []*Camera{cameraAt("a", every(40, 6, 0)...), cameraAt("b", 80, 120, 160, 10, 50, 90)},
			[]picture{{0, []any{0, 3}}, {40, []any{1, 4}}, {80, []any{2, 0}}, {120, []any{3, 1}}, {160, []any{4, 2}}, {200, []any{5, AfterEnd}}},
		},
		{
			"the same time twice", Options{Reference: 1}, []*Camera{cameraAt("a", 0, 40, 40, 80), cameraAt("b", 1, 41, 81)},
			[]picture{{0, []any{0, 0}}, {40, []any{1, 1}}, {40, []any{2, Taken}}, {80, []any{3, 2}}},
		},
	}
	for _, test := range tests {
		got := pictures(t, test.o, test.cameras...)
		if !slices.EqualFunc(got, test.want, func(a, b picture) bool { return a.at == b.at && slices.Equal(a.picks, b.picks) }) {
			t.Errorf("%s:\ngot  %v\nwant %v", test.name, got, test.want)
		}
	}
}

func TestDefaults(t *testing.T) {
	tests := []struct {
		name      string
		o         Options
		cameras   []*Camera
		reference int
		tolerance time.Duration
	}{
		{"equals", Options{}, []*Camera{cameraAt("a", every(40, 9, 0)...), cameraAt("b", every(40, 9, 0)...)}, 0, 20 * ms},
		{"a slow one", Options{}, []*Camera{cameraAt("a", every(40, 9, 0)...), cameraAt("b", every(100, 9, 0)...)}, 1, 50 * ms},
		{"hardly slower", Options{}, []*Camera{cameraAt("a", every(1000, 9, 0)...), cameraAt("b", every(1001, 9, 0)...)}, 0, 500500 * time.Microsecond},
		{"holes don't count", Options{}, []*Camera{cameraAt("a", every(40, 9, 0)...), cameraAt("b", without(every(40, 99, 0), 10, 80)...)}, 0, 20 * ms},
		{"a rate", Options{Rate: 5}, []*Camera{cameraAt("a", every(40, 9, 0)...)}, -1, 20 * ms},
		{"one frame", Options{}, []*Camera{cameraAt("a", 0)}, 0, 500 * ms},
		{"one frame and a rate", Options{Rate: 10}, []*Camera{cameraAt("a", 0)}, -1, 50 * ms},
		{"as given", Options{Reference: 2, Tolerance: ms}, []*Camera{cameraAt("a", 0, 100), cameraAt("b", 0, 40)}, 1, ms},
	}
	for _, test := range tests {
		a, err := New(test.o, test.cameras)
		if err != nil {
			t.Fatal(err)
		}
		if a.Reference != test.reference || a.Tolerance != test.tolerance {
			t.Errorf("%s: reference %d, tolerance %v", test.name, a.Reference, a.Tolerance)
		}
	}
}

func TestBadOptions(t *testing.T) {
	two := []*Camera{cameraAt("a", 0, 40), cameraAt("b", untimed)}
	for _, o := range []Options{
		{Rate: -1}, {Rate: math.NaN()}, {Rate: 2000}, {Tolerance: -1}, {Tolerance: 2 * time.Hour}, {Reference: 3}, {Reference: -1},
		{Rate: 1, Reference: 1}, {Reference: 2},
	} {
		if _, err := New(o, two); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	if _, err := New(Options{}, two[1:]); !errors.Is(err, ErrNoTimes) {
		t.Error(err)
	}
	if _, err := New(Options{}, nil); !errors.Is(err, ErrNoTimes) {
		t.Error(err)
	}
}

// TestOtherCenturies: times that don't fit 64 bits of nanoseconds are none.
func TestOtherCenturies(t *testing.T) {
	c := &Camera{Delay: time.Hour}
	for _, year := range []int{1, 1679, 2024, 2261, 9999} {
		c.Add(clock.Estimate{Time: time.Date(year, 7, 1, 0, 0, 0, 0, time.UTC), State: clock.Locked})
	}
	if c.Timed() != 1 || c.Len() != 5 {
		t.Errorf("%d of %d frames have a time", c.Timed(), c.Len())
	}
}

func TestLatency(t *testing.T) {
	late := &Camera{Name: "late", Delay: 30 * ms}
	late.Add(clock.Estimate{Time: base.Add(33 * ms), State: clock.Locked})
	flagged := &Camera{Name: "flagged"}
	flagged.Add(clock.Estimate{Time: base, State: clock.Locked, Flags: clock.Latency})
	a, err := New(Options{}, []*Camera{late, flagged, cameraAt("c", 1)})
	if err != nil {
		t.Fatal(err)
	}
	for s := range a.Sets() {
		want := []Pick{{Frame: 0, Flags: Latency}, {Frame: 0, Offset: -3 * ms, Flags: Latency}, {Frame: 0, Offset: -2 * ms, Error: ms}}
		if !slices.Equal(s.Frames, want) || !s.Complete() {
			t.Errorf("%+v", s)
		}
	}
}

// randomCamera is one with jitter, losses, doubled and missing times, and a clock that is set.
func randomCamera(r *rand.Rand) *Camera {
	c := &Camera{}
	at := base.Add(time.Duration(r.Int64N(int64(time.Second))))
	interval := 20*ms + time.Duration(r.Int64N(int64(80*ms)))
	for n := range r.IntN(300) {
		e := clock.Estimate{Time: at.Add(time.Duration(r.Int64N(int64(interval / 4)))), State: clock.Locked}
		switch r.IntN(40) {
		case 0:
			e.Time = time.Time{}
		case 1:
			at = at.Add(time.Duration(r.IntN(20)) * interval)
			c.Gaps = append(c.Gaps, Gap{n + 1, ConnectionLost + Status(r.IntN(5))})
		case 2:
			at = at.Add(-time.Duration(r.IntN(3)) * interval)
		}
		c.Add(e)
		at = at.Add(interval)
	}
	return c
}

// TestProperties: whatever the cameras do, times rise, every frame of the reference is in a set, and no frame of any
// camera is in two.
func TestProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 500 {
		cameras := []*Camera{randomCamera(r), randomCamera(r), randomCamera(r)}
		o := Options{Tolerance: time.Duration(r.IntN(2)) * time.Duration(r.Int64N(int64(200*ms)))}
		if r.IntN(3) == 0 {
			o.Rate = 1 + float64(r.IntN(60))
		}
		a, err := New(o, cameras)
		if errors.Is(err, ErrNoTimes) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		checkSets(t, a, cameras)
	}
}

func checkSets(t *testing.T, a *Alignment, cameras []*Camera) {
	t.Helper()
	used := make([]map[int]bool, len(cameras))
	var last time.Time
	n := 0
	for s := range a.Sets() {
		if s.Time.Before(last) || s.Index != n {
			t.Fatalf("set %d at %v after %v", s.Index, s.Time, last)
		}
		last, n = s.Time, n+1
		for i, p := range s.Frames {
			if !p.Status.OK() {
				continue
			}
			if used[i] == nil {
				used[i] = map[int]bool{}
			}
			if p.Frame < 0 || p.Frame >= cameras[i].Len() || used[i][p.Frame] || p.Offset.Abs() > a.Tolerance {
				t.Fatalf("set %d, camera %d: %+v", s.Index, i, p)
			}
			used[i][p.Frame] = true
		}
	}
	if a.Reference >= 0 && len(used[a.Reference]) != cameras[a.Reference].Timed() {
		t.Fatalf("%d of %d frames of the reference are in a set", len(used[a.Reference]), cameras[a.Reference].Timed())
	}
}

func TestSummary(t *testing.T) {
	b := cameraAt("b", append(every(40, 20, 44), untimed)...)
	a, err := New(Options{}, []*Camera{cameraAt("a", every(40, 22, 0)...), b})
	if err != nil {
		t.Fatal(err)
	}
	s := a.Summary()
	if s.Sets != 22 || s.Complete != 20 || !s.From.Equal(base.Add(40*ms)) || !s.To.Equal(base.Add(800*ms)) {
		t.Errorf("%+v", s)
	}
	got := s.Cameras[1]
	if got.Frames != 21 || got.Timed != 20 || got.Paired != 20 || got.Mean != 4*ms || got.Median != 4*ms || got.P95 != 4*ms ||
		got.MedianError != ms || math.Abs(got.Rate-25) > 1e-6 || !got.From.Equal(base.Add(44*ms)) ||
		!slices.Equal(got.Missing, []Count{{Untimed, 1}, {BeforeStart, 1}}) {
		t.Errorf("%+v", got)
	}
}

// TestUnsure: frames are marked whose neighbours may be the right ones.
func TestUnsure(t *testing.T) {
	with := func(name string, bound time.Duration, times ...int) *Camera {
		c := cameraAt(name, times...)
		for i := range c.frames {
			c.frames[i].error = bound
		}
		return c
	}
	a, b, c := with("a", 15*ms, every(40, 9, 0)...), with("b", 15*ms, every(40, 9, 5)...), with("c", 0, every(20, 18, 3)...)
	for _, test := range []struct {
		name    string
		o       Options
		cameras []*Camera
		want    []Flags
		pair    time.Duration // of the second camera
	}{
		{"both together", Options{Reference: 1}, []*Camera{a, b}, []Flags{0, Unsure}, 21213203},
		{"each alone", Options{Rate: 25}, []*Camera{a, b}, []Flags{0, 0}, 15 * ms},
		{"out of step", Options{Reference: 1}, []*Camera{a, with("e", ms, every(40, 9, 18)...)}, []Flags{0, Unsure}, 15033296},
		{"out of step, but known", Options{Reference: 1}, []*Camera{with("f", ms, every(40, 9, 0)...), with("e", ms, every(40, 9, 20)...)}, []Flags{0, 0}, 1414213},
		{"nothing known", Options{Reference: 1}, []*Camera{a, c}, []Flags{0, 0}, 0},
		{"faster", Options{Reference: 1}, []*Camera{c, with("d", 11*ms, every(20, 18, 5)...)}, []Flags{0, Unsure}, 11 * ms},
	} {
		al, err := New(test.o, test.cameras)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for s := range al.Sets() {
			if s.Complete() {
				n++
				for i, p := range s.Frames {
					if p.Flags != test.want[i] {
						t.Fatalf("%s: set %d: camera %d has %b", test.name, s.Index, i, p.Flags)
					}
				}
			}
		}
		unsure := 0
		if test.want[1] != 0 {
			unsure = n
		}
		if s := al.Summary().Cameras[1]; s.Unsure != unsure || s.PairError != test.pair {
			t.Errorf("%s: %d of %d unsure, %v", test.name, s.Unsure, n, s.PairError)
		}
	}
}

func TestStatusNames(t *testing.T) {
	for s := range OtherGap + 1 {
		if s.String() == "" || s.String() == "unknown" {
			t.Errorf("status %d has no name", s)
		}
	}
	if (OtherGap + 1).String() != "unknown" {
		t.Error("there are more names than statuses")
	}
}

// BenchmarkDay aligns four cameras over a day.
func BenchmarkDay(b *testing.B) {
	r := rand.New(rand.NewPCG(11, 12))
	var cameras []*Camera
	for range 4 {
		c, at := &Camera{}, base.Add(time.Duration(r.Int64N(int64(40*ms))))
		for range 24 * 3600 * 25 {
			at = at.Add(40*ms + time.Duration(r.Int64N(int64(ms))))
			c.Add(clock.Estimate{Time: at, State: clock.Locked, Error: ms})
		}
		cameras = append(cameras, c)
	}
	b.ReportAllocs()
	for b.Loop() {
		a, err := New(Options{}, cameras)
		if err != nil {
			b.Fatal(err)
		}
		a.Summary()
	}
}
