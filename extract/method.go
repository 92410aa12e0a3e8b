package extract

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
)

// Method is a way to compute capture times.
type Method struct {
	times func(*series) times
	fill  bool // frames without a stamp get a time between their neighbours'
}

// times returns the estimate for the i-th frame of a series.
type times func(i int) clock.Estimate

// The methods. Best is clock.Fit over all of the recording, Live what a recorder said at the time: the stored times where
// there are any, else those of a clock.Tracker. The next three are those of RTCP-NTP-Recorder, with what goes wrong there
// at a wrap of the time stamps and before the first report put right: frames before it are reckoned back from it.
// Recording.Texts has them to the letter.
var (
	Best            = Method{times: (*series).best, fill: true}
	Live            = Method{times: (*series).live}
	RTP             = Method{times: (*series).rtp}
	RTPInterpolated = Method{times: (*series).rtpInterpolated}
	Interpolated    = Method{times: (*series).interpolated}
	Arrival         = Method{times: (*series).arrival}
)

var methods = []struct {
	name   string
	method Method
}{
	{"best", Best}, {"live", Live}, {"rtp", RTP}, {"rtp-interpolated", RTPInterpolated}, {"interpolated", Interpolated}, {"arrival", Arrival},
}

// ParseMethod returns the method of that name.
func ParseMethod(name string) (Method, error) {
	var names []string
	for _, m := range methods {
		if m.name == name {
			return m.method, nil
		}
		names = append(names, m.name)
	}
	return Method{}, fmt.Errorf("extract: method %q is none of %s", name, strings.Join(names, ", "))
}

// Row is the capture time of one frame.
type Row struct {
	Frame          int   // number in presentation order, from 0; of a packet log the frame's index
	Index          int   // of the frame in Recording.Frames
	PTS            int64 // presentation time in the file
	Timescale      uint32
	HasRTP         bool
	RTP            uint32 // as the camera sent it
	clock.Estimate        // Error 0 means unknown, as does a zero Time
}

// Rows returns the capture time of each frame, in presentation order. Frames without a stamp keep their row. In recordings
// of RecorderA and MISB, which hold no observations but only times, the stamped times are the result of each method but
// Arrival.
//
// The Error of the first three methods is the sum of what may be wrong with a time that rests on one or two reports:
// one frame interval, since a camera that stamps its reports when they leave is late by up to that; the largest
// disagreement of two successive reports of the frame's run; and clock.DriftBound of the distance to the report. In a
// run of one frame it is unknown. What the camera's clock itself is off by is not in it. Arrival states no Error: how
// long a frame took to come can't be seen from when it came.
func (r *Recording) Rows(m Method) []Row {
	return slices.AppendSeq(make([]Row, 0, r.Frames.Len()), r.All(m))
}

// All is Rows, one after the other: those of a day take more memory than all they are made of.
func (r *Recording) All(m Method) iter.Seq[Row] {
	rows := func(yield func(Row) bool) {
		s := r.series()
		s.rows(m.times(s))(yield)
	}
	if m.fill {
		return fillIn(rows)
	}
	return rows
}

// rows returns a row for each frame that is shown.
func (s *series) rows(times times) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		at := 0
		for number, i := range s.shown {
			f := &s.Frames.places[i]
			row := Row{Frame: number, Index: i, PTS: f.pts, Timescale: s.Timescale}
			if s.Origin == PacketLog {
				row.Frame = int(f.number)
			}
			if f.stamped {
				row.HasRTP, row.RTP = s.hasRTP(), f.sent
				row.Estimate = times(at)
				at++
			}
			if !yield(row) {
				return
			}
		}
	}
}

// series is the stamped frames of a recording, in presentation order.
type series struct {
	*Recording
	shown    []int                 // all frames that are shown
	indices  []int                 // those of them that are stamped
	first    map[int]int           // by run: index of its first report
	noise    map[int]time.Duration // by run: largest disagreement of two successive reports
	interval map[int]time.Duration // by run: mean time between frames
	count    []int                 // by report: which of its run it is, from 1
}

