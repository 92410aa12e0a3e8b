package main

import (
	"time"

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

// decided says that the user has named a clock.
func (v trustValue) decided() bool { return v == trustHost || v == trustCamera }

// hostUnset says whether the host's clock is no judge of the camera's, and tells the user when it follows no reference.
func (v trustValue) hostUnset(c *console) bool {
	if v.decided() {
		return v == trustCamera
	}
	unset := hostclock.Read(time.Now()).State == stamp.HostUnsynchronised
	if unset {
		c.say("this host's clock follows no time server: where it and a camera's disagree, the camera is believed (--trust host|camera)")
	}
	return unset
}
