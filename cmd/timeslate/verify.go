package main

import (
	"context"
	"errors"

	"github.com/timeslate/timeslate/record/segment"
	"github.com/timeslate/timeslate/verify"
)

var verifyCommand = command{
	name:    "verify",
	args:    "FILE…",
	summary: "Checks recordings and says what is in them and what is missing",
	text: `FILE is a recording, also one that is growing, or the prefix of a recording: all its segments. The
files of one recording are one story: what is missing in them and between them is listed with its
cause, and whether the capture times go on across it. Of files with sound it is measured from the
sender reports by how much the sound is late or early.

Exit codes: 0 all is there; 3 something is missing, or capture times go back; 1 a file is damaged or
was not finished.`,
	example: `  timeslate verify garage_20260301T120000.000Z.mp4
  timeslate verify /var/lib/cameras/garage
  timeslate verify --quick --json /var/lib/cameras/garage | jq 'select(.type == "gap")'`,
	setup: setupVerify,
}

// errDamaged says that verify found a file that is not whole.
var errDamaged = errors.New("a file is damaged")

func setupVerify(f *flags) action {
	var (
		asJSON = f.bool("json", "", "one JSON object per file, per gap and for the whole on stdout")
		quick  = f.bool("quick", "", "don't read the media, only the indexes and the timing boxes")
	)
	return func(ctx context.Context, env environment, args []string) error {
		if len(args) == 0 {
			return usageError{errors.New("a file is needed"), "timeslate verify --help has examples"}
		}
		files, err := expandAll(args)
		if err != nil {
			return err
		}
		report, err := verify.Files(ctx, files, verify.Options{Quick: *quick})
		if err != nil {
			return err
		}
		write := report.WriteText
		if *asJSON {
			write = report.WriteJSON
		}
		if err := write(env.stdout); err != nil {
			return err
		}
		return verdictError(report.Summary.Verdict)
	}
}

// expandAll returns the files that the arguments stand for: themselves, or the segments of a prefix.
func expandAll(args []string) (files []string, err error) {
	var errs []error
	for _, arg := range args {
		names, err := segment.Expand(arg)
		files, errs = append(files, names...), append(errs, err)
	}
	return files, errors.Join(errs...)
}

// verdictError returns the exit code as an error; the report has said it in words.
func verdictError(v verify.Verdict) error {
	switch v {
	case verify.Damaged:
		return toldError{errDamaged}
	case verify.Gaps:
		return toldError{errGaps}
	}
	return nil
}
