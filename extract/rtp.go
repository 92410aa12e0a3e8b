package extract

import (
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// rtp takes the newest report before the frame (or the first one, for the frames before it), and the frame's distance from
// it on the RTP clock.
func (s *series) rtp() times { return s.each(s.byReport) }

func (s *series) byReport(i int) clock.Estimate {
	f, rep := s.observed(i), s.reportOf(i)
	if rep == nil {
		return clock.Estimate{}
	}
	since := ticksDuration(int32(f.RTP-rep.RTP), s.ClockRate) // RFC 3550 §5.1: time stamps wrap
	e := clock.Estimate{Time: reportTime(rep).Add(since), Error: s.errorOf(f.Run, since), Source: clock.SenderReport}
	if s.Origin == RecorderB {
		e.Source = clock.Recorder
	}
	e.State = stateAfter(s.count[s.reportIndex(i)], since)
	return e
}

// errorOf returns how wrong a time may be that lies so far from the report it rests on; see Recording.Rows. It is 0,
// unknown, in a run of one frame: who knows how late its report is.
func (s *series) errorOf(run int, since time.Duration) time.Duration {
	interval, ok := s.interval[run]
	if !ok {
		return 0
	}
	return limited(interval) + limited(s.noise[run]) + limited(since/(1e6/clock.DriftBound))
}

func stateAfter(reports int, age time.Duration) clock.State {
	switch {
	case age > clock.CoastAfter:
		return clock.Coasting
	case reports < clock.LockedFrom:
		return clock.Acquiring
	}
	return clock.Locked
}

// textRTP is RTCP-NTP-Recorder's method 1. The difference does not wrap: after a wrap of the time stamps the original is
// off by 13 hours until the next report. Before the first report, when the fields are 0, it is in 1900.
func textRTP(row *stamp.RecorderStamp, clockRate uint32) float64 {
	return stamp.RecorderUnix(row.NTP) + (float64(row.RTP)-float64(row.Report))/float64(clockRate)
}
