package main

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/internal/clocksim"
)

// scenario is a recording of a camera whose true capture times are known.
type scenario struct {
	name, note string
	recording  *extract.Recording
	truth      []time.Time   // by number of the frame
	latency    time.Duration // constant, and in no clock that the recorder can see
}

// judge scores a method. Latency is taken off the errors.
func (s *scenario) judge(m method) clocksim.Score {
	estimates := make([]clock.Estimate, len(s.truth))
	for _, row := range s.recording.Rows(m.Method) {
		estimates[row.Frame] = row.Estimate
	}
	return clocksim.Judge(estimates, s.truth, clocksim.Judging{Skip: m.skip, Known: s.latency})
}

// readScenarios reads the scenarios in the folders of a folder.
func readScenarios(folder string) (list []scenario, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		s, err := readScenario(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(folder, e.Name()), err)
		}
		list = append(list, s)
	}
	return list, nil
}

// readScenario reads a folder with a packet log (frames.csv.gz and sr.csv.gz), truth.csv.gz and about.json.
func readScenario(folder string) (s scenario, err error) {
	s.name = filepath.Base(folder)
	about, err := os.ReadFile(filepath.Join(folder, "about.json"))
	if err != nil {
		return s, err
	}
	var words struct {
		Note string `json:"note"`
	}
	if err := json.Unmarshal(about, &words); err != nil {
		return s, err
	}
	s.note = words.Note
	if s.recording, err = readLog(filepath.Join(folder, "frames.csv.gz"), filepath.Join(folder, "sr.csv.gz")); err != nil {
		return s, err
	}
	s.truth, err = readTruth(filepath.Join(folder, "truth.csv.gz"))
	if err == nil && len(s.truth) != s.recording.Frames.Len() {
		err = fmt.Errorf("%d frames, the truth of %d", s.recording.Frames.Len(), len(s.truth))
	}
	return s, err
}

func readLog(frames, reports string) (*extract.Recording, error) {
	f, err := os.Open(frames)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := os.Open(reports)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return extract.ReadLog(extract.LogFile{Name: frames, Reader: f}, extract.LogFile{Name: reports, Reader: r})
}

// readTruth reads a table of index and nanoseconds since 1970, which must be in order of the index.
func readTruth(name string) ([]time.Time, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	rows := csv.NewReader(plain)
	var list []time.Time
	for line := 1; ; line++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if line == 1 {
			continue // the heading
		}
		nanos, err := strconv.ParseInt(row[1], 10, 64)
		if err != nil || row[0] != strconv.Itoa(len(list)) {
			return nil, fmt.Errorf("%s: line %d: not the next frame and its time", name, line)
		}
		list = append(list, time.Unix(0, nanos))
	}
}

// scenarioTable has a row per scenario and a column per method.
func scenarioTable(first string, list []scenario) table {
	t := table{heading(first)}
	for _, s := range list {
		row := []string{s.name[min(len(s.name), len("o1_")):] + ": " + s.note}
		for _, m := range methods {
			row = append(row, cell(s.judge(m)))
		}
		t = append(t, row)
	}
	return t
}

func heading(first string) []string {
	row := []string{first}
	for _, m := range methods {
		row = append(row, m.name)
	}
	return row
}

// cell is a score in a few characters.
func cell(s clocksim.Score) string {
	switch {
	case s.Frames == 0:
		return "none"
	case s.Bound == 0: // the method states none
		return ms(s.MeanAbs) + " / " + ms(s.P99)
	}
	return fmt.Sprintf("%s / %s (%.0f %%)", ms(s.MeanAbs), ms(s.P99), 100*s.Cover)
}

// ms writes a duration in milliseconds with as many digits as are of interest.
func ms(d time.Duration) string {
	v := float64(d) / 1e6
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.1e", v)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3f", v)
}
