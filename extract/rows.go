package extract

import (
	"strconv"
)

// CSVHeader is the first line of a CSV file of rows.
const CSVHeader = "frame,pts,rtp,unix_ns,utc,error_ns,state,source\n"

// utcLayout is RFC 3339 with 9 decimals.
const utcLayout = "2006-01-02T15:04:05.000000000Z"

// AppendCSV appends the row as a line of CSV to b: number of the frame, presentation time in seconds, RTP time stamp,
// capture time in nanoseconds since 1970 and as RFC 3339, half width of its 95 % interval in nanoseconds, state and source.
// What is unknown is empty.
func (r *Row) AppendCSV(b []byte) []byte {
	b = strconv.AppendInt(b, int64(r.Frame), 10)
	b = r.appendPTS(append(b, ','), "")
	b = r.appendRTP(append(b, ','), "")
	b = r.appendUnix(append(b, ','), "")
	b = append(b, ',')
	if !r.Time.IsZero() {
		b = r.Time.UTC().AppendFormat(b, utcLayout)
	}
	b = r.appendError(append(b, ','), "")
	b = append(append(b, ','), r.Status()...)
	b = append(append(b, ','), r.Source.String()...)
	return append(b, '\n')
}

// AppendJSON appends the row as a JSON object on a line of its own to b, with the same members. What is unknown is null;
// integers have up to 64 bits.
func (r *Row) AppendJSON(b []byte) []byte {
	b = append(b, `{"type":"frame","frame":`...)
	b = strconv.AppendInt(b, int64(r.Frame), 10)
	b = r.appendPTS(append(b, `,"pts":`...), "null")
	b = r.appendRTP(append(b, `,"rtp":`...), "null")
	b = r.appendUnix(append(b, `,"unix_ns":`...), "null")
	b = append(b, `,"utc":`...)
	if r.Time.IsZero() {
		b = append(b, "null"...)
	} else {
		b = r.Time.UTC().AppendFormat(b, `"`+utcLayout+`"`)
	}
	b = r.appendError(append(b, `,"error_ns":`...), "null")
	b = strconv.AppendQuote(append(b, `,"state":`...), r.Status())
	b = append(b, `,"source":`...)
	if source := r.Source.String(); source == "" {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendQuote(b, source)
	}
	return append(b, "}\n"...)
}

// appendPTS appends seconds with 6 decimals, rounded, as ffprobe shows them.
func (r *Row) appendPTS(b []byte, unknown string) []byte {
	if r.Timescale == 0 {
		return append(b, unknown...)
	}
	scale := int64(r.Timescale)
	whole, ticks := r.PTS/scale, r.PTS%scale
	micros := (ticks*1e6 + scale/2) / scale
	if micros == 1e6 {
		whole, micros = whole+1, 0
	}
	b = append(strconv.AppendInt(b, whole, 10), '.')
	digits := strconv.AppendInt(nil, 1e6+micros, 10)
	return append(b, digits[1:]...)
}

func (r *Row) appendRTP(b []byte, unknown string) []byte {
	if !r.HasRTP {
		return append(b, unknown...)
	}
	return strconv.AppendUint(b, uint64(r.RTP), 10)
}

func (r *Row) appendUnix(b []byte, unknown string) []byte {
	if r.Time.IsZero() {
		return append(b, unknown...)
	}
	return strconv.AppendInt(b, r.Time.UnixNano(), 10)
}

func (r *Row) appendError(b []byte, unknown string) []byte {
	if r.Error == 0 {
		return append(b, unknown...)
	}
	return strconv.AppendInt(b, int64(r.Error), 10)
}
