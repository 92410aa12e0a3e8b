// Package record writes what a camera sends into MP4 files: one file or a row of segments. It connects again when a
// connection breaks, as often as needed. Each frame keeps its time in the files, in the timing box and as SEI.
package record

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/hostclock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/record/retain"
	"github.com/timeslate/timeslate/record/spool"
	"github.com/timeslate/timeslate/stamp"
)

// Options say what to record and where to.
type Options struct {
	URL      string         // of the camera
	Output   string         // ending in .mp4: that one file; otherwise the prefix of segments
	Camera   camera.Options // how to reach the camera; its Memory is the recorder's
	Once     bool           // end with the first session instead of connecting again
	Length   time.Duration  // of a segment, which ends at the first key frame after it; 0: never
	Duration time.Duration  // of the recording, from its first frame on; 0: until the context ends
	Part     time.Duration  // of a part of the growing file; 0 means half a second
	Sync     time.Duration  // how often a growing file is synced to the disk; 0: when it is finished; negative: never
	Queue    int            // bytes that may wait for the disk; 0 means spool.DefaultLimit
	Keeper   *retain.Keeper // what of the output's files is kept; nil: all of them
	Stamps   stamp.Kinds    // SEI to write
	Force    bool           // replace a single file that exists
	Software string         // name and version of the program, kept in the files
	Events   func(Event)    // what happens, called from the goroutine of Run; nil for none
}

// Summary is what a recording came to.
type Summary struct {
	Files  int   // finished files
	Frames int64 // units of the first track in them, of a camera that has video: pictures
	Lost   int64 // packets missing between the frames
	Gaps   int   // stretches without media: broken connections, restarts of the camera, a disk that took nothing
}

// ErrNoKeyFrame says that no key frame came, without which there is nothing to play.
var ErrNoKeyFrame = errors.New("no key frame came, so there is nothing to play")

// errNotReached says that a recording was stopped before there was a connection.
var errNotReached = errors.New("stopped before the camera was reached")

// errEnough ends a recording at its Duration.
var errEnough = errors.New("recorded for as long as wanted")

// recorder is one recording on its way.
type recorder struct {
	Options
	summary  Summary
	memory   camera.Memory
	disk     *spool.Spool
	aside    chan Event    // what happens in other goroutines than that of Run
	ended    chan struct{} // closed when that tells no more
	asked    time.Time     // when the disk was asked for news last
	host     hostclock.Watch
	freed    time.Time // when the free space was looked at last
	retry    retry
	started  time.Time // of the recording
	tracks   []media.Track
	states   []trackState // of the tracks
	lead     timeline     // of the first track
	others   []follower   // tracks beside it, from index 1 on
	stamper  *stamp.Stamper
	file     *file // nil before the first key frame
	ending   map[*spool.File]*file
	create   func(output string, start time.Time, force, again bool) (spool.Handle, error)
	files    int        // begun
	created  bool       // one could be created
	first    int64      // place of the first recorded frame
	begun    time.Time  // its arrival
	unitCopy media.Unit // scratch
	told     time.Time  // when the status was told last
	warned   bool       // that the stream is signed
	nothing  error      // why nothing was recorded, if so

	session session
	hole    hole
	dropped int64 // frames in the holes since the disk stalled
}

// trackState is what is remembered of a track.
type trackState struct {
	before    seen           // the unit before, of this session
	unwritten []clock.Report // of units that were not written
	some      bool           // newest is a report
	newest    clock.Report   // of those that were written; each file repeats it at its start
	ssrc      uint32         // of its sender
	run       int            // of the newest unit
}

// Run records until the context ends, Options.Duration is over or, with Options.Once, the camera ends the stream: then
// the files are finished and the error is nil. Any other end is an error; the files are finished then too. Without Once it
// goes on after every error of the camera. Run blocks, and no goroutine of it outlives it, unless the disk hangs.
func Run(ctx context.Context, o Options) (Summary, error) {
	summary, err := run(ctx, o)
	if err != nil && o.Events != nil {
		o.Events(Event{Type: Failed, Output: o.Output, Lost: summary.Lost, Message: err.Error(), Err: err})
	}
	return summary, err
}

func run(ctx context.Context, o Options) (Summary, error) {
	if err := checkOutput(o.Output, o.Force); err != nil {
		return Summary{}, err
	}
	r := newRecorder(o, time.Now())
	go r.disk.Run()
	mended := make(chan struct{})
	go func() {
		defer close(mended)
		r.mend()
	}()
	err := r.supervise(ctx)
	r.complete()
	close(r.ended)
	select {
	case <-mended:
	case <-time.After(diskPatience):
	}
	err = errors.Join(err, r.closeDisk())
	if err == nil && r.summary.Frames == 0 {
		err = r.nothing
	}
	return r.summary, err
}

func newRecorder(o Options, now time.Time) *recorder {
	r := &recorder{
		Options: o,
		disk:    spool.New(spool.Options{Sync: o.Sync, Limit: o.Queue}),
		retry:   retry{rand: rand.Float64},
		aside:   make(chan Event, maxAside),
		ended:   make(chan struct{}),
		ending:  map[*spool.File]*file{},
		started: now,
		asked:   now,
		nothing: errNotReached,
		create: func(o string, at time.Time, force, again bool) (spool.Handle, error) {
			return create(o, at, force, again)
		},
	}
	r.Camera.Memory = &r.memory
	return r
}
