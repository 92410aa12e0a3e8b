package spool

import (
	"sync/atomic"
	"time"
)

// Handle is an open file that grows: an *os.File. Its bytes may be written while they are read elsewhere.
type Handle interface {
	Name() string
	WriteAt(b []byte, at int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// File is a file that a Spool writes. None of its methods waits for the disk.
type File struct {
	spool *Spool
	name  atomic.Pointer[string]
	size  atomic.Int64 // whole boxes on the disk
	err   atomic.Pointer[error]

	// Run's own.
	handle Handle
	torn   bool // more bytes may be in the file than size says
	synced time.Time
}

// Create begins an empty file: Run calls create, which finds its name, and again later as long as the disk has no place for
// it. Writing may begin at once.
func (s *Spool) Create(create func() (Handle, error)) *File {
	f := &File{spool: s}
	s.push(createJob, f, nil, func(j *job) { j.create = create })
	return f
}

// Write appends boxes, which must be whole ones: after a failure or a crash all of them are in the file or none. They are
// copied. Ask Room before.
func (f *File) Write(boxes ...[]byte) {
	f.spool.push(writeJob, f, boxes, nil)
}

// Finish appends tail, writes patch at patchAt once tail is safe on the disk, and closes the file.
func (f *File) Finish(tail []byte, patchAt int64, patch [16]byte) {
	f.spool.push(finishJob, f, [][]byte{tail}, func(j *job) { j.patchAt, j.patch = patchAt, patch })
}

// Abandon closes the file as it is after what was written before.
func (f *File) Abandon() { f.spool.push(abandonJob, f, nil, nil) }

// Name returns the file's name, or nothing as long as it is not created.
func (f *File) Name() string {
	if p := f.name.Load(); p != nil {
		return *p
	}
	return ""
}

// Size returns the number of bytes that are in the file, not counting those that wait.
func (f *File) Size() int64 { return f.size.Load() }

// Err returns why the file failed, or nil.
func (f *File) Err() error {
	if p := f.err.Load(); p != nil {
		return *p
	}
	return nil
}
