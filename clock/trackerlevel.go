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

// chooseLevel splits the reports where the camera's clock was set, and chooses the newest level that can be believed. A
// single report is not followed while there is an older level.
func (t *Tracker) chooseLevel(series []float64) {
	v, c := &t.verdict, &t.columns
	threshold := levelThreshold(t.levelNoise(series))
	t.findPlateaus(series, levels(c.arrival[:len(series)], series, threshold, c.level[:len(series)]))
	if v.zone = false; !t.anyPlausible(len(t.plateaus)) {
		t.takeZone()
	}
	followed, before := len(v.used) > 0, v.level
	v.used, v.pending, v.saw, v.rival = v.used[:0], 0, 0, 0
	chosen, last := -1, len(t.plateaus)-1
	for i := last; i >= 0; i-- {
		p := &t.plateaus[i]
		if !p.plausible {
			continue
		}
		if p.reports < 2 && t.anyPlausible(i) {
			if i == last {
				v.pending = math.Abs(p.value - t.plateaus[i-1].value)
			}
			continue
		}
		chosen, v.level = i, p.value
		for k, level := range c.level[:len(series)] {
			if level == i {
				v.used = append(v.used, k)
			}
		}
		break
	}
	for i := 1; i <= last; i++ {
		if step := math.Abs(t.plateaus[i].value - t.plateaus[i-1].value); t.plateaus[i].plausible && t.plateaus[i-1].plausible && step < regularStep {
			v.saw = max(v.saw, step)
		}
	}
	if t.findSaw(series); v.sawtooth == nil && chosen >= 0 {
		v.rival = t.rival(series, chosen, threshold)
		if t.host.known && t.options.Trust == TrustNeither {
			v.rival = max(v.rival, strife(t.plateaus[chosen].value, t.interval, t.host.base))
		}
	}
	if followed && len(v.used) > 0 && math.Abs(v.level-before) > threshold {
		t.stepped = t.host.now
	}
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
		if t.slewedTo(series, min(i, chosen), max(i, chosen), threshold) || t.trusted() && -p.value < beforeCapture && -ours >= beforeCapture {
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
		step := math.Abs(series[first] - series[last])
		if step >= whole/2 || step > threshold+fastestSlew*(t.reports[first].arrival-t.reports[last].arrival) {
			return false
		}
	}
	return true
}

// slewReports is how many of the newest reports show whether the clock is being slewed, and slewLeast how fast that is at
// least, s per s: faster than any clock drifts.
const (
	slewReports = 5
	slewLeast   = 150e-6
)

// slewing returns how fast the camera's clock is being slewed just now, 0 if it is not. Where that will end can't be known.
func (t *Tracker) slewing(series []float64) float64 {
	n, v := len(series), &t.verdict
	if n < slewReports || v.grain >= coarseGrain.Seconds() {
		return 0
	}
	x, y := t.columns.arrival[n-slewReports:n], series[n-slewReports:]
	slope, _ := t.scratch.theilSen(x, y)
	deviation := v.noise / (math.Sqrt(slewReports) * (x[slewReports-1] - x[0]) / math.Sqrt(12))
	if s := math.Abs(slope); s > max(slewLeast, 6*deviation) && s < fastestSlew {
		return s
	}
	return 0
}

// findSaw finds out whether the clock drifts and is set right again and again. Then all its reports are used, though only
// those right after the settings tell the time.
func (t *Tracker) findSaw(series []float64) {
	v, c := &t.verdict, &t.columns
	if v.sawtooth = nil; v.saw == 0 || len(v.used) == 0 || v.grain >= coarseGrain.Seconds() || !t.trusted() {
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
		p.plausible = set && !t.trusted() || t.trusted() && t.near(p.value)
		t.plateaus = append(t.plateaus, p)
	}
}

// near says whether such a difference of the camera's clock from the host's can be a way that frames take. A clock that is
// read in coarse steps may be anywhere in them.
func (t *Tracker) near(value float64) bool {
	slack := 0.0
	if t.verdict.grain >= coarseGrain.Seconds() {
		slack = t.verdict.grain / 2
	}
	return leastDelay-slack <= -value && -value <= mostDelay+slack
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
	newest := t.plateaus[len(t.plateaus)-1].value
	n := math.Round(newest / zoneStep)
	if n == 0 || math.Abs(n) > mostZones || !t.near(newest-n*zoneStep) {
		return
	}
	t.verdict.zone = true
	c := &t.columns
	for i := range t.reports {
		c.pair[i] -= n * zoneStep
		c.even[i] -= n * zoneStep
		c.send[i] -= n * zoneStep
	}
	for i := range t.plateaus {
		p := &t.plateaus[i]
		p.value -= n * zoneStep
		p.plausible = t.near(p.value)
	}
}

const (
	driftReports = 6    // that a drift is told from
	driftSpan    = 25.0 // s: that they span
	driftPoints  = 24   // medians that a drift is told from: all pairs of them are compared
)

// followDrift finds how fast the camera's clock runs away from the host's.
func (t *Tracker) followDrift(series []float64) {
	v, c := &t.verdict, &t.columns
	n := len(v.used)
	if v.drift, v.spread, v.slew = 0, 0, 0; n == 0 {
		return
	}
	v.slew = t.slewing(series)
	v.newest = c.arrival[v.used[n-1]]
	span := v.newest - c.arrival[v.used[0]]
	if n >= driftReports && span > driftSpan && v.sawtooth == nil && v.grain < coarseGrain.Seconds() {
		x, y := t.thinned(series, min(n, driftPoints))
		slope, _ := t.scratch.theilSen(x, y)
		deviation := v.noise / (math.Sqrt(float64(n)) * span / math.Sqrt(12))
		if s := math.Abs(slope); s > max(seenDrift, 6*deviation) && s < mostDrift { // clocks drift less, and are not slewed faster for long
			v.drift = slope
		}
	}
	if n > 8 && v.sawtooth == nil && v.grain < coarseGrain.Seconds() && (v.class == Exact || v.class == SendStamped) {
		_, y := t.thinned(series, max(2, n/8))
		v.spread = deviationOf(y)
	}
	way := c.even[:]
	if v.class == SendStamped {
		way = c.send[:]
	}
	t.scratch.values = t.scratch.values[:0]
	for _, i := range v.used {
		t.scratch.values = append(t.scratch.values, way[i])
	}
	v.way = medianOf(t.scratch.values)
}

// thinned returns the used reports as so many points: medians of neighbours, without the drift.
func (t *Tracker) thinned(series []float64, points int) (x, y []float64) {
	v, c := &t.verdict, &t.columns
	x, y = t.axes(points)
	for k := range points {
		part := v.used[k*len(v.used)/points : (k+1)*len(v.used)/points]
		t.scratch.values = t.scratch.values[:0]
		for _, i := range part {
			t.scratch.values = append(t.scratch.values, series[i]-v.drift*(c.arrival[i]-c.arrival[v.used[0]]))
			x[k] += c.arrival[i] / float64(len(part))
		}
		y[k] = medianOf(t.scratch.values)
	}
	return x, y
}

// axes returns room for n points, all 0, until the next call.
func (t *Tracker) axes(n int) (x, y []float64) {
	for cap(t.x) < n {
		t.x, t.y = make([]float64, 2*n), make([]float64, 2*n)
	}
	x, y = t.x[:n], t.y[:n]
	clear(x)
	clear(y)
	return x, y
}

// deviationOf returns the standard deviation of v.
func deviationOf(v []float64) float64 {
	mean, sum := 0.0, 0.0
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		sum += (x - mean) * (x - mean)
	}
	return math.Sqrt(sum / float64(len(v)))
}
