// Package record writes what a camera sends into MP4 files: one file or a row of segments. Each frame keeps its time in
// them, in the timing box and as SEI.
package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/stamp"
)

// Options say what to record and where to.
type Options struct {
	URL      string         // of the camera
	Output   string         // ending in .mp4: that one file; otherwise the prefix of segments
	Camera   camera.Options // how to reach the camera
	Length   time.Duration  // of a segment, which ends at the first key frame after it; 0: never
	Duration time.Duration  // of the recording, from its first frame on; 0: until the context ends
	Part     time.Duration  // of a part of the growing file; 0 means half a second
	Stamps   stamp.Kinds    // SEI to write
	Force    bool           // replace a single file that exists
	Software string         // name and version of the program, kept in the files
	Events   func(Event)    // what happens, called from the goroutine of Run; nil for none
}

// Summary is what a recording came to.
type Summary struct {
	Files  int   // finished files
	Frames int64 // units in them
	Lost   int64 // packets missing between the frames
}

// ErrNoKeyFrame says that a recording ended before its first key frame came, so that there is no file.
var ErrNoKeyFrame = errors.New("no key frame came, so there is nothing to play")

// errEnough ends a recording at its Duration.
var errEnough = errors.New("recorded for as long as wanted")

// recorder is one recording on its way.
type recorder struct {
	Options
	summary  Summary
	tracks   []media.Track
	stamper  *stamp.Stamper
	timeline timeline
	file     *file          // nil before the first key frame
	reports  []clock.Report // of units that came before the first key frame
	newest   clock.Report   // of the recording; each file repeats it at its start
	before   seen           // the unit before
	unitCopy media.Unit     // scratch
	started  time.Time
	first    int64     // place of the first recorded frame
	told     time.Time // when the status was told last
	warned   bool      // that the stream is signed
	awaiting bool      // it was told that no key frame comes
}

// Run records until the context ends, Options.Duration is over or the camera ends the stream: then the files are
// finished and the error is nil. Any other end is an error; the files are finished then too. Run blocks, and no goroutine
// of it outlives it.
func Run(ctx context.Context, o Options) (Summary, error) {
	summary, err := run(ctx, o)
	if err != nil && o.Events != nil {
		o.Events(Event{Type: Failed, Output: o.Output, Lost: summary.Lost, Message: err.Error()})
	}
	return summary, err
}

func run(ctx context.Context, o Options) (Summary, error) {
	if err := checkOutput(o.Output, o.Force); err != nil {
		return Summary{}, err
	}
	stream, err := camera.Open(ctx, o.URL, o.Camera)
	if err != nil {
		return Summary{}, err
	}
	defer stream.Close()
	r := newRecorder(o, stream.Tracks(), time.Now())
	err = r.record(ctx, stream)
	if finishErr := r.finish(nil, 0); finishErr != nil && !errors.Is(err, finishErr) { // a failed write fails again
		err = errors.Join(err, finishErr)
	}
	if err == nil && r.summary.Files == 0 {
		err = ErrNoKeyFrame
	}
	return r.summary, err
}

func newRecorder(o Options, tracks []media.Track, now time.Time) *recorder {
	return &recorder{
		Options:  o,
		tracks:   tracks,
		stamper:  stamp.NewStamper(o.Stamps, tracks[0].ClockRate),
		timeline: timeline{rate: int64(tracks[0].ClockRate)},
		started:  now,
	}
}

