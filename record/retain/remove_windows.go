package retain

import (
	"errors"
	"os"
	"syscall"
)

// errSharing is ERROR_SHARING_VIOLATION.
const errSharing syscall.Errno = 32

// remove deletes a file unless it is open: the system itself refuses that.
func remove(name string) error {
	err := os.Remove(name)
	if errors.Is(err, errSharing) {
		return errInUse
	}
	return err
}
