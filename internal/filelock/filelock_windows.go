package filelock

import (
	"os"
	"syscall"
	"unsafe"
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// Flags of LockFileEx.
const (
	failImmediately = 1
	exclusive       = 2
)

// farAway is the high half of the offset of the byte that is locked: 2^62, where no file gets to. A lock on bytes that are
// there would keep players from reading them.
const farAway = 1 << 30

// Lock marks f as in use until it is closed. It fails when another open file, of this process or another, has the lock.
func Lock(f *os.File) error { return lock(f, failImmediately|exclusive) }

// Probe fails when another open file has the lock. f need only be open for reading, and until it is closed nobody gets
// the lock.
func Probe(f *os.File) error { return lock(f, failImmediately) }

func lock(f *os.File, flags uintptr) error {
	place := syscall.Overlapped{OffsetHigh: farAway}
	ok, _, err := lockFileEx.Call(f.Fd(), flags, 0, 1, 0, uintptr(unsafe.Pointer(&place)))
	if ok == 0 {
		return &os.PathError{Op: "LockFileEx", Path: f.Name(), Err: err}
	}
	return nil
}
