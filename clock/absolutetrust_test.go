package clock

import (
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// both returns what Fit and a Tracker say of the frames.
func (f *footage) both(trust Trust) map[string][]Estimate {
	o := Options{ClockRate: 90000, Trust: trust}
	return map[string][]Estimate{"offline": Fit(o, nil, f.frames), "live": Live(o, nil, f.frames)}
}

// TestCarriedTrust has times that the host's clock bears out, contradicts, or shows to be local ones.
func TestCarriedTrust(t *testing.T) {
	const fits, zone, contradicts = 0, Zone, Disputed
	live := []Source{AbsCaptureTime, NTP64, RFC7273}
	for _, test := range []struct {
		off     time.Duration
		sources []Source
		is      Flags // which of those above
	}{
		{30 * time.Millisecond, append(live, ONVIF, Play), fits},
		{-200 * time.Millisecond, append(live, ONVIF, Play), fits},
		{time.Hour, append(live, ONVIF, Play), zone},
		{400 * time.Second, append(live, ONVIF, Play), contradicts},
		{300 * time.Millisecond, append(live, ONVIF, Play), contradicts},
		{54 * 365 * 24 * time.Hour, append(live, ONVIF, Play), contradicts},
		{-400 * time.Second, live, contradicts},
		{-5 * time.Hour, live, zone},
		{-5 * time.Hour, []Source{ONVIF, Play}, fits},
		{-9 * 365 * 24 * time.Hour, []Source{ONVIF, Play}, fits},
	} {
		for _, source := range test.sources {
			f := film(1000, frame25, 10, source, func(i int, at time.Time) time.Time {
				if source == Play && i > 0 {
					return time.Time{}
				}
				return at.Add(test.off)
			})
			for trust := range TrustCamera + 1 {
				by, off, flags, bound := source, test.off, Flags(0), time.Duration(0)
				switch {
				case test.is == contradicts && trust == TrustHost:
					by, off = Arrival, 0
				case test.is == zone && trust == TrustHost:
					off, flags = 0, Zone
				case test.is != fits && trust == TrustNeither:
					flags, bound = Disputed, test.off.Abs()
				}
				for how, list := range f.both(trust) {
					for _, i := range []int{0, 500, 999} {
						e := list[i]
						away := e.Time.Sub(f.truth[i].Add(off)).Abs()
						if e.Source != by || e.Flags != flags || away > 100*time.Millisecond || away > e.Error ||
							e.Error < bound || e.Error > bound+time.Second {
							t.Errorf("%v ahead, %v, trust %d, %s: frame %d %v ahead, %+v", test.off, source, trust, how, i, away, e)
						}
					}
				}
			}
		}
	}
}

// TestCarriedLate: frames that come late say nothing against the times that they carry, but live before the first that does not.
func TestCarriedLate(t *testing.T) {
	f := film(1000, frame25, 10, NTP64, always)
	for i := range 50 {
		f.frames[i].Arrival = f.frames[50].Arrival
	}
	for i := 500; i < 525; i++ {
		f.frames[i].Arrival = f.frames[525].Arrival
	}
	for how, list := range f.both(TrustHost) {
		first := 0
		if how == "live" {
			first = 50
		}
		if n := sources(list); n[NTP64] < len(list)-first {
			t.Errorf("%s: %v", how, n)
		}
		f.within(t, how, list, first+10, 20*time.Microsecond) // live, time has to wait for the late ones
	}
}

// TestCarriedSet: of a clock that is set, the times that can be true are used.
func TestCarriedSet(t *testing.T) {
	f := film(1000, frame25, 10, ONVIF, func(i int, at time.Time) time.Time {
		if i < 500 {
			return at.Add(400 * time.Second)
		}
		return at
	})
	for how, list := range f.both(TrustHost) {
		if n := sources(list); n[Arrival] < 500 || n[Arrival] > 501 {
			t.Errorf("%s: %v", how, n)
		}
		f.within(t, how, list, 501, 20*time.Microsecond)
	}
}

// TestCarriedElapsed: seconds since the camera's start are no times.
func TestCarriedElapsed(t *testing.T) {
	f := film(100, frame25, 10, NTP64, always)
	for i := range f.frames {
		f.frames[i].Absolute = ntp.Time(1000+i/25) << 32
	}
	for trust := range TrustCamera + 1 {
		for how, list := range f.both(trust) {
			if n := sources(list); n[Arrival] != len(list) {
				t.Errorf("trust %d, %s: %v", trust, how, n)
			}
		}
	}
}
