// Package clocksim makes up recordings of network cameras together with the truth about them: when each frame was really
// captured. Estimators of capture time are tested and measured with it.
//
// A camera is four clocks and two queues. The clocks are true time, the camera's system clock that its sender reports show,
// the media clock of its RTP time stamps, and the recorder's clock that stamps what arrives. The queues are the encoder and
// the network; both keep the order of what they are given.
//
// What comes out depends on the camera and a seed alone. Times and durations are float64 seconds, and instants are true
// time since Epoch, unless said otherwise.
package clocksim

import "time"

// Epoch is the start of every recording.
var Epoch = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

// ClockRate is that of every media clock, in ticks per second.
const ClockRate = 90000

// Camera is a camera, the way from it to a recorder, and the recorder. The zero value of each part is the ideal one, but for
// Capture.FPS and the interval of Reports.
type Camera struct {
	Seconds float64 // how long is recorded
	Capture Capture
	Media   MediaClock
	Clock   SystemClock
	Reports Reports
	Encoder Encoder
	Network Network
	Host    Host
}

// Capture is how the sensor takes pictures.
type Capture struct {
	FPS     float64
	PPM     float64 // how much longer the frame interval is than FPS says
	Jitter  float64 // up to so much before or after the even grid; does not add up
	Changes []Pace
	BFrames int // between two frames that are no B-frames
}

// Pace is a change of the frame rate.
type Pace struct{ At, FPS float64 }

// MediaClock is where the RTP time stamps come from.
type MediaClock struct {
	Source       MediaSource
	PPM          float64 // how much it runs fast
	Wander       float64 // amplitude of a slow change of PPM, as temperature makes it
	WanderPeriod float64 // 0: 1800 s
	Tick         int64   // time stamps are multiples of so many ticks; 0: 1
	WrapAt       float64 // when the 32-bit time stamp wraps; 0: it begins anywhere
	CountedFPS   float64 // what a clock that counts takes for the frame rate; 0: Capture.FPS
	Restarts     []Restart
}

// MediaSource says what a media clock is made of.
type MediaSource uint8

// The sources.
const (
	Free    MediaSource = iota // an oscillator of its own
	Follows                    // the system clock, with all its steps
	Counted                    // the number of the frame times the nominal interval
	Nominal                    // the same in whole milliseconds, and a step of one frame more whenever it has fallen behind by one
)

// Restart is a pause after which the media clock begins anywhere.
type Restart struct {
	At, Gap  float64
	SameSSRC bool // nothing but the time stamps tells of it
}

// SystemClock is how wrong the camera's clock is.
type SystemClock struct {
	Offset float64 // camera minus true time
	PPM    float64 // how much it runs fast
	Wander float64 // amplitude of an error with a period of 600 s, as a poor discipline leaves it
	Steps  []Step
	Slews  []Slew
}

// Step sets a clock forward.
type Step struct{ At, By float64 }

// Slew moves a clock forward little by little.
type Slew struct{ At, By, PPM float64 }

// Reports is how the camera makes sender reports.
type Reports struct {
	Policy            Policy
	Shortest, Longest float64 // between two reports
	First             float64 // after the start of the stream
	Loss, Duplicates  float64 // probability per report
	Grain             float64 // the NTP time is rounded down to a multiple of this
	Delay             float64 // a report leaves up to so long after its NTP time was read
}

// Policy says which instants the two times of a report mean.
type Policy uint8

// The policies.
const (
	Exact     Policy = iota // both the instant at which it leaves (RFC 3550 §6.4.1)
	LastFrame               // the NTP time when it leaves, the RTP time stamp of the frame before
	OfFrame                 // both of the frame before
	NoReports
)

// Encoder is what happens between the capture of a frame and its first packet.
type Encoder struct {
	Latency, Jitter, Key float64 // for each frame; mean of an exponential delay; more for a key frame
	GOP                  int     // key frames are so many frames apart; 0: 50
}

// Network is the way of packets to the recorder.
type Network struct {
	Delay, Jitter         float64 // the least; mean of an exponential delay
	Stalls                float64 // per second
	StallShort, StallLong float64
	Batch                 float64 // packets arrive at multiples of this only
	Loss                  float64 // probability per frame
	LongestBurst          int     // frames lost together
}

// Host is the recorder's clock.
type Host struct {
	Offset, PPM, Wander float64 // recorder minus true time; how much it runs fast; amplitude of an error with a period of 900 s
	Unset               bool    // and knows that nothing sets it
	Blind               bool    // it writes down no arrival times
}
