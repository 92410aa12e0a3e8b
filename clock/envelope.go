package clock

import (
	"cmp"
	"math"
	"slices"
)

// envelope is the lower edge of arrival minus media time, in s, as a curve over the media time: frames are held up by the
// network, and never sent ahead. What is left of the scatter of single arrivals is noise.
type envelope struct {
	curve
	earliest []arrival // one per block, by media time
	noise    float64   // standard deviation of a block's earliest arrival about the edge
}

// arrival is the earliest frame of a block.
type arrival struct {
	media float64
	after float64 // arrival - media
	gap   float64 // to the block's second earliest
}

const (
	edgeBlock  = 2.0 // s, and no fewer than
	edgeFrames = 25  // frames: so many find the network free once
	edgeSigma  = 4   // standard deviations: an earliest arrival that is farther off does not fit
)

// findEnvelope fills the segment's envelope. interval is the time between two frames.
func (r *recording) findEnvelope(s *segment, interval float64) {
	s.envelope.earliest = r.blockMinima(s, max(edgeBlock, edgeFrames*interval))
	s.envelope.fit(&r.scratch, s.rate)
}

// block gathers the earliest arrivals of a block, by the line of the segment's rate.
type block struct {
	cell          float64
	best          int
	least, second float64
}

func (r *recording) blockMinima(s *segment, length float64) []arrival {
	media := r.media[s.from:s.to]
	low := slices.Min(media)
	span := slices.Max(media) - low + 1e-6
	length = span / math.Floor(max(span/length, 1))
	var blocks []block
	for i, m := range media {
		d := r.host[s.from+i] - s.rate*m
		b := blockOf(&blocks, math.Floor((m-low)/length))
		switch {
		case d < b.least:
			b.best, b.least, b.second = i, d, b.least
		case d < b.second:
			b.second = d
		}
	}
	slices.SortFunc(blocks, func(a, b block) int { return cmp.Compare(media[a.best], media[b.best]) })
	out := make([]arrival, len(blocks))
	for i, b := range blocks {
		out[i] = arrival{media: media[b.best], after: r.host[s.from+b.best] - media[b.best]}
		if !math.IsInf(b.second, 1) {
			out[i].gap = b.second - b.least
		}
	}
	return out
}

// blockOf returns the block of a cell. Frames come nearly in the order of their media time, so it is one of the last.
func blockOf(blocks *[]block, cell float64) *block {
	for i := len(*blocks) - 1; i >= max(len(*blocks)-4, 0); i-- {
		if (*blocks)[i].cell == cell {
			return &(*blocks)[i]
		}
	}
	*blocks = append(*blocks, block{cell: cell, least: math.Inf(1), second: math.Inf(1)})
	return &(*blocks)[len(*blocks)-1]
}

// fit smooths the earliest arrivals with the filter that follows the clocks, of which a and b alone are used.
func (e *envelope) fit(s *scratch, rate float64) {
	e.noise = e.scatter(s, rate)
	ms := e.noise * 1e3
	first := e.earliest[0]
	f := filter{a: first.after * 1e3, b: (rate - 1) * 1e6}
	f.cov = covariance{aa: 4 * ms * ms, bb: rateSpread * rateSpread, qq: wayFloor}
	nodes := make([]node, len(e.earliest))
	odd := 0 // blocks in a row that don't fit
	for i, a := range e.earliest {
		n := &nodes[i]
		if i > 0 {
			dt := a.media - e.earliest[i-1].media
			n.k = dt * 1e-3
			f.predict(dt, 0)
		}
		odd = f.follow(a.after*1e3, ms*ms, odd, n)
	}
	smooth(nodes)
	for i, n := range nodes {
		e.add(e.earliest[i].media, n.state.a*1e-3, n.state.b*1e-6)
	}
}

// scatter returns the noise of the earliest arrivals about their neighbours.
func (e *envelope) scatter(s *scratch, rate float64) float64 {
	if len(e.earliest) <= 3 {
		return firstNoise
	}
	steps := make([]float64, 0, len(e.earliest))
	for i := 1; i < len(e.earliest); i++ {
		a, b := e.earliest[i-1], e.earliest[i]
		steps = append(steps, math.Abs(b.after-a.after-(rate-1)*(b.media-a.media)))
	}
	return max(madToSigma*s.median(steps)/math.Sqrt2, quietNoise)
}

// follow takes one earliest arrival (ms). Late ones are passed over: the network held up the whole block. Four that don't fit
// in a row mean that the media clock has changed its rate.
func (f *filter) follow(after, variance float64, odd int, n *node) int {
	off, spread := f.expect(ofPair, after, variance)
	tolerance := edgeSigma*math.Sqrt(spread) + lateMargin
	late := off > tolerance
	odd++
	if math.Abs(off) <= tolerance {
		odd = 0
	}
	if odd >= mostLate {
		f.loosen(off)
		late, odd = false, 0
	}
	n.predicted = *f
	if !late {
		f.update(ofPair, after, variance)
	}
	n.state = *f
	return odd
}

// drawEdges finds for each segment the lower edge of the arrivals, or what stands in for it.
func (f *fit) drawEdges() {
	if !f.heard {
		f.drawLines()
		return
	}
	for g := range f.segments {
		f.findEnvelope(&f.segments[g], f.interval)
	}
}
