package clock

import (
	"math"
	"slices"
)

// lateShare is how late the filter takes the envelope for, as a part of the median distance of a block's two earliest frames:
// measured on simulated networks with delays of one and of several causes.
const lateShare = 0.7

// low is the smallest arrival - R of a block of frames, one that met no delay: a point of the arrivals' lower envelope.
// Seconds, but for the segment of the media clock.
type low struct {
	segment int
	x       float64 // media time
	value   float64 // arrival - R
	noise   float64 // its standard deviation
	slope   float64 // of the envelope where its segment began
}

// before says whether l comes before a report in the filter's run.
func (l *low) before(r *measured) bool {
	return l.segment < r.segment || l.segment == r.segment && l.x <= r.x
}

// at returns the host's time of l.
func (l *low) at() float64 { return l.x + l.value }

const (
	window      = 600.0 // s: how long minima and reports are remembered; clocks wander too much to learn more from older ones
	leastBlock  = 1.0   // s: how long frames are gathered for a minimum, and
	blockFrames = 25    // how many intervals: one of so many frames meets no other traffic
	fewFrames   = 10    // that a block has at least, after losses
	mostLows    = 1024  // a window's, and some, so that old ones are thrown away only now and then
	quietNoise  = 20e-6 // s: no host tells arrivals better
	firstNoise  = 3e-4  // s: of minima before enough are known
)

// floor gathers the minima.
type floor struct {
	lows  []low
	block liveBlock
	noise float64 // standard deviation of a minimum about the envelope, s
	steps [60]float64
	gaps  [60]float64 // of the newest blocks
	n     int         // blocks that were seen; steps are |how far| each minimum was from where the one before led to
	late  float64     // how much later than without any delay a minimum still is, s
}

// liveBlock is the frames since the last minimum.
type liveBlock struct {
	frames   int
	began    float64 // arrival of the first
	x, value float64 // the lowest: media time, arrival - R
	gap      float64 // from the lowest to the next
}

// add takes a frame. It returns true when a block is complete: then f.block has its minimum.
func (f *floor) add(m *model, s *sighting, interval float64) bool {
	b, value := &f.block, s.at-s.r
	switch above := value - m.envelope(s.r) - (b.value - m.envelope(b.x)); {
	case b.frames == 0:
		*b = liveBlock{began: s.at, x: s.r, value: value, gap: math.Inf(1)}
	case above < 0:
		b.x, b.value, b.gap = s.r, value, -above
	default:
		b.gap = min(b.gap, above)
	}
	b.frames++
	return s.at-b.began >= max(leastBlock, blockFrames*interval) && b.frames >= fewFrames
}

// learn takes note of how much the minima scatter: of one that is so far from where the one before led to.
func (f *floor) learn(step float64, s *scratch) {
	f.steps[f.n%len(f.steps)], f.gaps[f.n%len(f.gaps)] = math.Abs(step), f.block.gap
	f.n = onward(f.n, len(f.steps))
	// The smallest of many delays lies as far from none as from the next, on average. The median distance is less than the mean,
	// as is what the filter makes of minima of which it doubts the late ones.
	f.late = s.median(f.gaps[:min(f.n, len(f.gaps))]) * lateShare
	if f.n > 5 { // fewer tell nothing
		f.noise = max(madToSigma*s.median(f.steps[:min(f.n, len(f.steps))])/math.Sqrt2, quietNoise)
	}
}

// remember keeps a minimum, and forgets those that are older than the window.
func (f *floor) remember(l low, now float64) {
	if len(f.lows) == mostLows {
		kept := f.since(now - window)
		kept = kept[max(0, len(kept)-mostLows/2):]
		f.lows = f.lows[:copy(f.lows, kept)]
	}
	f.lows = append(f.lows, l)
}

// since returns the minima whose frames arrived after a time of the host.
func (f *floor) since(at float64) []low {
	i := slices.IndexFunc(f.lows, func(l low) bool { return l.at() > at })
	if i < 0 {
		return nil
	}
	return f.lows[i:]
}

// of returns the minima of the newest segment, at most so many.
func (f *floor) of(segment, most int) []low {
	i := len(f.lows)
	for i > 0 && len(f.lows)-i < most && f.lows[i-1].segment == segment {
		i--
	}
	return f.lows[i:]
}

// slopeFrom is the number of minima of a segment from which the slope at its beginning is told, and slopeEvery of how many
// more it is told again.
const (
	slopeFrom  = 8
	slopeEvery = 30
	slopeMost  = 60 // minima that a slope is told from
)

// settle takes the block that is complete into the model.
func (t *Tracker) settle(s *sighting) {
	f := &t.floor
	x, value := f.block.x, f.block.value
	f.block.frames = 0
	if t.paceChanged(x, value, s.at) {
		return
	}
	l := low{segment: s.segment, x: x, value: value, slope: t.media.segment.slope}
	if last := f.of(s.segment, 1); len(last) > 0 {
		f.learn(value-last[0].value-t.model.b*1e-6*(x-last[0].x), &t.scratch)
	}
	l.noise = f.noise
	f.remember(l, s.at)
	if t.media.segment.lows++; t.slopeDue() {
		t.learnSlope()
		if t.media.segment.lows == slopeFrom {
			t.refit()
			return
		}
	}
	t.model.move(s.segment, x, value, 0, 0)
	t.model.take(ofEnvelope, value, f.noise*f.noise)
}

func (t *Tracker) slopeDue() bool {
	n := t.media.segment.lows
	return n == slopeFrom || n > slopeFrom && n%slopeEvery == 0
}

// learnSlope tells the segment's slope from its newest minima.
func (t *Tracker) learnSlope() {
	lows := t.floor.of(t.media.segment.id, slopeMost)
	x, y := t.axes(len(lows))
	for i, l := range lows {
		x[i], y[i] = l.x, l.value
	}
	slope, _ := t.scratch.theilSen(x, y)
	if math.IsNaN(slope) {
		return
	}
	t.media.segment.slope = slope
	for i := range lows {
		lows[i].slope = slope
	}
}

// forgetFrom forgets a segment's minima from media time x on.
func (f *floor) forgetFrom(segment int, x float64) {
	f.lows = slices.DeleteFunc(f.lows, func(l low) bool { return l.segment == segment && l.x >= x })
}
