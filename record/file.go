package record

import (
	"slices"
	"time"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/record/spool"
	"github.com/timeslate/timeslate/stamp"
)

// file is a growing MP4 file. The PTS of its units are places on the recording's time line.
type file struct {
	disk   *spool.File
	writer *mp4.Writer
	timing *stamp.Timing
	opened bool          // it is on the disk, and told so
	begun  time.Time     // arrival of the first unit
	until  time.Time     // and of the newest
	first  int64         // PTS of the first unit of the first track
	last   int64         // the largest PTS of the first track
	frames int64         // units of the first track
	shown  time.Duration // how long it lasts, once it is finished
	tracks []fileTrack
	part   filePart
	queued []queuedPart // parts that may not be on the disk yet
	placed media.Unit   // scratch: the unit with its place
	boxes  []byte       // scratch: timing boxes
}

// fileTrack is what a file knows of one of its tracks.
type fileTrack struct {
	some  bool
	mixed bool // units from several starts of the track are in it
	start int
	moved int64 // ticks by which the writer was told to shift the track
}

// filePart is what was pushed since the last part was written.
type filePart struct {
	begun  time.Time // arrival of its first unit
	bytes  int
	frames int64 // of the first track
}

// queuedPart is a part on its way to the disk.
type queuedPart struct {
	filePart
	end int64 // of the part in the file
}

// newFile begins a file with u at PTS first. The disk's goroutine creates it, under a name that is free then.
func (r *recorder) newFile(u *media.Unit, first int64) (*file, error) {
	writer, err := mp4.NewWriter(r.tracks, mp4.Options{Part: r.Part, Created: u.Wall.Time})
	if err != nil {
		return nil, err
	}
	create, output, start, force, again := r.create, r.Output, u.Wall.Time, r.Force, r.files > 0
	r.files++
	g := &file{
		disk:   r.disk.Create(func() (spool.Handle, error) { return create(output, start, force, again) }),
		writer: writer, timing: stamp.NewTiming(r.tracks, r.started, r.Software),
		begun: u.Arrival, first: first, last: first, tracks: make([]fileTrack, len(r.tracks)),
	}
	g.disk.Write(writer.Header())
	return g, nil
}

// push adds a unit at its place. ready: the part before it is complete, and is to be written or dropped before done is
// called.
func (g *file) push(u *media.Unit, place int64) (ready bool, err error) {
	return g.writer.Push(g.at(u, place))
}

// done takes note of the unit that was pushed. start counts how often the track began anew.
func (g *file) done(u *media.Unit, place int64, start int) {
	g.timing.AddUnit(u)
	if g.part.bytes == 0 {
		g.part.begun = u.Arrival
	}
	for _, d := range u.Data {
		g.part.bytes += len(d)
	}
	g.until = u.Arrival
	t := &g.tracks[u.Track]
	t.mixed = t.some && (t.mixed || t.start != start)
	t.start, t.some = start, true
	if u.Track == 0 {
		g.frames++
		g.part.frames++
		g.last = max(g.last, place)
	}
}

// at returns u with its place as its PTS.
func (g *file) at(u *media.Unit, place int64) *media.Unit {
	g.placed = *u
	g.placed.PTS = place - g.tracks[u.Track].moved
	return &g.placed
}

// holdsOnly tells whether all that the file holds of a track, if anything, is from that start of it.
func (g *file) holdsOnly(track, start int) bool {
	t := &g.tracks[track]
	return !t.some || !t.mixed && t.start == start
}

// move shifts a track, what is in the file already included.
func (g *file) move(track int, ticks int64) {
	g.tracks[track].moved += ticks
	g.writer.Shift(track, ticks)
}

// writePart writes the part that is ready, or what there is of the next, its timing box first.
func (g *file) writePart() {
	if g.part.bytes == 0 {
		return
	}
	g.boxes = g.timing.AppendPart(g.boxes[:0])
	if head, body := g.writer.Part(g.boxes); head != nil {
		g.disk.Write(head, body)
		g.settle()
		g.queued = append(g.queued, queuedPart{g.part, g.writer.Size()})
	}
	g.part = filePart{}
}

// settle forgets the parts that are on the disk by now.
func (g *file) settle() {
	size := g.disk.Size()
	n := 0
	for n < len(g.queued) && g.queued[n].end <= size {
		n++
	}
	g.queued = slices.Delete(g.queued, 0, n)
}

// unsaved returns what the file lacks of what was pushed, if nothing more is written to the disk: from when on, and how many
// frames of the first track.
func (g *file) unsaved() (from time.Time, frames int64) {
	g.settle()
	from, frames = g.until, g.part.frames
	if g.part.bytes > 0 {
		from = g.part.begun
	}
	for _, p := range slices.Backward(g.queued) {
		from, frames = p.begun, frames+p.frames
	}
	return from, frames
}

// dropPart forgets the part that is ready and what was pushed after it. It returns what was lost.
func (g *file) dropPart() filePart {
	g.writer.Drop()
	g.writer.Drop()
	g.timing.Drop()
	lost := g.part
	g.frames -= lost.frames
	g.part = filePart{}
	return lost
}

// finish turns the growing file into a plain MP4. next is the unit of the first track after the last one, or nil: it tells
// how long the last frame is shown. The index is on the disk before the one write that makes it the file's index, so that
// no power cut can leave a file that claims one and has none.
func (g *file) finish(next *media.Unit, place int64) error {
	if next != nil {
		g.writer.Next(g.at(next, place))
	}
	g.writePart()
	tail, at, patch, err := g.writer.Finish(g.timing.AppendAll(g.boxes[:0]))
	if err != nil {
		g.disk.Abandon()
		return err
	}
	g.disk.Finish(tail, at, patch)
	g.writer, g.timing, g.boxes = nil, nil, nil // only the disk's part of it is needed from now on
	return nil
}
