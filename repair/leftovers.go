package repair

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/timeslate/timeslate/internal/filelock"
)

// segmentName is what follows the prefix in the name of a segment: the capture time of its first frame in UTC, and a number
// where that name was taken.
var segmentName = regexp.MustCompile(`^_\d{8}T\d{6}\.\d{3}Z(_\d+)?\.mp4$`)

// numbered is what follows the name of a single file, without .mp4, when the recording could not go on in it.
var numbered = regexp.MustCompile(`^(_\d+)?\.mp4$`)

// Leftovers returns the files that former recordings to output left unfinished and that nobody is recording, in order of
// their names, which is that of time. The output is a prefix, or the name of one file ending in .mp4, as for recording. It
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

// Files returns the files of the recordings to output, a prefix or the name of one file, in order of their names, and of
// their numbers where there are any. It only looks at names. A folder that does not exist has none.
func Files(output string) ([]string, error) {
	dir, base := filepath.Split(output)
	rest := segmentName
	if stem, single := strings.CutSuffix(base, ".mp4"); single {
		base, rest = stem, numbered
	}
	entries, err := os.ReadDir(filepath.Clean(dir + "."))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if after, ok := strings.CutPrefix(e.Name(), base); ok && rest.MatchString(after) && e.Type().IsRegular() {
			names = append(names, dir+e.Name())
		}
	}
	slices.SortFunc(names, compareNames)
	return names, nil
}

// compareNames sorts a name before the same with a number, and _9 before _10.
func compareNames(a, b string) int {
	a, b = strings.TrimSuffix(a, ".mp4"), strings.TrimSuffix(b, ".mp4")
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	if isDigits(a[i:]) && isDigits(b[i:]) && len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

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
	return filelock.Lock(f) == nil, nil
}
