package extract

import (
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// interpolated divides the time between the newest report before the frame and the next one evenly among the frames
// between them. It takes the first frame after a report for captured at the report's time. The frames of the first and of
// the last report are left to rtp.
func (s *series) interpolated() times {
	all := s.groups()
	return s.each(func(i int) clock.Estimate { return s.evenly(i, all[i]) })
}

// evenly has as Error also its distance from rtp-interpolated, which does not suppose that frames are evenly spaced.
func (s *series) evenly(i int, g group) clock.Estimate {
	from, to := s.reportOf(g.first), s.reportOf(g.next)
	if g.first == 0 || from == nil || to == nil || from.NTP == to.NTP || from.Run != to.Run {
		return s.byReport(i)
	}
	e := s.betweenReports(i, g)
	byRTP := e.Time
	e.Time = interpolate(from, to, float64(i-g.first)/float64(g.next-g.first))
	e.Error += limited(e.Time.Sub(byRTP))
	return e
}

// textInterpolated is RTCP-NTP-Recorder's method 3.
func textInterpolated(rows []stamp.RecorderStamp, i int, g group) float64 {
	row, next := &rows[i], &rows[g.next]
	if row.NTP == next.NTP || g.first == 0 {
		return row.Unix
	}
	return textInterpolate(row, next, float64(i-g.first)/float64(g.next-g.first))
}
