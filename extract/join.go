package extract

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/mp4"
)

// Part is one file of a recording in several.
type Part struct {
	Name string
	*Recording
}

// Errors of Join.
var (
	ErrNothingToJoin = errors.New("extract: no recording to join")
	ErrLeftOut       = errors.New("left out") // in Skipped: a part that is not in the recording
)

// Join puts the files of one recording together, in the order in which they were recorded: frames and rows are numbered
// through, presentation times go on. A file that does not fit to those before it is left out, what is missing between two
// of them is noted; Skipped tells both. The parts are not to be used any more.
func Join(parts []Part) (*Recording, error) {
	settleHosts(parts)
	j := joiner{builder: newBuilder(&Recording{}), runs: map[joinedRun]int{}}
	frames := 0
	for _, p := range parts {
		frames += p.Frames.Len()
	}
	j.Frames.grow(frames)
	for _, p := range parts {
		if err := j.add(p); err != nil {
			j.tell(p.Name, fmt.Errorf("%w: %w", ErrLeftOut, err))
		}
	}
	if len(j.Segments) == 0 {
		return nil, errors.Join(append([]error{ErrNothingToJoin}, j.Skipped...)...)
	}
	return j.Recording, nil
}

// joiner puts recordings together.
type joiner struct {
	*builder
	runs     map[joinedRun]int
	nextRun  int       // number of the next new run
	process  int       // which of the recorder's runs the part before is of
	started  time.Time // when that began; zero: not known
	newest   int       // index of the last frame with a stamp, or -1
	interval int64     // ticks of PTS between two frames of the part before
	end      int64     // the largest PTS so far
	rows     int       // so far
}

// joinedRun is a run as a part numbers it.
type joinedRun struct{ process, run int }

// tell adds an error of a part to those that are told. Each part has only a few.
func (j *joiner) tell(part string, err error) {
	j.Skipped = append(j.Skipped, fmt.Errorf("%s: %w", part, err))
}

func (j *joiner) add(p Part) error {
	if err := j.fits(p.Recording); err != nil {
		return err
	}
	if len(j.Segments) == 0 {
		j.begin(p.Recording)
	} else if p.Started.IsZero() || !p.Started.Equal(j.started) {
		j.process++
	}
	j.started = p.Started
	first := p.firstStamped()
	a := appended{Recording: p.Recording, run: -1}
	j.goOn(&a, first)
	missing := j.place(&a, first)
	if missing > maxUntold {
		j.tell(p.Name, fmt.Errorf("%v are missing before it", missing.Round(time.Millisecond)))
	}
	for _, err := range p.Skipped {
		j.tell(p.Name, err)
	}
	j.take(&a, p.Name)
	p.Frames = Frames{} // a day in hundreds of files is not held twice
	return nil
}

// Limits of what is joined.
const (
	maxUntold    = time.Second // of missing media between two files, which are cut between two frames
	maxPartTicks = 1 << 50     // of one file: 400 years at 90 kHz
	maxTicks     = 1 << 60     // of all: sums can't overflow
)

// fits returns an error if r can't go on where the parts before end.
func (j *joiner) fits(r *Recording) error {
	for i, f := range r.Frames.places {
		if !f.hidden && (f.pts < 0 || f.pts > maxPartTicks) {
			return fmt.Errorf("frame %d has presentation time %d", i, f.pts)
		}
	}
	switch {
	case len(j.Segments) == 0:
		return nil
	case r.Origin != j.Origin && r.Origin != NoOrigin && j.Origin != NoOrigin:
		return fmt.Errorf("its times stand in %v, those of the files before in %v", r.Origin, j.Origin)
	case r.hasRTP() && j.hasRTP() && r.ClockRate != j.ClockRate:
		return fmt.Errorf("its clock has %d ticks per second, that of the files before %d", r.ClockRate, j.ClockRate)
	case r.Timescale == 0 || j.Timescale == 0:
		return errors.New("it has no presentation times")
	case j.end > maxTicks:
		return errors.New("the presentation times before it are too large")
	}
	return nil
}

// begin takes from the first part what holds for all.
func (j *joiner) begin(r *Recording) {
	j.Timescale, j.Started, j.newest, j.end = r.Timescale, r.Started, -1, -1
}

func (r *Recording) firstStamped() *Frame {
	for i, f := range r.Frames.places {
		if f.stamped && !f.hidden {
			first := r.Frames.At(i)
			return &first
		}
	}
	return nil
}

// lowest returns the lowest presentation time, which need not be that of the first frame.
func (r *Recording) lowest() int64 {
	lowest := int64(math.MaxInt64)
	for _, f := range r.Frames.places {
		if !f.hidden {
			lowest = min(lowest, f.pts)
		}
	}
	return lowest
}

// appended is a recording with what its numbers become behind others.
type appended struct {
	*Recording
	run    int   // of the part, whose RTP times are moved; -1: none
	shift  int64 // by so many ticks
	offset int64 // of PTS, on the time line of all
}

