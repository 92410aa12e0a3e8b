package extract

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
)

// Method is a way to compute capture times.
type Method struct {
	rows func(*series) []clock.Estimate
	fill bool // frames without a stamp get a time between their neighbours'
}

// The methods. Best is clock.Fit over all of the recording, Live what a recorder said at the time: the stored times where
// there are any, else those of a clock.Tracker. The next three are those of RTCP-NTP-Recorder, with what goes wrong there
// at a wrap of the time stamps and before the first report put right: frames before it are reckoned back from it.
// Recording.Texts has them to the letter.
var (
	Best            = Method{rows: (*series).best, fill: true}
	Live            = Method{rows: (*series).live}
	RTP             = Method{rows: (*series).rtp}
	RTPInterpolated = Method{rows: (*series).rtpInterpolated}
	Interpolated    = Method{rows: (*series).interpolated}
	Arrival         = Method{rows: (*series).arrival}
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
	s := r.series()
	estimates := m.rows(s)
	rows := make([]Row, 0, len(r.Frames))
	at := 0
	for number, i := range r.presentation() {
		f := &r.Frames[i]
		row := Row{Frame: number, Index: i, PTS: f.PTS, Timescale: r.Timescale}
		if r.Origin == PacketLog {
			row.Frame = f.Number
		}
		if f.Stamped {
			row.HasRTP, row.RTP = r.hasRTP(), f.Sent
			row.Estimate = estimates[at]
			at++
		}
		rows = append(rows, row)
	}
	if m.fill {
		fillIn(rows)
	}
	return rows
}

// series is the stamped frames of a recording, in presentation order.
type series struct {
	*Recording
	frames   []*Frame
	indices  []int                 // of frames in the recording
	first    map[int]int           // by run: index of its first report
	noise    map[int]time.Duration // by run: largest disagreement of two successive reports
	interval map[int]time.Duration // by run: mean time between frames
	count    []int                 // by report: which of its run it is, from 1
}

func (r *Recording) series() *series {
	s := &series{Recording: r, first: map[int]int{}, noise: map[int]time.Duration{}, interval: map[int]time.Duration{}}
	order := r.presentation()
	s.frames, s.indices = make([]*Frame, 0, len(order)), make([]int, 0, len(order))
	for _, i := range order {
		if f := &r.Frames[i]; f.Stamped {
			s.frames, s.indices = append(s.frames, f), append(s.indices, i)
		}
	}
	s.measureIntervals()
	s.countReports()
	return s
}

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
	for _, f := range s.frames {
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

// reportOf returns the report that a frame's time rests on: the newest one before it in its run or, for the frames before
// the first, that first one. It is nil for a run without reports.
func (s *series) reportOf(f *Frame) *clock.Report {
	if i := s.reportIndex(f); i >= 0 {
		return &s.Reports[i]
	}
	return nil
}

func (s *series) reportIndex(f *Frame) int {
	if f.Report >= 0 {
		return f.Report
	}
	if i, ok := s.first[f.Run]; ok {
		return i
	}
	return -1
}

// disagreement returns how far the times of one instant by two reports are apart.
func (r *Recording) disagreement(i, j int) time.Duration {
	a, b := &r.Reports[i], &r.Reports[j]
	return (reportTime(b).Sub(reportTime(a)) - ticksDuration(int32(b.RTP-a.RTP), r.ClockRate)).Abs()
}

// each returns one estimate per frame: that of the stamp itself where there are only times, and f's otherwise.
func (s *series) each(f func(i int) clock.Estimate) []clock.Estimate {
	list := make([]clock.Estimate, 0, len(s.frames))
	for i, frame := range s.frames {
		if s.hasRTP() {
			list = append(list, f(i))
		} else {
			list = append(list, frame.Wall)
		}
	}
	return list
}

// group is a maximal stretch of frames with one newest report.
type group struct{ first, next int } // next: first of the next group, or the last frame of all

// groups returns the group of each frame. It takes equal NTP times for equal reports, as RTCP-NTP-Recorder does.
func groups[T any](rows []T, same func(a, b *T) bool) []group {
	list := make([]group, len(rows))
	for i := range rows {
		if i > 0 && same(&rows[i-1], &rows[i]) {
			list[i].first = list[i-1].first
		} else {
			list[i].first = i
		}
	}
	next := len(rows) - 1
	for i, g := range slices.Backward(list) {
		list[i].next = next
		if g.first == i {
			next = i
		}
	}
	return list
}

// sameReport is what groups need of a series.
func (s *series) sameReport(a, b **Frame) bool {
	x, y := s.reportOf(*a), s.reportOf(*b)
	if x == nil || y == nil {
		return x == y
	}
	return x.NTP == y.NTP && x.Run == y.Run
}
