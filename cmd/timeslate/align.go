package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/align/export"
	"github.com/timeslate/timeslate/internal/figure"
	"github.com/timeslate/timeslate/record/segment"
)

var alignCommand = command{
	name:    "align",
	args:    "FILE FILE…",
	summary: "Pairs the frames of several recordings by capture time",
	text: `FILE is what extract takes: an MP4, also a growing one, the prefix of a recording, or a _meta.txt.
Each line on stdout is a set: what all cameras saw at one moment. The moments are those of the
frames of the slowest camera, of another one or of an even rate. Of each camera a set has the frame
captured nearest to its moment, if that is within the tolerance. No frame is in two sets: of two
that are near to one frame the nearer one has it. Where the camera that gives the moments has no
frames for a while they go on evenly, as long as others have some.

Columns; where there is no frame, and for what is not known, they are empty:
  set          number of the set
  utc          its moment as RFC 3339, and
  unix_ns      in nanoseconds since 1970 (UTC)
and for each FILE, with its number from 1 behind the name:
  frame_1      number of the frame, as a decoder counts from 0
  offset_ns_1  capture time of the frame minus the moment of the set
  error_ns_1   half width of the 95 % interval around the capture time
  status_1     ok, and behind it what is to be known of the frame:
                 +unsure        its neighbour may be the right one, as far as the times are known
                 +disputed      camera and recorder disagree on its time; nobody knows who is right
                 +voted         several cameras were believed about its time, against the recorder
                 +latency       a known delay was taken off
               or why there is no frame:
                 no-frame       none was captured within the tolerance
                 taken          it is nearer to another set
                 untimed        the frames there have no capture time
                 before-start, after-end   of the recording
               and for frames that the recorder missed: connection-lost, packets-lost,
               camera-restart, disk-stalled, gap (another reason; timeslate verify tells it)

Recordings of one recorder share its clock. Where cameras disagree with it, or with each other, by
more than half a second, they vote: cameras that agree with each other are believed, if they are two
at least and more than those that agree with the recorder; a recorder that followed a time server
counts as one of these. Otherwise the recorder is believed. What was decided is told. For recordings
of several recorders that followed no time server say --trust camera. Only method best has a vote.

--calibration names a text file with the constant delay of each camera, from the light to the time
that its frames say, as a flash or a clock in the picture shows it. It is taken off. A line per
camera, comments behind #:
  left    38ms
  right   0.012   # seconds
A name is that of the files that begin with it, up to a dot, a dash or an underscore; of several the
longest one.

--export writes an MP4 per FILE, with its name, that begins with its frame of the first set which
has frames of all cameras, and ends with its frame of the last one; nothing is encoded again.
DIR/sets.csv has the sets in between, counted from 0, with the same columns; frame_1 is the number
of the picture that a decoder gives of the new file (OpenCV, PyAV, ffmpeg), read from the start.
Count what is read: the number of frames in the file's header is higher by those that are decoded
but not shown. The capture times in the new files are those of the recordings; a calibration is not
taken off them. DIR/align.json says how it was done, with the delays that were taken off.

Exit codes: 0 done; 3 done, but no set has a frame of every camera, or a file of a recording had to
be left out; 1 error, 2 usage.`,
	example: `  timeslate align left.mp4 right.mp4 >pairs.csv
  timeslate align --rate 10 --tolerance 15ms /var/lib/cameras/left /var/lib/cameras/right >pairs.csv
  timeslate align --plot pairs.svg left.mp4 right.mp4 >pairs.csv
  timeslate align --export aligned left.mp4 right.mp4 >pairs.csv
  timeslate align --json --calibration delays.txt left.mp4 right.mp4 | jq 'select(.type == "set")'`,
	setup: setupAlign,
}

type alignOptions struct {
	align.Options
	method      methodValue
	trust       trustValue
	calibration string
	plot        string
	json        bool
	export      export.Options
	keep        int // up to how many frames recordings stay in memory
}

// hertz is a rate on the command line.
type hertz float64

func (v *hertz) String() string { return strconv.FormatFloat(float64(*v), 'g', -1, 64) }
func (v *hertz) Set(s string) error {
	rate, err := strconv.ParseFloat(s, 64)
	if err != nil || !(rate > 0 && rate <= align.MaxRate) {
		return fmt.Errorf("a number of sets per second is needed, up to %d", align.MaxRate)
	}
	*v = hertz(rate)
	return nil
}

