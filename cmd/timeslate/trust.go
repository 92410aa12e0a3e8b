package main

import (
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/hostclock"
	"github.com/timeslate/timeslate/stamp"
)

// The clocks that can be trusted, in the words of the command line.
const (
	trustAuto   = "auto"
	trustHost   = "host"
	trustCamera = "camera"
)

// trustValue is which clock is right when camera and host disagree.
type trustValue string

// trust declares --trust.
func (f *flags) trust() *trustValue {
	return (*trustValue)(f.choice("trust", "which clock is right when the camera's and this host's disagree by more than\n"+
		"a frame's way takes (default auto: the host's if it follows a time server)", trustAuto, trustHost, trustCamera))
}

// trustRecorded is the same for commands that read recordings.
func (f *flags) trustRecorded() *trustValue {
	return (*trustValue)(f.choice("trust", "which clock is right where the camera's and the recorder's disagree by more\n"+
		"than a frame's way takes (default auto: the recorder's if it followed a time\nserver)", trustAuto, trustHost, trustCamera))
}

var trusts = map[trustValue]clock.Trust{trustHost: clock.TrustHost, trustCamera: clock.TrustCamera}

// decided returns whose clock the user trusts, if that was said.
func (v trustValue) decided() (trust clock.Trust, ok bool) {
	trust, ok = trusts[v]
	return trust, ok
}

// resolve says whose clock to trust, and tells the user when this host's follows no reference.
func (v trustValue) resolve(c *console) clock.Trust {
	if trust, ok := v.decided(); ok {
		return trust
	}
	trust := trustIn(hostclock.Read(time.Now()).State)
	if trust == clock.TrustNeither {
		c.say("this host's clock follows no time server: where it and a camera's disagree, the camera is believed (--trust host|camera)")
	}
	return trust
}

// trustIn says whose clock to trust when the host's is in a state.
func trustIn(host stamp.HostState) clock.Trust {
	if host == stamp.HostUnsynchronised {
		return clock.TrustNeither
	}
	return clock.TrustHost
}
