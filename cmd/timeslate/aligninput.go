package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/stamp"
)

// alignInput is one recording to align.
type alignInput struct {
	file       string
	recording  *extract.Recording // nil: it was too long to be kept
	clocks     align.Clocks
	cut        bool // from a longer recording, which settled its times
	followed   bool // the recorder's clock is known to have followed a time server
	verdict    align.Verdict
	reports    int  // of the camera's clock that came
	leftOut    bool // files were left out of it
	camera     *align.Camera
	calibrated string // the name that the calibration has for it; empty: none
	rxOnly     int    // frames of which only the arrival is known
	disputed   int    // frames whose camera and host disagree on the time
	latency    int    // frames from which the recorder had taken a delay off
	backwards  int    // frames before which the time ran backwards
}

// keptFrames is up to how many frames recordings stay in memory until all are read, for what a vote may change about them;
// it is some hundred MB. Longer ones are read again if it does.
const keptFrames = 1 << 20

// openAll reads the capture times of all recordings, and settles whose clocks they go by.
func (o *alignOptions) openAll(
	ctx context.Context, env environment, files []string, calibration *align.Calibration,
) (inputs []*alignInput, err error) {
	kept := 0
	for i, name := range namesOf(files) {
		in := &alignInput{file: files[i], camera: &align.Camera{Name: name}}
		if calibration != nil {
			in.camera.Delay, in.calibrated, _ = calibration.Delay(in.file)
		}
		if err := in.open(o, env.stderr); err != nil {
			return nil, fmt.Errorf("%s: %w", in.file, err)
		}
		in.time(o.method)
		in.compareClocks()
		if kept += in.recording.Frames.Len(); kept > o.keep && o.export.Dir == "" {
			in.recording = nil
		}
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		inputs = append(inputs, in)
	}
	return inputs, o.vote(inputs)
}

// open reads the recording.
func (in *alignInput) open(o *alignOptions, stderr io.Writer) (err error) {
	source := input{trust: o.trust, stderr: stderr}
	in.recording, err = source.open(in.file)
	in.leftOut = source.leftOut
	return err
}

// time computes the capture times, and takes the camera's delay off.
func (in *alignInput) time(method methodValue) {
	c := in.camera
	in.camera = &align.Camera{Name: c.Name, Delay: c.Delay}
	if in.verdict.Belief == align.ByCamera || in.verdict.Belief == align.ByCorrected {
		in.camera.Flags = align.Voted
	}
	in.rxOnly, in.disputed, in.latency, in.backwards = 0, 0, 0, 0
	var last time.Time
	for _, row := range in.recording.Rows(method.Method) {
		in.count(&row.Estimate, last)
		in.camera.Add(row.Estimate)
		if !row.Time.IsZero() {
			last = row.Time
		}
	}
	for _, m := range in.recording.Missing() {
		in.camera.Gaps = append(in.camera.Gaps, align.Gap{Before: m.Before, Cause: gapStatus(m.Gap.Cause)})
	}
}

func (in *alignInput) count(e *clock.Estimate, last time.Time) {
	if e.Time.IsZero() {
		return
	}
	if e.State == clock.RxOnly && e.Source == clock.Arrival {
		in.rxOnly++
	}
	if e.Flags&clock.Disputed != 0 {
		in.disputed++
	}
	if e.Flags&clock.Latency != 0 {
		in.latency++
	}
	if e.Time.Before(last) {
		in.backwards++
	}
}

func gapStatus(c stamp.Cause) align.Status {
	switch c {
	case stamp.ConnectionLost:
		return align.ConnectionLost
	case stamp.PacketsLost:
		return align.PacketsLost
	case stamp.CameraRestart:
		return align.CameraRestart
	case stamp.DiskStalled:
		return align.DiskStalled
	}
	return align.OtherGap
}

// namesOf returns a short name for each file: the last element without extension, or all of it where two would be alike.
func namesOf(files []string) []string {
	count := map[string]int{}
	var names []string
	for _, file := range files {
		base := filepath.Base(file)
		name := strings.TrimSuffix(base, filepath.Ext(base))
		if filepath.Ext(base) != ".mp4" {
			name = base
		}
		names = append(names, name)
		count[name]++
	}
	for i, name := range names {
		if count[name] > 1 {
			names[i] = files[i]
		}
	}
	return names
}
