package verify

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/say"
	"github.com/timeslate/timeslate/stamp"
)

// teller puts the files of a recording together, one after the other. Of those before it knows where they ended.
type teller struct {
	story     *Story
	last      []seen    // by track
	start     time.Time // of the recorder of the newest file
	backwards time.Duration
	recorded  time.Duration
	frames    int
	lost      int
}

// seen is the last frame of a track in order of presentation.
type seen struct {
	some     bool
	frame    stamp.TimingFrame
	interval time.Duration
	holes    time.Duration // in its file
}

// tell takes the next file.
func (t *teller) tell(c *content) {
	t.story.Files = append(t.story.Files, c.File)
	for i, track := range c.tracks {
		if i == len(t.last) {
			t.last = append(t.last, seen{})
		}
		t.walk(c, i, track)
		for j := range track.frames {
			t.lost += track.frames[j].Lost
		}
	}
	if len(c.tracks) > 0 {
		t.recorded += c.tracks[0].time(c.tracks[0].Duration) - t.last[0].holes
		t.frames += len(c.tracks[0].samples)
	}
	t.story.Gaps = append(t.story.Gaps, c.gaps...)
	if !c.start.IsZero() {
		t.start = c.start
	}
}

// walk goes from frame to frame of a track in order of presentation, beginning with the last one of the file before.
func (t *teller) walk(c *content, id int, track *track) {
	if len(track.frames) == 0 {
		t.last[id] = seen{}
		return
	}
	w := walker{c: c, id: id, track: track, again: !c.start.IsZero() && !c.start.Equal(t.start)}
	interval := cmp.Or(track.time(track.interval), t.last[id].interval)
	for n, i := range track.order {
		frame := track.frames[i]
		if last := &t.last[id]; last.some {
			s := step{a: &last.frame, b: frame, border: n == 0, interval: interval}
			if n > 0 {
				s.line = track.time(track.samples[i].PTS - track.samples[track.order[n-1]].PTS)
			}
			w.step(s)
		}
		t.last[id] = seen{some: true, frame: *frame, interval: interval}
	}
	t.last[id].holes = w.holes
	w.remark()
	t.backwards = max(t.backwards, w.beyond)
}

// walker is on its way through a track of one file.
type walker struct {
	c     *content
	id    int
	track *track
	again bool // the file is of another run of the recorder than the one before

	back      int // times that the capture time goes back
	worstBack time.Duration
	beyond    time.Duration // the most that it goes back beyond what the error bounds of the two frames explain
	behind    time.Duration // the camera's clock behind the host's, where the times go back when they begin to be by it
	holes     time.Duration // what is missing, by the time line of the file
	pauses    int           // of the camera: nothing is missing by the numbers of the packets
	longest   time.Duration
	jumps     int // of the capture time against the arrivals, at restarts
	worstJump time.Duration
}

// step is what lies between two frames that are shown after each other.
type step struct {
	a, b     *stamp.TimingFrame
	border   bool          // they are in two files
	line     time.Duration // from a to b in the file, if they are in one
	interval time.Duration // between two frames as a rule
}

// arrivals is the time from a to b as they arrived.
func (s *step) arrivals() time.Duration { return s.b.Arrival.Sub(s.a.Arrival) }

func (w *walker) step(s step) {
	w.checkCapture(s.a, s.b)
	again := s.border && w.again
	if s.a.Run == s.b.Run && s.a.SSRC == s.b.SSRC && !again {
		w.stepWithin(s)
		return
	}
	w.checkJump(s.a, s.b)
	missing := missingIn(s.arrivals(), s.interval)
	w.hole(missing, s)
	if g := w.gapBetween(s); g != nil {
		g.Frames = max(g.Frames, missing)
	} else if again {
		w.add(s, stamp.OtherCause, missing, "the recorder did not run")
	} else {
		w.add(s, stamp.CameraRestart, missing, "a new stream, and no gap was recorded")
	}
}

// leap is how far the RTP times may run ahead of the arrivals. Beyond it the recorder does not believe them.
const leap = 30 * time.Second

