package plot_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/timeslate/timeslate/internal/plot"
)

func Example() {
	figure := plot.Figure{
		Title: "Two dots and a line",
		Start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Panels: []plot.Panel{{
			Title:   "What was measured",
			Caption: "Each dot is a measurement.",
			Series: []plot.Series{
				{Name: "measured", Style: plot.Dots, X: []float64{0, 60}, Y: []float64{0.001, 0.003}},
				{Name: "expected", Style: plot.Line, X: []float64{0, 60}, Y: []float64{0.002, 0.002}},
			},
		}},
	}
	var svg bytes.Buffer
	err := figure.Write(&svg, plot.SVG)
	fmt.Println(err, bytes.Contains(svg.Bytes(), []byte("2.5 ms")))
	// Output: <nil> true
}
