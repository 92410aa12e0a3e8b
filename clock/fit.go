package clock

import "time"

// Fit estimates the capture time of each frame of a whole recording at once. Frames are in decode order, reports in the
// order in which they came. It returns one estimate per frame.
//
// Time never runs backwards: of two frames, the one that is shown later, as Shown has it, has no earlier time. Only recorded
// footage goes back, by more than a second: at a frame with Jump, or where a run brings frames that carry times of before. The
// first of those frames is flagged Stepped. Where a time was moved for that, Error has grown by as much.
func Fit(o Options, reports []Report, frames []Frame) []Estimate {
	return Examine(o, reports, frames).Estimates
}

// Examine is Fit, and tells what it found out about the camera's clocks.
//
// Three clocks are compared: the media clock (R), which the RTP time stamps show, the camera's (C), which the sender reports
// show, and the host's (L), which the arrivals show.
func Examine(o Options, reports []Report, frames []Frame) *Study {
	f := &fit{recording: newRecording(o, reports, frames)}
	if len(frames) > 0 {
		f.followMedia()  // segments of R
		f.placeReports() // on them
		f.findCadence()  // a better R, if there is one
		f.drawEdges()    // L against R
		f.readReports()  // class: what the reports say of C
		f.chooseLevel()  // C against L: where it was set, and when it was right
		f.solve()        // all three together
		f.timeFrames()   // UTC
	}
	s := f.study(len(reports))
	carryAll(o, reports, frames, s.Estimates)
	keepOrder(o, frames, s.Estimates)
	return s
}

// fit is the work on one recording.
type fit struct {
	*recording

	// The media clock.
	segments  []segment
	bySegment [][]int // per segment: its reports
	interval  float64 // between two frames, s
	cadenced  bool    // the numbers of the frames told their times

	// What the reports mean.
	evidence evidence
	class    Class
	grain    time.Duration // in which the camera's clock is read
	hidden   time.Duration // a grain that the reports' times may have and do not show

	// How the camera's clock stands to the host's.
	settings
	noise   float64   // of the series, s
	used    []int     // the reports by which time is told, in order
	zone    float64   // what was taken off the camera's local time, s
	drift   float64   // camera's clock against the host's, s per s, 0 unless it is sure
	saw     *sawtooth // nil when it is none
	dispute float64   // how far the used reports are off if another level or the host's clock is right, s

	// All of them together.
	q            float64 // UTC minus the arrivals' lower edge, to begin with, s
	edge         float64 // half the width of what the reports leave open, s
	onlyInterval bool    // that is all they tell
	nodes        []node  // per measurement
	times        []curve // per segment: UTC - R, s
	variances    []curve // and its variance, s²

	// The frames.
	utc       []float64 // per frame, s since origin
	jitter    float64   // of the frames' own times, s
	synthetic bool      // the arrivals told the frames' times
}
