// Package repair finishes recordings that a crash, a power cut or a full disk left unfinished. The index is made of what
// the parts say, by the same code that makes it when a recording ends well; no media are copied.
package repair

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/timeslate/timeslate/internal/filelock"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/record/segment"
)

// State is what a file was found to be.
type State string

// The states.
const (
	Finished State = "finished" // there was nothing to do
	Growing  State = "growing"  // without an index
	Appended State = "appended" // the index was there, but not yet in force
	Cut      State = "cut"      // a finished file whose end is missing
	Empty    State = "empty"    // not one part was written
)

// Options say how to repair. The zero value is good.
type Options struct {
	DryRun bool // change nothing, only say what would be done
}

// Report says what was found in a file and done to it. In JSON durations are in nanoseconds.
type Report struct {
	File     string        `json:"file"`
	State    State         `json:"state"`    // what it was
	Repaired bool          `json:"repaired"` // it is finished now, or would be without DryRun
	DryRun   bool          `json:"dry_run,omitempty"`
	Frames   int           `json:"frames"`      // kept, of the first track
	Units    int           `json:"units"`       // kept, of all tracks
	Duration time.Duration `json:"duration_ns"` // of the first track
	Parts    int           `json:"parts"`       // kept
	Damaged  int           `json:"damaged"`     // parts before the last good one that are left out
	Untimed  int           `json:"untimed"`     // units kept whose times are lost
	Removed  int64         `json:"removed"`     // bytes cut off at the end: a torn part, garbage, an index that was not whole
	Bytes    int64         `json:"bytes"`       // size of the file afterwards
}

// ErrBusy says that a file is being recorded.
var ErrBusy = errors.New("is being recorded")

// ErrForeign says that a file is none of Timeslate's recordings. It is left as it is.
var ErrForeign = errors.New("not written by timeslate")

// File finishes the recording in a file. A file that is finished, or has nothing in it, is left as it is. So is one that
// is being recorded: ErrBusy. Whatever moment a crash of the repair itself chooses, File can be called again. The time of
// the file's last change stays that of its recorder: by it the oldest files are told.
func File(path string, o Options) (Report, error) {
	mode, lock := os.O_RDWR, filelock.Lock
	if o.DryRun {
		mode, lock = os.O_RDONLY, filelock.Probe
	}
	f, err := segment.Open(path, mode)
	if err != nil {
		return Report{File: path}, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return Report{File: path}, err
	}
	report, changed, err := file(f, info.Size(), lock, o)
	err = cmp.Or(err, f.Close())
	if changed {
		// Once it is closed, which is when Windows sets it. Only the owner may, and a file that looks new is kept for longer.
		_ = os.Chtimes(path, time.Time{}, info.ModTime())
	}
	report.File = path
	return report, err
}

// file is File with an open file. It reports whether it has tried to change it.
func file(f *os.File, size int64, lock func(*os.File) error, o Options) (report Report, changed bool, err error) {
	if size == 0 { // perhaps just made by a recorder that wants to lock it
		return Report{State: Empty}, false, nil
	}
	if err := lock(f); err != nil {
		return report, false, fmt.Errorf("%s: %w (%v)", f.Name(), ErrBusy, err)
	}
	p, err := newPlan(f, size)
	if err != nil {
		return report, false, fmt.Errorf("%s: %w", f.Name(), err)
	}
	p.report.DryRun = o.DryRun
	changed = p.report.Repaired && !o.DryRun
	if changed {
		if err := p.apply(f); err != nil {
			return report, true, fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	return p.report, changed, nil
}

// disk is the part of an os.File that a repair writes to.
type disk interface {
	io.WriterAt
	Truncate(size int64) error
	Sync() error
}

// apply does what p says. The index is on the disk before the one write that makes it the file's index; up to there a
// crash leaves what was there before, or an index in a free box.
func (p *plan) apply(d disk) error {
	if !p.report.Repaired {
		return nil
	}
	if p.hide != nil { // its end is missing, so this makes nothing worse
		if err := p.hide.write(d); err != nil {
			return err
		}
	}
	if err := p.append(d); err != nil {
		return err
	}
	return p.patch.write(d)
}

// append puts the index in the place of what the file ends with. A disk that does not take it leaves the parts.
func (p *plan) append(d disk) error {
	if len(p.tail) == 0 {
		return d.Sync()
	}
	if err := d.Truncate(p.end); err != nil {
		return err
	}
	if _, err := d.WriteAt(p.tail, p.end); err != nil {
		return errors.Join(err, d.Truncate(p.end))
	}
	return d.Sync()
}

// patch is one small write.
type patch struct {
	at    int64
	bytes [16]byte
}

func (p *patch) write(d disk) error {
	if _, err := d.WriteAt(p.bytes[:], p.at); err != nil {
		return err
	}
	return d.Sync()
}

// patched is a file as it would be with a patch.
type patched struct {
	io.ReaderAt
	patch
}

func (p *patched) ReadAt(b []byte, at int64) (int, error) {
	n, err := p.ReaderAt.ReadAt(b, at)
	if from := p.at - at; from < int64(n) && from > -int64(len(p.bytes)) {
		copy(b[max(0, from):n], p.bytes[max(0, -from):])
	}
	return n, err
}

// Unfinished tells by the first bytes of a file whether it is a recording that was not finished, or is being recorded.
func Unfinished(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head, err := headOf(f)
	return mp4.StateOf(head) == mp4.Growing, err
}

// headOf returns the first bytes of a file, as many as it has.
func headOf(r io.ReaderAt) ([]byte, error) {
	head := make([]byte, mp4.HeadSize)
	n, err := r.ReadAt(head, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], err
}
