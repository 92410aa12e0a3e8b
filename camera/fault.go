package camera

import (
	"errors"

	"github.com/timeslate/timeslate/rtsp"
)

// Fault is a class of errors of Open and Units, by what is to be done about them.
type Fault uint8

// The faults.
const (
	Passing      Fault = iota // it may be over at any moment: a cut cable, a camera that starts
	Missing                   // the camera has not got what is asked for; it may not be ready, or the URL is wrong
	Busy                      // the camera has no room for another session; one that broke takes its room until it times out
	Unauthorized              // it refuses the credentials; many lock the account when it is asked often
)

// FaultOf returns the class of an error.
func FaultOf(err error) Fault {
	e, ok := errors.AsType[*rtsp.Error](err)
	switch {
	case errors.Is(err, rtsp.ErrUnauthorized):
		return Unauthorized
	case errors.Is(err, rtsp.ErrBusy):
		return Busy
	case errors.Is(err, ErrNothingToRecord):
		return Missing
	case !ok:
		return Passing
	}
	switch e.Status {
	case 403, 404, 410:
		return Missing
	}
	return Passing
}
