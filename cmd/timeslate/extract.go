package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/repair"
)

var extractCommand = command{
	name:    "extract",
	args:    "FILE…",
	summary: "Writes the capture time of each frame of a recording",
	text: `FILE is an MP4 of timeslate (also one that is still growing), of RTCP-NTP-Recorder or of
retina-record, one with MISB time stamps, or a _meta.txt of RTCP-NTP-Recorder's extractor.
Nothing is decoded, so an hour of video takes seconds.

Columns, a row per frame in the order in which they are shown; what is not known is empty:
  frame     its number, as a decoder counts
  pts       presentation time in the file, in seconds
  rtp       the camera's RTP time stamp
  unix_ns   capture time in nanoseconds since 1970 (UTC), and
  utc       the same as RFC 3339
  error_ns  half width of the 95 % interval around it; what the camera's clock is off by is not in it
  state     none, rxonly (only arrivals are known), acquiring (one to three sender reports),
            locked (more), coasting (the newest report is older than 30 s)
  source    what the time comes from: sr (sender reports), arrival, misb, recorder

Methods:
  rtp                the newest sender report, and the RTP time stamps from there on
  rtp-interpolated   between two sender reports, by the RTP time stamps
  interpolated       between two sender reports, by the frame numbers
  arrival            when the frame came to the recorder`,
	example: `  timeslate extract garage_20260301T120000.000Z.mp4
  timeslate extract --method arrival -o - cam0.mp4
  timeslate extract --format recorder cam0.mp4`,
	setup: setupExtract,
}

type extractOptions struct {
	method, format, output string
	reports                string // of a packet log
	force                  bool
	inputs                 []string // all of the command line; none is written over
	stdout, stderr         io.Writer
}

func setupExtract(f *flags) action {
	var (
		method = f.string("method", "", "best", "best|live|rtp|rtp-interpolated|interpolated|arrival",
			"how to compute the times (default best)")
		format = f.string("format", "", "csv", "csv|jsonl|recorder",
			"how to write them (default csv; recorder = the four text files of\nRTCP-NTP-Recorder's extractor, beside FILE)")
		output  = f.string("output", "o", "", "FILE", "where to write, - for stdout (default: FILE with another extension)")
		reports = f.string("reports", "", "", "FILE", "the sender reports of a packet log; FILE is the table of its frames then")
		force   = f.bool("force", "", "replace output files that exist")
	)
	return func(_ context.Context, env environment, args []string) error {
		o := extractOptions{*method, *format, *output, *reports, *force, args, env.stdout, env.stderr}
		if o.reports != "" {
			o.inputs = append(slices.Clone(args), o.reports)
		}
		if err := o.check(); err != nil {
			return err
		}
		var errs []error
		for _, file := range args {
			if _, err := extractFile(file, o); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", file, err))
			}
		}
		return errors.Join(errs...)
	}
}

func (o *extractOptions) check() error {
	_, methodErr := extract.ParseMethod(o.method)
	switch {
	case len(o.inputs) == 0:
		return usageError{errors.New("a file is needed"), "timeslate extract --help has examples"}
	case methodErr != nil:
		return usageError{fmt.Errorf("--method: %w", methodErr), ""}
	case o.format != "csv" && o.format != "jsonl" && o.format != "recorder":
		return usageError{fmt.Errorf("--format %q is none of csv, jsonl, recorder", o.format), ""}
	case o.reports != "" && len(o.inputs) != 2:
		return usageError{errors.New("--reports goes with one FILE"), ""}
	case o.output != "" && o.output != "-" && len(o.inputs) > 1 && o.reports == "":
		return usageError{errors.New("-o can take one FILE only"), ""}
	case o.output != "" && o.format == "recorder":
		return usageError{errors.New("-o does not go with --format recorder, which writes four files"), ""}
	}
	return nil
}

// extractFile extracts one file, writes the result and returns the rows.
func extractFile(file string, o extractOptions) ([]extract.Row, error) {
	recording, err := openRecording(file, o.reports)
	if err != nil {
		return nil, err
	}
	for _, err := range recording.Skipped {
		fmt.Fprintf(o.stderr, "%s: %s\n", file, printable(err.Error()))
	}
	if recording.Origin == extract.NoOrigin {
		fmt.Fprintf(o.stderr, "%s: no time stamps are in this file; the times are left empty\n", file)
	}
	stem := strings.TrimSuffix(file, filepath.Ext(file))
	if o.format == "recorder" {
		return nil, o.writeTexts(recording, file, stem)
	}
	method, err := extract.ParseMethod(o.method)
	if err != nil {
		return nil, err
	}
	rows := recording.Rows(method)
	return rows, o.writeRows(rows, stem)
}

func openRecording(file, reports string) (*extract.Recording, error) {
	if reports != "" {
		return openLog(file, reports)
	}
	if err := repair.Regular(file); err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, errors.New("not a recording: it is empty")
	}
	return extract.Open(f, info.Size())
}

func openLog(frames, reports string) (*extract.Recording, error) {
	var files [2]extract.LogFile
	for i, name := range []string{frames, reports} {
		if err := repair.Regular(name); err != nil {
			return nil, err
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		files[i] = extract.LogFile{Name: filepath.Base(name), Reader: f}
	}
	return extract.ReadLog(files[0], files[1])
}

// writeRows writes a row per frame as CSV or JSON lines.
func (o *extractOptions) writeRows(rows []extract.Row, stem string) error {
	name := o.output
	if name == "" && o.reports != "" {
		name = "-"
	} else if name == "" {
		name = stem + "." + o.format
	}
	if name == "-" {
		return o.appendRows(o.stdout, rows)
	}
	f, err := createOutput(name, o.force, o.inputs...)
	if err != nil {
		return err
	}
	return errors.Join(o.appendRows(f, rows), f.Close())
}

func (o *extractOptions) appendRows(w io.Writer, rows []extract.Row) error {
	out := bufio.NewWriter(w)
	var line []byte
	if o.format == "csv" {
		out.WriteString(extract.CSVHeader)
	}
	for _, row := range rows {
		if o.format == "csv" {
			line = row.AppendCSV(line[:0])
		} else {
			line = row.AppendJSON(line[:0])
		}
		out.Write(line)
	}
	return out.Flush()
}

// writeTexts writes the four text files of RTCP-NTP-Recorder's extractor beside file. A _meta.txt that is the input itself
// stays as it is.
func (o *extractOptions) writeTexts(recording *extract.Recording, file, stem string) error {
	texts, err := recording.Texts()
	if err != nil {
		return err
	}
	stem = strings.TrimSuffix(stem, "_meta")
	for _, out := range []struct {
		name string
		text []byte
	}{
		{stem + "_meta.txt", texts.Meta},
		{stem + ".txt", texts.RTP},
		{stem + "_RTP_interpolated.txt", texts.RTPInterpolated},
		{stem + "_interpolated.txt", texts.Interpolated},
	} {
		if sameFile(out.name, file) {
			continue
		}
		if err := o.writeText(out.name, out.text); err != nil {
			return err
		}
	}
	return nil
}

func (o *extractOptions) writeText(name string, text []byte) error {
	f, err := createOutput(name, o.force, o.inputs...)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
