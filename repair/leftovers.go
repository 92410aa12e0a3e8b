package repair

import (
	"errors"
	"os"

	"github.com/timeslate/timeslate/internal/filelock"
	"github.com/timeslate/timeslate/record/segment"
)

// Leftovers returns the files that former recordings to output left unfinished and that nobody is recording, in the order
// of time. The output is a prefix, or the name of one file ending in .mp4, as for recording. It
// reads the first bytes of each file and changes nothing. Files that can't be read are left out, and their errors returned
// with the rest.
func Leftovers(output string) ([]string, error) {
	names, err := segment.Names(output)
	if err != nil {
		return nil, err
	}
	var left []string
	var errs []error
	for _, name := range names {
		unfinished, err := idle(name)
		if err != nil {
			errs = append(errs, err)
		} else if unfinished {
			left = append(left, name)
		}
	}
	return left, errors.Join(errs...)
}

// idle tells whether a file is unfinished and not being recorded.
func idle(name string) (bool, error) {
	unfinished, err := Unfinished(name)
	if !unfinished || err != nil {
		return false, err
	}
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return filelock.Probe(f) == nil, nil
}
