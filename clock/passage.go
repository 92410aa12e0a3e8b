package clock

import "time"

// passage remembers how long frames took from their capture, by the camera's clock, to their arrival. The clock's error is
// in it, so that after a restart of the stream the arrivals alone tell what the camera's clock shows, until its first report.
type passage struct {
	blocks [2]passageBlock // the one in hand and the one before
}

// passageBlock is what was seen in a stretch of time. Frames are late by the network's jitter, and early never.
type passageBlock struct {
	begun            time.Time
	fastest, slowest time.Duration
}

// passageWindow is how long a block lasts: long enough for a frame that met no other traffic.
const passageWindow = 10 * time.Second

// add takes a frame whose capture time is known by a report.
func (p *passage) add(captured, arrival time.Time) {
	took := arrival.Sub(captured)
	b := &p.blocks[0]
	if b.begun.IsZero() || arrival.Sub(b.begun) >= passageWindow {
		p.blocks[1] = *b
		*b = passageBlock{begun: arrival, fastest: took, slowest: took}
		return
	}
	b.fastest, b.slowest = min(b.fastest, took), max(b.slowest, took)
}

// estimate returns the capture time of a frame by its arrival, or none when no report was ever seen.
func (p *passage) estimate(arrival time.Time, interval time.Duration) Estimate {
	b := p.blocks[0]
	if b.begun.IsZero() {
		return Estimate{}
	}
	if old := p.blocks[1]; !old.begun.IsZero() {
		b.fastest, b.slowest = min(b.fastest, old.fastest), max(b.slowest, old.slowest)
	}
	return Estimate{
		Time:   arrival.Add(-b.fastest),
		Error:  interval + b.slowest - b.fastest + arrival.Sub(b.begun).Abs()*DriftBound/1e6,
		State:  Coasting,
		Source: SenderReport,
	}
}
