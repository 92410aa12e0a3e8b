//go:build unix && !solaris && !aix

package filelock

import (
	"os"
	"syscall"
)

// Lock marks f as in use until it is closed. It fails when another open file, of this process or another, has the lock.
// f must be open for writing: on a network disk only what can be written can be locked.
func Lock(f *os.File) error { return flock(f, syscall.LOCK_EX) }

// Probe fails when another open file has the lock. f need only be open for reading, and until it is closed nobody gets
// the lock.
func Probe(f *os.File) error { return flock(f, syscall.LOCK_SH) }

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if err != syscall.EINTR {
			return err
		}
	}
}
