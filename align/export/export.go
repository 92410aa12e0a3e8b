// Package export cuts aligned recordings out of others: one file per camera, which all begin and end with the frames of
// the same sets, and a table that says which frames belong together, counted as a decoder counts them. Nothing is
// encoded again.
//
// The files are recordings like those that they come from: their timing boxes hold what was observed while recording, and
// what best made of all of it, so that the capture times in them are those that the frames were paired by.
package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/extract"
)

// SetsName is the name of the table.
const SetsName = "sets.csv"

// AboutName is the name of the file that says how the recordings were aligned.
const AboutName = "align.json"

// ErrNoSet is returned when no set has a frame of every camera.
var ErrNoSet = errors.New("export: no set has a frame of every camera")

// Options say where to write.
type Options struct {
	Dir      string // folder; it is made if there is none
	Force    bool   // replace files that exist; never those that are read
	Software string // name and version of the program, for the timing boxes
	About    []byte // content of AboutName; empty: there is no such file
}

// Camera is a recording to be cut.
type Camera struct {
	Name      string             // of the new file, without folder and extension
	Files     []string           // of the recording, one per segment
	Recording *extract.Recording // of which all frames were added to the Alignment's camera, by Rows
}

// File is a file that was written.
type File struct {
	Path     string
	From, To int   // numbers of the first and the last frame in the recording
	Bytes    int64 // of the file
}

// Result is what was written.
type Result struct {
	Sets     int       // lines of the table
	Complete int       // those with a frame of every camera
	From, To time.Time // moments of the first and the last set
	Files    []File    // one per camera
}

// span is what is exported.
type span struct {
	first, last int // sets, by their Index
	Result
}

// Write cuts the recordings that a aligns, given in the same order, from the first set with a frame of every camera to the
// last one. When it fails it leaves no file behind.
func Write(ctx context.Context, o Options, cameras []Camera, a *align.Alignment) (*Result, error) {
	s, err := spanOf(a, len(cameras))
	if err != nil {
		return nil, err
	}
	d, err := openDir(o, cameras)
	if err != nil {
		return nil, err
	}
	defer d.discard()
	for i := range cameras {
		if err := d.camera(ctx, &cameras[i], &s.Files[i]); err != nil {
			return nil, fmt.Errorf("export: %s: %w", cameras[i].Name, err)
		}
	}
	err = d.file(SetsName, appendSets(nil, s, a))
	if err == nil && len(o.About) > 0 {
		err = d.file(AboutName, o.About)
	}
	if err == nil {
		err = d.publish()
	}
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return &s.Result, nil
}

// spanOf finds the first and the last complete set, and the frames of each camera from the one to the other.
func spanOf(a *align.Alignment, cameras int) (*span, error) {
	s := &span{first: -1}
	for set := range a.Sets() {
		if !set.Complete() {
			continue
		}
		if s.Complete++; s.first < 0 {
			s.first, s.From = set.Index, set.Time
		}
		s.last, s.To = set.Index, set.Time
	}
	if s.first < 0 {
		return nil, ErrNoSet
	}
	s.Sets = s.last - s.first + 1
	s.Files = make([]File, cameras)
	for set := range a.Sets() {
		if set.Index < s.first || set.Index > s.last {
			continue
		}
		for i := range set.Frames {
			s.Files[i].take(&set.Frames[i], set.Index == s.first)
		}
	}
	return s, nil
}

// take widens the range of frames.
func (f *File) take(p *align.Pick, first bool) {
	if !p.Status.OK() {
		return
	}
	if first {
		f.From, f.To = p.Frame, p.Frame
	}
	f.From, f.To = min(f.From, p.Frame), max(f.To, p.Frame)
}

// appendSets appends the table: the lines of align, with sets and frames counted from the start of the new files.
func appendSets(b []byte, s *span, a *align.Alignment) []byte {
	b = align.AppendCSVHeader(b, len(s.Files))
	for set := range a.Sets() {
		if set.Index < s.first || set.Index > s.last {
			continue
		}
		moved := align.Set{Index: set.Index - s.first, Time: set.Time, Frames: slices.Clone(set.Frames)}
		for i := range moved.Frames {
			moved.Frames[i].Frame -= s.Files[i].From
		}
		b = moved.AppendCSV(b)
	}
	return b
}
