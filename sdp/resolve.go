package sdp

import (
	"slices"
	"strconv"
	"strings"
)

// resolve makes the formats of all media from their payload types, rtpmaps and fmtps.
func (p *parser) resolve() {
	for i := range p.session.Media {
		m := &p.session.Media[i]
		if m.Direction == Unspecified {
			m.Direction = p.common.Direction
		}
		m.Formats = p.formats(m, &p.sections[i])
	}
	p.fmtpByPayloadType()
	p.fmtpBySection()
	for i := range p.sections {
		for _, f := range p.sections[i].fmtps {
			p.warn(f.line, "fmtp ignored: media %d has no payload type %d", i, f.payloadType)
		}
	}
	slices.SortStableFunc(p.warnings, func(a, b Warning) int { return a.Line - b.Line })
}

// formats returns the formats of a media: those of its payload types for which an encoding and a clock rate are known.
func (p *parser) formats(m *Media, s *section) []Format {
	for _, r := range s.rtpmaps {
		if !slices.Contains(s.payloadTypes, r.payloadType) {
			p.warn(r.line, "rtpmap of payload type %d, which the m= line doesn't name", r.payloadType)
		}
	}
	var formats []Format
	for _, pt := range s.payloadTypes {
		f, line := s.format(pt)
		if !isToken(f.Encoding) {
			p.warn(line, "payload type %d skipped: no usable rtpmap", pt)
			continue
		}
		if !p.setClockRate(&f, m.Kind, line) {
			p.warn(line, "payload type %d skipped: %s without a clock rate", pt, f.Encoding)
			continue
		}
		f.Channels = channels(f.Channels, m.Kind)
		formats = append(formats, f)
	}
	return formats
}

// format returns what the rtpmaps say of a payload type, and the line that said it. A rtpmap goes before the static
// meaning of a payload type (Anpviz: rtpmap:0 MPEG4-GENERIC; GW: rtpmap:8 PCMU; Bosch: H264 on 35), the last one before
// earlier ones. A dynamic payload type without its own takes the only rtpmap there is.
func (s *section) format(pt uint8) (f Format, line int) {
	for _, r := range slices.Backward(s.rtpmaps) {
		if r.payloadType == pt {
			return parseRTPMap(pt, r.value), r.line
		}
	}
	if f, ok := static(pt); ok {
		return f, s.line
	}
	if len(s.payloadTypes) == 1 && len(s.rtpmaps) == 1 {
		return parseRTPMap(pt, s.rtpmaps[0].value), s.rtpmaps[0].line
	}
	return Format{PayloadType: pt}, s.line
}

// parseRTPMap reads encoding/clock rate/channels (RFC 8866 §6.6); what can't be read stays zero.
func parseRTPMap(pt uint8, value string) Format {
	encoding, rest, _ := strings.Cut(value, "/")
	rate, channels, _ := strings.Cut(rest, "/")
	f := Format{PayloadType: pt, Encoding: strings.ToUpper(trim(encoding))} // case doesn't matter: RFC 4855 §3
	if n, err := strconv.ParseUint(trim(rate), 10, 32); err == nil {
		f.ClockRate = uint32(n)
	}
	if n, err := strconv.ParseUint(trim(channels), 10, 8); err == nil {
		f.Channels = int(n)
	}
	return f
}

// channels returns the number of channels: one when nothing is said (RFC 8866 §6.6), none when it isn't audio.
func channels(said int, kind string) int {
	if kind != "audio" {
		return 0
	}
	return max(said, 1)
}

// setClockRate sets the clock rate where the rtpmap left it out, and corrects it where the encoding leaves no choice.
// It reports whether there is one now.
func (p *parser) setClockRate(f *Format, kind string, line int) bool {
	rate, fixed := clockRate(f.Encoding, kind)
	if rate != 0 && (f.ClockRate == 0 || fixed && f.ClockRate != rate) {
		p.warn(line, "clock rate of %s taken as %d, not %d", f.Encoding, rate, f.ClockRate)
		f.ClockRate = rate
	}
	return f.ClockRate != 0
}

// isToken reports whether s is a token (RFC 8866 §9).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]`, r)
	})
}

// fmtpByPayloadType gives each fmtp to the format of its payload type: in its own media, else in the one other media
// that has it, since some cameras put their fmtp into the wrong section. Those that are left stay in the sections.
func (p *parser) fmtpByPayloadType() {
	for i := range p.sections {
		p.take(i, "", func(f mapping) *Format { return formatOf(&p.session.Media[i], f.payloadType) })
	}
	for i := range p.sections {
		p.take(i, "fmtp in the section of another media", p.onlyWithout)
	}
}

// fmtpBySection gives the only fmtp of a media to its only format, when neither belongs elsewhere (Hik Media Server:
// rtpmap:104, fmtp:97).
func (p *parser) fmtpBySection() {
	for i := range p.sections {
		formats, fmtps := p.session.Media[i].Formats, p.sections[i].fmtps
		if len(formats) == 1 && formats[0].Params == "" && len(fmtps) == 1 && !p.known(fmtps[0].payloadType) {
			p.take(i, "fmtp of another payload type taken", func(mapping) *Format { return &formats[0] })
		}
	}
}

// take sets the Params of the formats that to returns for the fmtps of a section, and removes those fmtps, with a
// warning unless that is empty.
func (p *parser) take(i int, warning string, to func(mapping) *Format) {
	s := &p.sections[i]
	s.fmtps = slices.DeleteFunc(s.fmtps, func(f mapping) bool {
		format := to(f)
		if format == nil {
			return false
		}
		if warning != "" {
			p.warn(f.line, "%s: payload type %d", warning, f.payloadType)
		}
		format.Params = f.value
		return true
	})
}

// formatOf returns the format of a media with that payload type, or nil.
func formatOf(m *Media, pt uint8) *Format {
	i := slices.IndexFunc(m.Formats, func(f Format) bool { return f.PayloadType == pt })
	if i < 0 {
		return nil
	}
	return &m.Formats[i]
}

// known reports whether any media has a format of that payload type.
func (p *parser) known(pt uint8) bool {
	for i := range p.session.Media {
		if formatOf(&p.session.Media[i], pt) != nil {
			return true
		}
	}
	return false
}

// onlyWithout returns the format of fmtp's payload type when just one media has it and it has no Params yet.
func (p *parser) onlyWithout(fmtp mapping) *Format {
	var only *Format
	for i := range p.session.Media {
		f := formatOf(&p.session.Media[i], fmtp.payloadType)
		if f != nil && (only != nil || f.Params != "") {
			return nil
		}
		if f != nil {
			only = f
		}
	}
	return only
}
