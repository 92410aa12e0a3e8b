package extract

import (
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// reportsToLock is the number of reports of a run from which on an estimate counts as locked (clock.Acquiring).
const reportsToLock = 4

// coastAfter is the age of the newest report from which on its time is no longer trusted fully. Cameras send one every
// 5 s or so, some every 10 s; three in a row don't get lost.
const coastAfter = 30 * time.Second

// rtp takes the newest report before the frame (or the first one, for the frames before it), and the frame's distance from it on the RTP clock.
func (s *series) rtp() []clock.Estimate { return s.each(s.byReport) }

func (s *series) byReport(i int) clock.Estimate {
	f := s.frames[i]
	rep := s.reportOf(f)
	if rep == nil {
		return clock.Estimate{}
	}
	since := ticksDuration(int32(f.RTP-rep.RTP), s.ClockRate) // RFC 3550 §5.1: time stamps wrap
	e := clock.Estimate{Time: reportTime(rep).Add(since), Error: s.errorOf(f), Source: clock.SenderReport}
	if s.Origin == RecorderB {
		e.Source = clock.Recorder
	}
	e.State = stateAfter(s.count[s.reportIndex(f)], since)
	return e
}

// errorOf returns how wrong a time that rests on one report may be, or 0 while nothing tells; see Recording.Rows.
func (s *series) errorOf(f *Frame) (e time.Duration) {
	if f.Wall.Source == clock.SenderReport {
		e = f.Wall.Error
	}
	if noise, ok := s.noise[f.Run]; ok {
		e = max(e, noise, s.tick())
	}
	return e
}

// tick is the resolution of the RTP clock.
func (s *series) tick() time.Duration { return ticksDuration(1, s.ClockRate) }

func stateAfter(reports int, age time.Duration) clock.State {
	switch {
	case age > coastAfter:
		return clock.Coasting
	case reports < reportsToLock:
		return clock.Acquiring
	}
	return clock.Locked
}

// textRTP is RTCP-NTP-Recorder's method 1. The difference does not wrap: after a wrap of the time stamps the original is
// off by 13 hours until the next report. Before the first report, when the fields are 0, it is in 1900.
func textRTP(row *stamp.RecorderStamp, clockRate uint32) float64 {
	return stamp.RecorderUnix(row.NTP) + (float64(row.RTP)-float64(row.Report))/float64(clockRate)
}
