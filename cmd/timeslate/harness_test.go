package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// binary is the built command, for tests that need a process of its own.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "timeslate-test")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "timeslate.exe")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		os.Stderr.Write(out)
		os.Exit(1)
	}
	flag.Parse()
	flag.Set("test.parallel", "4") // they mostly wait, for real time to pass
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// process is a program in the background whose output is collected.
type process struct {
	*exec.Cmd
	mu     sync.Mutex
	output bytes.Buffer
	lines  chan string // of stdout; never blocks the program
	done   chan struct{}
}

// start runs a program until the end of the test at the latest.
func start(t *testing.T, env []string, name string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(name, args...), lines: make(chan string, 1000), done: make(chan struct{})}
	p.Env = append(os.Environ(), env...)
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stderr = p
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.Write([]byte(s.Text() + "\n"))
			select {
			case p.lines <- s.Text():
			default:
			}
		}
		p.Cmd.Wait()
	}()
	t.Cleanup(func() {
		p.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("%s %s said:\n%s", filepath.Base(name), strings.Join(args, " "), p.said())
		}
	})
	return p
}

// Write collects stderr.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// line returns the next line of stdout.
func (p *process) line(t *testing.T) string {
	t.Helper()
	select {
	case line := <-p.lines:
		return line
	case <-p.done:
		t.Fatal("the program ended")
	case <-time.After(20 * time.Second):
		t.Fatal("the program says nothing")
	}
	return ""
}

// wait returns the exit code.
func (p *process) wait(t *testing.T, limit time.Duration) int {
	t.Helper()
	select {
	case <-p.done:
		return p.ProcessState.ExitCode()
	case <-time.After(limit):
		t.Fatalf("still running after %v", limit)
	}
	return 0
}

// timeslate runs a command line in this process and returns its exit code and what it wrote.
func timeslate(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	code = run(ctx, environment{stdout: &out, stderr: &errs, getenv: func(k string) string { return env[k] }}, args)
	return code, out.String(), errs.String()
}

// program runs a foreign program and returns its stdout; anything on stderr fails the test.
func program(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, errs.Bytes())
	}
	return string(out)
}

// probeFrames counts the video packets of a file. ffprobe must have nothing to warn of.
func probeFrames(t *testing.T, file string) int {
	t.Helper()
	out := program(t, "ffprobe", "-v", "warning", "-select_streams", "v", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", file)
	n, err := strconv.Atoi(strings.TrimSpace(strings.Trim(out, ",\n")))
	if err != nil {
		t.Fatalf("ffprobe says %q", out)
	}
	return n
}

// frameHashes decodes a file and returns a hash per picture. The decoder must have nothing to warn of.
func frameHashes(t *testing.T, file string) []string {
	t.Helper()
	out := program(t, "ffmpeg", "-v", "warning", "-xerror", "-i", file, "-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5", "-")
	var hashes []string
	for line := range strings.Lines(out) {
		if fields := strings.Split(line, ","); !strings.HasPrefix(line, "#") {
			hashes = append(hashes, strings.TrimSpace(fields[len(fields)-1]))
		}
	}
	return hashes
}

// extracted runs extract on an MP4 file and returns the rows that it wrote.
func extracted(t *testing.T, file string) []map[string]string {
	t.Helper()
	if code, _, stderr := timeslate(t, nil, "extract", "--method", "rtp", file); code != exitDone {
		t.Fatalf("extract: exit code %d: %s", code, stderr)
	}
	return readCSV(t, strings.TrimSuffix(file, ".mp4")+".csv")
}

// readCSV returns the rows of a CSV file by column name.
func readCSV(t *testing.T, file string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return tableOf(t, string(text))
}

// tableOf returns the rows of a CSV text by column name.
func tableOf(t *testing.T, text string) (rows []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("no table: %v", err)
	}
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
