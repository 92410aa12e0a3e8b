package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/timeslate/timeslate/internal/filelock"
	"github.com/timeslate/timeslate/record/segment"
)

// single tells whether output names one file instead of being the prefix of many.
func single(output string) bool { return strings.HasSuffix(output, segment.Extension) }

// maxAttempts ends the search for a free name. Segments never need it; a single file is followed by another one each time
// the camera's tracks change.
const maxAttempts = 10_000

// create opens a new file for a recording whose first frame was captured at start. A segment whose name is taken gets
// _2, _3 …, and so does a single file that has to be followed by another one (again). A single file that exists is an
// error unless force is set.
func create(output string, start time.Time, force, again bool) (*os.File, error) {
	if single(output) && !again {
		return createOne(output, force)
	}
	for attempt := 1; ; attempt++ {
		name := segment.Name(output, start, attempt)
		if single(output) {
			name = fmt.Sprintf("%s_%d%s", strings.TrimSuffix(output, segment.Extension), attempt+1, segment.Extension)
		}
		f, err := createOne(name, false)
		if !errors.Is(err, fs.ErrExist) || attempt == maxAttempts {
			return f, err
		}
	}
}

// createOne creates and locks a file. With force, what it held is cut only once the lock is there: another recorder's
// growing file stays whole.
func createOne(name string, force bool) (*os.File, error) {
	mode := os.O_RDWR | os.O_CREATE
	if !force {
		mode |= os.O_EXCL
	}
	f, err := os.OpenFile(name, mode, 0o644)
	if err != nil {
		return nil, err
	}
	if err := filelock.Lock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s is being written by another recorder: %w", name, err)
	}
	if err := f.Truncate(0); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// checkOutput finds out before the camera is asked for anything what would stand in the way of a file.
func checkOutput(output string, force bool) error {
	dir := filepath.Dir(output)
	if info, err := os.Stat(dir); err != nil {
		return fmt.Errorf("no folder to write to: %w", err)
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	if _, err := os.Stat(output); err == nil && single(output) && !force {
		return &fs.PathError{Op: "create", Path: output, Err: fs.ErrExist}
	}
	return nil
}
