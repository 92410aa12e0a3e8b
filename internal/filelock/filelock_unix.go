//go:build unix && !solaris && !aix

package filelock

import (
	"os"
	"syscall"
)

// Lock marks f as in use until it is closed. It fails when another open file, of this process or another, has the lock.
func Lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
