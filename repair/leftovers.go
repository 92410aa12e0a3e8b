package repair

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/timeslate/timeslate/internal/filelock"
	"github.com/timeslate/timeslate/record/segment"
)

// Leftovers returns the files that former recordings to output left unfinished and that nobody is recording, in the order
// of time. The output is a prefix, or the name of one file ending in .mp4, as for recording. It
// reads the first bytes of each file and changes nothing. Files that can't be read are left out, and their errors returned
// with the rest.
func Leftovers(output string) ([]string, error) {
	names, err := Files(output)
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

// Files returns the files of the recordings to output, a prefix or the name of one file, in the order of their times and
// numbers. It only looks at names. A folder that does not exist has none.
func Files(output string) ([]string, error) {
	dir, base := filepath.Split(output)
	entries, err := os.ReadDir(filepath.Clean(dir + "."))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	parse := segment.Parse
	if stem, single := strings.CutSuffix(base, segment.Extension); single {
		base, parse = stem, parseNumbered
	}
	var files []segment.File
	for _, e := range entries {
		if start, attempt, ok := parse(base, e.Name()); ok && e.Type().IsRegular() {
			files = append(files, segment.File{Name: dir + e.Name(), Start: start, Attempt: attempt})
		}
	}
	slices.SortFunc(files, segment.Older)
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names, nil
}

// parseNumbered reads the name of a single file, STEM.mp4, or of one that had to follow it, STEM_2.mp4 and so on.
func parseNumbered(stem, name string) (start time.Time, number int, ok bool) {
	if name == stem+segment.Extension {
		return start, 1, true
	}
	rest, begins := strings.CutPrefix(name, stem+"_")
	rest, ends := strings.CutSuffix(rest, segment.Extension)
	number, err := strconv.Atoi(rest)
	return start, number, begins && ends && err == nil && number > 1 && strconv.Itoa(number) == rest
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
