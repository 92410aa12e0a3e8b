package clock

import (
	"math"
	"slices"
)

const (
	leastCounted  = 100   // increments by which it is judged
	countedShare  = 0.999 // of them must be equal: the camera counts frames
	leastScatter  = 0.003 // s: less is the network's
	networkSkew   = 0.35  // arrivals whose early half is that much narrower than the late one are late by the network
	captureSkew   = 0.5   // and those that are about even, by the sensor
	bunched       = 0.1   // of an interval: frames that follow so close were held up together
	mostBunched   = 0.1   // share of them that makes it the network
	fewestBunched = 0.02  // and the share below which it is the sensor
)

// timeByArrival corrects the frames of cameras that count frames instead of stamping them, while their sensor runs unevenly:
// the scatter of the arrivals is that of the captures then, if it does not look like a network's, whose delays are one-sided.
func (f *fit) timeByArrival() {
	if !f.heard || !f.counted() {
		return
	}
	excess := make([]float64, len(f.frames))
	for g := range f.segments {
		s := &f.segments[g]
		for i := s.from; i < s.to; i++ {
			excess[i] = f.host[i] - f.media[i] - s.envelope.at(f.media[i])
		}
	}
	sorted := slices.Clone(excess)
	slices.Sort(sorted)
	scatter := quantile(sorted, 0.9) - quantile(sorted, 0.1)
	middle := quantile(sorted, 0.5)
	skew := (middle - quantile(sorted, 0.01)) / max(quantile(sorted, 0.99)-middle, 1e-9)
	close := f.closeShare()
	if !(scatter >= leastScatter) || skew < networkSkew || close > mostBunched {
		return
	}
	f.synthetic = true
	if skew <= captureSkew || close >= fewestBunched {
		f.jitter = scatter / 2.56 // the 80 % interval of a normal distribution is 2.56 deviations wide
		return
	}
	f.jitter = scatter * 0.02
	if f.class == SendStamped {
		middle = f.usualDelay()
	}
	for i, e := range excess {
		f.utc[i] += e - middle
	}
}

// usualDelay is how much longer than the fastest the reports took to the host, the median: frames will take as long.
func (f *fit) usualDelay() float64 {
	var delays []float64
	for _, k := range f.reference {
		delays = append(delays, -f.residual(&f.reports[k]))
	}
	if len(delays) == 0 {
		return 0
	}
	return max(medianOf(delays), 0)
}

// counted says whether all increments of the RTP time stamps are multiples of one.
func (f *fit) counted() bool {
	var steps []float64
	for _, s := range f.stretches {
		for i := s.from + 1; i < s.to; i++ {
			if d := math.Abs(float64(f.frames[i].RTP - f.frames[i-1].RTP)); d > 0 {
				steps = append(steps, d)
			}
		}
	}
	if len(steps) < leastCounted {
		return false
	}
	usual, even := f.scratch.median(steps), 0
	for _, d := range steps {
		if math.Abs(d-usual*math.Round(d/usual)) <= 1 {
			even++
		}
	}
	return float64(even) > countedShare*float64(len(steps))
}

// closeShare returns the share of frames that came right after another.
func (f *fit) closeShare() float64 {
	n := 0
	for i := 1; i < len(f.host); i++ {
		if f.host[i]-f.host[i-1] < bunched*f.interval {
			n++
		}
	}
	return float64(n) / float64(max(len(f.host)-1, 1))
}
