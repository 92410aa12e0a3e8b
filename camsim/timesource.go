package camsim

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/sdp"
)

// TimeSource is how a camera tells the capture times of its frames, beside its sender reports. All tell what its wall clock
// shows.
type TimeSource uint8

// The time sources.
const (
	NoTimeSource   TimeSource = iota
	ONVIF                     // RTP header extension 0xABAC, in the first packet of each frame
	AbsCaptureTime            // RTP header extension abs-capture-time, in a frame's last packet, once a second
	NTP64                     // RTP header extension ntp-64 (RFC 6051), in the first packet of each frame
	RFC7273                   // the time stamps count with the wall clock; ts-refclk and mediaclk in the description say so
	Play                      // Range: clock= and RTP-Info in the reply to PLAY
)

var timeSourceNames = [...]string{"none", "onvif", "abs-capture-time", "ntp-64", "rfc7273", "play"}

// TimeSources are the names that ParseTimeSource takes.
func TimeSources() []string { return slices.Clone(timeSourceNames[:]) }

// ParseTimeSource returns the time source of that name.
func ParseTimeSource(name string) (TimeSource, error) {
	i := slices.Index(timeSourceNames[:], name)
	if i < 0 {
		return 0, fmt.Errorf("camsim: time source %q is none of %s", name, strings.Join(timeSourceNames[:], ", "))
	}
	return TimeSource(i), nil
}

// Numbers of the header extensions (RFC 8285 §5).
const (
	extensionNTP64          = 4
	extensionAbsCaptureTime = 5
)

// attributes returns the lines of the description that announce it for a track.
func (t TimeSource) attributes(k *clocks) []sdp.Attribute {
	switch t {
	case AbsCaptureTime:
		return extmap(extensionAbsCaptureTime, "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time")
	case NTP64:
		return extmap(extensionNTP64, "urn:ietf:params:rtp-hdrext:ntp-64")
	case RFC7273:
		return []sdp.Attribute{
			{Name: "ts-refclk", Value: "ntp=/traceable/"},
			{Name: "mediaclk", Value: "direct=" + strconv.FormatUint(uint64(k.atEpoch), 10)},
		}
	}
	return nil
}

// extmap announces a header extension (RFC 8285 §5).
func extmap(number int, uri string) []sdp.Attribute {
	return []sdp.Attribute{{Name: "extmap", Value: strconv.Itoa(number) + " " + uri}}
}

// absEvery is how often abs-capture-time is sent.
const absEvery = time.Second

// ONVIF's flags (ONVIF Streaming Specification, "RTP header extension").
const (
	onvifCleanPoint    = 0x80
	onvifDiscontinuity = 0x20
)

// extend sets the header extension of the packets of a frame that is about to be sent.
func (s *sender) extend(f *Frame) {
	at := ntp.FromTime(s.clocks.wall(f.Captured))
	s.extension, s.extendLast = s.extension[:0], false
	switch s.timeSource {
	case ONVIF:
		s.extension = append(s.extension, 0xab, 0xac, 0, 3)
		s.extension = append(binary.BigEndian.AppendUint64(s.extension, uint64(at)), s.onvifFlags(f), s.playCSeq, 0, 0)
	case NTP64:
		s.extension = appendElement(s.extension, extensionNTP64, at)
	case AbsCaptureTime:
		if f.Captured.Sub(s.extended) < absEvery {
			return
		}
		s.extension, s.extendLast = appendElement(s.extension, extensionAbsCaptureTime, at), true
	}
	s.extended = f.Captured
}

func (s *sender) onvifFlags(f *Frame) (flags byte) {
	if f.Key {
		flags = onvifCleanPoint
	}
	if s.extended.IsZero() { // the first since PLAY
		flags |= onvifDiscontinuity
	}
	return flags
}

// appendElement appends a header extension of one element with a one-byte head (RFC 8285 §4.2).
func appendElement(b []byte, number byte, at ntp.Time) []byte {
	b = append(b, 0xbe, 0xde, 0, 3, number<<4|7)
	return append(binary.BigEndian.AppendUint64(b, uint64(at)), 0, 0, 0)
}

// takeExtension returns the header extension of the next packet of the frame in hand, or nothing.
func (s *sender) takeExtension(marker bool) []byte {
	if len(s.extension) == 0 || s.extendLast && !marker {
		return nil
	}
	b := s.extension
	s.extension = s.extension[:0]
	return b
}

// playTime adds to the reply to PLAY the time of its start, and moves the time stamps of RTP-Info there: to the last
// millisecond before the first frame, for finer it can't be told.
func (s *station) playTime(h *rtsp.Header, stamps *[numTracks]uint32) {
	if s.camera.TimeSource != Play {
		h.Add("Range", "npt=now-")
		return
	}
	s.mu.Lock()
	lines := s.trouble.lines
	s.mu.Unlock()
	k, base := s.clocks[videoTrack], lines[videoTrack].base
	captured := k.stampTime(stamps[videoTrack]-base, time.Now())
	shown := k.wall(captured)
	start := shown.Truncate(time.Millisecond)
	for track := range s.clocks {
		stamps[track] = s.clocks[track].rtp(captured.Add(start.Sub(shown))) + lines[track].base
	}
	h.Add("Range", "clock="+start.UTC().Format("20060102T150405.000Z")+"-")
}
