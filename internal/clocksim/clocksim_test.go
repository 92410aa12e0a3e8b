package clocksim

import (
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
)

func TestKindsAreThirty(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range Kinds() {
		seen[name] = true
	}
	if len(seen) != 30 {
		t.Errorf("%d kinds", len(seen))
	}
}

// A recording depends on the camera and the seed, and on nothing else.
func TestSame(t *testing.T) {
	for seed := range uint64(30) {
		a, b := Random(seed), Random(seed)
		if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(a.Record(seed), b.Record(seed)) {
			t.Errorf("seed %d: not the same twice", seed)
		}
	}
	c := Kind("harsh", 1, 60)
	if reflect.DeepEqual(c.Record(1).Frames, c.Record(2).Frames) {
		t.Error("two seeds make the same recording")
	}
}

// Whatever the camera, what the recorder saw is in order, and the truth came before.
func TestRecordings(t *testing.T) {
	for seed := range uint64(300) {
		c := Random(seed)
		r := c.Record(seed)
		if len(r.Frames) != len(r.Truth) || len(r.Frames) < int(c.Seconds*c.Capture.FPS/3) {
			t.Errorf("seed %d: %d frames, %d truths in %.0f s", seed, len(r.Frames), len(r.Truth), c.Seconds)
		}
		for i := 1; i < len(r.Frames) && !c.Host.Blind; i++ {
			if !r.Frames[i].Arrival.After(r.Frames[i-1].Arrival) || r.Frames[i].Run < r.Frames[i-1].Run {
				t.Fatalf("seed %d: frame %d came before the one before it", seed, i)
			}
			if late := r.Frames[i].Arrival.Sub(r.Truth[i]).Seconds() - c.Host.Offset; late < -1e-3 || late > 4 {
				t.Fatalf("seed %d: frame %d came %v s after its capture", seed, i, late)
			}
		}
		for i, rep := range r.Reports {
			if rep.Before > len(r.Frames) || i > 0 && rep.Before < r.Reports[i-1].Before {
				t.Fatalf("seed %d: report %d came before frame %d", seed, i, rep.Before)
			}
		}
	}
}

// shown returns what a report says, as seconds that the NTP time is ahead of the truth at its RTP time stamp. The camera's
// time stamps must begin with the truth.
func shown(r *Recording, i int) float64 {
	rep := &r.Reports[i]
	truth := r.Truth[0].Add(time.Duration(float64(rep.RTP-r.Frames[0].RTP) / ClockRate * 1e9))
	return rep.NTP.Near(truth).Sub(truth).Seconds()
}

func TestPolicies(t *testing.T) {
	for _, tt := range []struct {
		policy    Policy
		low, high float64 // ms
	}{{Exact, -0.02, 0.02}, {OfFrame, -0.02, 0.02}, {LastFrame, -0.02, 40}} {
		c := Camera{Seconds: 100, Capture: Capture{FPS: 25}, Reports: Reports{Policy: tt.policy, Shortest: 4.9, Longest: 5.1}}
		r := c.Record(1)
		if len(r.Reports) < 19 {
			t.Errorf("%d reports", len(r.Reports))
		}
		most := 0.0
		for i := range r.Reports {
			off := shown(r, i) * 1e3
			if off < tt.low || off > tt.high {
				t.Errorf("policy %d: report %d is %.3f ms ahead", tt.policy, i, off)
			}
			most = max(most, off)
		}
		if tt.policy == LastFrame && most < 25 {
			t.Errorf("reports are at most %.1f ms ahead of their frames", most)
		}
	}
	if c := (Camera{Seconds: 9, Capture: Capture{FPS: 25}, Reports: Reports{Policy: NoReports}}); len(c.Record(1).Reports) > 0 {
		t.Error("reports of a camera that sends none")
	}
}

