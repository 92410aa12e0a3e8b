package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestScripts runs the command lines in testdata/*.txt. A line "$ timeslate …" runs one; "exit N" compares its exit code
// (0 where there is none); "out TEXT" and "err TEXT" want a text in its output, "not TEXT" wants it nowhere. $DIR is a
// fresh folder, in which "file NAME TEXT" makes a file (with \n for more lines), and "recording NAME STATE" one that recorded() knows.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txt"), func(t *testing.T) {
			s := scriptRun{T: t, dir: t.TempDir()}
			for i, line := range strings.Split(read(script), "\n") {
				s.where = script + ":" + strconv.Itoa(i+1)
				s.line(strings.ReplaceAll(line, "$DIR", s.dir))
			}
			s.end()
		})
	}
}

// scriptRun is a script on its way.
type scriptRun struct {
	*testing.T
	dir, where   string
	ran          string // the command line that ran last
	code, wanted int
	out, err     string
}

func (s *scriptRun) line(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "", "#":
	case "$":
		s.end()
		s.ran, s.wanted = rest, exitDone
		s.code, s.out, s.err = timeslate(s.T, nil, strings.Fields(rest)[1:]...)
	case "exit":
		s.wanted, _ = strconv.Atoi(rest)
	case "out":
		s.want(strings.Contains(s.out, rest), "stdout has no "+rest)
	case "err":
		s.want(strings.Contains(s.err, rest), "stderr has no "+rest)
	case "not":
		s.want(!strings.Contains(s.out+s.err, rest), "the output has "+rest)
	case "file":
		name, text, _ := strings.Cut(rest, " ")
		text = strings.ReplaceAll(text, `\n`, "\n")
		s.want(os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644) == nil, "can't write "+name)
	case "recording":
		name, state, _ := strings.Cut(rest, " ")
		recorded(s.T, filepath.Join(s.dir, name), state)
	default:
		s.Fatalf("%s: no verb %q", s.where, verb)
	}
}

func (s *scriptRun) want(ok bool, what string) {
	s.Helper()
	if !ok {
		s.Errorf("%s: %s\n$ %s\n%s%s", s.where, what, s.ran, s.out, s.err)
	}
}

// end compares the exit code of the command that ran last.
func (s *scriptRun) end() {
	s.Helper()
	s.want(s.ran == "" || s.code == s.wanted, "exit code "+strconv.Itoa(s.code)+", want "+strconv.Itoa(s.wanted))
}