// stepWithin is step within a run, where the RTP times tell how far two frames are from each other, as long as the recorder
// believed them.
func (w *walker) stepWithin(s step) {
	length := w.track.time(s.b.PTS - s.a.PTS)
	switch {
	case !s.border && (length-s.line).Abs() > s.interval:
		length = min(s.line, s.arrivals())
	case s.border && (length-s.arrivals()).Abs() > leap:
		length = s.arrivals()
	case s.border && length <= 0:
		w.c.damaged("track %d: it begins %v before the file before ends", w.id, -length)
		return
	}
	missing := missingIn(length, s.interval)
	if missing == 0 {
		return
	}
	g := w.gapBetween(s)
	if g != nil || s.b.Lost > 0 || w.track.steady {
		w.hole(missing, s)
	}
	switch {
	case g != nil:
		g.Frames = max(g.Frames, missing)
	case s.b.Lost > 0:
		w.add(s, stamp.PacketsLost, missing, say.Count(s.b.Lost, "packet"))
	case s.border:
		w.add(s, stamp.OtherCause, missing, "missing between two files, but no packet is: the recorder or the camera left them out")
	case w.track.steady:
		w.add(s, stamp.OtherCause, missing, "no packet is missing: the camera or the recorder left them out")
	default:
		w.pauses++
		w.longest = max(w.longest, length)
	}
}

// hole takes note of missing time. What is missing between two files is in neither.
func (w *walker) hole(missing int, s step) {
	if missing > 0 && !s.border {
		w.holes += max(0, s.line-s.interval)
	}
}

// missingIn returns how many frames have room between two that are so far apart.
func missingIn(step, interval time.Duration) int {
	if interval <= 0 || step <= interval*3/2 {
		return 0
	}
	return int(min(math.Round(float64(step)/float64(interval)), math.MaxInt32)) - 1
}

