package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/internal/figure"
)

var extractCommand = command{
	name:    "extract",
	args:    "FILE…",
	summary: "Writes the capture time of each frame of a recording",
	text: `FILE is one of these; nothing is decoded, so an hour of video takes seconds:
  an MP4 of timeslate, also one that is still growing
  the prefix of a recording of timeslate: all its segments are read as one, its clocks fitted over
      all of them; frames and pts go on from file to file, stderr tells where each file begins
  an MP4 of RTCP-NTP-Recorder or of retina-record, or a _meta.txt of RTCP-NTP-Recorder's extractor
  an MP4 with MISB ST 0604 time stamps, which are taken as they are
  with --reports, the frames of a packet log: CSV, also gzipped, with the columns rtp_timestamp and,
      if known, index, receive_time_ns, decode_order, ssrc (hexadecimal). The sender reports have
      ntp_hex, rtp_timestamp, packet_index (frames received before it) and, if known,
      receive_time_ns, ssrc

Columns, a row per frame in the order in which they are shown; what is not known is empty:
  frame     its number, as a decoder counts; of a packet log the frame's index
  pts       presentation time in the file, in seconds
  rtp       the camera's RTP time stamp
  unix_ns   capture time in nanoseconds since 1970 (UTC), and
  utc       the same as RFC 3339
  error_ns  half width of the 95 % interval around it. A constant delay in the camera, from the
            light to its time stamp, is not in it (record --latency-offset)
  state     how far the times can be trusted:
              none       no time is known
              rxonly     only when the frames arrived
              acquiring  one to three sender reports
              locked     more
              coasting   the sender reports are far away, or the time is that between two frames
            and, each after a +, what is special:
              stepped    the camera's clock was set, or ran wrong, about here
              suspect    something does not fit
              slewout    time waits for a clock that was set back
              synth      the camera counts frames instead of telling their time; the arrival told it
              zone       the camera sends its local time for UTC; that was put right
              free       the camera's clock follows no reference: it drifts
              sendstamp  the camera stamps its reports when they leave; that was put right
              cadence    the even pace of the sensor told the time better than the RTP time stamps
              latency    the camera's known constant delay was taken off
              disputed   camera and recorder disagree on the time; error_ns covers both
  source    what the time comes from: onvif, abs-capture-time, ntp-64 (RTP header extensions),
            rfc7273, sr (sender reports), play (the reply to PLAY), misb, recorder, arrival

Methods:
  best               all that was observed, looked at as a whole: sender reports, arrivals, the pace
                     of the frames. Steps of the camera's clock are bridged, frames without a stamp
                     get a time from their neighbours
  live               what was known when the frame came, without what came later
  rtp                the newest sender report, and the RTP time stamps from there on
  rtp-interpolated   between two sender reports, by the RTP time stamps
  interpolated       between two sender reports, by the frame numbers
  arrival            when the frame came to the recorder
The three before the last are those of RTCP-NTP-Recorder, to compare with. A delay that is known
from record --latency-offset is taken off by best and live, and by no other.

Exit codes: 0 done; 3 done, but a file of a recording had to be left out; 1 error, 2 usage.`,
	example: `  timeslate extract garage_20260301T120000.000Z.mp4
  timeslate extract garage
  timeslate extract --method arrival -o - cam0.mp4
  timeslate extract --plot cam0.svg cam0.mp4
  timeslate extract --format srt --tz Europe/Berlin cam0.mp4
  timeslate extract --format recorder cam0.mp4
  timeslate extract --reports sr.csv.gz frames.csv.gz`,
	setup: setupExtract,
}

type extractOptions struct {
	method         methodValue
	format, output string
	zone           string // of srt; empty: UTC
	plot           string
	force          bool
	inputs         []string // what is read; none is written over
	written        []string // files, so far
	input          input
	headed         bool // the CSV header stands on stdout already
	stdout         io.Writer
}

func setupExtract(f *flags) action {
	var (
		method = f.method("how to compute the times (default best)")
		format = f.choice("format", "how to write them (default csv; srt = subtitles, recorder = the four text\n"+
			"files of RTCP-NTP-Recorder's extractor, beside FILE)", "csv", "jsonl", "srt", "recorder")
		output  = f.string("output", "o", "", "FILE", "where to write, - for stdout (default: FILE with another extension; for\na packet log stdout)")
		reports = f.string("reports", "", "", "FILE", "the sender reports of a packet log, whose frames FILE is then")
		zone    = f.string("tz", "", "", "ZONE", "time zone of the subtitles, like Europe/Berlin or Local (default UTC)")
		picture = f.string("plot", "", "", "FILE", plotUsage)
		force   = f.bool("force", "", "replace output files that exist")
		trust   = f.trustRecorded()
	)
	return func(_ context.Context, env environment, args []string) error {
		o := &extractOptions{
			method: *method, format: *format, output: *output, zone: *zone, plot: *picture, force: *force,
			inputs: slices.Clone(args), stdout: env.stdout,
			input: input{reports: *reports, trust: *trust, stderr: env.stderr},
		}
		if err := o.check(); err != nil {
			return err
		}
		if *reports != "" {
			o.inputs = append(o.inputs, *reports)
		}
		var errs []error
		for _, file := range args {
			if err := o.extract(file); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", file, err))
			}
		}
		if o.input.leftOut {
			errs = append(errs, toldError{errGaps})
		}
		return errors.Join(errs...)
	}
}

