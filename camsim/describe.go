package camsim

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"

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
	sps, pps := s.source.ParameterSets()
	encode := base64.StdEncoding.EncodeToString
	return &sdp.Session{
		Name:    s.source.camera.Name,
		Control: "*",
		Media: []sdp.Media{{
			Kind:    "video",
			Proto:   "RTP/AVP",
			Control: trackControl,
			Formats: []sdp.Format{{
				PayloadType: payloadType,
				Encoding:    "H264",
				ClockRate:   clockRate,
				Params: fmt.Sprintf("packetization-mode=1;profile-level-id=%X;sprop-parameter-sets=%s,%s",
					sps[1:4], encode(sps), encode(pps)),
			}},
			Attributes: []sdp.Attribute{{Name: "framerate", Value: strconv.FormatFloat(s.source.camera.Rate.Float(), 'g', 6, 64)}},
		}},
	}
}

// newSender returns the sender of a new session with a random SSRC and sequence number (RFC 3550 §5.1).
func newSender(s *station, r *rand.Rand, channels [2]uint8) *sender {
	camera := &s.source.camera
	return &sender{
		clocks:      s.clocks,
		interval:    camera.ReportInterval,
		noise:       camera.ReportJitter,
		rand:        r,
		ssrc:        r.Uint32(),
		sequence:    uint16(r.Uint32()),
		cname:       camera.Name + "@timeslate",
		rtpChannel:  channels[0],
		rtcpChannel: channels[1],
		packetizer:  packetizer{MaxPayload: maxPayload},
	}
}

// interleavedChannels picks the first transport of a SETUP that is interleaved TCP (RFC 2326 §12.39) and returns its two
// channels, 0 and 1 when it names none.
func interleavedChannels(values []string) (channels [2]uint8, ok bool) {
	for _, value := range values {
		for transport := range strings.SplitSeq(value, ",") {
			parameters := strings.Split(strings.TrimSpace(transport), ";")
			if !strings.EqualFold(parameters[0], "RTP/AVP/TCP") {
				continue
			}
			if channels, ok = channelPair(parameters[1:]); ok {
				return channels, true
			}
		}
	}
	return channels, false
}

func channelPair(parameters []string) (channels [2]uint8, ok bool) {
	for _, p := range parameters {
		value, isChannels := strings.CutPrefix(strings.ToLower(strings.TrimSpace(p)), "interleaved=")
		if !isChannels {
			continue
		}
		first, second, isPair := strings.Cut(value, "-")
		a, err1 := strconv.ParseUint(first, 10, 8)
		b, err2 := strconv.ParseUint(second, 10, 8)
		return [2]uint8{uint8(a), uint8(b)}, isPair && err1 == nil && err2 == nil && a != b
	}
	return [2]uint8{0, 1}, true
}