func setupAlign(f *flags) action {
	var rate hertz
	f.add(&rate, "rate", "", "HZ", "sets per second, at even times")
	var (
		reference   = f.int("reference", "", 0, "the FILE whose frames are the moments, from 1 (default: the one with the\nfewest frames per second)")
		tolerance   = f.duration("tolerance", "", 0, "how far from the moment a frame may be captured (default: half the longest\nof the frame intervals)")
		calibration = f.string("calibration", "", "", "FILE", "known constant delays of the cameras")
		method      = f.method("how to compute the times (default best; see timeslate extract --help)")
		trust       = f.trustRecorded()
		exportTo    = f.string("export", "", "", "DIR", "write aligned MP4s, one per FILE, there, with sets.csv, the frames that belong\ntogether, and align.json, how they were aligned")
		picture     = f.string("plot", "", "", "FILE", "draw how far the frames of a set are apart, with explanations: a picture in\nSVG or PNG, as FILE ends in .svg or .png")
		force       = f.bool("force", "", "replace files in DIR, and a picture, that exist")
		asJSON      = f.bool("json", "", "one JSON object per set on stdout, and one for the whole")
	)
	return func(ctx context.Context, env environment, args []string) error {
		o := alignOptions{
			Options: align.Options{Rate: float64(rate), Reference: *reference, Tolerance: *tolerance},
			keep:    keptFrames, method: *method, calibration: *calibration, plot: *picture, json: *asJSON, trust: *trust,
			export: export.Options{Dir: *exportTo, Force: *force, Software: "timeslate " + version()},
		}
		if err := o.check(args); err != nil {
			return err
		}
		return o.run(ctx, env, args)
	}
}

func (o *alignOptions) check(files []string) error {
	switch {
	case len(files) < 2:
		return usageError{errors.New("two files at least are needed"), "timeslate align --help has examples"}
	case twice(files) != "":
		return usageError{fmt.Errorf("%s stands there twice", twice(files)), "align pairs recordings of different cameras"}
	case o.Reference < 0 || o.Reference > len(files):
		return usageError{fmt.Errorf("--reference %d is none of the %d files", o.Reference, len(files)), ""}
	case o.Reference > 0 && o.Rate > 0:
		return usageError{errors.New("--rate and --reference exclude each other"), ""}
	case o.Tolerance > align.MaxTolerance:
		return usageError{fmt.Errorf("--tolerance can't be more than %v", align.MaxTolerance), ""}
	}
	if err := checkPlot(o.plot, o.export.Force); err != nil || o.export.Dir == "" {
		return err
	}
	return export.Check(o.export, export.Names(namesOf(files)))
}

// twice returns a file that is named twice, in whatever way; "" if there is none.
func twice(files []string) string {
	var seen []os.FileInfo // of those that are no prefixes
	for i, file := range files {
		info, err := os.Stat(file)
		again := err == nil && slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(info, other) })
		if again || slices.Contains(files[:i], file) {
			return file
		}
		if err == nil {
			seen = append(seen, info)
		}
	}
	return ""
}

func (o *alignOptions) run(ctx context.Context, env environment, files []string) error {
	calibration, err := o.delays()
	if err != nil {
		return err
	}
	inputs, err := o.openAll(ctx, env, files, calibration)
	if err != nil {
		return err
	}
	var cameras []*align.Camera
	for _, in := range inputs {
		cameras = append(cameras, in.camera)
	}
	a, err := align.New(o.Options, cameras)
	if err != nil {
		return err
	}
	_, trusted := o.trust.decided()
	report := alignReport{
		inputs: inputs, alignment: a, Summary: a.Summary(), calibration: calibration, method: o.method.name, rate: o.Rate, trusted: trusted,
	}
	if o.plot != "" {
		sources := append(slices.Clone(files), o.calibration)
		if err := writePlot(figure.Alignment(a, report.Summary, sayVote(inputs)...), o.plot, o.export.Force, sources); err != nil {
			return err
		}
	}
	report.tell(env.stderr)
	if err := o.writeExport(ctx, env, &report); err != nil {
		return err
	}
	if err := o.write(ctx, env.stdout, &report); err != nil { // last, for a pipe into head ends the program
		return err
	}
	if report.Complete == 0 || slices.ContainsFunc(inputs, func(in *alignInput) bool { return in.leftOut }) {
		return toldError{errGaps} // told with the reason
	}
	return nil
}

// delays reads the calibration, if there is one.
func (o *alignOptions) delays() (*align.Calibration, error) {
	if o.calibration == "" {
		return nil, nil
	}
	f, err := segment.Open(o.calibration, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	calibration, err := align.ParseCalibration(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.calibration, err)
	}
	return calibration, nil
}

// write writes the sets.
func (o *alignOptions) write(ctx context.Context, w io.Writer, r *alignReport) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var line []byte
	if !o.json {
		out.Write(align.AppendCSVHeader(nil, len(r.inputs)))
	}
	names := r.names()
	for set := range r.alignment.Sets() {
		if o.json {
			line = set.AppendJSON(line[:0], names)
		} else {
			line = set.AppendCSV(line[:0])
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	if o.json {
		if err := r.writeJSON(out); err != nil {
			return err
		}
	}
	return out.Flush()
}

// milliseconds shows a short time.
func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/1e6, 'f', 3, 64) + " ms"
}
