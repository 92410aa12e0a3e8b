package clock

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMap holds the package comment to the files: each of them is named there once, and no other.
func TestMap(t *testing.T) {
	source, err := os.ReadFile("clock.go")
	if err != nil {
		t.Fatal(err)
	}
	comment, _, _ := strings.Cut(string(source), "\npackage ")
	named := append(regexp.MustCompile(`\w+\.go`).FindAllString(comment, -1), "clock.go")
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	slices.Sort(named)
	slices.Sort(files)
	if !slices.Equal(named, files) {
		t.Errorf("the package comment names\n%v, there are\n%v", named, files)
	}
}
