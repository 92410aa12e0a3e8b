package camsim

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/sdp"
)

// The tracks of a camera.
const (
	videoTrack = iota
	audioTrack // where there is a microphone
	numTracks
)

// trackControl returns the last part of a track's URL.
func trackControl(track int) string { return fmt.Sprintf("trackID=%d", track) }

// cutTrack splits the URL of a SETUP.
func cutTrack(requestURL string) (camera string, track int, ok bool) {
	for track := range numTracks {
		if camera, ok := strings.CutSuffix(requestURL, "/"+trackControl(track)); ok {
			return camera, track, true
		}
	}
	return "", 0, false
}

// cameraOf returns the name of the camera in a request's URL: its path.
func cameraOf(requestURL string) string {
	u, err := url.Parse(requestURL)
	if err != nil {
		return ""
	}
	return strings.Trim(u.Path, "/")
}

// describe returns the camera's session description. Controls are relative: the client appends them to Content-Base.
func (s *station) describe() *sdp.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &sdp.Session{Name: s.camera.Name, Control: "*"}
	for track, f := range s.feeds {
		m := f.describe()
		m.Proto, m.Control = "RTP/AVP", trackControl(track)
		m.Formats[0].PayloadType = payloadType(track)
		m.Attributes = append(m.Attributes, s.camera.TimeSource.attributes(s.clocks[track])...)
		d.Media = append(d.Media, m)
	}
	return d
}

// payloadType returns one of the dynamic ones for each track (RFC 3551 §6).
func payloadType(track int) uint8 { return uint8(96 + track) }

// chooseTransport picks the first alternative of a SETUP's Transport headers that a camera can do: interleaved TCP, or
// UDP to ports that are named.
func chooseTransport(values []string) (rtsp.TransportSpec, bool) {
	for _, value := range values {
		specs, err := rtsp.ParseTransport(value)
		if err != nil {
			continue
		}
		for _, spec := range specs {
			if !spec.Multicast && (spec.TCP || spec.ClientPort[0] != 0) {
				return spec, true
			}
		}
	}
	return rtsp.TransportSpec{}, false
}
