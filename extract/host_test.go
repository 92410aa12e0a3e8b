package extract

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// TestHostClock moves what is on the clock of a host that was set while it recorded.
func TestHostClock(t *testing.T) {
	const set = 3 * time.Second
	clockAt := func(seconds int, state stamp.HostState, set time.Duration) stamp.HostClock {
		at := start.Add(time.Duration(seconds) * time.Second)
		return stamp.HostClock{State: state, At: at, Wall: at.Add(set)}
	}
	for _, c := range []struct {
		name   string
		clocks []stamp.HostClock
		set    time.Duration
		unset  bool
	}{
		{"nothing known", nil, 0, false},
		{"unknown", []stamp.HostClock{clockAt(0, stamp.HostUnknown, 0)}, 0, false},
		{"synchronised", []stamp.HostClock{clockAt(0, stamp.HostSynchronised, 0)}, 0, false},
		{"never", []stamp.HostClock{clockAt(0, stamp.HostUnsynchronised, 0), clockAt(9, stamp.HostUnsynchronised, set)}, 0, true},
		{"set by a time server", []stamp.HostClock{clockAt(0, stamp.HostUnsynchronised, 0), clockAt(9, stamp.HostSynchronised, set)}, set, false},
		{"set wrong later", []stamp.HostClock{clockAt(0, stamp.HostSynchronised, 0), clockAt(9, stamp.HostUnsynchronised, set)}, 0, false},
		{"read late", []stamp.HostClock{clockAt(0, stamp.HostSynchronised, time.Millisecond)}, 0, false},
	} {
		w := newRecorder(t, 0, true)
		for _, h := range c.clocks {
			w.timing.AddHostClock(h)
		}
		w.timing.AddGap(stamp.Gap{Track: 0, From: start, To: start.Add(time.Second)})
		for i := range frames {
			w.write(t, cameraUnit(i), 3000*int64(i))
		}
		r := open(t, w.finish(t))
		if r.HostSet != c.set || (r.Trust == clock.TrustNeither) != c.unset || r.Examine().Options.Trust != r.Trust {
			t.Errorf("%s: set by %v, unset %t", c.name, r.HostSet, r.Trust == clock.TrustNeither)
		}
		for i, f := range r.Frames.All() {
			if got := f.Arrival.Sub(cameraUnit(i).Arrival); got != c.set {
				t.Fatalf("%s: arrival of frame %d moved by %v", c.name, i, got)
			}
		}
		if r.Reports[0].Arrival.Sub(cameraUnit(0).Reports[0].Arrival) != c.set || r.Gaps[0].From.Sub(start) != c.set {
			t.Errorf("%s: report %v, gap %v", c.name, r.Reports[0], r.Gaps[0])
		}
	}
}

// TestHostClockOfSegments: what the last file of a run of the recorder knows holds for all of them.
func TestHostClockOfSegments(t *testing.T) {
	var files [][]byte
	for i := range 3 {
		r := newRecorder(t, 0, true)
		at := start.Add(time.Duration(i) * time.Second)
		h := stamp.HostClock{State: stamp.HostUnsynchronised, At: at, Wall: at}
		if i == 2 {
			h = stamp.HostClock{State: stamp.HostSynchronised, At: at, Wall: at.Add(-time.Hour)}
		}
		r.timing.AddHostClock(h)
		for k := 20 * i; k < 20*i+20; k++ {
			r.write(t, cameraUnit(k), 3000*int64(k-20*i))
		}
		files = append(files, r.finish(t))
	}
	r := joined(t, files...)
	for i, f := range r.Frames.All() {
		if f.Arrival.Sub(cameraUnit(i).Arrival) != -time.Hour {
			t.Fatalf("frame %d arrived %v", i, f.Arrival)
		}
	}
	if r.Trust != clock.TrustHost || r.HostSet != -time.Hour || len(r.HostClocks) != 3 || len(r.Skipped) > 0 {
		t.Errorf("%+v", r)
	}
}

// TestSettle: who knows better what the host's clock was off by moves the arrivals, and the times that rest on them.
func TestSettle(t *testing.T) {
	w := newRecorder(t, 0, true)
	for i := range frames {
		w.write(t, cameraUnit(i), 3000*int64(i))
	}
	r := open(t, w.finish(t))
	before := r.Rows(Arrival)[0].Time
	r.Examine()
	r.Settle(clock.TrustCamera, 5*time.Second)
	if got := r.Rows(Arrival)[0].Time.Sub(before); got != 5*time.Second || r.HostSet != 0 {
		t.Errorf("arrivals moved by %v, the host's clock was set by %v", got, r.HostSet)
	}
	if got := r.Examine().Options.Trust; got != clock.TrustCamera {
		t.Errorf("trusted: %v", got)
	}
}
