package camera

import (
	"github.com/timeslate/timeslate/rtpsession"
	"github.com/timeslate/timeslate/rtsp"
)

// Stats counts what came on a track since Open.
func (s *Stream) Stats(track int) rtpsession.Stats { return s.tracks[track].receiver.Stats() }

// Server returns what the camera calls itself in its Server header, or "".
func (s *Stream) Server() string { return s.session.Server() }

// Warnings returns what the camera does differently from the standard and was tolerated.
func (s *Stream) Warnings() []rtsp.Warning { return s.session.Warnings() }

// Transport returns how the media travel: "tcp" or "udp".
func (s *Stream) Transport() string {
	if s.session.Transport(0) == rtsp.UDP {
		return "udp"
	}
	return "tcp"
}
