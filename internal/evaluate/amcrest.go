package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/timeslate/timeslate/extract"
)

const withoutAmcrest = `There are real recordings, too: pairs of Amcrest cameras that film one clock, published by RTCP-NTP-Recorder in its repository
and not ours to pass on. With the _meta.txt and _ocr.txt files of its videos hd and 4k-10hz (hd-100_meta.txt, hd-100_ocr.txt,
hd-200_meta.txt and so on) in DIR, "make evaluate AMCREST=DIR" has a table of them, as that of RTCP-NTP-Recorder's README.
`

const amcrestExplanation = `Two real cameras film one clock. Frames that seem to be captured together show times that differ by so many ms. The columns
"published" are of RTCP-NTP-Recorder's README; the differences hold what the cameras' clocks are off by and half a frame interval.

`

// published are the figures of RTCP-NTP-Recorder's README.
var published = []struct {
	video                              string
	rtp, rtpInterpolated, interpolated figures
}{
	{"hd", figures{-12.020, 45.726, 37.854, 28.322}, figures{-13.445, 40.355, 33.992, 25.565}, figures{-13.105, 35.783, 30.540, 22.789}},
	{"4k-10hz", figures{-16.928, 93.776, 77.486, 55.422}, figures{-14.042, 95.249, 77.900, 56.535}, figures{-15.465, 75.169, 58.974, 49.081}},
}

// figures are those of RTCP-NTP-Recorder's README: mean and standard deviation of the differences, and of their absolute
// values, in ms.
type figures struct{ mean, std, meanAbs, stdAbs float64 }

// pair is two recordings of one clock.
type pair struct {
	video  string
	videos [2]filmed
}

// filmed is a recording and the time that is to be read in each of its pictures, in ms since midnight; NaN where it can't
// be read.
type filmed struct {
	recording *extract.Recording
	clock     []float64
}

func readPairs(folder string) (list []pair, err error) {
	for _, p := range published {
		one := pair{video: p.video}
		for i, camera := range []string{"100", "200"} {
			if one.videos[i], err = readFilmed(filepath.Join(folder, p.video+"-"+camera)); err != nil {
				return nil, err
			}
		}
		list = append(list, one)
	}
	return list, nil
}

func readFilmed(stem string) (f filmed, err error) {
	meta, err := os.Open(stem + "_meta.txt")
	if errors.Is(err, fs.ErrNotExist) {
		return f, fmt.Errorf("%w\n%s", err, withoutAmcrest)
	}
	if err != nil {
		return f, err
	}
	defer meta.Close()
	if f.recording, err = extract.ReadMeta(meta); err != nil {
		return f, err
	}
	f.clock, err = readClock(stem + "_ocr.txt")
	return f, err
}

// leastConfidence is how sure a reading of the clock must be, of 100.
const leastConfidence = 15

// readClock reads a line per frame: its number (that of the last frame may be the one before's), date, time and confidence;
// where nothing was to be seen, number, None and confidence.
func readClock(name string) ([]float64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []float64
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 3 {
			return nil, fmt.Errorf("%s: line %d: %d words", name, len(list)+1, len(words))
		}
		list = append(list, reading(words[1:]))
	}
	return list, lines.Err()
}

func reading(words []string) float64 {
	sure, err := strconv.ParseFloat(words[len(words)-1], 64)
	if err != nil || sure <= leastConfidence || len(words) != 3 {
		return math.NaN()
	}
	t, err := time.Parse("15:04:05.000000", words[1])
	if err != nil {
		return math.NaN()
	}
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return float64(t.Sub(midnight)) / 1e6
}

// mostDifference is how many ms two pictures may differ by; a digit was misread beyond.
const mostDifference = 200

// compare computes the figures of two lists of capture times, one for each camera.
func (p *pair) compare(times [2][]float64) figures {
	others := p.videos[1].stamps(times[1])
	var differences []float64
	for _, s := range p.videos[0].stamps(times[0]) {
		d := s.clock - nearest(others, s.at).clock
		if math.Abs(d) < mostDifference { // false for NaN
			differences = append(differences, d)
		}
	}
	return figuresOf(differences)
}

