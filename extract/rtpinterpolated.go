package extract

import (
	"math"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// rtpInterpolated divides the time between the newest report before the frame and the next one in proportion to RTP
// time. Where there is no next report in the frame's run it is rtp.
func (s *series) rtpInterpolated() times {
	all := s.groups()
	return s.each(func(i int) clock.Estimate { return s.betweenReports(i, all[i]) })
}

func (s *series) betweenReports(i int, g group) clock.Estimate {
	e := s.byReport(i)
	from, to := s.reportOf(g.first), s.reportOf(g.next)
	if from == nil || to == nil || from.NTP == to.NTP || from.Run != to.Run {
		return e
	}
	span := int32(to.RTP - from.RTP)
	if span == 0 {
		return e // the original divides by 0
	}
	e.Time = interpolate(from, to, float64(int32(s.observed(i).RTP-from.RTP))/float64(span))
	return e
}

// interpolate returns the time of from plus a part of the time to the next report.
func interpolate(from, to *clock.Report, ratio float64) time.Time {
	start := reportTime(from)
	return start.Add(time.Duration(math.Round(float64(reportTime(to).Sub(start)) * ratio)))
}

// textRTPInterpolated is RTCP-NTP-Recorder's method 2. Frames before the first report are interpolated from 1900, and
// around a wrap of the time stamps all frames collapse onto one of the two reports.
func textRTPInterpolated(rows []stamp.RecorderStamp, i int, g group) float64 {
	row, next := &rows[i], &rows[g.next]
	if row.NTP == next.NTP {
		return row.Unix
	}
	first := &rows[g.first]
	span := float64(next.Report) - float64(first.Report)
	if span == 0 {
		return row.Unix // the original stops with an error
	}
	return textInterpolate(row, next, (float64(row.RTP)-float64(first.Report))/span)
}
