//go:build !linux && !darwin && !freebsd && !windows

package retain

func freeSpace(string) (int64, error)   { return 0, ErrUnsupported }
func diskOf(dir string) (string, error) { return dir, nil }
