// Package segment names the files of a recording that is cut into segments, and finds them again.
package segment

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
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
	Name     string // as Name makes it
	Start    time.Time
	Attempt  int
	Size     int64     // bytes
	Modified time.Time // by this host's clock
}

// Older orders files by what their names say.
func Older(a, b File) int {
	return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.Name, b.Name))
}

// List returns the files of an output, in the order of Older: regular files alone, whose names say that they are of this
// output.
func List(output string) ([]File, error) {
	entries, err := os.ReadDir(filepath.Dir(output))
	if err != nil {
		return nil, err
	}
	base := filepath.Base(output)
	var files []File
	for _, e := range entries {
		start, attempt, ok := Parse(base, e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // it is gone, or never was one
		}
		name := strings.TrimSuffix(output, base) + e.Name()
		files = append(files, File{name, start, attempt, info.Size(), info.ModTime()})
	}
	slices.SortFunc(files, Older)
	return files, nil
}
