package clock

import (
	"math"
	"slices"
	"time"
)

const (
	// coastAfter is the distance of a used report from which on a frame rests on the arrivals alone: twelve of the
	// five-second intervals of RFC 3550 §6.2.
	coastAfter = 60.0 // s
	// levelRim is how far around the reports of another setting of the camera's clock its frames are flagged: one interval.
	levelRim = 5.0 // s
)

// estimates returns the result.
func (f *fit) estimates() []Estimate {
	out := make([]Estimate, len(f.frames))
	origin := f.origin.Round(0).UTC()
	b, flags, state := f.newBound(), f.commonFlags(), f.newStates()
	for g := range f.segments {
		s, v := &f.segments[g], &f.variances[g]
		for i := s.from; i < s.to; i++ {
			if !f.timed(g) {
				break
			}
			e := &out[i]
			m := f.media[i]
			outside := v.outside(m) * outsideRate
			e.Time = origin.Add(time.Duration(nanos(f.utc[i])))
			e.Error = time.Duration(nanos(b.of(max(v.at(m), 0) + outside*outside)))
			e.State, e.Source, e.Flags = state.of(f.host[i]), f.source(), flags
		}
	}
	f.flagSteps(out)
	return out
}

// timed says whether anything tells the time of a segment. The arrivals always do.
func (f *fit) timed(g int) bool {
	return f.heard || len(f.times[g].x) > 0
}

func (f *fit) source() Source {
	if len(f.used) == 0 {
		return Arrival
	}
	return SenderReport
}

func (f *fit) commonFlags() Flags {
	var flags Flags
	set := func(on bool, flag Flags) {
		if on {
			flags |= flag
		}
	}
	some := len(f.used) > 0
	set(f.synthetic, Synth)
	set(f.cadenced, Cadence)
	set(some && f.zone != 0, Zone)
	set(some && f.free(), Free)
	set(some && (f.class == SendStamped || f.class == Envelope || f.class == Ambiguous), SendStamp)
	set(f.dispute > 0, Disputed)
	return flags
}

// states tells the state of frames by their arrival.
type states struct {
	used []float64 // arrivals of the used reports, in order
}

func (f *fit) newStates() states {
	var s states
	for _, k := range f.used {
		s.used = append(s.used, f.reports[k].host)
	}
	slices.Sort(s.used)
	return s
}

func (s states) of(host float64) State {
	if len(s.used) == 0 {
		return RxOnly
	}
	i, _ := slices.BinarySearch(s.used, host)
	near := math.Inf(1)
	if i < len(s.used) {
		near = s.used[i] - host
	}
	if i > 0 {
		near = min(near, host-s.used[i-1])
	}
	switch {
	case near > coastAfter:
		return Coasting
	case len(s.used) < LockedFrom:
		return Acquiring
	}
	return Locked
}

// flagSteps flags the frames about reports of other settings of the camera's clock.
func (f *fit) flagSteps(out []Estimate) {
	if len(f.used) == 0 {
		return
	}
	used := make([]bool, len(f.reports))
	for _, k := range f.used {
		used[k] = true
	}
	done := 0 // frames before it were looked at
	for _, l := range f.levels {
		if !slices.ContainsFunc(l.reports, func(k int) bool { return !used[k] }) {
			continue
		}
		from, _ := slices.BinarySearch(f.host, f.reports[l.reports[0]].host-levelRim)
		until := f.reports[l.reports[len(l.reports)-1]].host + levelRim
		for done = max(done, from); done < len(out) && f.host[done] <= until; done++ {
			out[done].Flags |= Stepped
		}
	}
}
