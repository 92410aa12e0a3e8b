package clock

// Options are what Fit and Tracker must know beside the observations.
type Options struct {
	ClockRate uint32 // ticks of the media clock per second, as the SDP says: 90000 for video; must not be 0
	Trust     Trust
}

// Trust says whose clock is right where the camera's and the host's can't both be: frames take between nothing and half a
// second to arrive.
type Trust uint8

// Whom to trust.
const (
	TrustHost    Trust = iota // the host, whose clock all cameras of a recording share
	TrustNeither              // the host's clock follows no reference: the camera is believed, and Error covers the difference
	TrustCamera               // the camera
)
