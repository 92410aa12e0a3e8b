package clock

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
	"time"
)

// Seven reports of which the last is off, and times that are not quite even.
var (
	someTimes  = []float64{0, 5, 10.2, 15, 20.1, 25, 30}
	someValues = []float64{0, 0.0005, 0.0011, 0.0014, 0.0021, 0.0025, 0.009}
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

func TestLocalNoise(t *testing.T) {
	var s scratch
	if got := s.localNoise(someTimes, someValues); !near(got, 0.00016825354196387362, 1e-15) {
		t.Errorf("%v", got)
	}
	if got := s.localNoise(someTimes[:3], someValues[:3]); !math.IsNaN(got) {
		t.Errorf("three values have the noise %v", got)
	}
}

func TestTheilSen(t *testing.T) {
	var s scratch
	slope, height := s.theilSen(someTimes, someValues)
	if !near(slope, 0.00010596026490066226, 1e-15) || !near(height, -2.9801324503311247e-05, 1e-15) {
		t.Errorf("%v, %v", slope, height)
	}
	if slope, _ := s.theilSen([]float64{1, 1}, []float64{0, 2}); !math.IsNaN(slope) {
		t.Errorf("two points at one x have the slope %v", slope)
	}
	x, y := make([]float64, 5000), make([]float64, 5000)
	for i := range x {
		x[i], y[i] = float64(i), 3+2*float64(i)
	}
	if slope, height := s.theilSen(x, y); !near(slope, 2, 1e-12) || !near(height, 3, 1e-9) || len(s.values) > mostTheilSen*mostTheilSen {
		t.Errorf("thinned: %v, %v from %d slopes", slope, height, len(s.values))
	}
}

func TestMedian(t *testing.T) {
	var s scratch
	for _, c := range []struct {
		v               []float64
		median, scatter float64
	}{
		{[]float64{3, 1, 2}, 2, madToSigma},
		{[]float64{4, 1, 3, 2}, 2.5, madToSigma},
		{[]float64{7}, 7, 0},
		{[]float64{1, 1, 1, 1e300}, 1, 0},
	} {
		before := slices.Clone(c.v)
		if m, d := s.median(c.v), s.scatter(c.v); m != c.median || !near(d, c.scatter, 1e-15) {
			t.Errorf("%v: median %v, scatter %v", c.v, m, d)
		}
		if !slices.Equal(c.v, before) {
			t.Errorf("%v became %v", before, c.v)
		}
	}
	if !math.IsNaN(s.median(nil)) || !math.IsNaN(s.scatter(nil)) {
		t.Error("nothing has a median")
	}
	if q := quantile([]float64{0, 1, 2, 3, 4}, 0.9); !near(q, 3.6, 1e-15) {
		t.Errorf("90 %% quantile %v", q)
	}
}

func TestGrain(t *testing.T) {
	const ms = int64(time.Millisecond)
	for _, c := range []struct {
		wall []int64
		want time.Duration
	}{
		{[]int64{500 * ms, 250 * ms, 125 * ms, 375 * ms}, time.Second / 64},
		{[]int64{123 * ms, 456 * ms, 789 * ms, 1 * ms}, time.Millisecond},
		{[]int64{123*ms + 2000, 456*ms - 2000, 789 * ms, 1 * ms}, time.Millisecond},
		{[]int64{123*ms + 400_000, 456*ms + 700_000, 789 * ms, 1 * ms}, 0},
		{[]int64{0, 0, 0}, time.Second},
		{[]int64{-2000 * ms, 1000 * ms, 5000*ms - 1}, time.Second},
		{[]int64{0, 0}, 0},
	} {
		if got := grain(c.wall); got != c.want {
			t.Errorf("%v: %v, want %v", c.wall, got, c.want)
		}
	}
}

func TestOnGrid(t *testing.T) {
	var frames []int64
	for k := range int64(11) {
		frames = append(frames, k*3600)
	}
	for _, c := range []struct {
		rtp  int64
		want bool
	}{
		{10800, true}, {10801, true}, {10809, false}, {46800, true}, {46827, false}, {33300, false}, {180000, false}, {-3600, true},
		{-108000, true}, {-111600, false},
	} {
		if got := onGrid(c.rtp, frames, 3600); got != c.want {
			t.Errorf("%d: %v, want %v", c.rtp, got, c.want)
		}
	}
	if onGrid(0, nil, 3600) || !onGrid(7, []int64{7}, 0) || onGrid(9, []int64{7}, 0) {
		t.Error("few frames")
	}
}

func TestLevels(t *testing.T) {
	v := []float64{0, .001, -.001, 0, .5, .001, 0, .499, .5, .501, .5, .499}
	at := make([]float64, len(v))
	for i := range at {
		at[i] = 5 * float64(i)
	}
	s := settings{series: v, came: at, threshold: levelThreshold(0.001)}
	s.split()
	if want := [][]int{{0, 1, 2, 3, 5, 6}, {7, 8, 9, 10, 11}}; s.threshold != 0.006 || len(s.levels) != 2 ||
		!slices.Equal(s.levels[0].reports, want[0]) || !slices.Equal(s.levels[1].reports, want[1]) {
		t.Errorf("by the threshold %v: %+v, want %v", s.threshold, s.levels, want)
	}
	s.series, s.came = nil, nil
	s.split()
	if len(s.levels) != 0 {
		t.Errorf("no report has the levels %v", s.levels)
	}
}

// A clock of +60 ppm is set back by 6 ms every 100 s.
func TestSawtooth(t *testing.T) {
	var s scratch
	var at, v []float64
	for x := 0.3; x < 500; x += 5.03 {
		at, v = append(at, x), append(v, 60e-6*math.Mod(x, 100)+1e-4*math.Sin(50*x)-0.02)
	}
	saw := s.findSawtooth(at, v, 1e-4)
	if saw == nil || len(saw.resets) != 4 || !near(saw.drift, 60e-6, 3e-6) {
		t.Fatalf("%+v", saw)
	}
	for i, r := range saw.resets {
		if at[r.report-1] > 100*float64(i+1) || at[r.report] < 100*float64(i+1) || !near(r.value, -0.02, 3*saw.sigma) {
			t.Errorf("set at %v to %v", at[r.report], r.value)
		}
	}
	for i := range v {
		v[i] = 60e-6 * at[i]
	}
	if saw := s.findSawtooth(at, v, 1e-4); saw != nil {
		t.Errorf("a steady drift: %+v", saw)
	}
}

// filterCase is a run of the filter through two stretches of the media clock, worked out with a matrix library. Times are in
// seconds, measurements (stretch, R, measure, value, variance), smoothed states a and q in s and b in s/s.
type filterCase struct {
	Q0       float64
	Envelope [][2]float64 // per stretch: height and slope
	Rate     float64
	Noise    float64
	Measured [][5]float64
	Smoothed [][3]float64
	SigmaA   []float64
}

func (c *filterCase) run() []node {
	f := filter{q: c.Q0 * 1e3, cov: covariance{qq: 1e4}}
	var nodes []node
	stretch, x, host := -1, 0.0, 0.0
	for _, m := range c.Measured {
		e := c.Envelope[int(m[0])]
		envelope := e[0] + e[1]*m[1]
		n := node{restarted: int(m[0]) != stretch, k: (m[1] - x) * 1e-3}
		if n.restarted && stretch < 0 {
			f.restart(envelope*1e3, c.Rate*1e6, 3e3*c.Noise, 0, 0)
		} else if n.restarted {
			f.restart(envelope*1e3, c.Rate*1e6, 3e3*c.Noise, m[1]+envelope-host, 0)
		} else {
			f.predict(m[1]-x, 0)
		}
		stretch, x, host = int(m[0]), m[1], m[1]+envelope
		n.predicted = f
		f.update(measure(m[2]), m[3]*1e3, m[4]*1e6)
		n.state = f
		nodes = append(nodes, n)
	}
	return nodes
}

func TestFilter(t *testing.T) {
	b, err := os.ReadFile("testdata/filter.json")
	if err != nil {
		t.Fatal(err)
	}
	var c filterCase
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	nodes := c.run()
	smooth(nodes)
	for i, n := range nodes {
		want, s := c.Smoothed[i], n.state
		if !near(s.a*1e-3, want[0], 1e-9) || !near(s.b*1e-6, want[1], 1e-10) || !near(s.q*1e-3, want[2], 1e-9) {
			t.Errorf("node %d: %v %v %v, want %v", i, s.a*1e-3, s.b*1e-6, s.q*1e-3, want)
		}
		if sigma := math.Sqrt(s.cov.aa) * 1e-3; !near(sigma, c.SigmaA[i], 1e-9) {
			t.Errorf("node %d: standard deviation %v, want %v", i, sigma, c.SigmaA[i])
		}
	}
}

func TestFilterDoesNotAllocate(t *testing.T) {
	f := filter{cov: covariance{qq: 1e4}}
	if n := testing.AllocsPerRun(100, func() {
		f.predict(1, 0)
		f.update(ofEnvelope, 1, 1e-3)
		f.update(ofSend, 1, 1e-3)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
