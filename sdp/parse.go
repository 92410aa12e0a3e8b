package sdp

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits on what a peer may make us keep. Descriptions of real cameras have at most 4 KB, 5 media and 30 attributes
// each.
const (
	MaxSize       = 128 << 10 // bytes of a description; more is an error
	MaxMedia      = 64        // m= lines; those beyond are ignored, as are
	maxFormats    = 32        // payload types per media,
	maxAttributes = 256       // attributes per media, and
	maxWarnings   = 100       // warnings
)

// ErrNotSDP tells that the bytes hold no line of a session description at all.
var ErrNotSDP = errors.New("sdp: not a session description")

// Parse reads a session description. The only errors are a description of more than MaxSize bytes and one without a
// single line that could belong to a description (ErrNotSDP); all else that is wrong is told by the warnings. The
// result shares no memory with b.
func Parse(b []byte) (*Session, []Warning, error) {
	if len(b) > MaxSize {
		return nil, nil, fmt.Errorf("sdp: description of %d bytes, more than %d", len(b), MaxSize)
	}
	var p parser
	for line := range strings.Lines(string(b)) {
		p.line++
		p.parseLine(trim(line))
	}
	if !p.found {
		return nil, nil, ErrNotSDP
	}
	p.session.Control, p.session.Attributes = p.common.Control, p.common.Attributes
	p.resolve()
	return &p.session, p.warnings, nil
}

// parser holds the state of one Parse.
type parser struct {
	session  Session
	common   Media     // stands for the session itself while its attributes are read
	sections []section // beside session.Media
	warnings []Warning
	line     int  // number of the current line
	found    bool // a line of a description was seen
	tooMany  bool // past the MaxMedia'th media
}

// section holds the lines of a media that can be understood only when all are known.
type section struct {
	line         int     // of the m= line
	payloadTypes []uint8 // on the m= line
	rtpmaps      []mapping
	fmtps        []mapping
}

// mapping is an a=rtpmap or a=fmtp line.
type mapping struct {
	line        int
	payloadType uint8
	value       string
}

// warn adds a warning. The same again, as by each line beyond a limit, tells nothing more.
func (p *parser) warn(line int, format string, args ...any) {
	text, n := fmt.Sprintf(format, args...), len(p.warnings)
	if n < maxWarnings && (n == 0 || p.warnings[n-1].Text != text) {
		p.warnings = append(p.warnings, Warning{Line: line, Text: text})
	}
}

// parseLine takes a line by its letter, wherever it stands: cameras keep to no order (RFC 8866 §5 has one).
func (p *parser) parseLine(line string) {
	if line == "" {
		return
	}
	if len(line) < 2 || line[0] < 'a' || line[0] > 'z' || line[1] != '=' {
		p.warn(p.line, "not of the form x=value: %.40q", line)
		return
	}
	p.found = true
	value := trim(line[2:])
	switch line[0] {
	case 's':
		setFirst(&p.session.Name, value, noName)
	case 'o':
		setFirst(&p.session.Origin, value, noOrigin)
	case 'i':
		if len(p.session.Media) == 0 {
			setFirst(&p.session.Info, value, "")
		}
	case 'm':
		p.parseMedia(value)
	case 'a':
		p.parseAttribute(value)
	}
}

// setFirst keeps the first value that says something: some cameras send lines twice.
func setFirst(field *string, value, nothing string) {
	if *field == "" && value != nothing {
		*field = value
	}
}

// parseMedia reads an m= line: kind, port, protocol, payload types (RFC 8866 §5.14). Blanks may be of any kind and
// number (VStarcam ends the line with "8\t ").
func (p *parser) parseMedia(value string) {
	if p.tooMany = len(p.session.Media) == MaxMedia; p.tooMany {
		p.warn(p.line, "more than %d media", MaxMedia)
		return
	}
	fields := append(strings.FieldsFunc(value, isBlank), "", "", "")
	m := Media{Kind: strings.ToLower(or(fields[0], "unknown")), Port: p.parsePort(fields[1])}
	s := section{line: p.line}
	var known bool
	if m.Proto, known = protocol(fields[2]); known {
		s.payloadTypes = p.parsePayloadTypes(fields[3:])
	} else {
		p.warn(p.line, "media %d skipped: protocol %.40q is not known", len(p.session.Media), fields[2])
	}
	p.session.Media = append(p.session.Media, m)
	p.sections = append(p.sections, s)
}

