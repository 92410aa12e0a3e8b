package h264

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Format is what an SDP says of an H.264 stream (RFC 6184 §8.1).
type Format struct {
	PacketizationMode int     // 0 or 1; a Depacketizer takes the packets of both, whatever is stated
	Config            *Config // from sprop-parameter-sets; nil when they are absent or incomplete

	sets paramSets // what is known of them
}

// ParseFormat reads the values of an rtpmap attribute ("H264/90000") and of an fmtp attribute, without the payload type
// ("packetization-mode=1;sprop-parameter-sets=…"). It fails when the stream isn't H.264 or is interleaved
// (packetization-mode 2), which no camera is known to send. Everything else is lenient: the clock rate is always
// ClockRate, profile-level-id is ignored in favour of the SPS, and parameter sets that are absent or broken are expected
// in the stream.
func ParseFormat(rtpmap, fmtp string) (*Format, error) {
	encoding, _, _ := strings.Cut(rtpmap, "/")
	if !strings.EqualFold(strings.TrimSpace(encoding), "H264") {
		return nil, fmt.Errorf("h264: the encoding is %q", encoding)
	}
	f := new(Format)
	for param := range strings.SplitSeq(fmtp, ";") {
		key, value, _ := strings.Cut(param, "=")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "packetization-mode":
			f.PacketizationMode, _ = strconv.Atoi(value)
		case "sprop-parameter-sets":
			f.sets.putSprop(value)
		}
	}
	if f.PacketizationMode == 2 {
		return nil, errInterleaved
	}
	f.Config, _ = f.sets.config()
	return f, nil
}

// maxSprop bounds the characters of sprop-parameter-sets that are looked at.
const maxSprop = 1 << 16

// putSprop takes the parameter sets out of a comma-separated list of base64 strings, and leaves out what is none:
//   - GW: a start code stands before a set or behind it;
//   - VStarcam: a third entry with header e9;
//   - others: an H.265 SPS among them, no padding.
func (s *paramSets) putSprop(list string) {
	for entry := range strings.SplitSeq(list[:min(len(list), maxSprop)], ",") {
		// What comes before an error in the base64 counts.
		b, _ := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(entry), "="))
		for nal := range SplitAnnexB(b) {
			if nal[0]&forbiddenBit == 0 {
				_ = s.put(nal) // an unusable set is as good as none: the stream brings it
			}
		}
	}
}