func TestSystemClock(t *testing.T) {
	for _, tt := range []struct {
		clock SystemClock
		at    float64
		want  float64
	}{
		{SystemClock{Offset: 2}, 10, 12},
		{SystemClock{PPM: 100}, 1000, 1000.1},
		{SystemClock{Steps: []Step{{5, 1}, {8, -3}}}, 6, 7},
		{SystemClock{Steps: []Step{{5, 1}, {8, -3}}}, 8, 6},
		{SystemClock{Slews: []Slew{{100, -0.05, 500}}}, 120, 119.99},
		{SystemClock{Slews: []Slew{{100, -0.05, 500}}}, 500, 499.95},
		{SystemClock{Wander: 0.1}, 150, 150.1},
	} {
		if got := tt.clock.show(tt.at); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%+v at %v shows %v, want %v", tt.clock, tt.at, got, tt.want)
		}
	}
}

// rate returns how much faster than true time a media clock ran, in ppm.
func rate(r *Recording) float64 {
	n := len(r.Frames) - 1
	return 1e6 * (float64(r.Frames[n].RTP-r.Frames[0].RTP)/ClockRate/r.Truth[n].Sub(r.Truth[0]).Seconds() - 1)
}

func TestMediaClocks(t *testing.T) {
	c := Camera{Seconds: 300, Capture: Capture{FPS: 25}, Reports: Reports{Shortest: 5, Longest: 5}}
	c.Media = MediaClock{PPM: 150, WrapAt: 100}
	r := c.Record(1)
	if got := rate(r); math.Abs(got-150) > 0.1 || r.Frames[0].RTP > 1<<32 || r.Frames[len(r.Frames)-1].RTP < 1<<32 {
		t.Errorf("a free clock runs fast by %v ppm, from %x", got, r.Frames[0].RTP)
	}
	c.Media = MediaClock{Source: Counted, CountedFPS: 20}
	if got := rate(c.Record(1)); math.Abs(got-0.25e6) > 1 {
		t.Errorf("a clock that counts one frame in 20 of a second at 25 runs fast by %v ppm", got)
	}
	c.Media = MediaClock{Source: Follows}
	c.Clock.Steps = []Step{{100, 3}}
	if got := rate(c.Record(1)); math.Abs(got-1e4) > 10 {
		t.Errorf("a clock that was set by 3 s in 300 runs fast by %v ppm", got)
	}
	c.Media = MediaClock{Source: Free, Tick: 90}
	r = c.Record(1)
	for _, f := range r.Frames {
		if d := f.RTP - r.Frames[0].RTP; d%90 != 0 {
			t.Fatalf("%d ticks after the first frame", d)
		}
	}
}

// A clock of nominal steps makes a long one now and then.
func TestNominalSteps(t *testing.T) {
	c := Camera{Seconds: 60, Capture: Capture{FPS: 29.08}, Media: MediaClock{Source: Nominal, CountedFPS: 30}, Reports: Reports{Shortest: 5, Longest: 5}}
	r, steps := c.Record(1), map[int64]int{}
	for i := range r.Frames[1:] {
		steps[r.Frames[i+1].RTP-r.Frames[i].RTP]++
	}
	if got := steps[5940] + steps[6030]; len(steps) > 4 || got < 50 || got > 60 || math.Abs(rate(r)) > 1000 {
		t.Errorf("steps %v, fast by %v ppm", steps, rate(r))
	}
}

func TestRestart(t *testing.T) {
	for _, same := range []bool{false, true} {
		c := Kind("iv_ppm", 1, 60)
		c.Media.Restarts = []Restart{{At: 30, Gap: 2, SameSSRC: same}}
		r := c.Record(1)
		if last := r.Frames[len(r.Frames)-1]; (last.Run == 1) == same {
			t.Errorf("run %d", last.Run)
		}
		for _, at := range r.Truth {
			if s := at.Sub(Epoch).Seconds(); s >= 30 && s < 32 {
				t.Errorf("a frame in the pause, at %v s", s)
			}
		}
	}
}

