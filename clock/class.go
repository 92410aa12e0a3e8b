package clock

import "math"

// Class says what the pair of times in the camera's sender reports means.
type Class uint8

// The classes.
const (
	NoClass     Class = iota // no reports, or too few
	Exact                    // both times are of one instant (RFC 3550 §6.4.1)
	SendStamped              // the NTP time is when the report left, the RTP time stamp that of the frame before
	Envelope                 // the same, seen through a network that is worse than the frame interval
	Ambiguous                // either: the lag is constant
)

var classNames = [...]string{"none", "exact", "send-stamped", "envelope", "ambiguous"}

// String returns the class in words.
func (c Class) String() string { return name(classNames[:], int(c)) }

// readReports finds what the reports' times mean.
func (f *fit) readReports() {
	for i := range f.reports {
		r := &f.reports[i]
		edge := f.segments[r.segment].envelope.at(r.media)
		r.pair = r.camera - r.media
		r.above = r.pair - edge
		r.sent = r.camera - r.host
		r.lag = r.host - r.media - edge
	}
	f.readGrain()
	f.evidence = f.gatherEvidence()
	f.class = f.classify(f.evidence)
}

// What tells the classes apart. Seconds.
const (
	leastOnGrid = 0.4  // fewer reports that name a frame: their RTP time is of another instant
	exactNoise  = 3e-4 // pairs that scatter less are of one instant
	noisyPair   = 2e-3 // pairs that scatter more, and the arrivals no less, are not
	quietSend   = 0.5  // share of the scatter of pairs below which the arrivals have little of it
	quieterSend = 0.7  // the same where reports name frames
	evenShare   = 0.5  // share of the scatter of pairs from which something else is taken to have the same cause
	fewReports  = 12   // fewer have no edge
	constantLag = 5e-4 // a lag that scatters less is constant
	longLag     = 2e-3 // a constant lag that is shorter is the network's
)

// classify finds what the pairs of times in the reports mean.
func (f *fit) classify(e evidence) Class {
	switch {
	case len(f.reports) == 0:
		return NoClass
	case !f.heard && e.onGrid < leastOnGrid:
		return Exact // without arrivals nothing can be known of when a report left
	case !f.heard:
		return classUnheard(f.column(reportAbove), e.pairNoise, f.interval)
	}
	return e.class(len(f.reports), f.grain.Seconds(), f.judged())
}

// class finds what the pairs of times in so many reports mean, of a camera whose clock is read in steps of grain seconds.
// Judged says that the host's clock tells which of two meanings is the right one.
func (e *evidence) class(reports int, grain float64, judged bool) Class {
	switch {
	case reports == 0:
		return NoClass
	case e.onGrid < leastOnGrid && e.pairNoise > noisyPair && max(e.sendNoise, e.frameNoise) < quietSend*e.pairNoise:
		return SendStamped // the RTP time is of no frame and of no instant either
	case e.onGrid < leastOnGrid:
		return Exact
	case math.IsNaN(e.pairNoise):
		if e.lag > constantLag {
			return e.settle(judged)
		}
		return Exact
	case e.pairNoise <= max(exactNoise, grain/2):
		if e.lag > longLag && e.lagSpread < constantLag {
			return e.settle(judged)
		}
		return Exact
	case e.sendNoise < quieterSend*e.pairNoise:
		return SendStamped
	case e.pairNoise <= noisyPair || e.late < evenShare:
		return Exact
	case e.own > evenShare:
		return Exact // it is the frames' time stamps that stray, not the reports
	case reports >= fewReports:
		return Envelope
	}
	return SendStamped
}

// classUnheard does without arrivals. Reports that were stamped when they left are late by up to one frame interval; what
// scatters more is noise.
func classUnheard(above []float64, noise, interval float64) Class {
	if len(above) < fewReports || !(noise > uniformNoise*interval) || width(above) > edgeRoom*interval {
		return Exact
	}
	return Envelope
}

// edgeRoom is how much wider than a frame interval the lags of reports may seem, for the line they are measured by is not
// exact either.
const edgeRoom = 1.2

// uniformNoise is the least scatter, in frame intervals, of lags that are anything up to one: 1/√12, with room.
const uniformNoise = 0.2

// What the host's clock tells of a constant lag. Seconds.
const (
	sentFar   = 6e-3  // camera's and host's clocks, if both are set by servers, are no farther apart,
	sentAhead = 3e-3  // and no report comes so long before it was sent
	sentLong  = 10e-3 // reports that came by so much later than they say were not stamped when they left,
	mostOfLag = 0.8   // if that is so much of the lag
)

// settle asks the host's clock what a constant lag means. If the pair is of one instant, the report came at least the lag
// after it by the host's clock; if it was stamped when it left, at once.
func (e *evidence) settle(judged bool) Class {
	switch {
	case !judged:
		return Ambiguous
	case e.sent >= -sentFar && e.sent <= sentAhead && e.sent > -e.lag/2 && e.lag > sentFar:
		return SendStamped
	case e.sent < -sentLong && e.sent < -mostOfLag*e.lag:
		return Exact
	}
	return Ambiguous
}
