package main

import (
	"errors"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/rtsp"
)

// The exit codes. Scripts depend on them.
const (
	exitDone         = 0
	exitError        = 1
	exitUsage        = 2
	exitGaps         = 3
	exitNoConnection = 10
	exitUnauthorized = 11
	exitNothing      = 12
)

// errReported says that the failure was told already.
var errReported = errors.New("")

// errGaps says that a recording was finished, but that something is missing in it.
var errGaps = errors.New("finished, but frames are missing")

// usageError is a command line that can't be run, with a hint how to go on.
type usageError struct {
	error
	hint string
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case isUsage(err):
		return exitUsage
	case errors.Is(err, rtsp.ErrUnauthorized):
		return exitUnauthorized
	case errors.Is(err, camera.ErrNothingToRecord):
		return exitNothing
	case isDial(err):
		return exitNoConnection
	case errors.Is(err, errGaps):
		return exitGaps
	}
	return exitError
}

func isUsage(err error) bool {
	_, ok := errors.AsType[usageError](err)
	return ok
}

// isDial tells whether no connection came about.
func isDial(err error) bool {
	e, ok := errors.AsType[*rtsp.Error](err)
	return ok && e.Op == "dial"
}

// hintFor says what a user may do about an error.
func hintFor(err error) string {
	usage, ok := errors.AsType[usageError](err)
	switch {
	case ok:
		return usage.hint
	case errors.Is(err, rtsp.ErrUnauthorized):
		return "check user and password: in the URL, or with --user and TIMESLATE_PASSWORD or --password-file"
	case isDial(err):
		return "check the address and the port (RTSP is usually on 554), and that the camera is on"
	case errors.Is(err, camera.ErrNothingToRecord):
		return "timeslate probe URL shows what the camera offers; many have another URL for an H.264 stream"
	}
	return ""
}
