package extract

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"time"
)

// ErrNoPresentation is returned for rows that can't become subtitles.
var ErrNoPresentation = errors.New("extract: no presentation times, which subtitles need")

// srtLayout is the text of a cue.
const srtLayout = "2006-01-02 15:04:05.000 MST"

// WriteSRT writes the capture times of rows as subtitles, in the clock of a time zone: a cue per frame, until the next one
// is shown. Frames of which no time is known have none.
func WriteSRT(w io.Writer, rows []Row, zone *time.Location) error {
	out := bufio.NewWriter(w)
	var b []byte
	cue := 0
	for i := range rows {
		r := &rows[i]
		if r.Timescale == 0 {
			return ErrNoPresentation
		}
		if r.Time.IsZero() {
			continue
		}
		cue++
		b = append(strconv.AppendInt(b[:0], int64(cue), 10), '\n')
		b = append(appendClock(b, r.PTS, r.Timescale), " --> "...)
		b = append(appendClock(b, shownUntil(rows, i), r.Timescale), '\n')
		b = append(r.Time.In(zone).AppendFormat(b, srtLayout), "\n\n"...)
		out.Write(b)
	}
	return out.Flush()
}

// shownUntil returns the PTS of the next row; the last is shown as long as the one before, and one alone for a second.
func shownUntil(rows []Row, i int) int64 {
	switch last := len(rows) - 1; {
	case i < last:
		return rows[i+1].PTS
	case i > 0:
		return rows[i].PTS + rows[i].PTS - rows[i-1].PTS
	}
	return rows[i].PTS + int64(rows[i].Timescale)
}

// appendClock appends a presentation time as SubRip writes it: hours, minutes, seconds, milliseconds.
func appendClock(b []byte, pts int64, timescale uint32) []byte {
	whole, ticks := pts/int64(timescale), pts%int64(timescale)
	for _, n := range []int64{whole / 3600, whole / 60 % 60, whole % 60} {
		if n < 10 {
			b = append(b, '0')
		}
		b = append(strconv.AppendInt(b, n, 10), ':')
	}
	b[len(b)-1] = ','
	return append(b, strconv.FormatInt(1000+ticks*1000/int64(timescale), 10)[1:]...)
}
