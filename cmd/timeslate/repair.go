package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/timeslate/timeslate/repair"
)

var repairCommand = command{
	name:    "repair",
	args:    "FILE…",
	summary: "Finishes recordings that a crash, a power cut or a full disk left",
	text: `FILE is a recording, or the prefix of one: all its segments.
What was left of a recording plays already, up to a part (half a second) before its end. A torn
end is cut off, and the index is written that a finished recording has; no media are copied. A file
that is finished is left as it is, and so is one that is being recorded. The recorder does this by
itself with the files of a former run.`,
	example: `  timeslate repair garage_20260301T120000.000Z.mp4
  timeslate repair /var/lib/cameras/garage
  timeslate repair --dry-run /var/lib/cameras/*.mp4`,
	setup: setupRepair,
}

func setupRepair(f *flags) action {
	var (
		asJSON = f.bool("json", "", "one JSON object per file on stdout")
		dryRun = f.bool("dry-run", "", "change nothing, only say what would be done")
	)
	return func(ctx context.Context, env environment, args []string) error {
		if len(args) == 0 {
			return usageError{errors.New("a file is needed"), "timeslate repair --help has examples"}
		}
		files, err := expandAll(args)
		errs := unjoin(err)
		for _, file := range files {
			if err := ctx.Err(); err != nil {
				errs = append(errs, err)
				break
			}
			report, err := repair.File(file, repair.Options{DryRun: *dryRun})
			if err := showRepair(env.stdout, report, err, *asJSON); err != nil {
				return err
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
}

// repairLine is what repair --json says of a file.
type repairLine struct {
	Type string `json:"type"`
	repair.Report
	Error string `json:"error,omitempty"`
}

// showRepair says what became of a file. Without JSON a failure is told when the command ends.
func showRepair(w io.Writer, report repair.Report, failure error, asJSON bool) error {
	if !asJSON {
		if failure != nil {
			return nil
		}
		_, err := fmt.Fprintln(w, printable(report.String()))
		return err
	}
	line := repairLine{Type: "repair", Report: report}
	if failure != nil {
		line.Error = failure.Error()
	}
	b, err := json.Marshal(line)
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	return err
}
