//go:build unix && !solaris && !aix

package retain

import (
	"os"
	"syscall"

	"github.com/timeslate/timeslate/internal/filelock"
)

// remove deletes a file unless it is locked. It keeps the lock until the file is gone, so that nobody begins to repair it
// meanwhile. On a network disk only what can be written can be locked.
func remove(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if filelock.Lock(f) != nil {
		return errInUse
	}
	return os.Remove(name)
}
