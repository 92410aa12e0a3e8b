// Command evaluate measures how well each method of `timeslate extract` finds the capture times of frames: on recordings of
// simulated cameras, whose true times are known, and on recordings of real cameras that filmed a clock.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/internal/clocksim"
)

type options struct {
	scenarios, amcrest string
	kinds              bool
	draws              int
	markdown           bool
}

func main() {
	var o options
	flag.StringVar(&o.scenarios, "scenarios", "testdata/timing", "`folder` with a folder per simulated recording")
	flag.StringVar(&o.amcrest, "amcrest", "", "`folder` with the _meta.txt and _ocr.txt files of RTCP-NTP-Recorder's cameras")
	flag.BoolVar(&o.kinds, "kinds", false, "measure fresh draws of all kinds of simulated cameras, too")
	flag.IntVar(&o.draws, "draws", 3, "draws of each kind")
	flag.BoolVar(&o.markdown, "markdown", false, "write Markdown")
	flag.Parse()
	if err := evaluate(os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(1)
	}
}

// method is a method of extract.
type method struct {
	name string
	extract.Method
	skip float64 // seconds of a recording that are not judged
}

// methods are in the order of the tables. That of a live recorder is judged when it has settled.
var methods = []method{
	{"rtp", extract.RTP, 0},
	{"rtp-interpolated", extract.RTPInterpolated, 0},
	{"interpolated", extract.Interpolated, 0},
	{"arrival", extract.Arrival, 0},
	{"live", extract.Live, liveSkip},
	{"best", extract.Best, 0},
}

const liveSkip = 60

const explanation = `Error of the capture times in ms: mean of the absolute error / its 99th percentile, and in how many
of 100 frames the stated bound held. "live" is what a recorder says at once, judged from a minute
on; "best" has seen all of the recording.

`

func evaluate(w io.Writer, o options) error {
	scenarios, err := readScenarios(o.scenarios)
	if err != nil {
		return err
	}
	io.WriteString(w, explanation)
	t := scenarioTable("simulated camera", scenarios)
	if o.markdown {
		t.write(w, true)
	} else {
		t.blocks(w)
	}
	if o.kinds {
		kinds, err := drawKinds(clocksim.Kinds(), o.draws)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\nThe same for %d cameras of each kind, five minutes of each; medians.\n\n", o.draws)
		kindTable(kinds).write(w, o.markdown)
	}
	fmt.Fprintln(w)
	if o.amcrest == "" {
		_, err := io.WriteString(w, withoutAmcrest)
		return err
	}
	pairs, err := readPairs(o.amcrest)
	if err != nil {
		return err
	}
	if t, err = amcrestTable(pairs); err != nil {
		return err
	}
	io.WriteString(w, amcrestExplanation)
	t.write(w, o.markdown)
	return nil
}
