package clock

import "math"

// liveSegment is a part of the recording in which the media clock ran on evenly. Times are seconds.
type liveSegment struct {
	id     int     // counts them
	run    int     // of the frames
	origin int64   // RTP time stamp at R = 0
	first  float64 // arrival - R of a frame without delay at its beginning
	slope  float64 // of the arrivals' envelope at its beginning, s per s
	began  float64 // host's time
	frames int64
	lows   int // minima that were seen
}

// sighting is a frame on the clocks of the Tracker, in seconds.
type sighting struct {
	segment int
	r       float64 // media time since the segment's origin
	at      float64 // arrival
	excess  float64 // how much later it came than a frame without delay
	stray   bool    // its RTP time stamp is not believed: r is what the arrival says
}

// media is the camera's media clock.
type media struct {
	segment liveSegment // the present one
	begun   bool
	rtp     int64   // of the newest frame that was believed
	newest  int64   // of the last one shown
	at      float64 // its arrival
	stamps  stamps  // of the present segment
	strays  strays
	stuck   stuck
	stall   stall
	reorder bool // frames come in another order than they are shown
}

// mediaTime returns the media time of an RTP time stamp.
func (t *Tracker) mediaTime(rtp int64) float64 { return float64(rtp-t.media.segment.origin) / t.rate }

// mostPause is how long a stream may rest whose arrivals are unknown, s.
const mostPause = 3600.0

// locate finds a frame's place on the media clock, and begins a new segment where it has none.
func (t *Tracker) locate(f *Frame) sighting {
	m := &t.media
	if !m.begun || f.Run != m.segment.run {
		at := t.host.arrive(f.Arrival, t.interval)
		return t.begin(f, at-t.excess.usual(&t.scratch), at)
	}
	ran := float64(f.RTP-m.rtp) / t.rate
	s := sighting{segment: m.segment.id, r: t.mediaTime(f.RTP), at: t.host.arrive(f.Arrival, min(max(ran, 0), mostPause))}
	if t.host.known {
		s.excess = s.at - s.r - t.model.envelope(s.r)
	}
	switch {
	case t.odd(f, &s, ran) || m.strays.claim(&s):
		return t.stray(f, s)
	case m.stuck.add(&s):
		return t.begin(f, s.at-t.excess.usual(&t.scratch), s.at)
	}
	if r := t.even(s.r); r != s.r {
		s.r, s.excess = r, s.at-r-t.model.envelope(r)
	}
	m.reorder = m.reorder || ran < 0
	if m.strays.n > 0 {
		m.strays.settle(m)
	}
	m.rtp, m.newest, m.at = f.RTP, max(f.RTP, m.newest), s.at
	m.stamps.add(f.RTP)
	m.segment.frames++
	m.stall.add(&s, t.interval)
	t.lookFirst(&s)
	return s
}

// begin starts a segment with f, where a frame without delay would arrive at the second first.
func (t *Tracker) begin(f *Frame, first, at float64) sighting {
	m, again := &t.media, t.media.begun
	m.segment = liveSegment{id: m.segment.id + 1, run: f.Run, origin: f.RTP, first: first, began: at, frames: 1}
	m.begun, m.rtp, m.newest, m.at, m.strays.n, m.stuck = true, f.RTP, f.RTP, at, 0, stuck{}
	m.stamps.n = 0
	m.stamps.add(f.RTP)
	if !again {
		t.model = model{filter: t.prior(), at: at}
		m.stall.due = first
	} else {
		t.stepped = at
	}
	m.stall.begin(first, t.interval)
	t.model.enter(m.segment.id, 0, first, 0, max(t.floor.noise, t.excess.scatter(&t.scratch)/entrySigma), at)
	t.floor.block.frames, t.pace.n, t.quick.n, t.evenPace.n = 0, 0, 0, 0
	return sighting{segment: m.segment.id, at: at, excess: at - first}
}

// replace moves the newest report into the segment that has just begun, if it came ahead of its frames and fits better there.
func (t *Tracker) replace() {
	n := len(t.reports)
	if n == 0 {
		return
	}
	old, m := &t.reports[n-1], &t.media.segment
	if old.run != m.run || old.segment == m.id || old.arrival < m.began-t.replaceFor() {
		return
	}
	moved := *old
	moved.segment, moved.media = m.id, t.mediaTime(old.rtp)
	moved.envelope = t.model.envelope(moved.media)
	if math.Abs(moved.lag()) < math.Abs(old.lag()) {
		*old = moved
		t.judge()
		t.refit()
	}
}

// replaceFor is how long after a report a segment may begin to which it belongs: as long as it takes to find that out.
func (t *Tracker) replaceFor() float64 { return 2 * float64(len(t.media.strays.starts)) * t.interval }

// firstLook is for how long each new minimum of a segment counts at once, s.
const firstLook = 4.0

