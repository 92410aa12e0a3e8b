package clock

import (
	"math"
	"time"
)

const (
	leastMembers = 3      // reports that make a level that can be trusted
	trimmed      = 20     // reports beside the rim of a level by which the rim is judged
	leastRim     = 0.3e-3 // s
)

// What the noise of the series is taken for while few reports tell it, in s.
const (
	assumedNoise = 2e-3  // of reports that tell of one instant
	assumedLag   = 10e-3 // and of those that may have waited for it
)

// chooseLevel finds the reports by which time is told: those of the last believable setting of the camera's clock. The
// host's clock carries the time across all others; that is what takes out steps and slews.
func (f *fit) chooseLevel() {
	if len(f.reports) == 0 {
		return
	}
	f.pickSeries()
	f.threshold = levelThreshold(f.noise)
	if f.grain >= coarseGrain {
		f.threshold = f.grain.Seconds() // readings of one clock differ by up to a step
	}
	f.split()
	f.judgeLevels()
	best := f.bestLevel()
	if best < 0 {
		return
	}
	f.use(best)
	f.findDrift()
	if f.saw == nil {
		f.dispute = max(f.rival(best, f.leastDisputing(), f.threshold/2, f.judged()), f.strife(f.levels[best].ahead))
	}
}

// pickSeries takes the camera's clock minus the host's as the class of the reports tells it.
func (f *fit) pickSeries() {
	if f.class == SendStamped {
		f.series = f.column(reportSent)
	} else {
		f.series = f.column(reportAbove)
	}
	f.came = f.column(reportHost)
	f.noise = f.scratch.localNoise(f.came, f.series)
	switch {
	case !math.IsNaN(f.noise):
	case f.class == Exact:
		f.noise = assumedNoise
	default:
		f.noise = assumedLag
	}
}

// judgeLevels says which levels are plausible. Where none is, the camera may send its local time.
func (f *fit) judgeLevels() {
	if f.findPlausible() || !f.judged() {
		return
	}
	if f.zone = zoneOf(f.levels[len(f.levels)-1].ahead, f.grain.Seconds()); f.zone == 0 {
		return
	}
	for i := range f.reports {
		f.reports[i].advance(-f.zone)
		f.series[i] -= f.zone
	}
	f.findPlausible()
}

// findPlausible measures the levels, and says whether any is plausible.
func (f *fit) findPlausible() (some bool) {
	for i := range f.levels {
		l := &f.levels[i]
		l.ahead = f.medianOf(l.reports)
		// Reports that come at once speak for a camera whose frames take long.
		l.plausible = f.plausible(l.ahead) || f.judged() && f.plausible(f.medianSent(l.reports))
		some = some || l.plausible
	}
	return some
}

// plausible says whether a camera's clock that is so far ahead of the host's can be right. A host whose own clock follows
// nothing is no judge: then any clock will do that was ever set.
func (f *fit) plausible(ahead float64) bool {
	if !f.judged() {
		return EverSet(f.origin.Add(duration(ahead)), f.hostTime())
	}
	return nearHost(ahead, f.grain.Seconds())
}

// hostTime is what the host's clock showed at first; zero if that is not known.
func (f *fit) hostTime() time.Time {
	if !f.heard {
		return time.Time{}
	}
	return f.origin
}

// judged says whether there is a host's clock that the camera's can be judged by.
func (f *fit) judged() bool { return f.heard && f.options.Trust == TrustHost }

func (f *fit) medianOf(members []int) float64 {
	return f.median(members, &f.scratch)
}

// medianSent is the same of C - L, whatever the class.
func (f *fit) medianSent(members []int) float64 {
	v := make([]float64, len(members))
	for i, k := range members {
		v[i] = f.reports[k].sent
	}
	return medianOf(v)
}

// bestLevel returns the last plausible level with enough members, -1 for none.
func (f *fit) bestLevel() int {
	fallback := -1
	for i := len(f.levels) - 1; i >= 0; i-- {
		l := &f.levels[i]
		if !l.plausible {
			continue
		}
		if len(l.reports) >= leastMembers || len(f.reports) < 2*leastMembers {
			return i
		}
		fallback = max(fallback, i)
	}
	return fallback
}

// use takes the reports of the best level and of those that lie where it lies.
func (f *fit) use(best int) {
	for i, l := range f.levels {
		if i == best || math.Abs(l.ahead-f.levels[best].ahead) <= f.threshold/2 {
			f.used = append(f.used, l.reports...)
		}
	}
	if len(f.levels) == 1 {
		return
	}
	// A slew leaves its beginning and its end at the rims.
	tolerance := max(leastRim, 5*f.noise)
	for len(f.used) > 6 && math.Abs(f.series[f.used[0]]-f.medianOf(f.part(3, 3+trimmed))) > tolerance {
		f.used = f.used[1:]
	}
	for n := len(f.used); n > 6; n = len(f.used) {
		if math.Abs(f.series[f.used[n-1]]-f.medianOf(f.part(n-3-trimmed, n-3))) <= tolerance {
			break
		}
		f.used = f.used[:n-1]
	}
}

// part returns some of the used reports.
func (f *fit) part(from, to int) []int {
	return f.used[max(from, 0):min(to, len(f.used))]
}

// leastDisputing is how many reports make a level that may be the right one: a single one is an outlier, if there are more.
func (f *fit) leastDisputing() int {
	if len(f.reports) < 2*leastMembers {
		return 1
	}
	return 2
}

// strife is that of the used reports, where neither clock is trusted. ahead is the camera's clock minus the host's, less the
// frames' way.
func (f *fit) strife(ahead float64) float64 {
	if f.options.Trust != TrustNeither || !f.heard {
		return 0
	}
	return strife(ahead, f.interval, f.origin)
}
