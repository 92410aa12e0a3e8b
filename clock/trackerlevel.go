package clock

import "math"

const (
	// regularStep is the largest step by which a clock is set that is set all the time, s.
	regularStep = 0.05
)

// plateau is a level of the camera's clock.
type plateau struct {
	reports   int
	from, to  int     // its first and last report
	value     float64 // median of camera's clock minus the host's, s
	plausible bool
}

// chooseLevel splits the reports where the camera's clock was set, and uses those of the newest level that can be believed.
func (t *Tracker) chooseLevel(series []float64) {
	v, level := &t.verdict, t.columns.level[:len(series)]
	threshold := levelThreshold(t.levelNoise(series))
	t.findPlateaus(series, levels(t.columns.arrival[:len(series)], series, threshold, level))
	if v.zone = false; !t.anyPlausible(len(t.plateaus)) {
		t.takeZone()
	}
	followed, before := len(v.used) > 0, v.level
	v.used, v.saw, v.rival, v.sawtooth = v.used[:0], t.regularSteps(), 0, nil
	chosen := t.newestLevel()
	if chosen < 0 {
		return
	}
	v.level = t.plateaus[chosen].value
	for i, l := range level {
		if l == chosen {
			v.used = append(v.used, i)
		}
	}
	if t.findSaw(series); v.sawtooth == nil {
		v.rival = t.rival(series, chosen, threshold)
		if t.host.known && t.options.Trust == TrustNeither {
			v.rival = max(v.rival, strife(t.plateaus[chosen].value, t.interval, t.host.base))
		}
	}
	if followed && math.Abs(v.level-before) > threshold {
		t.stepped = t.host.now
		t.order.setBack(before-v.level, t.host.known && !t.trusted())
	}
}

// newestLevel returns the newest level that can be believed, -1 for none. A single report is not followed while there is an
// older level: it is pending.
func (t *Tracker) newestLevel() int {
	pending := -1
	t.verdict.pending = 0
	for i := len(t.plateaus) - 1; i >= 0; i-- {
		p := &t.plateaus[i]
		switch {
		case !p.plausible:
		case p.reports < 2 && t.anyPlausible(i):
			if i == len(t.plateaus)-1 {
				pending = i
			}
		default:
			if pending >= 0 {
				t.verdict.pending = math.Abs(t.plateaus[pending].value - p.value)
			}
			return i
		}
	}
	return -1
}

// regularSteps returns the largest step of those that a clock makes that is set all the time.
func (t *Tracker) regularSteps() (largest float64) {
	for i := 1; i < len(t.plateaus); i++ {
		p, q := &t.plateaus[i-1], &t.plateaus[i]
		if step := math.Abs(q.value - p.value); p.plausible && q.plausible && step < regularStep {
			largest = max(largest, step)
		}
	}
	return largest
}

// rival returns how far off the chosen level is if another one is the right one, in s: nothing in a single recording tells
// which way a camera's clock was set wrong. What is settled: see disputed.
func (t *Tracker) rival(series []float64, chosen int, threshold float64) (width float64) {
	ours := t.plateaus[chosen].value
	for i := range t.plateaus {
		p := &t.plateaus[i]
		off := math.Abs(p.value - ours)
		if i == chosen || !p.plausible || p.reports < leastMembers || off <= threshold/2 || off < regularStep && t.verdict.saw > 0 {
			continue
		}
		if t.slewedTo(series, min(i, chosen), max(i, chosen), threshold) || t.trusted() && settled(p.value, ours) {
			continue
		}
		width = max(width, off)
	}
	return width
}

// slewedTo says whether the camera's clock went gradually from one level to another.
func (t *Tracker) slewedTo(series []float64, from, to int, threshold float64) bool {
	whole := math.Abs(t.plateaus[to].value - t.plateaus[from].value)
	for i := from; i < to; i++ {
		last, first := t.plateaus[i].to, t.plateaus[i+1].from
		if !gradual(series[first]-series[last], whole, threshold, t.reports[first].arrival-t.reports[last].arrival) {
			return false
		}
	}
	return true
}

// findSaw finds out whether the clock drifts and is set right again and again. Then all its reports are used, though only
// those right after the settings tell the time.
func (t *Tracker) findSaw(series []float64) {
	v, c := &t.verdict, &t.columns
	if v.saw == 0 || len(v.used) == 0 || v.grain >= coarseGrain.Seconds() || !t.trusted() {
		return
	}
	t.good = t.good[:0]
	x, y := t.axes(len(series))
	for i, level := range c.level[:len(series)] {
		if level != outlier && t.plateaus[level].plausible {
			x[len(t.good)], y[len(t.good)] = c.arrival[i], series[i]
			t.good = append(t.good, i)
		}
	}
	v.sawtooth = t.scratch.findSawtooth(x[:len(t.good)], y[:len(t.good)], v.noise)
	if v.sawtooth != nil {
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

// findPlateaus gathers the n levels.
func (t *Tracker) findPlateaus(series []float64, n int) {
	t.plateaus = t.plateaus[:0]
	for i := range n {
		t.scratch.values = t.scratch.values[:0]
		set, p := false, plateau{from: -1}
		for k, level := range t.columns.level[:len(series)] {
			if level == i {
				t.scratch.values = append(t.scratch.values, series[k])
				set = set || t.reports[k].set
				if p.to = k; p.from < 0 {
					p.from = k
				}
			}
		}
		p.reports, p.value = len(t.scratch.values), medianOf(t.scratch.values)
		p.plausible = set && !t.trusted() || t.trusted() && nearHost(p.value, t.verdict.grain)
		t.plateaus = append(t.plateaus, p)
	}
}

// trusted says whether the host's clock is believed where the camera's differs.
func (t *Tracker) trusted() bool { return t.host.known && t.options.Trust == TrustHost }

func (t *Tracker) anyPlausible(n int) bool {
	for _, p := range t.plateaus[:n] {
		if p.plausible {
			return true
		}
	}
	return false
}

// takeZone takes whole quarters of an hour off the camera's clock, where that makes its newest level plausible: the camera
// sends its local time for UTC.
func (t *Tracker) takeZone() {
	if !t.trusted() {
		return
	}
	zone := zoneOf(t.plateaus[len(t.plateaus)-1].value, t.verdict.grain)
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
	for i := range t.plateaus {
		p := &t.plateaus[i]
		p.value -= zone
		p.plausible = nearHost(p.value, t.verdict.grain)
	}
}
