package camsim

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/sdp"
)

// The tracks of a camera.
const (
	videoTrack = iota
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
	sps, pps, fps := s.feed.describe()
	var sets []string
	for _, set := range slices.Concat(sps, pps) {
		sets = append(sets, base64.StdEncoding.EncodeToString(set))
	}
	return &sdp.Session{
		Name:    s.camera.Name,
		Control: "*",
		Media: []sdp.Media{{
			Kind:    "video",
			Proto:   "RTP/AVP",
			Control: trackControl(videoTrack),
			Formats: []sdp.Format{{
				PayloadType: payloadType,
				Encoding:    "H264",
				ClockRate:   clockRate,
				Params: fmt.Sprintf("packetization-mode=1;profile-level-id=%X;sprop-parameter-sets=%s",
					sps[0][1:4], strings.Join(sets, ",")),
			}},
			Attributes: []sdp.Attribute{{Name: "framerate", Value: strconv.FormatFloat(fps, 'g', 6, 64)}},
		}},
	}
}

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