// parsePort reads a port, which may be followed by a count of ports.
func (p *parser) parsePort(s string) int {
	number, _, _ := strings.Cut(s, "/")
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		p.warn(p.line, "no port on the m= line: %.40q", s)
		return 0
	}
	return int(port)
}

// protocols are those which carry RTP.
var protocols = []string{
	"RTP/AVP", "RTP/AVP/TCP", "RTP/AVP/UDP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF", "MP2T/RTP/UDP", "MP2T/RTP/AVP",
}

// protocol returns the usual spelling of a protocol of RTP, or s itself.
func protocol(s string) (name string, known bool) {
	for _, name := range protocols {
		if strings.EqualFold(s, name) {
			return name, true
		}
	}
	return s, false
}

func (p *parser) parsePayloadTypes(fields []string) []uint8 {
	var types []uint8
	for _, f := range fields {
		if f == "" {
			continue
		}
		pt, ok := payloadType(f)
		switch {
		case !ok:
			// TP-Link: m=application/TP-LINK 0 RTP/AVP smart/1/90000.
			p.warn(p.line, "%.40q is not a payload type", f)
		case len(types) == maxFormats:
			p.warn(p.line, "more than %d payload types", maxFormats)
			return types
		case !slices.Contains(types, pt):
			types = append(types, pt)
		}
	}
	return types
}

// payloadType reads a payload type: 7 bits (RFC 3550 §5.1).
func payloadType(s string) (uint8, bool) {
	pt, err := strconv.ParseUint(s, 10, 7)
	return uint8(pt), err == nil
}

// parseAttribute reads an a= line of the session, or of the media in hand.
func (p *parser) parseAttribute(line string) {
	if p.tooMany {
		return
	}
	name, value, _ := strings.Cut(line, ":")
	name, value = trim(name), trim(value)
	m := &p.common
	if n := len(p.session.Media); n > 0 {
		m = &p.session.Media[n-1]
	}
	switch lower := strings.ToLower(name); {
	case lower == "":
		p.warn(p.line, "attribute without a name")
	case lower == "control":
		m.Control = or(value, m.Control)
	case directionOf(lower) != Unspecified:
		m.Direction = directionOf(lower)
	case lower == "rtpmap" || lower == "fmtp":
		p.parseMapping(lower, value)
	case len(m.Attributes) == maxAttributes:
		p.warn(p.line, "more than %d attributes", maxAttributes)
	default:
		m.Attributes = append(m.Attributes, Attribute{Name: name, Value: value})
	}
}

// directionOf returns the direction that a property attribute stands for.
func directionOf(name string) Direction {
	return Direction(max(0, slices.Index(directionNames[:], name)))
}

// parseMapping keeps an a=rtpmap or a=fmtp for resolve.
func (p *parser) parseMapping(name, value string) {
	number, rest := cutBlank(value)
	pt, ok := payloadType(number)
	if !ok || len(p.sections) == 0 {
		p.warn(p.line, "%s ignored: %.40q", name, value)
		return
	}
	s := &p.sections[len(p.sections)-1]
	list := &s.rtpmaps
	if name == "fmtp" {
		list = &s.fmtps
	}
	if rest == "" || len(*list) == maxAttributes { // Ubiquiti sends "a=fmtp:96" and nothing else
		return
	}
	*list = append(*list, mapping{line: p.line, payloadType: pt, value: rest})
}

// blanks separate the fields of a line and may surround them. SDP knows the space only, cameras all of these.
const blanks = " \t\r\n"

func isBlank(r rune) bool { return strings.ContainsRune(blanks, r) }

func trim(s string) string { return strings.Trim(s, blanks) }

// cutBlank splits s after its first field.
func cutBlank(s string) (field, rest string) {
	i := strings.IndexAny(s, blanks)
	if i < 0 {
		return s, ""
	}
	return s[:i], trim(s[i:])
}