// lookFirst lowers the envelope of a segment that is new to a frame that came earlier. Where exact reports have told the time
// already, it is the way to the host that was shorter than it seemed.
func (t *Tracker) lookFirst(s *sighting) {
	m := &t.media.segment
	if s.at-m.began >= firstLook || s.excess >= 0 {
		return
	}
	m.first += s.excess
	for i := range t.reports {
		if r := &t.reports[i]; r.segment == m.id {
			r.envelope += s.excess
		}
	}
	if t.timed(m.id) {
		t.model.q -= s.excess * 1e3
		return
	}
	t.model.a += s.excess * 1e3
}

// timed says whether pairs of times are known of a segment.
func (t *Tracker) timed(segment int) bool {
	n := len(t.measured)
	return n > 0 && t.measured[n-1].segment == segment && t.measured[n-1].kind == ofPair
}

// When a frame's time stamp is doubted.
const (
	early      = 0.05 // s: nothing arrives before it was captured, but for the noise of what is known
	earlySigma = 10   // as many standard deviations of a minimum
	wild       = 5.0  // s: stamps and arrivals are never that far apart from one frame to the next
	deepest    = 6    // frames that are shown later than one that comes later: pyramids of 32 have five
	ordered    = 50   // frames after which a stream without B-frames is known
)

// odd says whether a frame can't go on with the segment: it came before it was captured, or its time stamp went back or away.
func (t *Tracker) odd(f *Frame, s *sighting, ran float64) bool {
	m := &t.media
	if ran < 0 {
		above := m.stamps.above(f.RTP)
		if above >= deepest || above > 0 && !m.reorder && m.segment.frames > ordered {
			return true
		}
	}
	if !t.host.known {
		return false
	}
	apart := ran - (s.at - m.at)
	return s.excess < -max(early, earlySigma*t.floor.noise) ||
		apart > wild || apart < -wild && (ran < 0 || ran > 3*t.interval)
}

// strays are the newest frames, one after the other, whose time stamps were doubted.
type strays struct {
	n      int
	rows   int        // that led to nothing
	starts [3]float64 // their arrival - R
}

// claim says whether a frame that could go on with the segment goes on with the strays before it far better.
func (s *strays) claim(f *sighting) bool {
	return s.n > 0 && math.Abs(f.excess) > 2*strayClose && math.Abs(f.at-f.r-s.starts[s.n-1]) < strayClose
}

// strayClose is how well frames agree that came by the same media clock without much delay, s.
const strayClose = 0.02

// settle ends a row of strays that led to nothing. When there were some, B-frames have begun to come.
func (s *strays) settle(m *media) {
	s.rows++
	s.n = 0
	m.reorder = m.reorder || s.rows >= mostRows
}

// mostRows is how many rows of strays are taken for errors of the camera.
const mostRows = 10

// stray takes a frame with a time stamp that is not believed: some cameras send single ones that are hours off. Its time is
// what the arrival says. When three in a row agree with each other the media clock was set, and a segment begins.
func (t *Tracker) stray(f *Frame, s sighting) sighting {
	m := &t.media
	usual, start := t.excess.usual(&t.scratch), s.at-s.r
	agree := max(0.1, 3*t.interval)
	if m.reorder {
		agree = max(agree, deepest*t.interval)
	}
	if n := m.strays.n; n > 0 && math.Abs(start-m.strays.starts[n-1]) > agree {
		m.strays.n = 0
	}
	m.strays.starts[m.strays.n] = start
	if m.strays.n++; m.strays.n == len(m.strays.starts) {
		return t.begin(f, t.scratch.median(m.strays.starts[:])+s.r-usual, s.at)
	}
	s.r = t.model.mediaAt(s.at - usual)
	s.excess, s.stray = usual, true
	return s
}

// stuck watches frames that are all late by the same: the media clock was set back, or the way became longer for good.
type stuck struct {
	frames    int
	since     float64 // all are late since then
	equal     float64 // and equally since then
	low, high float64 // least and largest excess since then
}

const (
	stuckExcess = 0.06 // s: more than a network's queue holds for long
	stuckSince  = 3.0  // s
	stuckEqual  = 2.0  // s
	stuckFrames = 20
)

// add takes a frame and says whether it is so for long enough.
func (l *stuck) add(s *sighting) bool {
	if s.excess <= stuckExcess {
		*l = stuck{}
		return false
	}
	if l.frames == 0 {
		l.since = s.at
	}
	l.frames++
	low, high := min(l.low, s.excess), max(l.high, s.excess)
	if l.frames == 1 || high-low > 0.3*low+0.01 {
		l.equal, low, high = s.at, s.excess, s.excess
	}
	l.low, l.high = low, high
	return s.at-l.since > stuckSince && s.at-l.equal > stuckEqual && l.frames > stuckFrames
}
