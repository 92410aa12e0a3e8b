package wirelog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/timeslate/timeslate/sdp"
)

// description explains the lines of a session description (RFC 8866) one after the other.
type description struct {
	media int // m= lines seen so far
}

// media is what the log keeps of an m= line and what follows it.
type media struct {
	kind     string // video, audio, …
	control  string // URL, absolute or not
	encoding string // of its first payload type, in upper case
	rate     uint32 // of the RTP clock in Hz, 0 when unknown
}

// mediaOf returns the media of a description, or of a piece of one.
func mediaOf(description []byte) (all []media) {
	s, _, err := sdp.Parse(description)
	if err != nil {
		return nil
	}
	for i := range s.Media {
		m := media{kind: s.Media[i].Kind, control: s.Media[i].Control}
		if f := s.Media[i].Formats; len(f) > 0 {
			m.encoding, m.rate = f[0].Encoding, f[0].ClockRate
		}
		all = append(all, m)
	}
	return all
}

// lineNotes are the letters whose lines mean the same whatever they say.
var lineNotes = map[byte]string{
	'v': "version of SDP",
	'o': "origin: user, session, version, address",
	's': "name of the session",
	'i': "what it is",
	'u': "where to read more",
	'e': "whom to write to",
	'p': "whom to call",
	'c': "address; RTSP's Transport header decides",
	'k': "key; not shown",
	'r': "when it is repeated",
	'z': "changes of the time zone",
}

// notes explains the next line of the description.
func (d *description) notes(line string) []string {
	if len(line) < 2 || line[1] != '=' {
		return []string{"not a line of SDP"}
	}
	value := strings.TrimSpace(line[2:])
	switch line[0] {
	case 'm':
		return []string{d.mediaNote(line)}
	case 'a':
		name, rest, _ := strings.Cut(value, ":")
		return d.attributeNotes(strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(rest))
	case 'b':
		return []string{bandwidthNote(value)}
	case 't':
		if value == "0 0" {
			return []string{"from when to when: without bounds"}
		}
		return []string{"from when to when"}
	}
	return []string{lineNotes[line[0]]}
}

// mediaNote explains an m= line: kind, port, protocol, payload types.
func (d *description) mediaNote(line string) string {
	fields := strings.Fields(line[2:])
	if len(fields) < 4 {
		return "a media with something missing"
	}
	note := fmt.Sprintf("media %d: %s, payload type %s", d.media, strings.ToLower(fields[0]), strings.Join(fields[3:], " or "))
	d.media++
	if alone := mediaOf([]byte(line)); len(alone) > 0 && alone[0].encoding != "" { // a type with a meaning of its own
		note += fmt.Sprintf(" (%s at %d Hz unless rtpmap says otherwise)", alone[0].encoding, alone[0].rate)
	}
	return note
}

func bandwidthNote(value string) string {
	typ, number, _ := strings.Cut(value, ":")
	switch typ {
	case "AS":
		return "at most " + number + " kbit/s"
	case "TIAS":
		return "at most " + number + " bit/s without headers"
	}
	return "bandwidth"
}

// attributes are those that mean the same whatever their value.
var attributes = map[string]string{
	"sendrecv":  "direction: both ways",
	"sendonly":  "direction: seen from the sender; ONVIF sees it from the client",
	"recvonly":  "direction: seen from the sender; ONVIF sees it from the client",
	"inactive":  "direction: none",
	"framerate": "frames per second, if the camera is right",
	"framesize": "payload type, width and height",
	"range":     "what can be played",
	"tool":      "what made this description",
	"type":      "kind of session",
	"ptime":     "milliseconds of sound per packet",
	"ts-refclk": "the clock that the sender's clock follows (RFC 7273 §4)",
	"crypto":    "keys of SRTP; not shown",
	"key-mgmt":  "keys of SRTP; not shown",
	"rtcp-mux":  "RTP and RTCP share a port (RFC 5761)",
	"rtcp-fb":   "kinds of feedback that are known (RFC 4585)",
	"ssrc":      "attribute of one source (RFC 5576)",
}

func (d *description) attributeNotes(name, value string) []string {
	switch name {
	case "control":
		return []string{d.controlNote(value)}
	case "rtpmap":
		return []string{rtpmapNote(value)}
	case "fmtp":
		_, params, _ := strings.Cut(value, " ")
		return parameterNotes(params)
	case "extmap":
		return []string{extmapNote(value)}
	case "mediaclk":
		return []string{mediaClockNote(value)}
	}
	return []string{attributes[name]}
}

// extensions are the RTP header extensions that say when a frame was captured, by URI.
var extensions = map[string]string{
	"urn:ietf:params:rtp-hdrext:ntp-64":                             "when the frame was captured, as NTP time (RFC 6051)",
	"urn:ietf:params:rtp-hdrext:ntp-56":                             "when the frame was captured, as NTP time (RFC 6051)",
	"http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time": "when the frame was captured, as NTP time; on some packets only",
}

// extmapNote explains a=extmap (RFC 8285 §5): number, URI.
func extmapNote(value string) string {
	number, uri, _ := strings.Cut(value, " ")
	uri, _, _ = strings.Cut(strings.TrimSpace(uri), " ")
	note := "an RTP header extension and its number (RFC 8285)"
	if what := extensions[uri]; what != "" {
		number, _, _ = strings.Cut(number, "/")
		note = "RTP header extension " + number + ": " + what
	}
	return note
}

// mediaClockNote explains a=mediaclk (RFC 7273 §5).
func mediaClockNote(value string) string {
	switch {
	case strings.HasPrefix(value, "direct="):
		return "time stamps count the ticks of the reference clock since its epoch, plus this: each tells its time (RFC 7273 §5)"
	case strings.HasPrefix(value, "sender"):
		return "the time stamps follow the sender's own clock (RFC 7273 §5)"
	}
	return "how the media clock follows it (RFC 7273 §5)"
}

// controlNote explains a=control (RFC 2326 §C.1.1).
func (d *description) controlNote(value string) string {
	what := "the session"
	if d.media > 0 {
		what = "this media"
	}
	switch {
	case value == "*":
		return what + " has the URL of the description's base"
	case strings.Contains(value, "://"):
		return what + " has this URL"
	}
	return what + " has this URL, appended to the base"
}

// rtpmapNote explains a=rtpmap: payload type, encoding, clock rate, channels (RFC 8866 §6.6).
func rtpmapNote(value string) string {
	pt, rest, _ := strings.Cut(value, " ")
	parts := strings.Split(strings.TrimSpace(rest), "/")
	encoding := strings.ToUpper(parts[0])
	var rate uint64
	if len(parts) > 1 {
		rate, _ = strconv.ParseUint(strings.TrimSpace(parts[1]), 10, 32)
	}
	if rate == 0 {
		return fmt.Sprintf("payload type %s is %s, without a clock rate", pt, encoding)
	}
	// A time stamp has 32 bits (RFC 3550 §5.1).
	wrap := time.Duration((1 << 32) * uint64(time.Second) / rate).Round(time.Minute)
	return fmt.Sprintf("payload type %s is %s; %d ticks/s, time stamps wrap after %s", pt, encoding, rate,
		strings.TrimSuffix(wrap.String(), "0s"))
}
