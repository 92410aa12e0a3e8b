package main

import (
	"context"
	"fmt"
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
	recording  *extract.Recording
	leftOut    bool // files were left out of it
	camera     *align.Camera
	calibrated string // the name that the calibration has for it; empty: none
	rxOnly     int    // frames of which only the arrival is known
	disputed   int    // frames whose camera and host disagree on the time
	latency    int    // frames from which the recorder had taken a delay off
	backwards  int    // frames before which the time ran backwards
}

// openAll reads the capture times of all recordings.
func (o *alignOptions) openAll(
	ctx context.Context, env environment, files []string, calibration *align.Calibration,
) (inputs []*alignInput, err error) {
	for i, name := range namesOf(files) {
		in, err := o.open(env, files[i], name, calibration)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", files[i], err)
		}
		if o.export.Dir == "" {
			in.recording = nil // those of four cameras and a day have a gigabyte and more
		}
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// open reads the capture times of a recording, and takes the camera's delay off.
func (o *alignOptions) open(env environment, file, name string, calibration *align.Calibration) (*alignInput, error) {
	source := input{trust: o.trust, stderr: env.stderr}
	recording, err := source.open(file)
	if err != nil {
		return nil, err
	}
	in := &alignInput{file: file, recording: recording, leftOut: source.leftOut, camera: &align.Camera{Name: name}}
	if calibration != nil {
		in.camera.Delay, in.calibrated, _ = calibration.Delay(file)
	}
	var last time.Time
	for _, row := range recording.Rows(o.method.Method) {
		in.count(&row.Estimate, last)
		in.camera.Add(row.Estimate)
		if !row.Time.IsZero() {
			last = row.Time
		}
	}
	for _, m := range recording.Missing() {
		in.camera.Gaps = append(in.camera.Gaps, align.Gap{Before: m.Before, Cause: gapStatus(m.Gap.Cause)})
	}
	return in, nil
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
