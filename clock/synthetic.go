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
	captureNoise  = 0.02  // of the scatter: how well arrivals tell captures
	networkShare  = 0.2   // of the scatter: if the reports' arrivals have so much of it, it is the network's
)

// timeByArrival corrects the frames of cameras that count frames instead of stamping them, while their sensor runs unevenly:
// the scatter of the arrivals is that of the captures then, if it does not look like a network's, whose delays are one-sided.
func (f *fit) timeByArrival() {
	if !f.heard || !f.counted() {
		return
	}
	excess, reordered := f.excess()
	scatter, middle, skew := shape(excess)
	bunching := f.closeShare()
	// Reports that scatter as well were held up by the network, too, or they wait by themselves. The pairs may tell.
	unsure := f.evidence.sendNoise > networkShare*scatter && f.evidence.own <= evenShare
	small := scatter < leastScatter
	switch {
	case !(scatter > 0) || skew < networkSkew || bunching > mostBunched && !reordered || unsure && small:
		return
	case unsure || reordered || small || skew <= captureSkew || bunching >= fewestBunched:
		f.synthetic = !unsure && !reordered && !small
		f.jitter = scatter / eighty
		return
	}
	f.synthetic = true
	f.jitter = scatter * captureNoise
	if f.class == SendStamped {
		middle = f.usualDelay()
		f.jitter += middle // reports may be held up before they leave, and frames not
	}
	for i, e := range excess {
		f.utc[i] += e - middle
	}
}

// shape returns the width of the middle 80 % of v, its median, and how wide the half below is against the half above.
func shape(v []float64) (scatter, middle, skew float64) {
	sorted := slices.Sorted(slices.Values(v))
	middle = quantile(sorted, 0.5)
	skew = (middle - quantile(sorted, 0.01)) / max(quantile(sorted, 0.99)-middle, 1e-9)
	return quantile(sorted, 0.9) - quantile(sorted, 0.1), middle, skew
}

// excess returns how much later than the envelope the frames came. Of reordered ones it returns those that are presented after
// all before them: the others had to wait for these.
func (f *fit) excess() (excess []float64, reordered bool) {
	excess = make([]float64, 0, len(f.frames))
	for g := range f.segments {
		s := &f.segments[g]
		newest := math.Inf(-1)
		for i := s.from; i < s.to; i++ {
			if m := f.media[i]; m < newest {
				reordered = true
			} else {
				newest = m
				excess = append(excess, f.host[i]-m-s.envelope.at(m))
			}
		}
	}
	return excess, reordered
}

// usualDelay is how much longer than the fastest the reports took to the host, the median: frames will take as long.
func (f *fit) usualDelay() float64 {
	var delays []float64
	for _, k := range f.used {
		delays = append(delays, -f.residual(&f.reports[k]))
	}
	if len(delays) == 0 {
		return 0
	}
	return max(medianOf(delays), 0)
}

// counted says whether all increments of the RTP time stamps, in presentation order, are multiples of one.
func (f *fit) counted() bool {
	all, even := 0, 0
	room := max(1, f.tick()*f.rate) // the camera may cut its count to milliseconds
	for g := range f.segments {
		s := &f.segments[g]
		ticks := f.ticks(s)
		for i := 1; i < len(ticks); i++ {
			d := float64(ticks[i] - ticks[i-1])
			if d <= 0 {
				continue
			}
			all++
			if math.Abs(d-s.interval*math.Round(d/s.interval)) <= room {
				even++
			}
		}
	}
	return all >= leastCounted && float64(even) > countedShare*float64(all)
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
