package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/record/segment"
)

// input is how recordings are opened that are to be read.
type input struct {
	reports string     // of a packet log, whose frames are the file then
	trust   trustValue // which clock is right
	stderr  io.Writer  // what is to be told goes there
	leftOut bool       // files were left out of a recording
}

// open reads the recording that a file is, a packet log, or all files of a recording by their prefix, and tells what is
// wrong with it.
func (in *input) open(file string) (*extract.Recording, error) {
	r, err := in.read(file)
	if err != nil {
		return nil, err
	}
	for _, err := range r.Skipped {
		in.leftOut = in.leftOut || errors.Is(err, extract.ErrLeftOut)
		in.tell(file, err.Error())
	}
	if len(r.Segments) > 1 || in.leftOut {
		in.tellSegments(r)
	}
	if r.HostSet != 0 {
		in.tell(file, fmt.Sprintf("the recorder's clock was set by %v while it recorded; arrivals are counted by what it showed then", r.HostSet))
	}
	if trust, ok := in.trust.decided(); ok {
		r.Trust = trust
	}
	return r, nil
}

func (in *input) tell(file, message string) {
	fmt.Fprintf(in.stderr, "%s: %s\n", printable(file), printable(message))
}

// tellTrust says which clock the times rest on, if camera and recorder disagree and the user has not decided.
func (in *input) tellTrust(file string, r *extract.Recording) {
	if _, ok := in.trust.decided(); ok {
		return
	}
	s := r.Examine()
	if !s.Apart() {
		return
	}
	believed := "the recorder's is believed (--trust camera believes the other)"
	if r.Trust != clock.TrustHost && s.Estimates[len(s.Estimates)-1].Source.OfCamera() {
		believed = "the camera's is believed, as the recorder's followed no time server (--trust host believes the other)"
	}
	in.tell(file, fmt.Sprintf("the camera's clock is %s the recorder's; %s", sayAhead(s.Offset), believed))
}

// sayAhead says in words where a clock is that is so far ahead of another.
func sayAhead(ahead time.Duration) string {
	ahead, where := ahead.Round(time.Millisecond), "ahead of"
	if ahead < 0 {
		ahead, where = -ahead, "behind"
	}
	words := ahead.String()
	if days := ahead / (24 * time.Hour); days > 1 {
		words = fmt.Sprintf("%d days", days)
	}
	return words + " " + where
}

// tellSegments says which rows are of which file.
func (in *input) tellSegments(r *extract.Recording) {
	next := 0
	for _, f := range r.Frames.All() {
		if !f.Hidden {
			next++
		}
	}
	lines := make([]string, len(r.Segments))
	for i := len(r.Segments) - 1; i >= 0; i-- {
		s := &r.Segments[i]
		lines[i] = fmt.Sprintf("frames %d to %d", s.First, next-1)
		if s.First == next {
			lines[i] = "no frames"
		}
		next = s.First
	}
	for i, line := range lines {
		in.tell(r.Segments[i].Name, line)
	}
}

func (in *input) read(file string) (*extract.Recording, error) {
	if in.reports != "" {
		return openLog(file, in.reports)
	}
	names, err := segment.Expand(file)
	switch {
	case err != nil:
		return nil, err
	case len(names) == 1 && names[0] == file:
		return in.readFile(file)
	}
	return in.readAll(names)
}

// readAll reads the files of one recording. One that can't be read is told and left out.
func (in *input) readAll(names []string) (*extract.Recording, error) {
	var parts []extract.Part
	var errs []error
	for _, name := range names {
		r, err := in.readFile(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			in.leftOut = true
			in.tell(name, "left out: "+err.Error())
			continue
		}
		parts = append(parts, extract.Part{Name: name, Recording: r})
	}
	if len(parts) == 0 {
		return nil, errors.Join(errs...)
	}
	return extract.Join(parts)
}

// readFile reads a file. One that was finished in the same moment is read again: its size was another, and it looked torn.
func (in *input) readFile(file string) (*extract.Recording, error) {
	f, err := segment.Open(file, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, size, err := in.readSize(f, -1)
	if err != nil || len(r.Skipped) > 0 {
		if again, grown, errAgain := in.readSize(f, size); grown != size {
			return again, errAgain
		}
	}
	return r, err
}

// readSize reads a file of the size it has now, unless that is the one that is known.
func (in *input) readSize(f *os.File, known int64) (*extract.Recording, int64, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == known {
		return nil, known, err
	}
	if info.Size() == 0 {
		return nil, 0, errors.New("not a recording: it is empty")
	}
	p := &progress{ReaderAt: f, name: f.Name(), size: info.Size(), to: in.stderr, terminal: isTerminal(in.stderr), shown: time.Now()}
	defer p.clear()
	r, err := extract.Open(p, info.Size())
	if err != nil && cutOff(f) {
		err = fmt.Errorf("its end is missing, as of a copy that broke off; timeslate repair saves the rest: %w", err)
	}
	return r, info.Size(), err
}

// cutOff tells whether a file that can't be read was once a finished recording.
func cutOff(f *os.File) bool {
	head := make([]byte, mp4.HeadSize)
	n, _ := f.ReadAt(head, 0)
	return mp4.StateOf(head[:n]) == mp4.Finished
}

// openLog reads a packet log.
func openLog(frames, reports string) (*extract.Recording, error) {
	var files [2]extract.LogFile
	for i, name := range []string{frames, reports} {
		f, err := segment.Open(name, os.O_RDONLY)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		files[i] = extract.LogFile{Name: filepath.Base(name), Reader: f}
	}
	return extract.ReadLog(files[0], files[1])
}

// outputStem returns what the names of the files begin with that are written beside an input.
func outputStem(file string) string {
	if info, err := os.Stat(file); (err != nil || info.IsDir()) && !strings.HasSuffix(file, segment.Extension) {
		return file // a prefix
	}
	file = strings.TrimSuffix(file, ".gz")
	return strings.TrimSuffix(file, filepath.Ext(file))
}

// progress is a file that says how far it has been read when that takes long: on a disk in a network, say.
type progress struct {
	io.ReaderAt
	name     string
	size     int64
	to       io.Writer
	terminal bool
	shown    time.Time // the start, at first
	line     bool      // a status line stands on the terminal
}

func (p *progress) ReadAt(b []byte, at int64) (int, error) {
	now, every := time.Now(), statusEvery
	if p.terminal {
		every = time.Second
	}
	if now.Sub(p.shown) >= every {
		p.show(now, at)
	}
	return p.ReaderAt.ReadAt(b, at)
}

func (p *progress) show(now time.Time, at int64) {
	p.shown = now
	text := fmt.Sprintf("%s: read to %d of %d MB", printable(p.name), at>>20, p.size>>20)
	if !p.terminal {
		fmt.Fprintln(p.to, text)
		return
	}
	fmt.Fprint(p.to, "\r\x1b[K"+noWrap+text+wrap)
	p.line = true
}

func (p *progress) clear() {
	if p.line {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.line = false
	}
}