func (r *Recording) series() *series {
	s := &series{Recording: r, first: map[int]int{}, noise: map[int]time.Duration{}, interval: map[int]time.Duration{}}
	s.shown = r.presentation()
	s.indices = s.shown
	if r.Frames.unstamped > 0 {
		s.indices = slices.DeleteFunc(slices.Clone(s.shown), func(i int) bool { return !r.Frames.places[i].stamped })
	}
	s.measureIntervals()
	s.countReports()
	return s
}

// observed returns what was observed of the i-th frame.
func (s *series) observed(i int) *clock.Frame { return &s.Frames.observed[s.indices[i]] }

// stored is the times that the file gives.
func (s *series) stored(i int) clock.Estimate { return s.Frames.wall(s.indices[i]) }

// countReports goes through the reports of all runs.
func (s *series) countReports() {
	newest := map[int]int{} // by run: index of the report before
	for i := range s.Reports {
		run, number := s.Reports[i].Run, 1
		if before, ok := newest[run]; ok {
			s.noise[run] = max(s.noise[run], s.disagreement(before, i))
			number += s.count[before]
		} else {
			s.first[run] = i
		}
		newest[run] = i
		s.count = append(s.count, number)
	}
}

// measureIntervals takes the mean over each run. A run of one frame has no interval.
func (s *series) measureIntervals() {
	type span struct{ low, high, steps int64 }
	spans := map[int]span{}
	for i := range s.indices {
		f := s.observed(i)
		if p, ok := spans[f.Run]; ok {
			spans[f.Run] = span{min(p.low, f.RTP), max(p.high, f.RTP), p.steps + 1}
		} else {
			spans[f.Run] = span{f.RTP, f.RTP, 0}
		}
	}
	for run, p := range spans {
		if p.steps > 0 && s.ClockRate > 0 {
			s.interval[run] = seconds((p.high-p.low)/p.steps, s.ClockRate)
		}
	}
}

// reportOf returns the report that the time of the i-th frame rests on: the newest one before it in its run or, for the
// frames before the first, that first one. It is nil for a run without reports.
func (s *series) reportOf(i int) *clock.Report {
	if i := s.reportIndex(i); i >= 0 {
		return &s.Reports[i]
	}
	return nil
}

func (s *series) reportIndex(i int) int {
	if newest := s.Frames.places[s.indices[i]].report; newest >= 0 {
		return int(newest)
	}
	if first, ok := s.first[s.observed(i).Run]; ok {
		return first
	}
	return -1
}

// disagreement returns how far the times of one instant by two reports are apart.
func (r *Recording) disagreement(i, j int) time.Duration {
	a, b := &r.Reports[i], &r.Reports[j]
	return (reportTime(b).Sub(reportTime(a)) - ticksDuration(int32(b.RTP-a.RTP), r.ClockRate)).Abs()
}

// each returns f, or the times of the stamps themselves where there are only times.
func (s *series) each(f times) times {
	if s.hasRTP() {
		return f
	}
	return s.stored
}

// group is a maximal stretch of frames with one newest report.
type group struct{ first, next int } // next: first of the next group, or the last frame of all

// groups returns the group of each of n rows. It takes equal NTP times for equal reports, as RTCP-NTP-Recorder does.
func groups(n int, same func(i, j int) bool) []group {
	list := make([]group, n)
	for i := range list {
		if i > 0 && same(i-1, i) {
			list[i].first = list[i-1].first
		} else {
			list[i].first = i
		}
	}
	next := n - 1
	for i, g := range slices.Backward(list) {
		list[i].next = next
		if g.first == i {
			next = i
		}
	}
	return list
}

// groups are those of the frames.
func (s *series) groups() []group { return groups(len(s.indices), s.sameReport) }

func (s *series) sameReport(i, j int) bool {
	x, y := s.reportOf(i), s.reportOf(j)
	if x == nil || y == nil {
		return x == y
	}
	return x.NTP == y.NTP && x.Run == y.Run
}
