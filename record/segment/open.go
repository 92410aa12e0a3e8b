package segment

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Open opens a file that a user named, as os.OpenFile does, if it is a regular one: opening a pipe would wait for somebody who
// writes to it.
func Open(path string, flag int) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a file")}
	}
	return os.OpenFile(path, flag, 0)
}

// Expand returns the files that an argument stands for: itself, or all of the recording of which it is the prefix, in the order
// of Older. It is an error if there are none.
func Expand(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	if err == nil && !info.IsDir() {
		return []string{arg}, nil
	}
	names, err := Names(arg)
	if err != nil || len(names) > 0 {
		return names, err
	}
	why := "no such file, and no recording whose files begin so"
	if info != nil {
		why = "it is a folder; the files of one recording are named by their prefix, like " + filepath.Join(arg, "garage")
	}
	return nil, &fs.PathError{Op: "expand", Path: arg, Err: errors.New(why)}
}
