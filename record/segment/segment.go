// Package segment names the files of a recording that is cut into segments, finds them again and opens them.
package segment

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Extension is how the name of each file ends.
const Extension = ".mp4"

// layout is the time in a name: UTC, so that names sort by time and no hour comes twice a year.
const layout = "20060102T150405.000Z"

// Name returns the name of the file of the output, which is a prefix, that starts at start. attempt counts from 1 and tells
// apart files that start in the same millisecond.
func Name(output string, start time.Time, attempt int) string {
	name := output + "_" + start.UTC().Format(layout)
	if attempt > 1 {
		name = fmt.Sprintf("%s_%d", name, attempt)
	}
	return name + Extension
}

// Parse is the opposite of Name. It is strict: of each name that Name does not make ok is false.
func Parse(output, name string) (start time.Time, attempt int, ok bool) {
	rest, isOurs := strings.CutPrefix(name, output+"_")
	rest, isFile := strings.CutSuffix(rest, Extension)
	stamp, number, numbered := strings.Cut(rest, "_")
	start, err := time.Parse(layout, stamp)
	if err != nil || !isOurs || !isFile {
		return time.Time{}, 0, false
	}
	attempt = 1
	if numbered {
		attempt, _ = strconv.Atoi(number)
	}
	return start, attempt, Name(output, start, attempt) == name
}

// File is one file of an output.
type File struct {
	Name     string    // with the folder as the output has it
	Start    time.Time // not of a single file
	Attempt  int
	Size     int64     // bytes
	Modified time.Time // by this host's clock
}

// Older orders files by what their names say.
func Older(a, b File) int {
	return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.Name, b.Name))
}

// List returns the files of an output, which is a prefix, in the order of Older: regular files alone, whose names say that
// they are of this output.
func List(output string) ([]File, error) { return list(output, Parse) }

// Names returns the names of the files of an output in the order of Older. The output is a prefix, or the name of one file
// ending in .mp4, as for recording. A folder that does not exist has none.
func Names(output string) (names []string, err error) {
	parse := Parse
	if stem, single := strings.CutSuffix(output, Extension); single {
		output, parse = stem, parseNumbered
	}
	files, err := list(output, parse)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names, err
}

// list returns the files whose names parse takes for those of an output.
func list(output string, parse func(output, name string) (time.Time, int, bool)) (files []File, err error) {
	dir, base := filepath.Split(output)
	entries, err := os.ReadDir(filepath.Clean(dir + "."))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		start, attempt, ok := parse(base, e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // it is gone, or never was one
		}
		files = append(files, File{dir + e.Name(), start, attempt, info.Size(), info.ModTime()})
	}
	slices.SortFunc(files, Older)
	return files, nil
}

// parseNumbered reads the name of a single file, STEM.mp4, or of one that had to follow it, STEM_2.mp4 and so on.
func parseNumbered(stem, name string) (start time.Time, number int, ok bool) {
	if name == stem+Extension {
		return start, 1, true
	}
	rest, begins := strings.CutPrefix(name, stem+"_")
	rest, ends := strings.CutSuffix(rest, Extension)
	number, err := strconv.Atoi(rest)
	return start, number, begins && ends && err == nil && number > 1 && strconv.Itoa(number) == rest
}

// given is what a recorder puts behind the name of its output.
var given = regexp.MustCompile(`(_\d{8}T\d{6}\.\d{3}Z)?(_\d+)?\.mp4$`)

// Stem returns what the names of all files of a recording begin with, by the name of one of them. It is the output, without
// an extension, if that does not itself end like the name of a file.
func Stem(name string) string { return given.ReplaceAllString(name, "") }
