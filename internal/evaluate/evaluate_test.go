package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/internal/clocksim"
)

const scenarioFolder = "../../testdata/timing"

func TestEvaluate(t *testing.T) {
	for _, markdown := range []bool{false, true} {
		var out bytes.Buffer
		if err := evaluate(&out, options{scenarios: scenarioFolder, markdown: markdown}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"ideal: exact SRs", "rtp-interpolated", "make evaluate AMCREST=DIR"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("nothing of %q in\n%s", want, &out)
			}
		}
		if strings.Contains(out.String(), "|---|---:|") != markdown {
			t.Errorf("Markdown %v:\n%s", markdown, &out)
		}
	}
	if err := evaluate(&bytes.Buffer{}, options{scenarios: "nowhere"}); err == nil {
		t.Error("no error for a folder that is not there")
	}
	err := evaluate(&bytes.Buffer{}, options{scenarios: scenarioFolder, amcrest: "nowhere"})
	if err == nil || !strings.Contains(err.Error(), "published by RTCP-NTP-Recorder") {
		t.Errorf("without the recordings: %v", err)
	}
}

// TestClassic holds the measuring to the figures that an independent implementation found for method rtp, which is simple
// enough for both to agree.
func TestClassic(t *testing.T) {
	list, err := readScenarios(scenarioFolder)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]time.Duration{ // mean abs, p99
		"o1_ideal":     {3343, 7949},
		"o2_sendstamp": {20696448, 40204281},
		"o3_ms_ppm":    {905547, 1625340},
		"o4_step":      {222234781, 499997943},
	}
	if len(list) != 6 {
		t.Errorf("%d scenarios", len(list))
	}
	for _, s := range list {
		got := s.judge(method{Method: extract.RTP})
		if w, ok := want[s.name]; ok && ((got.MeanAbs-w[0]).Abs() > 200 || (got.P99-w[1]).Abs() > 200 || got.Missing > 0) {
			t.Errorf("%s: mean abs %v, p99 %v, %d missing; want %v", s.name, got.MeanAbs, got.P99, got.Missing, w)
		}
	}
}

// TestOpenScenarios holds best and live to what they must reach there.
func TestOpenScenarios(t *testing.T) {
	goals := map[string][4]float64{ // best: mean abs, p99; live: the same, ms
		"o1_ideal":     {0.02, 0.05, 0.05, 0.2},
		"o2_sendstamp": {0.1, 0.4, 0.2, 0.6},
		"o3_ms_ppm":    {0.3, 0.6, 0.5, 1.2},
		"o4_step":      {0.1, 0.3, 0.1, 0.3},
		"o5_restart":   {0.05, 0.2, 0.1, 0.5},
		"o6_unsynced":  {45, 45, 45, 45},
	}
	list, err := readScenarios(scenarioFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		skip := 60.0
		if s.name == "o4_step" {
			skip = 95 // 15 s after the step
		}
		best, live := s.judge(method{Method: extract.Best}), s.judge(method{Method: extract.Live, skip: skip})
		for i, got := range []time.Duration{best.MeanAbs, best.P99, live.MeanAbs, live.P99} {
			if float64(got)/1e6 > goals[s.name][i] {
				t.Errorf("%s: %v, want at most %v ms", s.name, got, goals[s.name][i])
			}
		}
		if best.Cover < 0.95 || live.Cover < 0.95 || best.Back+live.Back+best.Missing+live.Missing > 0 {
			t.Errorf("%s: best %+v, live %+v", s.name, best, live)
		}
	}
}

// TestKinds puts a recording through the tables that extract reads.
func TestKinds(t *testing.T) {
	list, err := drawKinds([]string{"i_ideal", "ix_restart"}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		for _, s := range k.draws {
			if got := s.judge(method{Method: extract.RTPInterpolated}); got.MeanAbs > 10*time.Microsecond && k.name == "i_ideal" || got.Frames != len(s.truth) {
				t.Errorf("%s: %+v", k.name, got)
			}
		}
	}
	if rows := kindTable(list); len(rows) != 3 || rows[1][0] != "i_ideal" || len(rows[1]) != len(methods)+1 {
		t.Errorf("%q", rows)
	}
}

func TestMiddle(t *testing.T) {
	list := []clocksim.Score{{Frames: 3}, {Frames: 1}, {Frames: 2}}
	if got := middle(list, func(s clocksim.Score) int { return s.Frames }); got != 2 {
		t.Errorf("%d", got)
	}
}

// TestAmcrest reproduces what RTCP-NTP-Recorder published, digit by digit, and holds best below it.
func TestAmcrest(t *testing.T) {
	folder := os.Getenv("TIMESLATE_AMCREST")
	if folder == "" {
		t.Skip("TIMESLATE_AMCREST names no folder with the recordings of RTCP-NTP-Recorder's cameras")
	}
	pairs, err := readPairs(folder)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := amcrestTable(pairs)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for i := 1; i < 7; i += 2 {
			if row[i] != row[i+1] {
				t.Errorf("%s: %s are published as %s, we have %s", rows[0][i+1], row[0], row[i], row[i+1])
			}
		}
	}
	for i, most := range []float64{30.0, 69.7} {
		if got := pairs[i].compare(pairs[i].best()); got.std > most {
			t.Errorf("best of %s: %.3f ms std, want at most %v", pairs[i].video, got.std, most)
		}
	}
}

// TestReadings reads what is to be read in pictures, and what can't be.
func TestReadings(t *testing.T) {
	name := filepath.Join(t.TempDir(), "ocr.txt")
	text := "0 1900-01-01 21:13:14.322000 5.40\n1 1900-01-01 21:13:14.428000 16.80\n2 None -1.00\n2 1900-01-01 21:13:99.533000 17.40\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readClock(name)
	if err != nil || len(got) != 4 || !math.IsNaN(got[0]) || got[1] != 76394428 || !math.IsNaN(got[2]) || !math.IsNaN(got[3]) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestFigures(t *testing.T) {
	got := figuresOf([]float64{-10, 10, 30})
	if got.mean != 10 || got.std != 20 || math.Abs(got.meanAbs-50.0/3) > 1e-9 || math.Abs(got.stdAbs-11.547005) > 1e-6 {
		t.Errorf("%+v", got)
	}
}
