package align

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Calibration holds the known constant delays of cameras: from the light to the time that their frames say.
type Calibration struct {
	lines []calibrationLine
}

type calibrationLine struct {
	name  string
	delay time.Duration
	used  bool
}

// Limits of a calibration file.
const (
	maxCalibrationLine  = 4096 // bytes
	maxCalibrationLines = 10000
	maxDelay            = 10 * time.Second // no camera takes longer, and who writes 38 means milliseconds
)

// ParseCalibration reads a text in UTF-8 with a line per camera: its name and its delay, in Go's syntax or in bare seconds, with
// blanks between. A # begins a comment, at the start of a line or behind a blank. A delay may be negative. Errors name the
// line.
func ParseCalibration(r io.Reader) (*Calibration, error) {
	c := &Calibration{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxCalibrationLine)
	number := 1
	for ; lines.Scan(); number++ {
		text := lines.Text()
		if number == 1 {
			text = strings.TrimPrefix(text, "\ufeff") // editors of Windows mark UTF-8 so
		}
		if err := c.add(text); err != nil {
			return nil, fmt.Errorf("align: calibration: line %d: %w", number, err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("align: calibration: line %d: longer than %d bytes", number, maxCalibrationLine)
	} else if err != nil {
		return nil, fmt.Errorf("align: calibration: line %d: %w", number, err)
	}
	return c, nil
}

func (c *Calibration) add(line string) error {
	if !utf8.ValidString(line) || strings.ContainsRune(line, 0) {
		return errors.New("not a text in UTF-8")
	}
	fields := strings.Fields(uncomment(line))
	if len(fields) == 0 {
		return nil
	}
	if len(fields) == 1 {
		return fmt.Errorf("%q is not a name and a delay, like: left 38ms", fields[0])
	}
	last := len(fields) - 1
	name := strings.Join(fields[:last], " ")
	delay, err := parseDelay(fields[last])
	if err != nil {
		return err
	}
	if len(c.lines) == maxCalibrationLines {
		return fmt.Errorf("more than %d cameras", maxCalibrationLines)
	}
	for _, l := range c.lines {
		if l.name == name {
			return fmt.Errorf("%q stands there twice", name)
		}
	}
	c.lines = append(c.lines, calibrationLine{name: name, delay: delay})
	return nil
}

// uncomment cuts off a comment.
func uncomment(line string) string {
	blank := true
	for i, r := range line {
		if r == '#' && blank {
			return line[:i]
		}
		blank = unicode.IsSpace(r)
	}
	return line
}

func parseDelay(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if seconds, e := strconv.ParseFloat(s, 64); e == nil && math.Abs(seconds) <= maxDelay.Seconds() {
		d, err = time.Duration(math.Round(seconds*1e9)), nil
	}
	if err != nil || d.Abs() > maxDelay {
		return 0, fmt.Errorf("%q is no delay of up to %v, like 38ms or 0.038 (a number alone is seconds)", s, maxDelay)
	}
	return d, nil
}

// Delay returns the delay of the camera that a file or a recording is named after, and the name that the calibration has
// for it. That is the longest name with which the last element of path begins, followed by no letter or digit: cam1 is the
// camera of cam1.mp4 and of cam1_20260301T120000.000Z.mp4, but not of cam12.mp4.
func (c *Calibration) Delay(path string) (delay time.Duration, name string, ok bool) {
	base := filepath.Base(path)
	best := -1
	for i, l := range c.lines {
		if names(l.name, base) && (best < 0 || len(l.name) > len(c.lines[best].name)) {
			best = i
		}
	}
	if best < 0 {
		return 0, "", false
	}
	l := &c.lines[best]
	l.used = true
	return l.delay, l.name, true
}

// names tells whether a file is that of the camera.
func names(camera, base string) bool {
	rest, ok := strings.CutPrefix(base, camera)
	r, _ := utf8.DecodeRuneInString(rest)
	return ok && (rest == "" || !unicode.IsLetter(r) && !unicode.IsDigit(r))
}

// Unused returns the names that Delay has not returned.
func (c *Calibration) Unused() (names []string) {
	for _, l := range c.lines {
		if !l.used {
			names = append(names, l.name)
		}
	}
	return names
}
