//go:build unix && !solaris && !aix

package record

import (
	"os"
	"syscall"
)

// lock marks a growing file as in use until it is closed, so that nothing repairs or replaces it meanwhile. The lock is
// advisory: players are not disturbed.
func lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
