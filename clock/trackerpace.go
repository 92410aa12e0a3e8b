package clock

import "math"

// paceWatch watches the newest minima of a segment for a media clock that runs at another speed: a camera that counts its frames
// with a fixed step, and delivers more or fewer of them.
type paceWatch struct {
	x, value [3]float64 // media time, arrival - R
	n        int        // of this segment, at most three
}

const (
	paceChange = 0.02 // no crystal is that wrong
	paceAgree  = 0.2  // how well two blocks must agree on a new pace, as a part of the change
	paceLeast  = 0.05 // s: media time that a block must span to tell its pace
)

func (p *paceWatch) add(x, value float64) {
	if p.n == len(p.x) {
		copy(p.x[:], p.x[1:])
		copy(p.value[:], p.value[1:])
		p.n--
	}
	p.x[p.n], p.value[p.n] = x, value
	p.n++
}

// changed says whether the newest two blocks agree that arrivals run against the media clock by another slope than the
// known one, and returns theirs.
func (p *paceWatch) changed(known float64) (slope float64, ok bool) {
	if p.n < len(p.x) || p.x[1]-p.x[0] < paceLeast || p.x[2]-p.x[1] < paceLeast {
		return 0, false
	}
	g1 := (p.value[1] - p.value[0]) / (p.x[1] - p.x[0])
	g2 := (p.value[2] - p.value[1]) / (p.x[2] - p.x[1])
	ok = math.Abs(g1-known) > paceChange && math.Abs(g2-known) > paceChange &&
		math.Abs(g1-g2) < paceAgree*max(math.Abs(g1-known), paceLeast)
	return (p.value[2] - p.value[0]) / (p.x[2] - p.x[0]), ok
}

// quick watches single frames of a camera that counts them: when the frame rate is halved at night, say, each gap between
// arrivals is twice as long as the time stamps tell.
type quick struct {
	media, arrival [quickGaps + 1]float64 // of the newest frames
	n              int
}

const (
	quickGaps   = 6    // gaps that must agree
	quickChange = 0.15 // what frame rates change by at least
	quickAgree  = 0.1  // how well the gaps must agree, as a part
	quickEven   = 2e-5 // s: how well the steps of the time stamps must agree, where frames are counted
)

func (q *quick) add(s *sighting) {
	if q.n == len(q.media) {
		copy(q.media[:], q.media[1:])
		copy(q.arrival[:], q.arrival[1:])
		q.n--
	}
	q.media[q.n], q.arrival[q.n] = s.r, s.at
	q.n++
}

// changed says whether the gaps agree that frames come more slowly than is known, and returns the slope of the envelope since.
// Frames that come faster are those behind a stall; they give themselves away by being early.
func (q *quick) changed(known float64) (slope float64, ok bool) {
	last := q.n - 1
	if q.n < len(q.media) || q.media[last] <= q.media[0] {
		return 0, false
	}
	ratio := (q.arrival[last] - q.arrival[0]) / (q.media[last] - q.media[0])
	if ratio < (1+known)*(1+quickChange) {
		return 0, false
	}
	step := (q.media[last] - q.media[0]) / quickGaps
	for i := range last {
		if math.Abs(q.media[i+1]-q.media[i]-step) > quickEven || math.Abs(q.arrival[i+1]-q.arrival[i]-ratio*step) > quickAgree*ratio*step {
			return 0, false
		}
	}
	return ratio - 1, true
}

// watchPace takes a frame, and begins a segment of another slope where the newest frames want it.
func (t *Tracker) watchPace(s *sighting) {
	q := &t.quick
	q.add(s)
	slope, ok := q.changed(t.model.b * 1e-6)
	if !ok {
		return
	}
	x := q.media[0]
	t.turn(slope, x, t.model.envelope(x), s.at)
	t.media.segment.began = s.at
	s.segment, s.excess = t.media.segment.id, s.at-s.r-t.model.envelope(s.r)
	q.n, t.pace.n = 0, 0
}

// paceChanged takes a minimum, and begins a segment of another slope where the newest three want it. The origin of the media
// time stays.
func (t *Tracker) paceChanged(x, value, at float64) bool {
	p := &t.pace
	p.add(x, value)
	slope, ok := p.changed(t.model.b * 1e-6)
	if !ok {
		return false
	}
	t.floor.forgetFrom(t.media.segment.id, p.x[0])
	t.turn(slope, x, value, at)
	for i := range p.x {
		t.floor.remember(low{t.media.segment.id, p.x[i], p.value[i], t.floor.noise, slope}, at)
	}
	t.media.segment.lows = len(p.x)
	p.n = 0
	return true
}

// turn begins a segment with the same origin in which arrivals run by another slope against the media clock; a frame without
// delay arrives value after media time x.
func (t *Tracker) turn(slope, x, value, at float64) {
	s := &t.media.segment
	for i := range t.reports {
		if r := &t.reports[i]; r.segment == s.id && r.media >= x {
			r.segment, r.envelope = s.id+1, value+slope*(r.media-x)
		}
	}
	s.id++
	s.slope, s.first, s.began, s.lows = slope, value-slope*x, at-firstLook, 0
	t.model.enter(s.id, x, value, slope, t.floor.noise, x+value)
	t.floor.block.frames = 0
	t.excess.n, t.media.stuck = 0, stuck{}
}