func TestNetwork(t *testing.T) {
	c := Kind("batch100", 1, 30)
	c.Host = Host{}
	for _, f := range c.Record(1).Frames {
		if into := f.Arrival.Sub(Epoch) % (100 * time.Millisecond); into > time.Millisecond && into < 99*time.Millisecond {
			t.Fatalf("a frame came %v into a batch", into)
		}
	}
	c = Kind("xii_loss", 1, 300)
	if lost := 1 - float64(len(c.Record(1).Frames))/(300*25); lost < 0.08 || lost > 0.18 {
		t.Errorf("%.3f of the frames are lost", lost)
	}
}

func TestBFrames(t *testing.T) {
	r := Kind("x_bframes", 1, 10).Record(1)
	back := 0
	for i := range r.Truth[1:] {
		if r.Truth[i+1].Before(r.Truth[i]) {
			back++
		}
	}
	if want := len(r.Truth) / 3; back < want-2 || back > want+2 {
		t.Errorf("%d of %d frames come before one that was captured earlier", back, len(r.Truth))
	}
}

// made are estimates of which an independent implementation of Judge gave the numbers below.
func made() (truth []time.Time, list []clock.Estimate) {
	for i := range int64(101) { // 64 bits: nanoseconds don't fit into 32
		truth = append(truth, Epoch.Add(time.Duration(i*40e6+i*i*7919%1e6)))
		e := clock.Estimate{Time: truth[i].Add(time.Duration((i-20)*1e6 + i*i*31%977)), Error: 60 * time.Millisecond}
		if i%3 == 0 {
			e.Error = 20 * time.Millisecond
		}
		list = append(list, e)
	}
	list[50].Time = list[48].Time
	return truth, list
}

func TestJudge(t *testing.T) {
	truth, list := made()
	list[60].Time = time.Time{}
	for _, tt := range []struct {
		how  Judging
		want Score
	}{
		{Judging{}, Score{100, 1, 29074912, 30410417, 34325828, 75050356, 79010954, 80000291, 1, 0.67, 60e6}},
		{Judging{Skip: 1}, Score{75, 1, 41433092, 24593204, 42834480, 76300448, 79260787, 80000291, 1, 0.56, 60e6}},
		{Judging{Debias: true}, Score{100, 1, 29074912, 30410417, 26207027, 48117427, 51232395, 81626933, 1, 0.79, 60e6}},
		{Judging{Known: 29074912}, Score{100, 1, 0, 30410417, 26207027, 48117427, 51232395, 81626933, 1, 0.79, 60e6}},
	} {
		if got := Judge(list, truth, tt.how); !near(got, tt.want) {
			t.Errorf("%+v: %+v, want %+v", tt.how, got, tt.want)
		}
	}
}

// near allows for a nanosecond of rounding.
func near(a, b Score) bool {
	for _, p := range [][2]*time.Duration{{&a.Bias, &b.Bias}, {&a.Std, &b.Std}, {&a.MeanAbs, &b.MeanAbs}, {&a.P95, &b.P95}, {&a.P99, &b.P99}, {&a.Max, &b.Max}} {
		if (*p[0] - *p[1]).Abs() > 1 {
			return false
		}
		*p[0] = *p[1]
	}
	return a == b
}

func TestJudgePair(t *testing.T) {
	truth, list := made()
	var truthB []time.Time
	var listB []clock.Estimate
	for i := range int64(120) {
		truthB = append(truthB, Epoch.Add(time.Duration(13_000_000+i*33_333_333)))
		listB = append(listB, clock.Estimate{Time: truthB[i].Add(time.Duration(i * i % 7 * 1_500_000))})
	}
	list[60].Time = truth[60]
	got := JudgePair(list, listB, truth, truthB, 0.5)
	if got.Frames != 87 || math.Abs(float64(got.MeanAbs)-34311280) > 1 || math.Abs(got.Paired-0.27586206896551724) > 1e-9 {
		t.Errorf("%+v", got)
	}
}

func ExampleJudge() {
	r := Kind("i_ideal", 1, 60).Record(1)
	estimates := clock.Fit(r.Options, r.Reports, r.Frames)
	fmt.Println(Judge(estimates, r.Truth, Judging{}).Missing, "frames without a time")
	// Output: 0 frames without a time
}
