package export

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// source is one file of a recording.
type source struct {
	*mp4.File
	disk  *os.File
	video int     // index of the track whose frames are the recording's
	base  int     // index of its first frame in Recording.Frames
	end   int     // and of the first one of the next file
	pts   []int64 // of its frames, in order of decoding
	first int     // number of its first row
	box   stamp.TimingBox
}

// cut is the work for one camera.
type cut struct {
	*Camera
	*File
	rows    []extract.Row
	sources []*source
}

// newCut opens the files that have frames from f.From to f.To.
func newCut(c *Camera, f *File) (*cut, error) {
	r := c.Recording
	if r.Origin == extract.PacketLog || r.Timescale == 0 {
		return nil, errors.New("there are no pictures in it: only MP4 files can be exported")
	}
	if len(c.Files) != len(r.Segments) {
		return nil, fmt.Errorf("%d files for a recording of %d", len(c.Files), len(r.Segments))
	}
	w := &cut{Camera: c, File: f, rows: r.Rows(extract.Live)}
	from, to := r.Frames.At(w.rows[f.From].Index).Segment, r.Frames.At(w.rows[f.To].Index).Segment
	for i, end := 0, 0; i <= to; i++ {
		s := &source{base: end, first: r.Segments[i].First}
		for end < r.Frames.Len() && r.Frames.At(end).Segment == i {
			end++
		}
		if s.end = end; i < from || s.base == s.end {
			continue
		}
		if err := s.open(c.Files[i]); err != nil {
			w.close()
			return nil, fmt.Errorf("%s: %w", c.Files[i], err)
		}
		w.sources = append(w.sources, s)
	}
	return w, nil
}

func (w *cut) close() {
	for _, s := range w.sources {
		s.disk.Close()
	}
}

func (s *source) open(name string) (err error) {
	if s.disk, err = os.Open(name); err != nil {
		return err
	}
	if err = s.read(); err != nil {
		s.disk.Close()
	}
	return err
}

func (s *source) read() error {
	info, err := s.disk.Stat()
	if err != nil {
		return err
	}
	if s.File, err = mp4.Open(s.disk, info.Size()); err != nil {
		return err
	}
	if s.video = extract.VideoTrack(s.File); s.video < 0 {
		return extract.ErrNoVideo
	}
	for sample := range s.Tracks[s.video].Samples() {
		s.pts = append(s.pts, sample.PTS)
	}
	return s.box.AddAll(s.UUID(stamp.TimingUUID))
}

// write writes the new file.
func (w *cut) write(to io.Writer, software string) error {
	pieces, err := w.pieces()
	if err != nil {
		return err
	}
	var o mp4.CutOptions
	o.Foreign = w.Recording.Origin < extract.TimingBox || w.Recording.Origin > extract.RecorderB
	if e := w.rows[w.From].Estimate; e.State != clock.None {
		o.Created = e.Time
	}
	copied, err := mp4.Cut(to, pieces, o)
	if err != nil || o.Foreign {
		return err
	}
	_, err = to.Write(w.box(copied, software))
	return err
}

// pieces returns what to take of the sources: all, but for the first up to the first frame and of the last what is
// behind the last one.
func (w *cut) pieces() ([]mp4.Piece, error) {
	var pieces []mp4.Piece
	for i, s := range w.sources {
		p := mp4.Piece{File: s.File, Track: s.video, From: math.MinInt64, To: math.MaxInt64}
		var err error
		if i == 0 {
			p.From, err = w.place(s, w.From)
		}
		if err == nil && i == len(w.sources)-1 {
			p.To, err = w.behind(s, w.To)
		}
		if err == nil {
			p.Shift, err = w.shift(s)
		}
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, p)
	}
	return pieces, nil
}

// behind returns the PTS of what comes after a row in its file: there may be more than when the rows were made.
func (w *cut) behind(s *source, row int) (int64, error) {
	last, err := w.place(s, row)
	next := int64(math.MaxInt64)
	for _, pts := range s.pts {
		if pts > last {
			next = min(next, pts)
		}
	}
	return next, err
}

// place returns the PTS of a row in its file.
func (w *cut) place(s *source, row int) (int64, error) {
	i := w.rows[row].Index - s.base
	if i >= len(s.pts) {
		return 0, fmt.Errorf("%s has %d frames, and had more before", s.disk.Name(), len(s.pts))
	}
	return s.pts[i], nil
}

// shift returns by how many ticks a file's times are earlier than those of the recording of all files.
func (w *cut) shift(s *source) (int64, error) {
	if len(w.sources) == 1 {
		return 0, nil
	}
	own, err := w.place(s, s.first)
	return mp4.Rescale(w.rows[s.first].PTS, w.Recording.Timescale, s.Tracks[s.video].ClockRate) - own, err
}
