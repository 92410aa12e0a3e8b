// Package retain deletes the oldest files of recordings, as limits on what is kept want it.
package retain

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/timeslate/timeslate/record/segment"
)

// Deletion is a file that was deleted.
type Deletion struct {
	Output string // that it was of
	Name   string
	Size   int64 // bytes
	Reason Reason
}

// Keeper holds the outputs of a program to limits. Its methods wait for the disk; they may be called from several goroutines.
//
// A file is of an output when its name says so (package segment) and it is a regular one. The oldest is the one that was
// written the longest time ago. What grows or is locked is never deleted. The first word on what goes wrong is returned as
// an error, what stays wrong is not repeated.
type Keeper struct {
	limits Limits
	disks  map[string]*disk // by output
}

// disk is what outputs share whose files are on the same disk.
type disk struct {
	dir     string
	outputs []string
	space   func(dir string) (int64, error) // freeSpace
	remove  func(name string) error         // remove

	mu      sync.Mutex
	growing map[string]string // by output
	told    map[string]bool   // what went wrong and was told: by the name of a file, an output or a folder
	failing bool              // nothing could be deleted the last time
	short   bool              // the space that is wanted can't be had
	rest    time.Time         // when the disk will have counted what was deleted
}

const (
	// maxFailures is how often a file that can't be deleted is passed over before it is believed that none can be.
	maxFailures = 8

	// settling is how long a file system may take to count what was deleted as free: btrfs does so when it commits, every 30 s.
	settling = 40 * time.Second
)

// ErrUnsupported says that the free space of a disk is not known on this system.
var ErrUnsupported = errors.New("the free space of a disk can't be found out on this system")

// New returns a Keeper for outputs, which are prefixes whose folders exist. It deletes nothing yet.
func New(l Limits, outputs ...string) (*Keeper, error) {
	k := &Keeper{limits: l, disks: map[string]*disk{}}
	shared := map[string]*disk{}
	for _, output := range outputs {
		dir := filepath.Dir(output)
		if l.Free > 0 {
			if _, err := freeSpace(dir); err != nil {
				return nil, fmt.Errorf("space can't be kept free for %s: %w", output, err)
			}
		}
		id, err := diskOf(dir)
		if err != nil {
			return nil, err
		}
		if shared[id] == nil {
			shared[id] = newDisk(dir)
		}
		d := shared[id]
		d.outputs = append(d.outputs, output)
		k.disks[output] = d
	}
	return k, nil
}

func newDisk(dir string) *disk {
	return &disk{dir: dir, space: freeSpace, remove: remove, growing: map[string]string{}, told: map[string]bool{}}
}

// Keep deletes what an output has beyond Files and Bytes. Call it when a file was begun, growing being its name, or when none
// grows any more. An output that New was not told of has no limits.
func (k *Keeper) Keep(output, growing string) ([]Deletion, error) {
	d := k.disks[output]
	if d == nil {
		return nil, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.growing[output] = growing
	if k.limits.Files <= 0 && k.limits.Bytes <= 0 {
		return nil, nil
	}
	files, err := d.list(output)
	r := round{files: files, remove: d.remove}
	r.plan = func() []deletion { return k.limits.beyond(r.files) }
	err = cmp.Or(err, d.carryOut(&r))
	return r.done, err
}

// Free deletes the oldest files on the disk of output, also those of other outputs, if it has less space than should stay
// free. Call it every few seconds: it asks for the free space, and for the files only if there is too little.
func (k *Keeper) Free(output string) ([]Deletion, error) {
	d := k.disks[output]
	if d == nil || k.limits.Free <= 0 {
		return nil, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	before, err := d.space(d.dir)
	if err != nil {
		return nil, d.once(d.dir, err)
	}
	if before >= k.limits.Free {
		d.rest, d.short = time.Time{}, false
		return nil, nil
	}
	if time.Now().Before(d.rest) {
		return nil, nil
	}
	return d.free(k.limits.Free, before)
}

// free deletes files so that there will be want bytes free where there are before.
func (d *disk) free(want, before int64) ([]Deletion, error) {
	files, err := d.list(d.outputs...)
	var short int64
	r := round{files: files, remove: d.remove}
	r.plan = func() (plan []deletion) {
		plan, short = missing(r.files, want-before-r.freed)
		return plan
	}
	err = cmp.Or(err, d.carryOut(&r))
	if now, err := d.space(d.dir); err == nil && r.freed > 0 && now-before < r.freed/2 {
		d.rest = time.Now().Add(settling)
	}
	if short > 0 && !d.short {
		err = cmp.Or(err, fmt.Errorf("%s has %d bytes free, not %d, and nothing can be deleted but the newest recordings",
			d.dir, before+r.freed, want))
	}
	d.short = short > 0
	return r.done, err
}

// list returns the files of those outputs whose folders can be read, oldest first.
func (d *disk) list(outputs ...string) (files []file, err error) {
	for _, output := range outputs {
		found, problem := segment.List(output)
		if problem != nil {
			err = cmp.Or(err, d.once(output, problem))
			continue
		}
		delete(d.told, output)
		for _, f := range found {
			files = append(files, file{File: f, output: output, protected: f.Name == d.growing[output]})
		}
	}
	slices.SortFunc(files, older)
	return files, err
}

// older orders files by when they were written. Their names have the camera's time: when its clock is set back, be it by
// an hour, new files look older than all that are kept, and would be deleted as soon as they are finished.
func older(a, b file) int {
	return cmp.Or(a.Modified.Compare(b.Modified), segment.Older(a.File, b.File), cmp.Compare(a.output, b.output))
}

// carryOut deletes what a round plans, and returns what went wrong if that is news.
func (d *disk) carryOut(r *round) error {
	for len(r.failures) < maxFailures && r.step() {
	}
	var news error
	for _, f := range r.failures {
		news = cmp.Or(news, d.once(f.name, f.err))
	}
	if d.failing {
		news = nil // the folder can't be written, probably, and each time it is another file that shows it
	}
	if len(r.done)+len(r.failures) > 0 {
		d.failing = len(r.done) == 0
	}
	return news
}

// once returns err if it is the first one of its kind.
func (d *disk) once(kind string, err error) error {
	if d.told[kind] {
		return nil
	}
	d.told[kind] = true
	return err
}
