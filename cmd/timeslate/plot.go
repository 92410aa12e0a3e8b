package main

import (
	"fmt"
	"io"
	"os"

	"github.com/timeslate/timeslate/internal/plot"
)

// plotUsage is the help of --plot.
const plotUsage = "draw how good the times are, with explanations: a picture in SVG or PNG, as\nFILE ends in .svg or .png"

// checkPlot tells whether a picture can be written to a file of that name, before anything else is done.
func checkPlot(name string, force bool) error {
	if name == "" {
		return nil
	}
	if _, err := plot.FormatOf(name); err != nil {
		return usageError{fmt.Errorf("--plot: %q ends neither in .svg nor in .png", name), ""}
	}
	if _, err := os.Stat(name); err == nil && !force {
		return &os.PathError{Op: "create", Path: name, Err: os.ErrExist}
	}
	return nil
}

// writePlot draws a figure into a new file.
func writePlot(figure *plot.Figure, name string, force bool, inputs []string) error {
	format, err := plot.FormatOf(name)
	if err != nil {
		return err
	}
	return writeOutput(name, force, inputs, func(w io.Writer) error { return figure.Write(w, format) })
}