// record takes units until something ends the stream. It returns nil for the ends that are wanted.
func (r *recorder) record(ctx context.Context, stream *camera.Stream) error {
	for u, err := range stream.Units(ctx) {
		if errors.Is(err, camera.ErrEnded) || err != nil && ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = r.unit(u)
		}
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unit records one unit, in the file that it belongs to.
func (r *recorder) unit(u *media.Unit) error {
	if r.over(u) {
		return errEnough
	}
	r.unitCopy = *u // the unit is borrowed: what is added to it must not reach its owner
	u = &r.unitCopy
	place := r.timeline.place(u)
	if r.cutBefore(u, place) {
		if err := r.finish(u, place); err != nil {
			return err
		}
	}
	if r.file == nil {
		if !u.Key || u.Config == nil {
			return r.await(u) // decoding can't start here
		}
		if err := r.open(u, place); err != nil {
			return err
		}
	}
	return r.write(u, place)
}

const (
	keyExpected = 10 * time.Second // most cameras send a key frame every few seconds
	keyPatience = 5 * time.Minute  // 256 frames, at one a second
	maxReports  = 64               // of those before the first key frame, the newest
)

// await passes over u, which came before the first key frame.
func (r *recorder) await(u *media.Unit) error {
	r.reports = append(r.reports, u.Reports...)
	r.reports = r.reports[max(0, len(r.reports)-maxReports):]
	waited := u.Arrival.Sub(r.started)
	if waited >= keyPatience {
		return fmt.Errorf("%w, in %v", ErrNoKeyFrame, keyPatience)
	}
	if waited >= keyExpected && !r.awaiting {
		r.awaiting = true
		r.tell(Event{Type: Warning, Message: "pictures come, but no key frame yet, which the file must begin with; " +
			"the camera's setting may be called GOP or I-frame interval"})
	}
	return nil
}

// over tells whether enough was recorded before u. The media's own time decides, and the host's as long as there is none.
func (r *recorder) over(u *media.Unit) bool {
	if r.Duration == 0 {
		return false
	}
	if r.summary.Frames == 0 {
		return u.Arrival.Sub(r.started) >= r.Duration
	}
	return r.timeline.duration(r.first, r.timeline.next(u)) >= r.Duration
}

// cutBefore tells whether a segment ends before u. The media's time decides, as long as it is not so wrong that it would
// fill the directory with files, or one file with all of the recording.
func (r *recorder) cutBefore(u *media.Unit, place int64) bool {
	if r.file == nil || !u.Key || u.Config == nil || r.Length <= 0 || single(r.Output) {
		return false
	}
	length, passed := r.timeline.duration(r.file.first, place), u.Arrival.Sub(r.file.begun)
	return length >= r.Length && passed >= r.Length/2 || passed >= 2*r.Length
}

// open begins a file with u.
func (r *recorder) open(u *media.Unit, place int64) (err error) {
	r.tracks[0].Config = u.Config
	if r.file, err = newFile(&r.Options, r.tracks, r.started, u, place); err != nil {
		return err
	}
	if r.summary.Frames == 0 {
		r.first, u.Lost = place, 0 // what was missing before the recording began is no gap in it
		u.Reports = append(r.reports, u.Reports...)
	} else if r.newest.Run == u.Run {
		r.file.timing.AddReport(0, u.SSRC, r.newest)
	}
	r.file.timing.AddHostClock(hostClock(time.Now()))
	r.stamper.StartFile()
	r.tell(Event{Type: Opened})
	return nil
}

// write puts u into the open file.
func (r *recorder) write(u *media.Unit, place int64) error {
	if n := len(u.Reports); n > 0 {
		r.newest = u.Reports[n-1]
	}
	r.gap(u)
	r.stamp(u)
	if err := r.file.push(u, place); err != nil {
		return err
	}
	r.summary.Frames++
	r.status(u)
	return nil
}

// finish closes the file, if one is open. next is the unit that comes after it, or nil.
func (r *recorder) finish(next *media.Unit, place int64) error {
	if r.file == nil {
		return nil
	}
	err := r.file.finish(next, place)
	if err == nil {
		r.summary.Files++
		r.tell(Event{Type: Finished})
	}
	r.file = nil
	return err
}

// stamp inserts the SEI, and says so once when that can't be done.
func (r *recorder) stamp(u *media.Unit) {
	r.stamper.Stamp(u)
	if r.stamper.Signed() && !r.warned {
		r.warned = true
		r.tell(Event{Type: Warning, Message: "the camera signs its video (ONVIF Media Signing), so no time stamps are put " +
			"into the stream: they would break the signatures; the timing box holds the times"})
	}
}
