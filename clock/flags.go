package clock

import (
	"math/bits"
	"strings"
)

// Flags are what is special about an estimate, beside its State.
type Flags uint16

// The flags. Their order is that of the bits in the files that timeslate writes.
const (
	Stepped   Flags = 1 << iota // the camera's clock was set, or ran wrong, about here; the host's clock bridges it
	Suspect                     // something does not fit yet: a report at another time, frames that all come late
	SlewOut                     // time waits for a clock that was set back, so as not to run backwards
	Synth                       // the camera counts frames instead of telling their time: the arrival told it
	Zone                        // the camera sends its local time for UTC; whole quarters of an hour were taken off
	Free                        // the camera's clock follows no reference: it drifts
	SendStamp                   // the camera stamps its reports when they leave, not with the time of the frame they name
	Cadence                     // the sensor's even pace told the time better than the RTP time stamps
	Latency                     // the camera's known constant delay was taken off
	Disputed                    // camera and host disagree on the time, or the camera with itself; Error covers both
)

var flagNames = [...]string{"stepped", "suspect", "slewout", "synth", "zone", "free", "sendstamp", "cadence", "latency", "disputed"}

// String returns the names of the flags that are set, each after a plus sign.
func (f Flags) String() string {
	var b strings.Builder
	for ; f != 0; f &= f - 1 {
		b.WriteByte('+')
		b.WriteString(name(flagNames[:], bits.TrailingZeros16(uint16(f))))
	}
	return b.String()
}

// Status returns the estimate's state and flags in words: locked+stepped.
func (e Estimate) Status() string {
	if e.Flags == 0 {
		return e.State.String() // without a new string for most frames
	}
	return e.State.String() + e.Flags.String()
}
