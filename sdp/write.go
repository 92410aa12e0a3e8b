package sdp

import "strconv"

// What stands for a name and an origin that aren't known (RFC 8866 §5.2, §5.3).
const (
	noName   = "-"
	noOrigin = "- 0 0 IN IP4 0.0.0.0"
)

// Append appends the description, in the order of RFC 8866 §5 and with CRLF at each line's end. Parse gives back an
// equal Session for one that came from Parse.
func (s *Session) Append(b []byte) []byte {
	b = append(b, "v=0\r\n"...)
	b = appendLine(b, "o=", or(s.Origin, noOrigin))
	b = appendLine(b, "s=", or(s.Name, noName))
	if s.Info != "" {
		b = appendLine(b, "i=", s.Info)
	}
	b = append(b, "c=IN IP4 0.0.0.0\r\nt=0 0\r\n"...) // RTSP tells the addresses and the time (RFC 2326 §C.1.7, §C.1.6)
	if s.Control != "" {
		b = appendLine(b, "a=control:", s.Control)
	}
	b = appendAttributes(b, s.Attributes)
	for i := range s.Media {
		b = s.Media[i].append(b)
	}
	return b
}

func (m *Media) append(b []byte) []byte {
	b = append(append(b, "m="...), m.Kind...)
	b = strconv.AppendInt(append(b, ' '), int64(m.Port), 10)
	b = append(append(b, ' '), m.Proto...)
	for i := range m.Formats {
		b = strconv.AppendUint(append(b, ' '), uint64(m.Formats[i].PayloadType), 10)
	}
	b = append(b, "\r\n"...)
	for i := range m.Formats {
		b = m.Formats[i].append(b)
	}
	if m.Direction != Unspecified {
		b = appendLine(b, "a=", m.Direction.String())
	}
	if m.Control != "" {
		b = appendLine(b, "a=control:", m.Control)
	}
	return appendAttributes(b, m.Attributes)
}

func (f *Format) append(b []byte) []byte {
	b = strconv.AppendUint(append(b, "a=rtpmap:"...), uint64(f.PayloadType), 10)
	b = append(f.appendRTPMap(append(b, ' ')), "\r\n"...)
	if f.Params == "" {
		return b
	}
	b = strconv.AppendUint(append(b, "a=fmtp:"...), uint64(f.PayloadType), 10)
	return appendLine(b, " ", f.Params)
}

func (f *Format) appendRTPMap(b []byte) []byte {
	b = append(append(b, f.Encoding...), '/')
	b = strconv.AppendUint(b, uint64(f.ClockRate), 10)
	if f.Channels > 1 {
		b = strconv.AppendInt(append(b, '/'), int64(f.Channels), 10)
	}
	return b
}

func appendAttributes(b []byte, attributes []Attribute) []byte {
	for _, a := range attributes {
		b = append(append(b, "a="...), a.Name...)
		if a.Value != "" {
			b = append(append(b, ':'), a.Value...)
		}
		b = append(b, "\r\n"...)
	}
	return b
}

func appendLine(b []byte, prefix, value string) []byte {
	return append(append(append(b, prefix...), value...), "\r\n"...)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
