package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/timeslate/timeslate/record/retain"
)

// keepFlags are the limits on what is kept of each camera's files. 0 is no limit.
type keepFlags struct {
	files       *int
	bytes, free *int64
}

func (f *flags) keep() keepFlags {
	return keepFlags{
		files: f.int("keep", "n", 0, "newest files that are kept per camera; older ones are deleted (default 0 = all)"),
		bytes: f.size("keep-bytes", "", "bytes that are kept per camera, like 200G (default 0 = all)"),
		free:  f.size("keep-free", "", "room that is kept free on the disk, like 10G, by deleting the oldest files\nof the cameras recorded here (default 0 = none)"),
	}
}

// leastSize is the smallest limit that makes sense: a second or two of video. Below it somebody forgot the unit.
const leastSize = 1e6

func checkSize(name string, size int64) error {
	if size == 0 || size >= leastSize {
		return nil
	}
	return usageError{fmt.Errorf("%s %d is room for not even a second of video", name, size), "is a unit missing, as in 200G?"}
}

// check refuses limits that can't be meant.
func (k keepFlags) check(outputs ...string) error {
	if *k.files < 0 {
		return usageError{errors.New("--keep can't be negative"), "0 keeps all files"}
	}
	if err := cmp.Or(checkSize("--keep-bytes", *k.bytes), checkSize("--keep-free", *k.free)); err != nil {
		return err
	}
	if *k.files == 0 && *k.bytes == 0 && *k.free == 0 {
		return nil
	}
	for _, output := range outputs {
		if strings.HasSuffix(output, ".mp4") {
			return usageError{fmt.Errorf("OUTPUT %q is one file, of which --keep… can delete nothing", output),
				"without .mp4 it is a prefix for many files"}
		}
	}
	return nil
}

// keeper returns what holds the outputs to the limits, or nil if there are none.
func (k keepFlags) keeper(outputs []string) (*retain.Keeper, error) {
	limits := retain.Limits{Files: *k.files, Bytes: *k.bytes, Free: *k.free}
	if limits == (retain.Limits{}) {
		return nil, nil
	}
	return retain.New(limits, outputs...)
}
