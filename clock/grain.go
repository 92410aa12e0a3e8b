package clock

import (
	"math"
	"slices"
	"time"
)

// grains are the steps in which cameras were seen to read their clocks, coarsest first.
var grains = [...]time.Duration{time.Second, time.Second / 10, time.Second / 64, time.Second / 100, time.Millisecond}

// grainTolerance is how far a clock that is read in steps may lie beside them: NTP fractions are made from microseconds,
// rounded and cut off in several places.
const grainTolerance = 3 * time.Microsecond

// grain returns the largest step of which all the readings of a camera's clock (in ns since an epoch of whole seconds) are
// multiples, 0 for none. Fewer than three readings tell nothing.
func grain(wall []int64) time.Duration {
	if len(wall) < 3 {
		return 0
	}
	for _, g := range grains {
		if !slices.ContainsFunc(wall, func(w int64) bool { return offGrain(w, int64(g)) > int64(grainTolerance) }) {
			return g
		}
	}
	return 0
}

// offGrain returns how far w is from the nearest multiple of g.
func offGrain(w, g int64) int64 {
	r := w % g
	if r < 0 {
		r += g
	}
	return min(r, g-r)
}

// shownGrain is the part of a grain by which times that are cut to it scatter at the least. Evenly spread they do by 0.37 of it;
// reports that are sent at nearly even intervals by less.
const shownGrain = 0.02

// readGrain finds in which steps the camera's clock is read. Times can be round for another reason: a camera that reports at each
// full second, or with frames that are captured at round times. Then they are round and yet go with the RTP time stamps, or with
// the arrivals, evenly.
func (f *fit) readGrain() {
	walls := make([]int64, len(f.reports))
	for i, r := range f.reports {
		walls[i] = r.wall
	}
	g := grain(walls)
	if f.steady(g.Seconds()) {
		f.hidden = g
		return
	}
	f.grain = g
	for i := range f.reports { // a clock that is read in steps has shown its time for half a step
		f.reports[i].advance(g.Seconds() / 2)
	}
}

// steady says whether the reports' times go more evenly with another clock than times do that are cut to a grain (s).
func (f *fit) steady(grain float64) bool {
	return f.tick() < grain && f.unevenness(reportAbove) < shownGrain*grain || // RTP times may be cut in the same way
		f.heard && f.unevenness(reportSent) < shownGrain*grain
}

// unevenness is the noise of a value of the reports; of three, which tell none, their range.
func (f *fit) unevenness(of func(*report) float64) float64 {
	v := f.column(of)
	if noise := f.scratch.localNoise(f.column(reportHost), v); !math.IsNaN(noise) || len(v) == 0 {
		return noise
	}
	return width(v)
}

// hiddenError is how much later frames may have been captured if the reports' times are cut off after all, in s. They were
// captured before they came.
func (f *fit) hiddenError() float64 {
	most := f.hidden.Seconds()
	if f.judged() && len(f.used) > 0 {
		return min(most, max(0, -f.medianOf(f.used)))
	}
	return most
}
