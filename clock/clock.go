// Package clock maps the media clock of a camera to the wall clock. It is the one place where capture times are
// computed; a live recorder and the extraction from files hand it the same observations.
//
// [Fit] times the frames of a whole recording, and [Examine] also tells what it found out about the camera. A [Tracker] times
// frames as they come. docs/decisions/0011 says why it is done so. Both go through the same steps, in this order:
//
//	step           Fit                                                     Tracker
//	observations   fit.go, recording.go                                    tracker.go, trackerhost.go, trackerreports.go
//	segments       segment.go, rate.go, jumps.go, pace.go, detour.go       trackermedia.go, trackerstamps.go, trackerpace.go
//	cadence        cadence.go
//	envelope       envelope.go; without arrivals: unheard.go               trackerfloor.go, trackerexcess.go
//	class          class.go, evidence.go, grid.go; grain: grain.go         trackerverdict.go
//	levels         levels.go, chooselevel.go, plausible.go, dispute.go     trackerlevel.go
//	drift          drift.go, sawtooth.go                                   trackerdrift.go
//	measurements   measure.go, coarse.go, centre.go                        trackermeasure.go
//	filter         filter.go, smoother.go, solve.go, project.go            trackermodel.go
//	frames         frames.go, dequantise.go, synthetic.go                  trackereven.go, trackersynth.go
//	bound          bound.go, few.go, estimates.go                          trackerbound.go, trackerstall.go
//	carried times  absolute.go, absolutefit.go, absolutethread.go,         absolutelive.go, absoluteplay.go
//	               absolutetrust.go
//	order          shown.go, inorder.go                                    trackerorder.go
//	findings       study.go, breaks.go
//
// What a file of Fit says of a step both may use; what stands beside it is the Tracker's own. Beneath them lie statistics.go,
// selection.go and curve.go; options.go and flags.go say what users choose and see; live.go has a Tracker look at a whole recording.
package clock

import (
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// Report is one RTCP sender report (RFC 3550 §6.4.1) of the track whose time is estimated.
type Report struct {
	NTP     ntp.Time  // the camera's wall clock
	RTP     int64     // the same instant on the media clock, unwrapped within its run
	Run     int       // as in Frame
	Before  int       // frames of the track received before the report, over all runs
	Arrival time.Time // when it was received, with a monotonic reading
}

// Frame is what is known of a frame apart from the sender reports. Frames are given in decode order.
type Frame struct {
	RTP      int64     // unwrapped RTP time stamp
	Run      int       // counts continuous stretches of one SSRC from one start; RTP of two runs can't be compared
	Arrival  time.Time // when its first packet was received, with a monotonic reading
	Absolute ntp.Time  // capture time from an RTP header extension, RFC 7273 or the reply to PLAY, or 0
	Source   Source    // which of them that was
	Jump     bool      // it was not captured right after the frame before: the camera says so (recorded footage)
}

// Estimate is the time at which a frame was captured.
type Estimate struct {
	Time   time.Time     // zero when the state is None
	Error  time.Duration // half width of the 95 % interval around Time; it does not hold the camera's own constant latency
	State  State
	Source Source
	Flags  Flags
}

// State says how far the estimation has come.
type State uint8

// The states, in the order in which a recording goes through them.
const (
	None      State = iota // no time is known
	RxOnly                 // only arrival times are known
	Acquiring              // one to three sender reports of this run
	Locked                 // more
	Coasting               // the newest sender report is too old to be trusted fully
)

var stateNames = [...]string{"none", "rxonly", "acquiring", "locked", "coasting"}

// String returns the state's name in the files that timeslate writes.
func (s State) String() string { return name(stateNames[:], int(s)) }

// Source says where an estimate's time comes from.
type Source uint8

// The sources, best first but for the zero value.
const (
	NoSource       Source = iota
	ONVIF                 // RTP header extension 0xABAC (ONVIF Streaming Specification)
	AbsCaptureTime        // RTP header extension abs-capture-time
	NTP64                 // RTP header extension ntp-64 (RFC 6051)
	RFC7273               // ts-refclk and mediaclk in the SDP
	SenderReport          // RTCP sender reports
	Play                  // Range: clock= of the PLAY reply
	MISB                  // MISB ST 0604 SEI of another writer
	Recorder              // RTCP-NTP-Recorder's SEI
	Arrival               // the recorder's own clock
)

var sourceNames = [...]string{"", "onvif", "abs-capture-time", "ntp-64", "rfc7273", "sr", "play", "misb", "recorder", "arrival"}

// String returns the source's name in the files that timeslate writes.
func (s Source) String() string { return name(sourceNames[:], int(s)) }

// OfCamera reports whether a time from s is what the camera's own clock said.
func (s Source) OfCamera() bool { return ONVIF <= s && s <= Play }

func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "unknown"
}
