// Package sdp reads and writes session descriptions (SDP, RFC 8866) as RTSP servers send them in reply to DESCRIBE
// (RFC 2326 appendix C).
//
// The parser is lenient: cameras leave out mandatory lines, mix up their order, misspell payload types and invent
// media. Whatever a receiver of one camera's streams doesn't need is skipped, what can be repaired without guessing is
// repaired, and each such case gives a [Warning]. Lines that mean nothing to a receiver of unicast RTSP (c=, t=, b=,
// e=, k= and so on) are not looked at.
package sdp

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// Session is a session description.
type Session struct {
	Name       string      // s=; empty when the line is missing or says that there is none ("-")
	Info       string      // i= before the first media
	Origin     string      // o= as it was written: no two makers agree on its fields
	Control    string      // a=control of the whole session: "*", a URL, or empty (RFC 2326 §C.1.1)
	Attributes []Attribute // the other a= lines before the first media, in order
	Media      []Media     // one per m= line, in order; those that can't be used have no Formats, so that indices stay
}

// Media is one m= line with what follows it.
type Media struct {
	Kind       string      // lower case: video, audio, application, …
	Port       int         // 0 to 65535; means nothing to a receiver of unicast RTSP
	Proto      string      // RTP/AVP, RTP/AVP/TCP, …
	Control    string      // a=control: the URL of the media, relative or absolute, or empty
	Direction  Direction   // the media's own, else the session's
	Formats    []Format    // in the order of the m= line; none when the media can't be used
	Attributes []Attribute // the other a= lines, in order
}

// Format is one payload type of a media: its number on the m= line, its a=rtpmap and its a=fmtp.
type Format struct {
	PayloadType uint8  // 0 to 127
	Encoding    string // in upper case: H264, MPEG4-GENERIC, PCMU, …; never empty in what Parse returns
	ClockRate   uint32 // ticks per second of the RTP time stamps; never 0 in what Parse returns
	Channels    int    // of audio: 1 when nothing is said (RFC 8866 §6.6); of others 0
	Params      string // the value of a=fmtp without the payload type
}

// Attribute is an a= line.
type Attribute struct {
	Name  string
	Value string // empty for a property attribute such as a=rtcp-mux
}

// Direction is the direction of a media. In theory it is seen from the camera (RFC 8866 §6.7), in ONVIF from the
// client, and some cameras have it the wrong way round: it must not keep anyone from receiving the only video. What can
// be learnt from it is in [Session.Backchannel].
type Direction uint8

// The directions.
const (
	Unspecified Direction = iota
	SendRecv
	SendOnly
	RecvOnly
	Inactive
)

var directionNames = [...]string{"", "sendrecv", "sendonly", "recvonly", "inactive"}

// String returns the name of the attribute; Unspecified has an empty one.
func (d Direction) String() string {
	if int(d) < len(directionNames) {
		return directionNames[d]
	}
	return "direction " + strconv.Itoa(int(d))
}

// opposite returns the other of SendOnly and RecvOnly, and Unspecified for all the rest.
func (d Direction) opposite() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return Unspecified
}

// Warning tells of something in a description that breaks the rules and was skipped or repaired.
type Warning struct {
	Line int // counted from 1
	Text string
}

// String returns the warning as one line of text.
func (w Warning) String() string { return fmt.Sprintf("SDP line %d: %s", w.Line, w.Text) }

// RTPMap returns the format as a=rtpmap writes it after the payload type: H264/90000, OPUS/48000/2.
func (f *Format) RTPMap() string { return string(f.appendRTPMap(nil)) }

// Parameters returns the names, in lower case, and the values in Params. Semicolons separate them; a name without a
// value has an empty one, and empty parameters are left out.
func (f *Format) Parameters() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for p := range strings.SplitSeq(f.Params, ";") {
			name, value, _ := strings.Cut(p, "=")
			name = strings.ToLower(trim(name))
			if name != "" && !yield(name, trim(value)) {
				return
			}
		}
	}
}

// Values returns the values of all attributes of that name, whatever its case, among Attributes.
func (m *Media) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, a := range m.Attributes {
			if strings.EqualFold(a.Name, name) && !yield(a.Value) {
				return
			}
		}
	}
}

// maxFrameRate is the highest a=framerate that is believed, in frames per second.
const maxFrameRate = 1000

// FrameRate returns the last a=framerate that is a sane number, in frames per second, or 0. It is a hint: cameras keep
// it when their settings change.
func (m *Media) FrameRate() float64 {
	rate := 0.0
	for v := range m.Values("framerate") {
		// H264DVR and IPCAM send "0S" first and the true value later.
		if f, err := strconv.ParseFloat(v, 64); err == nil && f > 0 && f <= maxFrameRate {
			rate = f
		}
	}
	return rate
}

// Backchannel reports whether the media with that index is for sound sent to the camera, so that it is no use to
// receive it (ONVIF Streaming Specification §5.3). That is audio whose direction is the opposite of the video's; when
// the video has none, audio marked sendonly beside other audio that isn't.
func (s *Session) Backchannel(index int) bool {
	m := &s.Media[index]
	if m.Kind != "audio" || m.Direction.opposite() == Unspecified {
		return false
	}
	otherAudio := false
	for i := range s.Media {
		o := &s.Media[i]
		if o.Kind == "video" && o.Direction.opposite() != Unspecified {
			return m.Direction == o.Direction.opposite()
		}
		otherAudio = otherAudio || o.Kind == "audio" && o.Direction != m.Direction
	}
	return m.Direction == SendOnly && otherAudio
}
