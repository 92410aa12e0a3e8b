package camsim

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/sdp"
)

// trackControl is the last part of the URL of a camera's only stream.
const trackControl = "trackID=0"

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
			Control: trackControl,
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

// newSender returns the sender of a new session with a random SSRC and sequence number (RFC 3550 §5.1).
func newSender(s *station, r *rand.Rand, channels [2]uint8) *sender {
	return &sender{
		clocks:      s.clocks,
		interval:    s.camera.ReportInterval,
		noise:       s.camera.ReportJitter,
		rand:        r,
		ssrc:        r.Uint32(),
		sequence:    uint16(r.Uint32()),
		cname:       s.camera.Name + "@timeslate",
		rtpChannel:  channels[0],
		rtcpChannel: channels[1],
		packetizer:  h264.Packetizer{MaxPayload: maxPayload},
	}
}

// interleavedTransport picks the first alternative of a SETUP's Transport headers that is interleaved TCP
// (RFC 2326 §12.39); channels that it does not name are 0 and 1.
func interleavedTransport(values []string) (rtsp.TransportSpec, bool) {
	for _, value := range values {
		specs, err := rtsp.ParseTransport(value)
		if err != nil {
			continue
		}
		for _, spec := range specs {
			if !spec.TCP || spec.Multicast {
				continue
			}
			if !spec.Interleaved {
				spec.Interleaved, spec.Channels = true, [2]uint8{0, 1}
			}
			return spec, true
		}
	}
	return rtsp.TransportSpec{}, false
}
