package verify

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

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
	for n, i := range track.order {
		frame := track.frames[i]
		if last := &t.last[id]; last.some {
			w.step(&last.frame, frame, n == 0, cmp.Or(track.time(track.interval), last.interval))
		}
		t.last[id] = seen{some: true, frame: *frame, interval: cmp.Or(track.time(track.interval), t.last[id].interval)}
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
	holes     time.Duration // what is missing, by the time line of the file
	pauses    int           // of the camera: nothing is missing by the numbers of the packets
	longest   time.Duration
	jumps     int // of the capture time against the arrivals, at restarts
	worstJump time.Duration
}

// step looks at what lies between two frames that are shown after each other. border: they are in two files.
func (w *walker) step(a, b *stamp.TimingFrame, border bool, interval time.Duration) {
	w.checkCapture(a, b)
	again := border && w.again
	if a.Run == b.Run && a.SSRC == b.SSRC && !again {
		w.stepWithin(a, b, border, interval)
		return
	}
	w.checkJump(a, b)
	between := b.Arrival.Sub(a.Arrival)
	missing := missingIn(between, interval)
	w.hole(missing, between-interval, border)
	if g := w.gapBetween(a, b, interval); g != nil {
		g.Frames = max(g.Frames, missing)
		return
	}
	if again {
		w.add(a, b, stamp.OtherCause.String(), missing, "the recorder did not run")
		return
	}
	w.add(a, b, stamp.CameraRestart.String(), missing, "a new stream, and no gap was recorded")
}

// stepWithin is step within a run, where the RTP times tell how far two frames are from each other.
func (w *walker) stepWithin(a, b *stamp.TimingFrame, border bool, interval time.Duration) {
	step := w.track.time(b.PTS - a.PTS)
	missing := missingIn(step, interval)
	if border && b.PTS <= a.PTS {
		w.c.damaged("track %d: it begins %v before the file before ends", w.id, -step)
		return
	}
	if missing == 0 {
		return
	}
	g := w.gapBetween(a, b, interval)
	if g != nil || b.Lost > 0 || w.track.steady {
		w.hole(missing, step-interval, border)
	}
	switch {
	case g != nil:
		g.Frames = max(g.Frames, missing)
	case b.Lost > 0:
		w.add(a, b, stamp.PacketsLost.String(), missing, count(b.Lost, "packet"))
	case border:
		w.add(a, b, stamp.OtherCause.String(), missing, "missing between two files")
	case w.track.steady:
		w.add(a, b, stamp.OtherCause.String(), missing, "no packet is missing: the camera left frames out, or the recorder did")
	default:
		w.pauses++
		w.longest = max(w.longest, step)
	}
}

// hole takes note of missing time. What is missing between two files is in neither.
func (w *walker) hole(missing int, length time.Duration, border bool) {
	if missing > 0 && !border {
		w.holes += length
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
func (w *walker) gapBetween(a, b *stamp.TimingFrame, interval time.Duration) *Gap {
	from, to := a.Arrival, b.Arrival
	if to.Before(from) {
		from, to = to, from
	}
	from, to = from.Add(-2*interval), to.Add(2*interval)
	best := -1
	for i := range w.c.gaps {
		g := &w.c.gaps[i]
		if !g.Recorded || g.Track >= 0 && g.Track != w.id || g.To.Before(from) || g.To.After(to) {
			continue
		}
		if best < 0 || distance(g.To, b.Arrival) < distance(w.c.gaps[best].To, b.Arrival) {
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
func (w *walker) add(a, b *stamp.TimingFrame, cause string, frames int, text string) {
	w.c.gaps = append(w.c.gaps, Gap{Type: "gap", File: w.c.File.File, Track: w.id, Cause: cause, From: a.Arrival, To: b.Arrival,
		Length: b.Arrival.Sub(a.Arrival), Frames: frames, Text: text})
}

// checkCapture looks whether the capture time goes back.
func (w *walker) checkCapture(a, b *stamp.TimingFrame) {
	if a.Wall.Time.IsZero() || b.Wall.Time.IsZero() {
		return
	}
	if back := a.Wall.Time.Sub(b.Wall.Time); back > 0 {
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
	if w.back > 0 {
		explained := ""
		if w.beyond <= 0 {
			explained = ", within its error bounds"
		}
		w.c.remark("track %d: the capture time goes back %s, by up to %s%s", w.id, count(w.back, "time"), short(w.worstBack), explained)
	}
	if w.jumps > 0 {
		w.c.remark("track %d: the capture time jumps against the arrivals at %s, by up to %v", w.id, count(w.jumps, "restart"), w.worstJump)
	}
	if w.pauses > 0 {
		w.c.remark("track %d: %s between frames, up to %v, without a missing packet: a camera whose frame rate changes", w.id,
			count(w.pauses, "pause"), w.longest.Round(time.Millisecond))
	}
	w.countPackets()
}

// countPackets says of each gap how many packets are missing.
func (w *walker) countPackets() {
	for i := range w.track.frames {
		f := w.track.frames[i]
		if f.Lost == 0 {
			continue
		}
		if j := slices.IndexFunc(w.c.gaps, func(g Gap) bool { return g.Track == w.id && g.To.Equal(f.Arrival) }); j >= 0 {
			w.c.gaps[j].Packets += f.Lost
		} else {
			w.c.gaps = append(w.c.gaps, Gap{Type: "gap", File: w.c.File.File, Track: w.id, Cause: stamp.PacketsLost.String(), From: f.Arrival,
				To: f.Arrival, Packets: f.Lost, Text: fmt.Sprintf("%s, not recorded as a gap", count(f.Lost, "packet"))})
		}
	}
}

// end puts the gaps in the order of time.
func (t *teller) end() {
	slices.SortStableFunc(t.story.Gaps, func(a, b Gap) int { return a.To.Compare(b.To) })
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
		if g.Cause == stamp.PacketsLost.String() {
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
