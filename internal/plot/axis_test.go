package plot

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNiceStep(t *testing.T) {
	for v, want := range map[float64]float64{0.7: 1, 1: 1, 1.01: 2, 2.2: 5, 5.1: 10, 0.00013: 0.0002, 43e6: 5e7} {
		if got := niceStep(v); math.Abs(got-want) > want*1e-9 {
			t.Errorf("%v: %v, want %v", v, got, want)
		}
	}
}

func TestAxis(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		unit      string
		want      string
	}{
		{0, 0.080, "", "0|20 ms|40 ms|60 ms|80 ms"},
		{-0.0000042, 0.000004, "", "−4 µs|−2 µs|0|2 µs|4 µs"},
		{-3e-7, 1e-7, "", "−300 ns|−200 ns|−100 ns|0|100 ns"},
		{0, 1.5, "", "0|0.5 s|1.0 s|1.5 s"},
		{-0.5, 2.5, "", "0|1 s|2 s"},
		{0, 170, "", "0|50 s|100 s|150 s"},
		{0, 1000, "", "0|5 min|10 min|15 min"},
		{0, 5 * 3600, "", "0|1 h|2 h|3 h|4 h|5 h"},
		{0, 86400 * 20, "", "0|5 days|10 days|15 days|20 days"},
		{-60, 20, "ppm", "−60 ppm|−40 ppm|−20 ppm|0|20 ppm"},
		{3, 3, "ppm", "2.8 ppm|3.0 ppm|3.2 ppm"},
		{0, 0, "", "−1.0 µs|−0.5 µs|0|0.5 µs|1.0 µs"},
	} {
		a := newAxis(c.low, c.high, c.unit)
		var labels []string
		for _, v := range a.ticks() {
			labels = append(labels, a.label(v))
		}
		if got := strings.Join(labels, "|"); got != c.want {
			t.Errorf("%v … %v %s: %s, want %s", c.low, c.high, c.unit, got, c.want)
		}
	}
}

func TestTimeAxis(t *testing.T) {
	start := time.Date(2026, 3, 1, 23, 59, 57, 0, time.UTC)
	for _, c := range []struct {
		start time.Time
		to    float64
		want  string
	}{
		{start, 5, "23:59:57|23:59:58|23:59:59|2026-03-02|00:00:01|00:00:02"},
		{start.Add(-58 * time.Second), 0.02, "23:58:59.000|23:58:59.005|23:58:59.010|23:58:59.015|23:58:59.020"},
		{start, 600, "2026-03-02|00:02|00:04|00:06|00:08|00:10"},
		{start, 86400, "2026-03-02|03:00|06:00|09:00|12:00|15:00|18:00|21:00|2026-03-03"},
		{time.Time{}, 90, "0:00|0:10|0:20|0:30|0:40|0:50|1:00|1:10|1:20|1:30"},
		{time.Time{}, 8000, "0:00:00|0:15:00|0:30:00|0:45:00|1:00:00|1:15:00|1:30:00|1:45:00|2:00:00"},
		{time.Unix(3, 0), 4, "00:00:03.0|00:00:03.5|00:00:04.0|00:00:04.5|00:00:05.0|00:00:05.5|00:00:06.0|00:00:06.5|00:00:07.0"},
	} {
		f := &Figure{Start: c.start, Panels: []Panel{{Series: []Series{{X: []float64{0, c.to}, Y: []float64{0, 0}}}}}}
		var labels []string
		for _, tick := range newTimeAxis(f, 10).ticks() {
			labels = append(labels, tick.label)
		}
		if got := strings.Join(labels, "|"); got != c.want {
			t.Errorf("%v + %v s: %s, want %s", c.start, c.to, got, c.want)
		}
	}
}

// TestRange keeps an axis to the bulk of the values.
func TestRange(t *testing.T) {
	even := func(n int, more ...float64) []float64 {
		list := make([]float64, n)
		for i := range list {
			list[i] = float64(i%11 - 5)
		}
		return append(list, more...)
	}
	for name, c := range map[string]struct {
		panel     Panel
		low, high float64
	}{
		"none":              {Panel{}, 0, 1},
		"plain":             {Panel{Series: []Series{{Y: even(100)}}}, -5, 5},
		"one far away":      {Panel{Series: []Series{{Y: even(100, 1e6)}}}, -5, 5},
		"a tenth far away":  {Panel{Series: []Series{{Y: even(90, slices.Repeat([]float64{1000}, 10)...)}}}, -5, 1000},
		"not so far":        {Panel{Series: []Series{{Y: even(100, 12)}}}, -5, 12},
		"to be shown":       {Panel{Show: []float64{-20}, Series: []Series{{Y: even(100)}}}, -20, 5},
		"no numbers":        {Panel{Series: []Series{{Y: []float64{math.NaN(), math.Inf(1), 1e300}}}}, 0, 1},
		"levels":            {Panel{Levels: []Level{{Y: 9}, {Y: math.NaN()}}, Series: []Series{{Y: even(100)}}}, -5, 9},
		"beside the others": {Panel{Series: []Series{{Y: even(100)}, {Aside: true, Y: even(100, 30)}}}, -5, 5},
		"few":               {Panel{Series: []Series{{Y: []float64{1, 2, 1000}}}}, 1, 1000},
	} {
		if low, high := c.panel.valueRange(); low != c.low || high != c.high {
			t.Errorf("%s: %v … %v, want %v … %v", name, low, high, c.low, c.high)
		}
	}
}

func TestAmount(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.4: "400 ms", -0.0123456: "−12.3 ms", 2e-6: "2 µs", 0.0402: "40.2 ms", -90: "−90 s", 1234.5: "20.6 min",
		1e-12: "0.001 ns",
	} {
		if got := Amount(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 9999: "9999", 10000: "10 000", 1234567: "1 234 567", -123456: "-123 456"} {
		if got := Whole(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