func (o *extractOptions) check() error {
	_, zoneErr := o.location()
	plotErr := checkPlot(o.plot, o.force)
	switch {
	case len(o.inputs) == 0:
		return usageError{errors.New("a file is needed"), "timeslate extract --help has examples"}
	case o.output != "" && o.output != "-" && len(o.inputs) > 1:
		return usageError{errors.New("-o can take one FILE only"), ""}
	case o.output != "" && o.format == "recorder":
		return usageError{errors.New("-o does not go with --format recorder, which writes four files"), ""}
	case o.input.reports != "" && len(o.inputs) > 1:
		return usageError{errors.New("--reports goes with one FILE"), ""}
	case o.plot != "" && len(o.inputs) > 1:
		return usageError{errors.New("--plot can take one FILE only"), ""}
	case plotErr != nil:
		return plotErr
	case o.zone != "" && o.format != "srt":
		return usageError{errors.New("--tz goes with --format srt; the other times are UTC"), ""}
	case zoneErr != nil:
		return usageError{zoneErr, "names are those of the IANA data base, as in /usr/share/zoneinfo, which must be installed; UTC and Local need none"}
	}
	return nil
}

// location returns the time zone of the subtitles.
func (o *extractOptions) location() (*time.Location, error) {
	zone, err := time.LoadLocation(o.zone)
	if err != nil {
		return nil, fmt.Errorf("--tz: no time zone %q is known on this computer", o.zone)
	}
	return zone, nil
}

// extract reads one file and writes what is wanted of it.
func (o *extractOptions) extract(file string) error {
	recording, err := o.input.open(file)
	if err != nil {
		return err
	}
	for _, s := range recording.Segments {
		o.inputs = append(o.inputs, s.Name)
	}
	if recording.Origin == extract.NoOrigin {
		o.input.tell(file, "no time stamps are in this file; the times are left empty")
	}
	stem := outputStem(file)
	if o.format == "recorder" {
		err = o.writeTexts(recording, file, stem)
	} else {
		if o.method.name == bestMethod.name {
			o.input.tellTrust(file, recording)
		}
		err = o.writeRows(recording, stem)
	}
	if err != nil || o.plot == "" {
		return err
	}
	return o.writePlot(recording, file)
}

// writeRows writes a row per frame.
func (o *extractOptions) writeRows(recording *extract.Recording, stem string) error {
	name := o.output
	switch {
	case name == "" && o.input.reports != "":
		name = "-"
	case name == "":
		name = stem + "." + o.format
	}
	if name == "-" {
		err := o.appendRows(o.stdout, recording)
		o.headed = true
		return err
	}
	return o.create(name, func(w io.Writer) error { return o.appendRows(w, recording) })
}

func (o *extractOptions) appendRows(w io.Writer, recording *extract.Recording) error {
	if o.format == "srt" {
		zone, err := o.location()
		if err != nil {
			return err
		}
		return extract.WriteSRT(w, recording.Rows(o.method.Method), zone)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	if o.format == "csv" && !o.headed {
		out.WriteString(extract.CSVHeader)
	}
	for row := range recording.All(o.method.Method) {
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
	return o.create(name, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// create writes a file, over none that is read or was written before.
func (o *extractOptions) create(name string, write func(io.Writer) error) error {
	if err := o.writtenBefore(name); err != nil {
		return err
	}
	if err := writeOutput(name, o.force, o.inputs, write); err != nil {
		return err
	}
	o.written = append(o.written, name)
	return nil
}

func (o *extractOptions) writtenBefore(name string) error {
	for _, other := range o.written {
		if sameFile(name, other) {
			return fmt.Errorf("%s has just been written; each output needs a name of its own", name)
		}
	}
	return nil
}

func (o *extractOptions) writePlot(recording *extract.Recording, file string) error {
	if err := o.writtenBefore(o.plot); err != nil {
		return err
	}
	f := figure.Recording(recording, recording.Rows(o.method.Method), filepath.Base(file), o.method.name)
	return writePlot(f, o.plot, o.force, o.inputs)
}
