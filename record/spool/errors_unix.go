//go:build unix

package spool

import "syscall"

// temporary are the errors that space, or memory, ends.
var temporary = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.ENOMEM, syscall.EINTR}

// broken are those of a network disk that was away, of a USB disk that is plugged in again, and of a file system that was
// mounted read-only because it is damaged: it can't be repaired as long as a file on it is open.
var broken = []syscall.Errno{
	syscall.EIO, syscall.EROFS, syscall.ESTALE, syscall.ETIMEDOUT, syscall.ENODEV, syscall.ENXIO, syscall.ENOTCONN,
	syscall.EHOSTDOWN, syscall.EHOSTUNREACH,
}
