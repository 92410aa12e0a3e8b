//go:build linux || darwin || freebsd

package retain

import (
	"fmt"
	"os"
	"syscall"
)

// freeSpace returns the bytes that may be written to the disk of a folder, by users who are not root.
func freeSpace(dir string) (int64, error) {
	var s syscall.Statfs_t
	for {
		err := syscall.Statfs(dir, &s)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
		}
		return int64(s.Bavail) * int64(s.Bsize), nil
	}
}

// diskOf returns what tells the disk of a folder from others.
func diskOf(dir string) (string, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(info.Sys().(*syscall.Stat_t).Dev), nil
}