// best returns the times of both cameras by extract's own method, in seconds since 1970.
func (p *pair) best() (times [2][]float64) {
	for i := range p.videos {
		for _, row := range p.videos[i].recording.Rows(extract.Best) {
			times[i] = append(times[i], float64(row.Time.UnixNano())/1e9)
		}
	}
	return times
}

// classic returns those of RTCP-NTP-Recorder's methods, as `timeslate extract --format recorder` writes them.
func (p *pair) classic() (rtp, rtpInterpolated, interpolated [2][]float64, err error) {
	for i := range p.videos {
		texts, err := p.videos[i].recording.Texts()
		if err != nil {
			return rtp, rtpInterpolated, interpolated, err
		}
		rtp[i], rtpInterpolated[i], interpolated[i] = seconds(texts.RTP), seconds(texts.RTPInterpolated), seconds(texts.Interpolated)
	}
	return rtp, rtpInterpolated, interpolated, nil
}

// seconds reads a number per line.
func seconds(text []byte) (list []float64) {
	for line := range strings.Lines(string(text)) {
		v, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if err != nil {
			v = math.NaN()
		}
		list = append(list, v)
	}
	return list
}

// stamped is a frame with its capture time in seconds since 1970, and the time that it shows.
type stamped struct{ at, clock float64 }

// stamps returns the frames in the order of their times.
func (f *filmed) stamps(times []float64) (list []stamped) {
	for i := range min(len(times), len(f.clock)) {
		list = append(list, stamped{times[i], f.clock[i]})
	}
	slices.SortStableFunc(list, func(a, b stamped) int { return cmp.Compare(a.at, b.at) })
	return list
}

// nearest returns the frame nearest to t, the earlier one of two.
func nearest(list []stamped, t float64) stamped {
	i, _ := slices.BinarySearchFunc(list, t, func(s stamped, t float64) int { return cmp.Compare(s.at, t) })
	if i == len(list) || i > 0 && t-list[i-1].at <= list[i].at-t {
		i--
	}
	return list[i]
}

func figuresOf(differences []float64) (f figures) {
	f.mean, f.std = moments(differences)
	for i, d := range differences {
		differences[i] = math.Abs(d)
	}
	f.meanAbs, f.stdAbs = moments(differences)
	return f
}

// moments returns mean and sample standard deviation.
func moments(list []float64) (mean, std float64) {
	sum, squares := 0.0, 0.0
	for _, v := range list {
		sum += v
	}
	mean = sum / float64(len(list))
	for _, v := range list {
		squares += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(squares / float64(len(list)-1))
}

// amcrestTable has a row per figure. Beside each classic method stands what was published of it.
func amcrestTable(pairs []pair) (table, error) {
	t := table{{"video, ms", "rtp, published", "rtp", "rtp-interpolated, published", "rtp-interpolated", "interpolated, published",
		"interpolated", "best"}}
	for i, p := range pairs {
		rtp, rtpInterpolated, interpolated, err := p.classic()
		if err != nil {
			return nil, err
		}
		known := published[i]
		rows := [][]string{{p.video + ": mean"}, {p.video + ": std"}, {p.video + ": mean abs"}, {p.video + ": std abs"}}
		for _, f := range []figures{known.rtp, p.compare(rtp), known.rtpInterpolated, p.compare(rtpInterpolated), known.interpolated,
			p.compare(interpolated), p.compare(p.best())} {
			f.append(rows)
		}
		t = append(t, rows...)
	}
	return t, nil
}

// append appends one of the figures to each row.
func (f figures) append(rows [][]string) {
	for i, v := range []float64{f.mean, f.std, f.meanAbs, f.stdAbs} {
		rows[i] = append(rows[i], fmt.Sprintf("%.3f", v))
	}
}
