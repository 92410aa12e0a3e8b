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
	recording  *extract.Recording
	doubted    bool          // neither the host's clock nor the camera's is known to be right
	ahead      time.Duration // the camera's clock minus the host's, then
	leftOut    bool          // files were left out of it
	camera     *align.Camera
	calibrated string // the name that the calibration has for it; empty: none
	rxOnly     int    // frames of which only the arrival is known
	disputed   int    // frames whose camera and host disagree on the time
	latency    int    // frames from which the recorder had taken a delay off
	backwards  int    // frames before which the time ran backwards
}

// openAll reads the capture times of all recordings. Where no clock is known to be right, cameras that agree with each other
// are believed; of cameras that don't, the host's clock is what they have in common.
func (o *alignOptions) openAll(
	ctx context.Context, env environment, files []string, calibration *align.Calibration,
) (inputs []*alignInput, err error) {
	inputs, err = o.openEach(ctx, env, files, calibration)
	if apart := disagreement(inputs); err == nil && apart > agreement {
		fmt.Fprintf(env.stderr, "no clock is known to be right, and the cameras' are %v apart: the recorder's is believed, as by --trust host\n",
			apart.Round(time.Millisecond))
		o.trust, env.stderr = trustHost, io.Discard // what is to be told was told
		return o.openEach(ctx, env, files, calibration)
	}
	return inputs, err
}

// agreement is how far apart clocks are at most that agree: the frames' ways to the recorder are in it.
const agreement = time.Second / 2

// disagreement returns how far the cameras' clocks are apart, if that matters: if all of them are believed for want of a host
// that is.
func disagreement(inputs []*alignInput) time.Duration {
	var least, most time.Duration
	for i, in := range inputs {
		if !in.doubted {
			return 0
		}
		if i == 0 {
			least, most = in.ahead, in.ahead
		}
		least, most = min(least, in.ahead), max(most, in.ahead)
	}
	return most - least
}

func (o *alignOptions) openEach(
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
	if ahead, ok := aheadOfHost(recording.Reports); ok && recording.Trust == clock.TrustNeither {
		in.doubted, in.ahead = true, ahead
	}
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
