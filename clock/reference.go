package clock

import (
	"math"
	"time"
)

// clockLevel is a row of reports between two settings of the camera's clock.
type clockLevel struct {
	members   []int   // reports
	median    float64 // camera's clock minus the host's, s
	plausible bool
}

// The camera's clock is believed where frames seem to take between these times to the host (s): a little less than none, for
// two clocks that are set by servers differ, and no longer than the slowest cameras on the slowest networks.
const (
	leastDelay = -0.03
	mostDelay  = 0.45
)

const (
	leastMembers = 3      // reports that make a level that can be trusted
	zoneStep     = 900.0  // s: time zones are whole quarters of an hour
	mostZones    = 56     // of them: UTC+14
	freeDrift    = 20e-6  // a clock that a server disciplines does not drift by more
	seenDrift    = 10e-6  // a drift that is worth to be followed
	shortRecord  = 60.0   // s: too short to tell a drift
	steadyRecord = 600.0  // s: the same where the clock was set
	trimmed      = 20     // reports beside the rim of a level by which the rim is judged
	leastRim     = 0.3e-3 // s
)

// findReference finds the reports by which time is told: those of the last believable setting of the camera's clock. The
// host's clock carries the time across all others; that is what takes out steps and slews.
func (f *fit) findReference() {
	if len(f.reports) == 0 {
		return
	}
	f.pickSeries()
	level := make([]int, len(f.series))
	host := f.column(reportHost)
	f.threshold = levelThreshold(f.noise)
	if f.grain >= coarseGrain {
		f.threshold = f.grain.Seconds() // readings of one clock differ by up to a step
	}
	f.levels = make([]clockLevel, levels(host, f.series, f.threshold, level))
	for i, l := range level {
		if l != outlier {
			f.levels[l].members = append(f.levels[l].members, i)
		}
	}
	f.judgeLevels()
	best := f.bestLevel()
	if best < 0 {
		return
	}
	f.gatherReference(best)
	f.findDrift(host, level)
	if f.saw == nil {
		f.dispute = max(f.disputed(best), f.strife(f.levels[best].median))
	}
}

// pickSeries takes the camera's clock minus the host's as the class of the reports tells it.
func (f *fit) pickSeries() {
	if f.class == SendStamped {
		f.series = f.column(reportSent)
	} else {
		f.series = f.column(reportAbove)
	}
	f.noise = f.scratch.localNoise(f.column(reportHost), f.series)
	switch {
	case !math.IsNaN(f.noise):
	case f.class == Exact:
		f.noise = 0.002
	default:
		f.noise = 0.01
	}
}

// judgeLevels says which levels are plausible. Where none is, the camera may send its local time.
func (f *fit) judgeLevels() {
	if f.findPlausible() || !f.judged() {
		return
	}
	if f.zone = zoneOf(f.levels[len(f.levels)-1].median, f.grain.Seconds()); f.zone == 0 {
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
		l.median = f.medianOf(l.members)
		// Reports that come at once speak for a camera whose frames take long.
		l.plausible = f.plausible(l.median) || f.judged() && f.plausible(f.medianSent(l.members))
		some = some || l.plausible
	}
	return some
}

// plausible says whether a camera's clock that is so far ahead of the host's can be right. A host whose own clock follows
// nothing is no judge: then any clock will do that was ever set.
func (f *fit) plausible(ahead float64) bool {
	if !f.judged() {
		return EverSet(f.origin.Add(time.Duration(ahead * 1e9)))
	}
	return nearHost(ahead, f.grain.Seconds())
}

// nearHost says whether a camera's clock is so little ahead of the host's, in s, that both can be right. One that is read in coarse
// steps of grain s may be anywhere in them.
func nearHost(ahead, grain float64) bool {
	room := 0.0
	if grain >= coarseGrain.Seconds() {
		room = grain / 2
	}
	return -ahead >= leastDelay-room && -ahead <= mostDelay+room
}

// zoneOf returns what has to be taken off a camera's clock that sends its local time for UTC, in s: the whole quarters of an
// hour that make it near the host's. 0 if there are none.
func zoneOf(ahead, grain float64) float64 {
	zones := math.Round(ahead / zoneStep)
	if math.Abs(zones) > mostZones || !nearHost(ahead-zones*zoneStep, grain) {
		return 0
	}
	return zones * zoneStep
}

// judged says whether there is a host's clock that the camera's can be judged by.
func (f *fit) judged() bool { return f.heard && f.options.Trust == TrustHost }

func (f *fit) medianOf(members []int) float64 {
	v := make([]float64, len(members))
	for i, k := range members {
		v[i] = f.series[k]
	}
	return medianOf(v)
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
		if len(l.members) >= leastMembers || len(f.reports) < 2*leastMembers {
			return i
		}
		fallback = max(fallback, i)
	}
	return fallback
}

// gatherReference takes the best level and those that lie where it lies.
func (f *fit) gatherReference(best int) {
	for i, l := range f.levels {
		if i == best || math.Abs(l.median-f.levels[best].median) <= f.threshold/2 {
			f.reference = append(f.reference, l.members...)
		}
	}
	if len(f.levels) == 1 {
		return
	}
	// A slew leaves its beginning and its end at the rims.
	tolerance := max(leastRim, 5*f.noise)
	for len(f.reference) > 6 && math.Abs(f.series[f.reference[0]]-f.medianOf(f.part(3, 3+trimmed))) > tolerance {
		f.reference = f.reference[1:]
	}
	for n := len(f.reference); n > 6; n = len(f.reference) {
		if math.Abs(f.series[f.reference[n-1]]-f.medianOf(f.part(n-3-trimmed, n-3))) <= tolerance {
			break
		}
		f.reference = f.reference[:n-1]
	}
}

// part returns a part of the reference.
func (f *fit) part(from, to int) []int {
	return f.reference[max(from, 0):min(to, len(f.reference))]
}

// findDrift finds how the camera's clock runs against the host's within the reference: evenly, or as a sawtooth.
func (f *fit) findDrift(host []float64, level []int) {
	var t, v []float64
	var good []int
	for i, l := range level {
		if l != outlier {
			good = append(good, i)
			t, v = append(t, host[i]), append(v, f.series[i])
		}
	}
	if f.grain < coarseGrain && f.judged() {
		if f.saw = f.scratch.findSawtooth(t, v, f.noise); f.saw != nil {
			for i := range f.saw.resets {
				f.saw.resets[i].report = good[f.saw.resets[i].report]
			}
			return
		}
	}
	n := len(f.reference)
	if n < 8 || !f.heard || f.grain >= coarseGrain {
		return
	}
	t, v = t[:0], v[:0]
	for _, k := range f.reference {
		t, v = append(t, host[k]), append(v, f.series[k])
	}
	span := t[n-1] - t[0]
	if span <= shortRecord || span <= steadyRecord && len(f.levels) > 1 {
		return
	}
	slope, _ := f.scratch.theilSen(t, v)
	deviation := f.noise / (math.Sqrt(float64(n)) * span / math.Sqrt(12))
	if math.Abs(slope) > max(seenDrift, 6*deviation) {
		f.drift = slope
	}
}
