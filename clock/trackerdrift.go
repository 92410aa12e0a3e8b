package clock

import "math"

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
		if sure(slope, seenDrift, v.noise, n, span) && math.Abs(slope) < mostDrift {
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
	v.q = medianOf(t.scratch.values)
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
	if s := math.Abs(slope); sure(s, slewLeast, v.noise, slewReports, x[slewReports-1]-x[0]) && s < fastestSlew {
		return s
	}
	return 0
}
