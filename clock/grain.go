package clock

import (
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
