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
	name := trustAuto
	f.add(choiceValue{&name, []string{trustAuto, trustHost, trustCamera}}, "trust", "", "auto|host|camera",
		"which clock is right when the camera's and this host's disagree by more than\na frame's way takes (default auto: the host's if it follows a time server)")
	return (*trustValue)(&name)
}

// trustRecorded is the same for commands that read recordings.
func (f *flags) trustRecorded() *trustValue {
	name := trustAuto
	f.add(choiceValue{&name, []string{trustAuto, trustHost, trustCamera}}, "trust", "", "auto|host|camera",
		"which clock is right where the camera's and the recorder's disagree by more\nthan a frame's way takes (default auto: the recorder's if it followed a time\nserver)")
	return (*trustValue)(&name)
}

// hostUnset says whether the host's clock is no judge of the camera's, and tells the user when it follows no reference.
func (v trustValue) hostUnset(c *console) bool {
	if v != trustAuto {
		return v == trustCamera
	}
	unset := hostclock.Read(time.Now()).State == stamp.HostUnsynchronised
	if unset {
		c.say("this host's clock follows no time server: where it and a camera's disagree, the camera is believed (--trust host|camera)")
	}
	return unset
}