// gapBetween returns the recorded gap that ends with b, or, since pictures don't come in the order in which they are
// shown, near it.
func (w *walker) gapBetween(s step) *Gap {
	from, to := s.a.Arrival, s.b.Arrival
	if to.Before(from) {
		from, to = to, from
	}
	from, to = from.Add(-2*s.interval), to.Add(2*s.interval)
	best := -1
	recorded := w.c.gaps[:w.c.recorded]
	first, _ := slices.BinarySearchFunc(recorded, from, func(g Gap, from time.Time) int { return g.To.Compare(from) })
	for i := first; i < len(recorded) && !recorded[i].To.After(to); i++ {
		g := &recorded[i]
		if g.Track >= 0 && g.Track != w.id {
			continue
		}
		if best < 0 || distance(g.To, s.b.Arrival) < distance(recorded[best].To, s.b.Arrival) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	if w.id > 0 && w.c.gaps[best].Track != w.id {
		return &Gap{} // counted in frames of the first track
	}
	return &w.c.gaps[best]
}

func distance(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

// add enters a gap that was not recorded.
func (w *walker) add(s step, cause stamp.Cause, frames int, text string) {
	w.c.gaps = append(w.c.gaps, Gap{Type: "gap", File: w.c.File.File, Track: w.id, Cause: cause.String(), From: s.a.Arrival,
		To: s.b.Arrival, Length: s.arrivals(), Frames: frames, Text: text})
}

// checkCapture looks whether the capture time goes back.
func (w *walker) checkCapture(a, b *stamp.TimingFrame) {
	if a.Wall.Time.IsZero() || b.Wall.Time.IsZero() {
		return
	}
	back := a.Wall.Time.Sub(b.Wall.Time)
	if a.Wall.Source == clock.Arrival && b.Wall.Source.OfCamera() { // two clocks, of which none went back
		if back > errorsOf(a, b) {
			w.behind = max(w.behind, back+b.Arrival.Sub(a.Arrival))
		}
		return
	}
	if back > 0 {
		w.back++
		w.worstBack = max(w.worstBack, back)
		w.beyond = max(w.beyond, back-errorsOf(a, b))
	}
}

// errorsOf is how far the time between two frames may be off.
func errorsOf(a, b *stamp.TimingFrame) time.Duration {
	return min(max(0, a.Wall.Error), time.Hour) + min(max(0, b.Wall.Error), time.Hour)
}

// checkJump looks whether the time between two frames is the same by their capture as by their arrival, where the stream
// began anew: a camera may come back with another clock.
func (w *walker) checkJump(a, b *stamp.TimingFrame) {
	if a.Wall.Time.IsZero() || b.Wall.Time.IsZero() || a.Arrival.IsZero() || b.Arrival.IsZero() {
		return
	}
	jump := b.Wall.Time.Sub(a.Wall.Time) - b.Arrival.Sub(a.Arrival)
	if jump.Abs() > errorsOf(a, b)+usualDelay {
		w.jumps++
		if jump.Abs() > w.worstJump.Abs() {
			w.worstJump = jump
		}
	}
}

// usualDelay is by how much the ways of two frames from the lens to the recorder may differ.
const usualDelay = 500 * time.Millisecond

// remark says what was seen on the way.
func (w *walker) remark() {
	if w.behind > 0 {
		w.c.remark("track %d: the times are this host's until the camera's clock is known, which is about %s behind; extract has "+
			"all of them by the camera's", w.id, short(w.behind))
	}
	if w.back > 0 {
		explained := ""
		if w.beyond <= 0 {
			explained = ", within its error bounds"
		}
		w.c.remark("track %d: the capture time goes back %s, by up to %s%s", w.id, say.Count(w.back, "time"), short(w.worstBack), explained)
	}
	if w.jumps > 0 {
		w.c.remark("track %d: the capture time jumps against the arrivals at %s, by up to %v", w.id, say.Count(w.jumps, "restart"), w.worstJump)
	}
	if w.pauses > 0 {
		w.c.remark("track %d: %s between frames, up to %v, without a missing packet: a camera whose frame rate changes", w.id,
			say.Count(w.pauses, "pause"), w.longest.Round(time.Millisecond))
	}
	w.countPackets()
}

// countPackets says of each gap how many packets are missing.
func (w *walker) countPackets() {
	ends := map[int64]int{} // the first gap that ends with a frame's arrival
	for i := range w.c.gaps {
		if at := w.c.gaps[i].To.UnixNano(); w.c.gaps[i].Track == w.id {
			if _, known := ends[at]; !known {
				ends[at] = i
			}
		}
	}
	for i := range w.track.frames {
		f := w.track.frames[i]
		if f.Lost == 0 {
			continue
		}
		at := f.Arrival.UnixNano()
		if j, known := ends[at]; known {
			w.c.gaps[j].Packets += f.Lost
		} else {
			ends[at] = len(w.c.gaps)
			w.c.gaps = append(w.c.gaps, Gap{Type: "gap", File: w.c.File.File, Track: w.id, Cause: stamp.PacketsLost.String(), From: f.Arrival,
				To: f.Arrival, Packets: f.Lost, Text: fmt.Sprintf("%s, not recorded as a gap", say.Count(f.Lost, "packet"))})
		}
	}
}

// end puts the gaps in the order of time.
func (t *teller) end() {
	slices.SortStableFunc(t.story.Gaps, byEnd)
}

func byEnd(a, b Gap) int { return a.To.Compare(b.To) }

// harmless reports whether no time is missing: when packets were lost, which are counted as such, or when a camera began a
// new stream and went on at once.
func (g *Gap) harmless() bool {
	return g.Cause == lostCause || g.Cause == restartCause && g.Frames == 0
}

// add adds a story to the summary.
func (s *Summary) add(t *teller) {
	s.Recordings++
	s.Files += len(t.story.Files)
	s.Frames += t.frames
	s.Recorded += t.recorded
	s.Lost += t.lost
	s.Backwards = max(s.Backwards, t.backwards)
	for _, f := range t.story.Files {
		s.Damage += len(f.Damage)
	}
	var until time.Time // gaps of several tracks overlap
	for _, g := range t.story.Gaps {
		if g.Track <= 0 {
			s.LostFrames += g.Frames
		}
		if g.harmless() {
			continue
		}
		from := g.From
		if until.IsZero() || !from.Before(until) {
			s.Gaps++
		} else {
			from = until
		}
		s.Missing += max(0, g.To.Sub(from))
		if g.To.After(until) {
			until = g.To
		}
	}
}

// judge draws the conclusion.
func (s *Summary) judge() {
	switch {
	case s.Damage > 0:
		s.Verdict = Damaged
	case s.Gaps > 0 || s.LostFrames > 0 || s.Lost > 0 || s.Backwards > 0:
		s.Verdict = Gaps
	default:
		s.Verdict = Whole
	}
}
