package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/internal/interop"
)

// The page has all commands and flags, and no line that asks roff for something it does not mean.
func TestManual(t *testing.T) {
	code, page, stderr := timeslate(t, nil, "man")
	if code != exitDone {
		t.Fatal(stderr)
	}
	for _, table := range tables() {
		_, section, found := strings.Cut(page, "\n.SS "+table.name+"\n")
		if !found {
			t.Errorf("no section %s", table.name)
		}
		section, _, _ = strings.Cut(section, "\n.S")
		for _, e := range table.flags {
			if !strings.Contains(section, roff("--"+e.long)+`\fR`) {
				t.Errorf("%s: no --%s", table.name, e.long)
			}
		}
	}
	macros := map[string]bool{
		".TH": true, ".SH": true, ".SS": true, ".TP": true, ".PP": true, ".B": true, ".I": true, ".nf": true, ".fi": true,
		".nh": true, ".ad": true, `.\"`: true,
	}
	for line := range strings.Lines(page) {
		if macro := strings.Fields(line + " .")[0]; macro != "." && strings.HasPrefix(macro, ".") && !macros[macro] {
			t.Errorf("%q is no macro here", line)
		}
	}
}

func TestRoff(t *testing.T) {
	for in, want := range map[string]string{
		".profile\n'tis": `\&.profile` + "\n" + `\(aqtis`,
		`a\b--c`:         `a\eb\-\-c`,
		"~/x … `y`":      `\(ti/x \[u2026] \(gay\(ga`,
	} {
		if got := roff(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// TestManualLint asks mandoc and groff for their opinion.
func TestManualLint(t *testing.T) {
	interop.Require(t, "mandoc", "man")
	file := filepath.Join(t.TempDir(), "timeslate.1")
	_, page, _ := timeslate(t, nil, "man")
	os.WriteFile(file, []byte(page), 0o644)
	said, _ := exec.Command("mandoc", "-T", "lint", "-W", "warning", file).CombinedOutput()
	for line := range strings.Lines(string(said)) {
		if !strings.Contains(line, "missing date") { // a test is not built from a commit
			t.Errorf("mandoc: %s", line)
		}
	}
	t.Setenv("MANROFFOPT", "-ww")
	t.Setenv("LC_ALL", "C.UTF-8")
	text, err := exec.Command("man", "--warnings", "-l", file).CombinedOutput()
	if err != nil || !strings.Contains(string(text), "-l, --length DURATION") || strings.Contains(string(text), "warning:") {
		t.Errorf("man: %v\n%s", err, text)
	}
}
