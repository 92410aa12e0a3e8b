package clock

import "time"

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

// Class says what the pair of times in the camera's sender reports means.
type Class uint8

// The classes.
const (
	NoClass     Class = iota // no reports, or too few
	Exact                    // both times are of one instant (RFC 3550 §6.4.1)
	SendStamped              // the NTP time is when the report left, the RTP time stamp that of the frame before
	Envelope                 // the same, seen through a network that is worse than the frame interval
	Ambiguous                // either: the lag is constant
)

var classNames = [...]string{"none", "exact", "send-stamped", "envelope", "ambiguous"}

// String returns the class in words.
func (c Class) String() string { return name(classNames[:], int(c)) }

// Break is a place where one of the camera's clocks did not run on evenly.
type Break struct {
	Frame int           // index of the first frame after it
	By    time.Duration // how far the camera's clock was set; 0 for a new start of the media clock
	Cause Cause
}

// Cause says what happened at a Break.
type Cause uint8

// The causes.
const (
	Restart  Cause = iota // the media clock began anew: a new SSRC, a new session
	MediaSet              // the media clock was set within a run
	Pace                  // the media clock runs at another speed from here on
	ClockSet              // the camera's clock was set
)

var causeNames = [...]string{"restart", "media clock set", "pace", "clock set"}

// String returns the cause in words.
func (c Cause) String() string { return name(causeNames[:], int(c)) }
