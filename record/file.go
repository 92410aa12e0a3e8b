package record

import (
	"errors"
	"os"
	"time"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// file is a growing MP4 file. The PTS of its units are places on the recording's time line.
type file struct {
	f      *os.File
	writer *mp4.Writer
	timing *stamp.Timing
	begun  time.Time // arrival of the first unit
	first  int64     // PTS of the first unit
	last   int64     // the largest PTS
	frames int64
	size   int64
	placed media.Unit // scratch: the unit with its place
	boxes  []byte     // scratch: timing boxes
	err    error      // of the first write that failed; sticky
}

// newFile creates the file that starts with u at PTS first.
func newFile(o *Options, tracks []media.Track, start time.Time, u *media.Unit, first int64) (*file, error) {
	f, err := create(o.Output, u.Wall.Time, o.Force)
	if err != nil {
		return nil, err
	}
	g, err := startFile(f, o, tracks, start, u, first)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return g, nil
}

// startFile writes the beginning of a file into f.
func startFile(f *os.File, o *Options, tracks []media.Track, start time.Time, u *media.Unit, first int64) (*file, error) {
	writer, err := mp4.NewWriter(tracks, mp4.Options{Part: o.Part, Created: u.Wall.Time})
	if err != nil {
		return nil, err
	}
	timing := stamp.NewTiming(tracks, start, o.Software)
	g := &file{f: f, writer: writer, timing: timing, begun: u.Arrival, first: first, last: first}
	return g, g.append(writer.Header())
}

// push adds a unit at its place. The part before it is written when it is complete.
func (g *file) push(u *media.Unit, place int64) error {
	ready, err := g.writer.Push(g.at(u, place))
	if err != nil {
		return err
	}
	if ready {
		err = g.writePart()
	}
	g.timing.AddUnit(u)
	g.frames++
	g.last = max(g.last, place)
	return err
}

// at returns u with its place as its PTS.
func (g *file) at(u *media.Unit, place int64) *media.Unit {
	g.placed = *u
	g.placed.PTS = place
	return &g.placed
}

// writePart writes one part, its timing box first.
func (g *file) writePart() error {
	g.boxes = g.timing.AppendPart(g.boxes[:0])
	head, body := g.writer.Part(g.boxes)
	return g.append(head, body)
}

// append writes whole boxes. When the disk does not take all of them, what it took is cut off again, so that the file ends
// with a whole part and plays; nothing more is written to it then.
func (g *file) append(boxes ...[]byte) error {
	whole := g.size
	for _, b := range boxes {
		if g.err != nil {
			break
		}
		var n int
		n, g.err = g.f.Write(b)
		g.size += int64(n)
	}
	if g.err != nil && g.size > whole {
		g.err = errors.Join(g.err, g.f.Truncate(whole))
		g.size = whole
	}
	return g.err
}

// finish turns the growing file into a plain MP4 and closes it. next is the unit after the last one, or nil: it tells how
// long the last frame is shown. The index is on the disk before the one write that makes it the file's index, so that no
// power cut can leave a file that claims one and has none.
func (g *file) finish(next *media.Unit, place int64) (err error) {
	defer func() { err = errors.Join(err, g.f.Close()) }()
	if next != nil {
		g.writer.Next(g.at(next, place))
	}
	if err := g.writePart(); err != nil {
		return err
	}
	tail, at, patch, err := g.writer.Finish(g.timing.AppendAll(g.boxes[:0]))
	if err != nil {
		return err
	}
	if err := g.append(tail); err != nil {
		return err
	}
	if err := g.f.Sync(); err != nil {
		return err
	}
	if _, err := g.f.WriteAt(patch[:], at); err != nil {
		return err
	}
	return g.f.Sync()
}
