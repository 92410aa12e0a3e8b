package clock

import (
	"math"
	"time"
)

// Study is what a whole recording tells of one camera's clocks.
type Study struct {
	Estimates []Estimate    // one per frame, in the order of the frames
	Reports   []Verdict     // one per report, in the order of the reports
	Class     Class         // what the reports mean
	Grain     time.Duration // the camera's clock is read in steps of this; 0: finer than can be seen
	Interval  time.Duration // between two reports, the median
	Noise     time.Duration // how far a report that is used lies off the fitted clock: standard deviation
	RTPDrift  float64       // media clock against the camera's, ppm; positive: the media clock runs fast
	Drift     float64       // camera's clock against the host's, ppm
	Offset    time.Duration // camera's clock minus the host's, less the reports' way to it: what the last reports said when they arrived; 0 without reports
	Zone      time.Duration // by which a camera is ahead that sends its local time for UTC: whole quarters of an hour. Offset is without it under TrustHost
	Breaks    []Break       // in the order of the frames

	apart bool
}

// Apart reports whether the two clocks differ by more than frames and reports take on their way, so that one of them must be
// wrong.
func (s *Study) Apart() bool { return s.apart }

// Verdict is what became of one sender report.
type Verdict struct {
	Used     bool          // it helped to find the time
	Residual time.Duration // what the report says minus the fitted clock, at the report's RTP time stamp or, for a report stamped when it left, at its arrival
}

// study tells what was found out.
func (f *fit) study(reports int) *Study {
	s := &Study{Reports: make([]Verdict, reports), Class: f.class, Grain: f.grain}
	if len(f.frames) == 0 {
		return s
	}
	s.Estimates = f.estimates()
	s.Interval = f.reportInterval()
	s.Drift = f.drift * 1e6
	s.RTPDrift = f.mediaDrift()
	f.judgeReports(s)
	f.compareClocks(s)
	s.Breaks = f.breaks()
	return s
}

func (f *fit) reportInterval() time.Duration {
	var steps []float64
	for i := 1; i < len(f.reports); i++ {
		steps = append(steps, f.reports[i].host-f.reports[i-1].host)
	}
	return duration(medianOf(steps))
}

func duration(seconds float64) time.Duration { return time.Duration(nanos(seconds)) }

// mediaDrift is the mean rate of R against UTC, ppm. a = UTC - R falls where the media clock runs fast.
func (f *fit) mediaDrift() float64 {
	var rates []float64
	for g := range f.segments {
		c := &f.times[g]
		if n := len(c.x); n > 1 && c.x[n-1] > c.x[0] {
			rates = append(rates, (c.y[n-1]-c.y[0])/(c.x[n-1]-c.x[0]))
		}
	}
	if len(rates) == 0 {
		return 0
	}
	return -medianOf(rates) * 1e6
}

// judgeReports fills the verdicts and the noise.
func (f *fit) judgeReports(s *Study) {
	for i := range f.reports {
		s.Reports[f.reports[i].index].Residual = duration(f.residual(&f.reports[i]))
	}
	for _, k := range f.used {
		s.Reports[f.reports[k].index].Used = true
	}
	s.Noise = duration(f.residualNoise())
}

// residualNoise is the standard deviation of the used reports about the fitted clock.
func (f *fit) residualNoise() float64 {
	if len(f.used) == 0 {
		return 0
	}
	squares := 0.0
	for _, k := range f.used {
		off := f.residual(&f.reports[k])
		squares += off * off
	}
	return math.Sqrt(squares / float64(len(f.used)))
}

// residual is what a report says minus the fitted clock.
func (f *fit) residual(r *report) float64 {
	at := &f.times[r.segment]
	if f.class != SendStamped {
		return r.pair - at.at(r.media)
	}
	// At its arrival the media clock showed R + lag.
	media := r.media + r.lag
	return r.sent - (at.at(media) - f.segments[r.segment].envelope.at(media))
}

// newestReports returns the last reports that tell how far the two clocks are apart.
func (f *fit) newestReports() []int {
	last := f.used
	if len(last) == 0 && len(f.levels) > 0 {
		last = f.levels[len(f.levels)-1].reports
	}
	return last[max(len(last)-5, 0):]
}

// compareClocks tells how the camera's clock stands to the host's at the end.
func (f *fit) compareClocks(s *Study) {
	last := f.newestReports()
	if !f.heard || len(last) == 0 {
		return
	}
	sent, ahead, grain := f.medianSent(last), f.medianOf(last), f.grain.Seconds()
	s.Offset, s.Zone = duration(sent), duration(f.zone)
	if s.apart = !nearHost(sent, grain) && !nearHost(ahead, grain); s.apart {
		s.Zone = duration(zoneOf(ahead, grain))
	}
}
