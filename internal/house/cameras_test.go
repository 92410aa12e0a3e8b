package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	place    = regexp.MustCompile("`([a-z0-9/]+\\.go):(\\w+)`")
	testName = regexp.MustCompile("`([a-z0-9/]+)\\.(Test\\w+)`((?:,? \"[^\"]+\")*)")
	caseName = regexp.MustCompile(`"[^"]+"`)
)

// TestCameras holds docs/cameras.md to what is there: each row names a place in the code and a test, with its cases.
func TestCameras(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "cameras.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if !strings.HasPrefix(line, "| ") || cells[0] == "what the camera does" {
			continue
		}
		rows++
		if len(cells) != 4 || !place.MatchString(cells[2]) || !testName.MatchString(cells[3]) {
			t.Errorf("not a row with place and test: %s", line)
			continue
		}
		for _, m := range place.FindAllStringSubmatch(cells[2], -1) {
			if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + m[2] + `\(`).MatchString(read(t, m[1])) {
				t.Errorf("%s has no function %s: %s", m[1], m[2], cells[0])
			}
		}
		for _, m := range testName.FindAllStringSubmatch(cells[3], -1) {
			checkTest(t, m[1], m[2], caseName.FindAllString(m[3], -1))
		}
	}
	if rows < 100 {
		t.Errorf("%d rows found", rows)
	}
}

// checkTest looks for a test and its cases in the test files of a package.
func checkTest(t *testing.T, pkg, name string, cases []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	if !strings.Contains(all.String(), "func "+name+"(") {
		t.Errorf("there is no %s.%s", pkg, name)
	}
	for _, c := range cases {
		if !strings.Contains(all.String(), c) && !strings.Contains(all.String(), strconv.Quote(c[1:len(c)-1])) {
			t.Errorf("%s.%s has no case %s", pkg, name, c)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Error(err)
	}
	return string(b)
}
