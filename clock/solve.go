package clock

import (
	"cmp"
	"math"
	"slices"
)

// solve weighs what reports and arrivals say against each other, and keeps the result within what the reports leave open.
func (f *fit) solve() {
	if len(f.used) > 0 {
		f.q = f.medianOf(f.used)
	}
	ms := f.measureReports()
	arrivals := f.measureEnvelopes()
	f.runFilter(append(slices.Clone(ms), arrivals...))
	low, high, ok := f.open()
	if !ok {
		return
	}
	by := f.corrections(low, high)
	for i := range ms {
		ms[i].value += by[ms[i].report]
	}
	f.runFilter(append(ms, arrivals...))
}

// looseWay is how well q is known to begin with, in ms: the reports will say it better.
const looseWay = 100

// runFilter takes the measurements, forwards and back, and leaves the smoothed states in nodes, one per measurement, and for
// each segment the curve of a.
func (f *fit) runFilter(ms []measurement) {
	slices.SortStableFunc(ms, func(a, b measurement) int {
		return cmp.Or(a.segment-b.segment, cmp.Compare(a.media, b.media), cmp.Compare(a.of, b.of))
	})
	k := filter{q: f.q * 1e3, cov: covariance{qq: looseWay * looseWay}}
	if !f.heard {
		k = filter{} // there is no q
	}
	f.nodes = make([]node, len(ms))
	drift := f.drift * 1e6
	segment, media, host := -1, 0.0, 0.0
	for i, m := range ms {
		n := &f.nodes[i]
		e := &f.segments[m.segment].envelope
		edge := e.at(m.media)
		if m.segment != segment {
			dt := 0.0
			if segment >= 0 {
				dt = m.media + edge - host
			}
			k.restart(edge*1e3, e.slope[0]*1e6, entrySigma*1e3*e.noise, dt, drift)
			if !f.heard {
				k.cov.bb = unheardRate * unheardRate
			}
			n.restarted = true
		} else {
			n.k = (m.media - media) * 1e-3
			k.predict(m.media-media, drift)
		}
		segment, media, host = m.segment, m.media, m.media+edge
		f.take(&k, &m, n)
	}
	smooth(f.nodes)
	f.gatherTimes(ms)
}

// take updates the filter with one measurement.
func (f *fit) take(k *filter, m *measurement, n *node) {
	value, variance := m.value*1e3, m.variance*1e6
	off, spread := k.expect(m.of, value, variance)
	if m.of == ofEnvelope && math.Abs(off) > jumpSigma*math.Sqrt(spread)+jumpMargin { // the media clock changed its rate
		k.loosen(off)
	}
	n.predicted = *k
	if m.of == ofSend && f.class == SendStamped && off < -heldSigma*math.Sqrt(spread) { // the network held the report up
		variance *= off * off / (heldSigma * heldSigma * spread)
	}
	k.update(m.of, value, variance)
	n.state = *k
}

// gatherTimes makes the curves of UTC - R and of its variance for each segment.
func (f *fit) gatherTimes(ms []measurement) {
	f.times, f.variances = make([]curve, len(f.segments)), make([]curve, len(f.segments))
	for i, m := range ms {
		s := &f.nodes[i].state
		f.times[m.segment].add(m.media, s.a*1e-3, s.b*1e-6)
		f.variances[m.segment].add(m.media, s.cov.aa*1e-6, 0)
	}
}
