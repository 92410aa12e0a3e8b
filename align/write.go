package align

import (
	"encoding/json"
	"strconv"
)

// utcLayout is RFC 3339 with 9 decimals.
const utcLayout = "2006-01-02T15:04:05.000000000Z"

// AppendCSVHeader appends the first line of a CSV file of sets of so many cameras to b.
func AppendCSVHeader(b []byte, cameras int) []byte {
	b = append(b, "set,utc,unix_ns"...)
	for i := 1; i <= cameras; i++ {
		for _, name := range []string{",frame_", ",offset_ns_", ",error_ns_", ",status_"} {
			b = strconv.AppendInt(append(b, name...), int64(i), 10)
		}
	}
	return append(b, '\n')
}

// AppendCSV appends the set as a line of CSV to b: its number, its time as RFC 3339 and in nanoseconds since 1970, and for
// each camera the number of the frame, its capture time minus that of the set and half the width of its 95 % interval in
// nanoseconds, and the status with its flags. What there is not, or what is unknown, is empty.
func (s *Set) AppendCSV(b []byte) []byte {
	b = append(strconv.AppendInt(b, int64(s.Index), 10), ',')
	b = append(s.Time.AppendFormat(b, utcLayout), ',')
	b = strconv.AppendInt(b, s.Time.UnixNano(), 10)
	for i := range s.Frames {
		p := &s.Frames[i]
		b = p.appendFrame(append(b, ','), "")
		b = p.appendOffset(append(b, ','), "")
		b = p.appendError(append(b, ','), "")
		b = p.appendStatus(append(b, ','))
	}
	return append(b, '\n')
}

// AppendJSON appends the set as a JSON object on a line of its own to b, with the same values; names are those of the
// cameras. What there is not, or what is unknown, is null.
func (s *Set) AppendJSON(b []byte, names []string) []byte {
	b = strconv.AppendInt(append(b, `{"type":"set","set":`...), int64(s.Index), 10)
	b = s.Time.AppendFormat(append(b, `,"utc":`...), `"`+utcLayout+`"`)
	b = strconv.AppendInt(append(b, `,"unix_ns":`...), s.Time.UnixNano(), 10)
	b = append(b, `,"cameras":[`...)
	for i := range s.Frames {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.Frames[i].appendJSON(b, s.Time.UnixNano(), names[i])
	}
	return append(b, "]}\n"...)
}

func (p *Pick) appendJSON(b []byte, at int64, name string) []byte {
	b = appendQuoted(append(b, `{"camera":`...), name)
	b = append(p.appendStatus(append(b, `,"status":"`...)), '"')
	b = p.appendFrame(append(b, `,"frame":`...), "null")
	b = append(b, `,"unix_ns":`...)
	if p.Status.OK() {
		b = strconv.AppendInt(b, at+int64(p.Offset), 10)
	} else {
		b = append(b, "null"...)
	}
	b = p.appendOffset(append(b, `,"offset_ns":`...), "null")
	b = p.appendError(append(b, `,"error_ns":`...), "null")
	return append(b, '}')
}

func (p *Pick) appendStatus(b []byte) []byte {
	return p.Flags.append(append(b, p.Status.String()...))
}

func (p *Pick) appendFrame(b []byte, unknown string) []byte {
	if !p.Status.OK() {
		return append(b, unknown...)
	}
	return strconv.AppendInt(b, int64(p.Frame), 10)
}

func (p *Pick) appendOffset(b []byte, unknown string) []byte {
	if !p.Status.OK() {
		return append(b, unknown...)
	}
	return strconv.AppendInt(b, int64(p.Offset), 10)
}

func (p *Pick) appendError(b []byte, unknown string) []byte {
	if !p.Status.OK() || p.Error == 0 {
		return append(b, unknown...)
	}
	return strconv.AppendInt(b, int64(p.Error), 10)
}

// appendQuoted appends a JSON string. Most names need no escapes.
func appendQuoted(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			quoted, _ := json.Marshal(s) // of a string it has no error
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
