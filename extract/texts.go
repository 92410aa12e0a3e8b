package extract

import (
	"errors"
	"math"
	"strconv"

	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

// ErrNoReports is returned for a recording that can't be written in RTCP-NTP-Recorder's form.
var ErrNoReports = errors.New("extract: the recording has no sender reports")

// Texts is the output of RTCP-NTP-Recorder's extractor for X.mp4, to the byte: rows in presentation order, none for a
// frame without a stamp.
type Texts struct {
	Meta            []byte // X_meta.txt
	RTP             []byte // X.txt
	RTPInterpolated []byte // X_RTP_interpolated.txt
	Interpolated    []byte // X_interpolated.txt
}

// Texts computes with float64 and with all peculiarities of the original, so that results can be compared. Stamps that
// are in the file are taken as they are; for other files they are computed as RTCP-NTP-Recorder would have. For times
// that are meant to be right use Rows.
func (r *Recording) Texts() (*Texts, error) {
	if !r.hasRTP() {
		return nil, ErrNoReports
	}
	rows := r.textRows()
	all := groups(len(rows), func(i, j int) bool { return rows[i].NTP == rows[j].NTP })
	t := &Texts{}
	for i := range rows {
		row := &rows[i]
		t.Meta = appendMeta(t.Meta, row)
		t.RTP = appendLine(t.RTP, row.Unix)
		t.RTPInterpolated = appendLine(t.RTPInterpolated, textRTPInterpolated(rows, i, all[i]))
		t.Interpolated = appendLine(t.Interpolated, textInterpolated(rows, i, all[i]))
	}
	return t, nil
}

// textRows returns the rows of X_meta.txt.
func (r *Recording) textRows() []stamp.RecorderStamp {
	s := r.series()
	rows := make([]stamp.RecorderStamp, 0, len(s.indices))
	for _, i := range s.indices {
		row := nth(r.Frames.recorders, i)
		if r.Origin != RecorderB {
			row.RTP = r.Frames.places[i].sent
			if rep := r.reportBefore(i); rep != nil {
				row.NTP, row.Report = rep.NTP, uint32(rep.RTP)
			}
			row.Unix = textRTP(&row, r.ClockRate)
		}
		rows = append(rows, row)
	}
	return rows
}

func appendMeta(b []byte, row *stamp.RecorderStamp) []byte {
	b = append(appendPython(b, row.Unix), ' ')
	b = append(strconv.AppendUint(b, uint64(row.NTP), 10), ' ')
	b = append(strconv.AppendUint(b, uint64(row.Report), 10), ' ')
	return append(strconv.AppendUint(b, uint64(row.RTP), 10), '\n')
}

func appendLine(b []byte, f float64) []byte { return append(appendPython(b, f), '\n') }

// textInterpolate divides the time between two reports, as converted by RTCP-NTP-Recorder's extractor. The conversion
// keeps the product from being fused with the sum, which on some processors would change the last digit.
func textInterpolate(from, to *stamp.RecorderStamp, ratio float64) float64 {
	start := extractorUnix(from.NTP)
	return start + float64((extractorUnix(to.NTP)-start)*ratio)
}

// extractorUnix converts n to seconds since 1970. Unlike the recorder, which truncates to microseconds, the extractor
// truncates to nanoseconds.
func extractorUnix(n ntp.Time) float64 {
	nanos := math.Trunc(float64(uint32(n)) * 1e9 / (1 << 32))
	return stamp.RecorderUnix(n&^math.MaxUint32) + nanos/1e9
}
