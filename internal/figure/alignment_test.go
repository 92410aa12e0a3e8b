package figure

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/clock"
)

// paired returns two cameras of 25 fps for 20 s, the second 5 ms later and without frames from 10 s to 13 s.
func paired(t *testing.T, o align.Options, more ...*align.Camera) *pairs {
	t.Helper()
	left, right := &align.Camera{Name: "left"}, &align.Camera{Name: "right"}
	for i := range 500 {
		at := noon.Add(time.Duration(i) * 40 * time.Millisecond)
		left.Add(clock.Estimate{Time: at, Error: time.Millisecond, State: clock.Locked})
		if i < 250 || i >= 325 {
			right.Add(clock.Estimate{Time: at.Add(5 * time.Millisecond), Error: 2 * time.Millisecond, State: clock.Locked})
		}
	}
	right.Gaps = []align.Gap{{Before: 250, Cause: align.ConnectionLost}}
	a, err := align.New(o, append([]*align.Camera{left, right}, more...))
	if err != nil {
		t.Fatal(err)
	}
	wants(t, render(t, Alignment(a, a.Summary(), "clocks: a vote")), "left, right", "clocks: a vote", "Each dot is the frame of a camera", "tolerance, ±")
	return newPairs(a, a.Summary())
}

func TestAlignment(t *testing.T) {
	p := paired(t, align.Options{})
	all := strings.Join(p.summary(), "\n")
	wants(t, all, "500 sets of frames that belong together, in 20 s; 425 of them (85 %) have a frame of every camera.",
		"left: its frames are the moments; half of its times are good to ±1 ms.",
		"right: 5 ms off the moment on average, 95 % within 5 ms; half of its times are good to ±2 ms; "+
			"missing in 75 sets (connection lost).")
	s := p.spans()
	if len(s) != 1 || s[0].Label != "right: connection lost" || !about(s[0].From, 9.96) || !about(s[0].To, 13) {
		t.Errorf("shaded: %+v", s)
	}
	band, dots := p.offsets().Series[1], p.offsets().Series[3]
	if dots.Y[0] != 0.005 || !math.IsNaN(dots.Y[250]) || !about(band.Y[0], 0.003) || !about(band.High[0], 0.007) {
		t.Errorf("offset %v in %v … %v; in the gap %v", dots.Y[0], band.Y[0], band.High[0], dots.Y[250])
	}
	missing := p.missing()
	if len(missing.Series) != 1 || missing.Series[0].Name != "right" || missing.Show[1] != 100 {
		t.Errorf("missing: %+v", missing)
	}
}

func about(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

// TestAlignmentOddities has cameras of which little is known.
func TestAlignmentOddities(t *testing.T) {
	lost := &align.Camera{Name: "lost"}
	lost.Add(clock.Estimate{})
	vague := &align.Camera{Name: "vague"}
	late := &align.Camera{Name: "late"}
	for i := range 20 {
		at := noon.Add(time.Duration(i) * 40 * time.Millisecond)
		vague.Add(clock.Estimate{Time: at, Error: time.Second, State: clock.RxOnly})
		late.Add(clock.Estimate{Time: at.Add(time.Minute), State: clock.RxOnly})
	}
	p := paired(t, align.Options{Rate: 10}, lost, vague, late)
	wants(t, strings.Join(p.summary(), "\n"), "0 of them (0 %) have a frame of every camera",
		"lost: no frame has a capture time.", "late: ", "no longer recording", "not yet recording")
	wants(t, strings.Join(p.summary(), "\n"), "in 8 sets the frame before or after may be the right one")
	if l := p.bounds().Levels; len(l) != 1 || !about(l[0].Y, 0.02) {
		t.Errorf("levels: %+v", l)
	}
	if y := p.bounds().Series[3].Y; len(y) != len(p.x)+1 || !math.IsNaN(y[8]) || math.IsNaN(y[7]) {
		t.Errorf("no break in the line where no camera has frames: %v of %d sets", y, len(p.x))
	}
	for _, v := range p.offsetBand(3).Y {
		if !math.IsNaN(v) {
			t.Fatal("a bound above the tolerance hides the others")
		}
	}
	if s := p.spans(); len(s) == 0 || s[0].Label != "no camera has frames" || s[0].To-s[0].From < 39 {
		t.Errorf("shaded: %+v", s)
	}
}
