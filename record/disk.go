package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/timeslate/timeslate/internal/hostclock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/record/spool"
	"github.com/timeslate/timeslate/stamp"
)

// errOutput says that no file can be written at all.
var errOutput = errors.New("nothing can be recorded")

// open begins a file with u.
func (r *recorder) open(u *media.Unit, place int64) (err error) {
	r.tracks[0].Config = u.Config
	if r.file, err = r.newFile(u, place); err != nil {
		return err
	}
	r.states[u.Track].run = u.Run
	for i := range r.states {
		if s := &r.states[i]; s.some && s.newest.Run == s.run {
			r.file.timing.AddReport(i, s.ssrc, s.newest)
		}
	}
	if r.summary.Frames == 0 {
		r.first, r.begun, u.Lost = place, u.Arrival, 0 // what was missing before the recording began is no gap in it
	}
	r.file.timing.AddHostClock(hostclock.Read(time.Now()))
	if r.Camera.Latency != 0 {
		r.file.timing.AddLatency(stamp.TimingLatency{Track: 0, Delay: r.Camera.Latency})
	}
	r.stamper.StartFile()
	return nil
}

// push puts u into the open file, and drops what the disk has no room for, up to the next key frame.
func (r *recorder) push(u *media.Unit, place int64) {
	g := r.file
	ready, err := g.push(u, place)
	switch {
	case err != nil: // a time or parameters for which a file has no room
		r.states[u.Track].skip(u)
		r.hole = hole{open: true, from: u.Arrival, text: err.Error(), dropped: leads(u)}
		r.finish(nil, 0)
		return
	case ready && !r.disk.Room(g.part.bytes):
		lost := g.dropPart()
		r.summary.Frames -= lost.frames
		r.states[u.Track].skip(u)
		r.hole = hole{open: true, cause: stamp.DiskStalled, from: lost.begun, dropped: lost.frames + leads(u)}
		return
	case ready:
		g.writePart()
	}
	start := 0
	if u.Track == 0 {
		r.summary.Frames++
	} else {
		start = r.others[u.Track-1].starts
	}
	g.done(u, place, start)
}

// leads returns how many units of the first track u is.
func leads(u *media.Unit) int64 {
	if u.Track == 0 {
		return 1
	}
	return 0
}

// finish closes the file, if one is open. next is the unit that comes after it, or nil.
func (r *recorder) finish(next *media.Unit, place int64) {
	g := r.file
	if g == nil {
		return
	}
	g.shown = r.duration(g)
	if err := g.finish(next, place); err != nil {
		r.tell(Event{Type: Warning, Message: err.Error()})
	} else {
		r.ending[g.disk] = g
	}
	r.file = nil
}

// newsEvery is how often the disk is asked whether it still answers.
const newsEvery = time.Second

// news tells what happened at the disk. An error ends the recording.
func (r *recorder) news(now time.Time) error {
	select {
	case <-r.disk.News():
	default:
		if now.Sub(r.asked) < newsEvery {
			return nil
		}
	}
	r.asked = now
	r.tellAside()
	r.watchHost(time.Now())
	r.keepFree(now)
	for {
		n, ok := r.disk.Next()
		if !ok {
			return nil
		}
		if err := r.notice(n); err != nil {
			return err
		}
	}
}

func (r *recorder) notice(n spool.Notice) error {
	switch n.Kind {
	case spool.Created:
		r.created = true
		if g := r.fileOf(n.File); g != nil {
			g.opened = true
			r.tellOf(g, Event{Type: Opened})
		}
		r.keep(n.File.Name())
	case spool.Finished:
		g := r.ending[n.File]
		delete(r.ending, n.File)
		r.summary.Files++
		r.tellOf(g, Event{Type: Finished})
	case spool.Failed:
		return r.failed(n)
	case spool.Stalled:
		r.dropped = 0
		r.tell(Event{Type: Stalled, Gap: n.Took, Message: message(n.Err)})
	case spool.Resumed:
		r.tell(Event{Type: Resumed, Gap: n.Took, Dropped: r.dropped + r.hole.dropped})
	}
	return nil
}

// failed gives a file up that can't be written any more; what waited for the disk is missing with it. The next key frame
// begins another one. When not even the first could be created, there is no hope.
func (r *recorder) failed(n spool.Notice) error {
	g := r.fileOf(n.File)
	delete(r.ending, n.File)
	if !r.created {
		r.file = nil
		return fmt.Errorf("%w: %w", errOutput, n.Err)
	}
	r.tell(Event{Type: Warning, Message: n.Err.Error()})
	if g == nil { // it was given up before
		return nil
	}
	from, frames := g.unsaved()
	r.summary.Frames -= frames
	if r.file == g {
		r.file = nil
		if r.hole.open && r.hole.from.Before(from) {
			from = r.hole.from
		}
		r.hole = hole{open: true, cause: stamp.DiskStalled, from: from, text: n.Err.Error(), dropped: r.hole.dropped + frames}
	} else if frames > 0 {
		r.addGap(stamp.Gap{Track: -1, Cause: stamp.DiskStalled, From: from, To: g.until, Text: n.Err.Error()}, frames)
	}
	return nil
}

// fileOf returns the file that the disk means.
func (r *recorder) fileOf(f *spool.File) *file {
	if r.file != nil && r.file.disk == f {
		return r.file
	}
	return r.ending[f]
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// diskPatience is how long the end of a recording waits for the disk to take what is left.
const diskPatience = 15 * time.Second

// closeDisk waits until all is written. A file that could not be finished is an error now.
func (r *recorder) closeDisk() error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), diskPatience, errors.New("waited long enough"))
	defer cancel()
	err := r.disk.Close(ctx)
	r.tellAside()
	r.Keeper = nil // the disk does nothing more
	for {
		n, ok := r.disk.Next()
		if !ok {
			return err
		}
		if failed := r.notice(n); failed != nil {
			err = errors.Join(failed, err)
		} else if n.Kind == spool.Failed && err == nil {
			err = n.Err
		}
	}
}
