package spool

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// disk is a file system that can be slow, full, stuck and broken.
type disk struct {
	t  *testing.T
	mu sync.Mutex

	ops   []string // what was done, in order
	files []*fakeFile
	space int                            // bytes left
	delay time.Duration                  // of each operation
	hang  chan struct{}                  // operations wait until it is closed; nil for none
	fault func(op string, nth int) error // of the nth operation, counting from 0
	take  func(size int) (written int)   // of a write that has a fault; nil for nothing
}

// fakeFile is a file of a disk.
type fakeFile struct {
	d      *disk
	name   string
	data   []byte
	synced int // of data
	closed bool
	torn   bool // a write failed in the middle
}

func newDisk(t *testing.T) *disk { return &disk{t: t, space: 1 << 30} }

// begin is called at the start of each operation, the lock held.
func (d *disk) begin(op string) error {
	hang, delay := d.hang, d.delay
	d.mu.Unlock()
	time.Sleep(delay)
	if hang != nil {
		<-hang
	}
	d.mu.Lock()
	nth := len(d.ops)
	d.ops = append(d.ops, op)
	if d.fault != nil {
		if err := d.fault(op, nth); err != nil {
			return &fs.PathError{Op: op, Path: "fake", Err: err}
		}
	}
	return nil
}

// create is for Spool.Create.
func (d *disk) create() (Handle, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.begin("create"); err != nil {
		return nil, err
	}
	f := &fakeFile{d: d, name: fmt.Sprintf("file%d", len(d.files))}
	d.files = append(d.files, f)
	return f, nil
}

func (d *disk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

func (f *fakeFile) Name() string { return f.name }

func (f *fakeFile) WriteAt(b []byte, at int64) (n int, err error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	patch := at < int64(len(f.data)) && !f.torn
	op := "write"
	if patch {
		op = "patch"
	}
	if err = f.d.begin(op); err != nil {
		if f.d.take == nil || patch {
			return 0, err
		}
		n = f.d.take(len(b))
	} else if n = len(b); !patch && n > f.d.space {
		n, err = f.d.space, &fs.PathError{Op: op, Path: f.name, Err: syscall.ENOSPC}
	}
	f.check(op)
	if patch {
		copy(f.data[at:], b)
		return n, err
	}
	if at != int64(len(f.data)) {
		f.d.t.Errorf("%s has %d bytes and is written at %d", f.name, len(f.data), at)
	}
	f.data = append(f.data, b[:n]...)
	f.d.space -= n
	f.torn = n > 0 && err != nil
	return n, err
}

func (f *fakeFile) Truncate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.d.begin("truncate"); err != nil {
		return err
	}
	if f.closed || size > int64(len(f.data)) {
		f.d.t.Errorf("%s of %d bytes is cut to %d", f.name, len(f.data), size)
		return nil
	}
	f.d.space += len(f.data) - int(size)
	f.data, f.torn = f.data[:size], false
	f.check("truncate")
	return nil
}

func (f *fakeFile) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.d.begin("sync"); err != nil {
		return err
	}
	f.check("sync")
	f.synced = len(f.data)
	return nil
}

func (f *fakeFile) Close() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	err := f.d.begin("close")
	if f.closed {
		f.d.t.Errorf("%s is closed twice", f.name)
	}
	f.closed = true
	return err
}

// check holds the file to the promise that it ends with a whole box, whenever its writer did not just hear of a failure.
func (f *fakeFile) check(op string) {
	if f.torn || f.closed {
		f.d.t.Errorf("%s %s: torn %v, closed %v", op, f.name, f.torn, f.closed)
	}
	if _, whole := boxes(f.data); !whole {
		f.d.t.Errorf("%s %s: %d bytes that are no whole boxes", op, f.name, len(f.data))
	}
}

// box returns a box with a number in it.
func box(number, size int) []byte {
	b := make([]byte, size)
	binary.BigEndian.PutUint32(b, uint32(size))
	copy(b[4:], "part")
	binary.BigEndian.PutUint32(b[8:], uint32(number))
	return b
}

// boxes returns the numbers of the boxes in b, and whether the last one is whole.
func boxes(b []byte) (numbers []int, whole bool) {
	for len(b) > 0 {
		if len(b) < 12 {
			return numbers, false
		}
		size := int(binary.BigEndian.Uint32(b))
		if size < 12 || size > len(b) {
			return numbers, false
		}
		numbers = append(numbers, int(binary.BigEndian.Uint32(b[8:])))
		b = b[size:]
	}
	return numbers, true
}

// patched is what a test's files begin with once they are finished.
const patched = 99

// patch is what overwrites the first box, of 16 bytes.
func patch() [16]byte { return [16]byte(box(patched, 16)) }

// upTo returns the numbers from first to last.
func upTo(first, last int) (n []int) {
	for i := first; i <= last; i++ {
		n = append(n, i)
	}
	return n
}

// holds compares a file with the numbers that its boxes should have.
func (d *disk) holds(file int, want ...int) {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.files) <= file {
		d.t.Fatalf("%d files, want number %d", len(d.files), file)
	}
	if got, whole := boxes(d.files[file].data); !slices.Equal(got, want) || !whole {
		d.t.Errorf("%s holds %v, whole %v, want %v", d.files[file].name, got, whole, want)
	}
}
