package clock

import "slices"

// Noise that never exceeds some bound, as that of a report that names any instant within so many milliseconds, fills the
// range between its extremes evenly. The middle of these is then known far better than the mean: with n reports to 2.4/n of
// the noise, not to 1/√n of it.
const (
	leastBounded = 10 // reports; of fewer the shape of the noise can't be told
	boundedBlock = 64 // reports that are looked at together: the clocks wander
	// Kurtosis of noise that is taken for bounded altogether, and of noise that is not at all. Even noise has 1.8, Gaussian 3.
	surelyBounded = 2.1
	notBounded    = 2.5
	// sureReports is how many reports tell the shape of the noise.
	sureReports = 15.0
)

// centre moves measurements of noisy pairs so that their mean lies where the middle of bounded noise does.
func (f *fit) centre(ms []measurement) {
	if !f.heard || f.class != Exact || f.evidence.pairNoise <= noisyPair || f.grain >= coarseGrain || len(ms) < leastBounded {
		return
	}
	v := make([]float64, len(ms))
	for i, m := range ms {
		v[i] = f.reports[m.report].above - f.drifted(m.report)
	}
	size := len(ms) / max(len(ms)/boundedBlock, 1)
	weight := boundedness(v, size)
	if weight == 0 {
		return
	}
	for from := 0; from < len(ms); from += size {
		block := v[from:min(from+size, len(v))]
		if len(block) < leastBounded {
			break
		}
		n := float64(len(block))
		by := weight * ((slices.Min(block)+slices.Max(block))/2 - meanOf(block))
		// Of the variance of the mean so much is left in the middle of even noise. The fewer reports, the less sure is the shape.
		left := max(1-weight+weight*6*n/((n+1)*(n+2)), min(1, sureReports/float64(len(ms))), 0.1)
		for i := range block {
			ms[from+i].value += by
			ms[from+i].variance *= left
		}
	}
}

// boundedness returns by how much the noise of v, about the mean of each block, is to be taken for bounded: 0 not at all, 1
// altogether.
func boundedness(v []float64, size int) float64 {
	square, fourth := 0.0, 0.0
	for block := range slices.Chunk(v, size) {
		mean := meanOf(block)
		for _, x := range block {
			d := (x - mean) * (x - mean)
			square, fourth = square+d, fourth+d*d
		}
	}
	if square == 0 {
		return 0
	}
	kurtosis := fourth * float64(len(v)) / (square * square)
	return min(max((notBounded-kurtosis)/(notBounded-surelyBounded), 0), 1)
}
