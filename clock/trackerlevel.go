package clock

import (
	"math"
	"slices"
)

// regularStep is the largest step by which a clock is set that is set all the time, s.
const regularStep = 0.05

// chooseLevel splits the reports where the camera's clock was set, and uses those of the newest level that can be believed.
func (t *Tracker) chooseLevel(series []float64) {
	v, s := &t.verdict, &t.settings
	s.series, s.came, s.threshold = series, t.columns.arrival[:len(series)], levelThreshold(t.levelNoise(series))
	s.split()
	t.judgeLevels()
	if v.zone = false; !anyPlausible(s.levels) {
		t.takeZone()
	}
	followed, before := len(v.used) > 0, v.level
	v.used, v.saw, v.rival, v.sawtooth = v.used[:0], t.regularSteps(), 0, nil
	chosen := t.newestLevel()
	if chosen < 0 {
		return
	}
	v.level = s.levels[chosen].ahead
	v.used = append(v.used, s.levels[chosen].reports...)
	if t.findSaw(); v.sawtooth == nil {
		v.rival = t.rival(chosen)
	}
	if followed && math.Abs(v.level-before) > s.threshold {
		t.stepped = t.host.now
		t.order.setBack(before-v.level, t.host.known && !t.trusted())
	}
}

// judgeLevels says where the levels lie, and which are plausible.
func (t *Tracker) judgeLevels() {
	s, trusted := &t.settings, t.trusted()
	for i := range s.levels {
		l := &s.levels[i]
		l.ahead = s.median(l.reports, &t.scratch)
		if trusted {
			l.plausible = nearHost(l.ahead, t.verdict.grain)
		} else {
			l.plausible = slices.ContainsFunc(l.reports, func(k int) bool { return t.reports[k].set })
		}
	}
}

// rival returns how far off the chosen level is if another one, or the host's clock, is right, in s. The steps of a clock that
// is set all the time are no rivals of each other.
func (t *Tracker) rival(chosen int) float64 {
	s, room := &t.settings, t.settings.threshold/2
	if t.verdict.saw > 0 {
		room = max(room, regularStep)
	}
	width := s.rival(chosen, leastMembers, room, t.trusted())
	if t.host.known && t.options.Trust == TrustNeither {
		width = max(width, strife(s.levels[chosen].ahead, t.interval, t.host.base))
	}
	return width
}

// newestLevel returns the newest level that can be believed, -1 for none. A single report is not followed while there is an
// older level: it is pending.
func (t *Tracker) newestLevel() int {
	pending := -1
	t.verdict.pending = 0
	all := t.settings.levels
	for i := len(all) - 1; i >= 0; i-- {
		switch l := &all[i]; {
		case !l.plausible:
		case len(l.reports) < 2 && anyPlausible(all[:i]):
			if i == len(all)-1 {
				pending = i
			}
		default:
			if pending >= 0 {
				t.verdict.pending = math.Abs(all[pending].ahead - l.ahead)
			}
			return i
		}
	}
	return -1
}

// regularSteps returns the largest step of those that a clock makes that is set all the time.
func (t *Tracker) regularSteps() (largest float64) {
	all := t.settings.levels
	for i := 1; i < len(all); i++ {
		p, q := &all[i-1], &all[i]
		if step := math.Abs(q.ahead - p.ahead); p.plausible && q.plausible && step < regularStep {
			largest = max(largest, step)
		}
	}
	return largest
}

// findSaw finds out whether the clock drifts and is set right again and again. Then all its reports are used, though only
// those right after the settings tell the time.
func (t *Tracker) findSaw() {
	v, s := &t.verdict, &t.settings
	if v.saw == 0 || len(v.used) == 0 || v.grain >= coarseGrain.Seconds() || !t.trusted() {
		return
	}
	t.good = t.good[:0]
	for _, l := range s.levels {
		if l.plausible {
			t.good = append(t.good, l.reports...)
		}
	}
	x, y := t.axes(len(t.good))
	for i, k := range t.good {
		x[i], y[i] = s.came[k], s.series[k]
	}
	saw := t.scratch.findSawtooth(x, y, v.noise)
	if saw != nil && math.Abs(saw.drift) < slewLeast { // no clock drifts faster: it is being slewed
		v.sawtooth = saw
		v.used = append(v.used[:0], t.good...)
		v.saw = 0
	}
}

// fewLevelled is the number of reports among which a single one can spoil the noise: it is in three of their differences.
const fewLevelled = 9

// levelNoise returns the noise of the series; of few reports without the one that spoils it most.
func (t *Tracker) levelNoise(series []float64) float64 {
	noise, n := t.verdict.noise, len(series)
	if n >= fewLevelled || n < 6 {
		return noise
	}
	x, y := t.axes(n - 1)
	for without := range n {
		copy(x[copy(x, t.columns.arrival[:without]):], t.columns.arrival[without+1:n])
		copy(y[copy(y, series[:without]):], series[without+1:])
		noise = min(noise, t.scratch.localNoise(x, y))
	}
	return noise
}

// trusted says whether the host's clock is believed where the camera's differs.
func (t *Tracker) trusted() bool { return t.host.known && t.options.Trust == TrustHost }

func anyPlausible(levels []level) bool {
	return slices.ContainsFunc(levels, func(l level) bool { return l.plausible })
}

// takeZone takes whole quarters of an hour off the camera's clock, where that makes its newest level plausible: the camera
// sends its local time for UTC.
func (t *Tracker) takeZone() {
	if !t.trusted() {
		return
	}
	zone := zoneOf(t.settings.levels[len(t.settings.levels)-1].ahead, t.verdict.grain)
	if zone == 0 {
		return
	}
	t.verdict.zone = true
	c := &t.columns
	for i := range t.reports {
		c.pair[i] -= zone
		c.even[i] -= zone
		c.send[i] -= zone
	}
	for i := range t.settings.levels {
		l := &t.settings.levels[i]
		l.ahead -= zone
		l.plausible = nearHost(l.ahead, t.verdict.grain)
	}
}