// goOn finds out whether the first run of a part goes on with that of the part before, where no recorder's numbers say it:
// its RTP time must follow on.
func (j *joiner) goOn(a *appended, first *Frame) {
	if first == nil || j.newest < 0 || !j.hasRTP() || !a.Started.IsZero() {
		return
	}
	last := j.Frames.At(j.newest)
	step := int32(first.Sent - last.Sent)
	ran, passed := ticksDuration(step, j.ClockRate), time.Duration(0)
	if !first.Arrival.IsZero() && !last.Arrival.IsZero() {
		passed = first.Arrival.Sub(last.Arrival)
	}
	if ran > 0 && (ran-passed).Abs() <= maxJump {
		a.run, a.shift = first.Run, last.RTP+int64(step)-first.RTP
		j.runs[joinedRun{j.process, first.Run}] = last.Run
	}
}

// place finds the place of a part on the time line of all, and how much is missing before it.
func (j *joiner) place(a *appended, first *Frame) (missing time.Duration) {
	if j.newest < 0 || first == nil {
		a.offset = j.end + max(j.interval, 1)
		return 0
	}
	last := j.Frames.At(j.newest)
	step, ok := j.step(a, &last, first)
	ticks := int64(math.Round(step.Seconds() * float64(j.Timescale)))
	if !ok || ticks < 0 {
		a.offset = j.end + max(j.interval, 1)
		return 0
	}
	scaled := func(pts int64) int64 { return mp4.Rescale(pts, a.Timescale, j.Timescale) }
	a.offset = max(last.PTS+ticks-scaled(first.PTS), j.end+1-scaled(a.lowest()))
	return step - seconds(j.interval, j.Timescale)
}

// step returns the time from one frame to another of the part that follows, up to a century.
func (j *joiner) step(a *appended, last, first *Frame) (time.Duration, bool) {
	run, known := j.runs[joinedRun{j.process, first.Run}]
	switch {
	case j.hasRTP() && known && run == last.Run:
		rtp := first.RTP
		if a.run == first.Run {
			rtp += a.shift
		}
		return seconds(rtp-last.RTP, j.ClockRate), true
	case !first.Arrival.IsZero() && !last.Arrival.IsZero():
		return min(first.Arrival.Sub(last.Arrival), maxSeconds*time.Second), true
	case !first.Wall.Time.IsZero() && !last.Wall.Time.IsZero():
		return min(first.Wall.Time.Sub(last.Wall.Time), maxSeconds*time.Second), true
	}
	return 0, false
}

// take appends the frames and reports of a part.
func (j *joiner) take(a *appended, name string) {
	if j.Origin == NoOrigin {
		j.Origin, j.ClockRate = a.Origin, a.ClockRate
	}
	j.Segments = append(j.Segments, Segment{Name: name, First: j.rows, Latency: a.Segments[0].Latency})
	j.Gaps = append(j.Gaps, a.Gaps...)
	j.HostClocks = append(j.HostClocks, a.HostClocks...)
	j.HostSet = a.HostSet
	if len(j.Segments) == 1 || a.Trust == clock.TrustHost {
		j.Trust = a.Trust
	}
	next, before := 0, j.rows
	for i, f := range a.Frames.All() {
		j.move(a, &f)
		for ; next < len(a.all) && a.all[next].Before <= i; next++ {
			j.addReport(j.movedReport(a, a.all[next]), &f.Frame)
		}
		j.addFrame(f)
	}
	for ; next < len(a.all) && a.Frames.Len() > 0; next++ {
		j.addReport(j.movedReport(a, a.all[next]), &j.Frames.observed[j.Frames.Len()-1])
	}
	if shown := j.rows - before; shown > 1 {
		j.interval = (j.end - a.offset) / int64(shown-1)
	}
}

// move gives a frame its place among all.
func (j *joiner) move(a *appended, f *Frame) {
	f.Segment = len(j.Segments) - 1
	if !f.Hidden {
		f.PTS = mp4.Rescale(f.PTS, a.Timescale, j.Timescale) + a.offset
		j.end = max(j.end, f.PTS)
		j.rows++
	}
	if !f.Stamped {
		return
	}
	j.newest = j.Frames.Len()
	f.RTP, f.Run = j.moved(a, f.RTP, f.Run)
}

func (j *joiner) movedReport(a *appended, r clock.Report) clock.Report {
	r.RTP, r.Run = j.moved(a, r.RTP, r.Run)
	return r
}

func (j *joiner) moved(a *appended, rtp int64, run int) (int64, int) {
	if run == a.run {
		rtp += a.shift
	}
	key := joinedRun{j.process, run}
	number, ok := j.runs[key]
	if !ok {
		number = j.nextRun
		j.runs[key] = number
		j.nextRun++
	}
	return rtp, number
}
