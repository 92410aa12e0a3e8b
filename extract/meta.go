package extract

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

// Limits of a _meta.txt.
const (
	maxMetaLine = 256     // bytes; the longest row of numbers has 70
	maxMetaRows = 1 << 24 // six days at 30 frames per second
)

// ReadMeta reads the _meta.txt of RTCP-NTP-Recorder's extractor: a row per frame, in presentation order, of capture time
// in seconds since 1970, NTP time and RTP time stamp of the newest sender report, and RTP time stamp of the frame. Errors
// name line and byte position.
func ReadMeta(r io.Reader) (*Recording, error) {
	rec := &Recording{Origin: RecorderB, ClockRate: h264.ClockRate, Segments: make([]Segment, 1)}
	b, u, at := newBuilder(rec), unwrapper{clockRate: rec.ClockRate}, int64(0)
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, maxMetaLine), maxMetaLine)
	lines.Split(scanLines)
	for number := 1; lines.Scan(); number++ {
		if err := b.addMetaRow(lines.Text(), number, &u); err != nil {
			return nil, fmt.Errorf("extract: _meta.txt: line %d, byte %d: %w", number, at, err)
		}
		at += int64(len(lines.Bytes()))
	}
	err := lines.Err()
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		err = fmt.Errorf("longer than %d bytes; a row has four numbers", maxMetaLine)
	case err == nil && rec.Frames.Len() == 0:
		err = errors.New("no rows")
	case err == nil:
		return rec, nil
	}
	return nil, fmt.Errorf("extract: _meta.txt: line %d, byte %d: %w", rec.Frames.Len()+1, at, err)
}

// addMetaRow adds the frame of a line, if it is not empty.
func (b *builder) addMetaRow(line string, number int, u *unwrapper) error {
	if number > maxMetaRows {
		return fmt.Errorf("more than %d lines", maxMetaRows)
	}
	if line = strings.TrimPrefix(line, byteOrderMark); strings.TrimSpace(line) == "" {
		return nil
	}
	s, err := parseMetaRow(line)
	if err != nil {
		return err
	}
	rtp, run := u.unwrap(s.RTP, 0)
	b.addRecorderStamp(Frame{}, s, rtp, run)
	return nil
}

// scanLines is bufio.ScanLines, but keeps the ends of lines, so that positions can be counted.
func scanLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func parseMetaRow(line string) (s stamp.RecorderStamp, err error) {
	columns := strings.Fields(line)
	if len(columns) != 4 {
		return s, fmt.Errorf("%d columns, not 4: capture time, NTP time and RTP time stamp of a report, RTP time stamp, with spaces between", len(columns))
	}
	if s.Unix, err = strconv.ParseFloat(columns[0], 64); err != nil || math.IsNaN(s.Unix) || math.IsInf(s.Unix, 0) {
		return s, fmt.Errorf("%q is no time", columns[0])
	}
	var numbers [3]uint64
	for i, bits := range []int{64, 32, 32} {
		if numbers[i], err = strconv.ParseUint(columns[i+1], 10, bits); err != nil {
			return s, fmt.Errorf("%q is no number of %d bits", columns[i+1], bits)
		}
	}
	s.NTP, s.Report, s.RTP = ntp.Time(numbers[0]), uint32(numbers[1]), uint32(numbers[2])
	return s, nil
}

// addRecorderStamp adds a frame with a stamp of version B, and the report that the stamp holds when it is a new one.
func (b *builder) addRecorderStamp(f Frame, s stamp.RecorderStamp, rtp int64, run int) {
	f.Stamped, f.Sent, f.Recorder = true, s.RTP, s
	f.RTP, f.Run = rtp, run
	b.addReport(clock.Report{NTP: s.NTP, RTP: rtp + int64(int32(s.Report-s.RTP)), Run: run}, &f.Frame)
	b.addFrame(f)
}
