package clock

// Options are what Fit and Tracker must know beside the observations.
type Options struct {
	ClockRate uint32 // ticks of the media clock per second, as the SDP says
	// HostUnset says that the host's own clock follows no reference. Where camera and host disagree by more than a
	// frame can take to arrive, the camera is believed then; otherwise the host, which all cameras of a recording share.
	HostUnset bool
}
