//go:build unix || windows

package spool

import (
	"errors"
	"slices"
	"syscall"
)

// isTemporary reports whether what failed with err will do later, on the same handle.
func isTemporary(err error) bool { return among(err, temporary) }

// isBroken reports whether err may mean that the handle is of no use any more while the disk may be.
func isBroken(err error) bool { return among(err, broken) }

// among reports whether err is one of some. The first one in it decides: what came of it does not.
func among(err error, some []syscall.Errno) bool {
	var e syscall.Errno
	return errors.As(err, &e) && slices.Contains(some, e)
}
