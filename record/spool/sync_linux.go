package spool

import (
	"errors"
	"os"
	"syscall"
)

// syncData makes sure that what was written is on the disk, and what it takes to read it: not the time of the last change.
func syncData(h Handle) error {
	f, ok := h.(*os.File)
	if !ok {
		return h.Sync()
	}
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
		}
		return nil
	}
}
