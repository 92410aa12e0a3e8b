package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

type jobKind uint8

const (
	createJob jobKind = iota
	writeJob
	finishJob
	abandonJob
)

// step is a part of a job that is done or not.
type step struct {
	do    func(*Spool, *job) error
	again bool // it may be tried again when it failed
}

// steps are the parts of each kind of job, in order. What syncs is tried once: after a failure the kernel holds what it
// could not write for written, and the next sync would lie. Closing can't be tried again at all.
var steps = [...][]step{
	createJob: {{(*Spool).create, true}},
	writeJob:  {{(*Spool).append, true}, {(*Spool).syncGrowing, false}},
	finishJob: {
		{(*Spool).append, true}, {(*Spool).sync, false}, // the index is on the disk before the file claims to have one
		{(*Spool).patch, true}, {(*Spool).sync, false},
		{(*Spool).finish, false},
	},
	abandonJob: {{(*Spool).close, false}},
}

// perform does a job, however long it takes, and reports whether it is over: it is too when the file can't be saved, but not
// when Close waits no longer.
func (s *Spool) perform(j *job) bool {
	var broken time.Time // since when the handle seems to be
	for j.stage < len(steps[j.kind]) {
		if j.file.Err() != nil {
			s.discard(j)
			return true
		}
		step := steps[j.kind][j.stage]
		err := step.do(s, j)
		if err == nil {
			j.stage++
			broken = time.Time{}
			continue
		}
		if !isBroken(err) {
			broken = time.Time{}
		} else if broken.IsZero() {
			broken = time.Now()
		}
		if !step.again || !j.mayPass(err, broken) {
			s.fail(j.file, err)
		} else if !s.pause(err) {
			return false
		}
	}
	return true
}

// mayPass tells whether it is worth to try again what failed with err. A file that is not there yet has no handle that could
// be broken, and its folder may be on a disk that comes back.
func (j *job) mayPass(err error, broken time.Time) bool {
	if j.kind == createJob {
		return isTemporary(err) || isBroken(err) || errors.Is(err, fs.ErrNotExist)
	}
	return isTemporary(err) || isBroken(err) && time.Since(broken) < patience
}

// pause waits before the next attempt and reports whether to make one. What Do asks for is done meanwhile.
func (s *Spool) pause(reason error) bool {
	s.mu.Lock()
	s.reason = reason
	s.watch()
	s.mu.Unlock()
	timer := time.NewTimer(s.o.Retry)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return true
		case <-s.abort:
			return false
		case f := <-s.calls:
			f()
		}
	}
}

// discard counts what a job would have written to a file that has failed.
func (s *Spool) discard(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.stage == 0 {
		s.stats.Discarded += int64(len(j.data))
	}
}

func (s *Spool) create(j *job) error {
	handle, err := j.create()
	if err != nil {
		return err
	}
	name := handle.Name()
	j.file.handle, j.file.synced = handle, time.Now()
	j.file.name.Store(&name)
	s.open = append(s.open, j.file)
	s.tell(Notice{Kind: Created, File: j.file})
	return nil
}

// append writes all of the job's data. When the disk does not take all of it, what it took is cut off again, so that the file
// ends with a whole box.
func (s *Spool) append(j *job) error {
	f := j.file
	if err := f.trim(); err != nil {
		return err
	}
	size := f.Size()
	if _, err := f.handle.WriteAt(j.data, size); err != nil {
		f.torn = true
		return also(err, f.trim())
	}
	f.size.Store(size + int64(len(j.data)))
	return nil
}

// trim cuts off what is half written.
func (f *File) trim() error {
	if !f.torn {
		return nil
	}
	err := f.handle.Truncate(f.Size())
	f.torn = err != nil
	return err
}

// syncGrowing syncs the file if it is time for it.
func (s *Spool) syncGrowing(j *job) error {
	now := time.Now()
	if s.o.Sync <= 0 || now.Sub(j.file.synced) < s.o.Sync {
		return nil
	}
	j.file.synced = now
	return s.sync(j)
}

func (s *Spool) sync(j *job) error {
	if s.o.Sync < 0 {
		return nil
	}
	return syncData(j.file.handle)
}

// patch overwrites 16 bytes within one page, which the kernel takes whole or not at all.
func (s *Spool) patch(j *job) error {
	_, err := j.file.handle.WriteAt(j.patch[:], j.patchAt)
	return err
}

func (s *Spool) finish(j *job) error {
	if err := s.close(j); err != nil {
		return err
	}
	s.tell(Notice{Kind: Finished, File: j.file})
	return nil
}

func (s *Spool) close(j *job) error { return s.release(j.file) }

// release closes the file's handle.
func (s *Spool) release(f *File) error {
	handle := f.handle
	f.handle = nil
	s.open = slices.DeleteFunc(s.open, func(o *File) bool { return o == f })
	return handle.Close()
}

// fail closes a file that can't be finished. What is in it ends with a whole box if the disk lets it.
func (s *Spool) fail(f *File, err error) {
	if f.handle != nil {
		err = also(err, f.trim())
		err = also(err, s.release(f))
	}
	f.err.Store(&err)
	s.tell(Notice{Kind: Failed, File: f, Err: err})
}

// leave ends Run: it drops what still waits and closes the files that are still open.
func (s *Spool) leave() {
	left, reason := s.clear()
	for _, f := range left {
		if f.Err() != nil {
			continue
		}
		err := error(unfinished(f.Name()))
		if reason != nil {
			err = fmt.Errorf("%w: %w", err, reason)
		}
		s.fail(f, err)
	}
	for len(s.open) > 0 {
		s.release(s.open[0]) // its end was not asked for: there is nobody who could be told
	}
}

// unfinished is the error of a file of this name, if it has one, for which Close did not wait.
type unfinished string

func (name unfinished) Error() string {
	if name == "" {
		return "a file could not be created in time"
	}
	return string(name) + " could not be finished in time"
}

// clear empties the queue for good. It returns the files for which something waited, in order.
func (s *Spool) clear() (left []*File, reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for j := s.queue.head; j != nil; j = j.next {
		if !slices.Contains(left, j.file) {
			left = append(left, j.file)
		}
	}
	s.lost, s.undone = s.stats.Queued, len(left) > 0
	s.queue, s.stats.Queued, s.ended, s.stalled = queue{}, 0, true, time.Time{}
	return left, s.reason
}

// also adds the error of what was done on account of err.
func also(err, then error) error {
	if then == nil {
		return err
	}
	return fmt.Errorf("%w; then %w", err, then)
}
