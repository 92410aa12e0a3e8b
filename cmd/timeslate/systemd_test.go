package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/internal/interop"
)

const unitFile = "../../contrib/systemd/timeslate@.service"

// settings returns the values of a unit or an environment file by their names.
func settings(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found && name[0] != '#' {
			values[name] = value
		}
	}
	return values
}

// The unit's command line, with what the example says, is one that record takes.
func TestUnitCommandLine(t *testing.T) {
	unit, example := settings(read(unitFile)), settings(read("../../contrib/systemd/garage.conf"))
	credentials := filepath.Join(t.TempDir(), "cameras")
	os.WriteFile(credentials, nil, 0o600)
	variables := map[string]string{"CREDENTIALS_DIRECTORY": filepath.Dir(credentials), "OUTPUT": "garage"}
	for name, value := range example {
		variables[name] = value
	}
	words := strings.Fields(os.Expand(unit["ExecStart"], func(name string) string {
		value, known := variables[name]
		if !known {
			t.Errorf("nobody sets %s", name)
		}
		return value
	}))
	if len(words) < 2 || words[1] != recordCommand.name {
		t.Fatalf("the unit runs %q", words)
	}
	env := environment{stderr: t.Output(), getenv: func(string) string { return "" }}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	t.Chdir(t.TempDir())
	if err := recordCommand.run(ended, env, words[2:]); isUsage(err) {
		t.Errorf("%q: %v", words, err)
	}
	if unit["RestartPreventExitStatus"] != strconv.Itoa(exitUsage) || unit["SuccessExitStatus"] != strconv.Itoa(exitGaps) {
		t.Error("the unit has other exit codes")
	}
}

// The flags that the page names are those of record.
func TestSystemdPage(t *testing.T) {
	known := map[string]bool{}
	for _, table := range tables() {
		if table.name == recordCommand.name {
			for _, name := range table.allNames(everyFlag) {
				known[name] = true
			}
		}
	}
	page := read("../../docs/systemd.md")
	for _, flag := range regexp.MustCompile("`--[a-z-]+|0G (--[a-z-]+)").FindAllString(page, -1) {
		if flag = flag[strings.Index(flag, "--"):]; !known[flag] {
			t.Errorf("record has no %s", flag)
		}
	}
}

// TestUnit asks systemd for its opinion.
func TestUnit(t *testing.T) {
	interop.Require(t, "systemd-analyze")
	dir := t.TempDir()
	unit := strings.Replace(read(unitFile), "/usr/local/bin/timeslate", binary, 1)
	os.WriteFile(filepath.Join(dir, "timeslate@.service"), []byte(unit), 0o644)
	said, err := exec.Command("systemd-analyze", "verify", "--man=no", filepath.Join(dir, "timeslate@garage.service")).CombinedOutput()
	if err != nil || len(said) > 0 {
		t.Errorf("%v\n%s", err, said)
	}
}
