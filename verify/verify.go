// Package verify checks recordings and says what is in them: whether each file is whole, whether sound and picture are
// together, and what is missing where and why. The files of one recording are one story.
package verify

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/timeslate/timeslate/internal/filelock"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/record/segment"
)

// Options say how to verify. The zero value is good.
type Options struct {
	Quick bool // don't read the media, only what is said of them
}

// State is how far a file came.
type State string

// The states of a file.
const (
	Finished   State = "finished"
	Recording  State = "recording"  // growing, and locked by its recorder
	Unfinished State = "unfinished" // growing, but nobody writes to it
	Torn       State = "torn"       // unfinished, and its end is not whole
	Cut        State = "cut"        // finished once, but its end is missing
	Foreign    State = "foreign"    // a file of another program
	Unreadable State = "unreadable"
)

// Report is what was found.
type Report struct {
	Stories []*Story
	Summary Summary
}

// Story is the files of one recording in order, and what is missing in them and between them.
type Story struct {
	Name  string // the prefix of the files, or the name of the only one
	Files []*File
	Gaps  []Gap
}

// File is one file. In JSON durations are in nanoseconds.
type File struct {
	Type    string    `json:"type"` // "file"
	File    string    `json:"file"`
	State   State     `json:"state"`
	Bytes   int64     `json:"bytes"`
	First   time.Time `json:"first,omitzero"` // capture time of the first frame
	Last    time.Time `json:"last,omitzero"`  // and of the last one
	Tracks  []Track   `json:"tracks"`
	Clock   *Clock    `json:"clock,omitempty"`
	Offset  *Offset   `json:"av_offset,omitempty"`
	Damage  []string  `json:"damage,omitempty"` // what is wrong
	Remarks []string  `json:"remarks,omitempty"`
}

// Track is a track of a file.
type Track struct {
	Kind      string        `json:"kind"` // video, audio, or the handler type of another one
	Codec     string        `json:"codec"`
	Width     int           `json:"width,omitempty"`
	Height    int           `json:"height,omitempty"`
	ClockRate uint32        `json:"clock_rate"`
	Frames    int           `json:"frames"`
	Keys      int           `json:"key_frames"`
	Duration  time.Duration `json:"duration_ns"`
	FPS       float64       `json:"fps"`
	BitRate   int64         `json:"bitrate"`
	Lost      int           `json:"lost_packets"`
	Damaged   int           `json:"damaged_frames"` // packets of these very frames are missing
}

// Gap is a stretch from which something is missing.
type Gap struct {
	Type     string        `json:"type"`  // "gap"
	File     string        `json:"file"`  // that goes on after it
	Track    int           `json:"track"` // -1: all
	Cause    string        `json:"cause"`
	From     time.Time     `json:"from,omitzero"` // on the recorder's clock
	To       time.Time     `json:"to,omitzero"`
	Length   time.Duration `json:"gap_ns"`
	Frames   int           `json:"frames"`  // that are missing, by the time between the frames
	Packets  int           `json:"packets"` // that are missing, by their numbers
	Text     string        `json:"text,omitempty"`
	Recorded bool          `json:"recorded"` // by the recorder; otherwise it was found now
}

// Summary is what all of it comes to.
type Summary struct {
	Type       string        `json:"type"` // "summary"
	Recordings int           `json:"recordings"`
	Files      int           `json:"files"`
	Frames     int           `json:"frames"`      // of the first tracks
	Recorded   time.Duration `json:"recorded_ns"` // of the first tracks
	Missing    time.Duration `json:"missing_ns"`  // in gaps of the first tracks, lost packets aside
	Gaps       int           `json:"gaps"`        // lost packets aside
	LostFrames int           `json:"lost_frames"` // of the first tracks, by the time between the frames
	Lost       int           `json:"lost_packets"`
	Backwards  time.Duration `json:"backwards_ns"` // the largest step back of the capture time, less its error bounds
	Damage     int           `json:"damage"`       // things that are wrong
	Verdict    Verdict       `json:"verdict"`
}

// Verdict is the result in one word.
type Verdict string

// The verdicts, from good to bad.
const (
	Whole   Verdict = "whole"
	Gaps    Verdict = "gaps"
	Damaged Verdict = "damaged"
)

// Files verifies files in the order given. Those whose names differ only in the time or number that a recorder gives them
// are one story. A file that can't be read is in the report as damaged; the error is only that of the context.
func Files(ctx context.Context, paths []string, o Options) (*Report, error) {
	r := &Report{Summary: Summary{Type: "summary"}}
	tellers := map[string]*teller{}
	for _, path := range paths {
		name := storyOf(path)
		t := tellers[name]
		if t == nil {
			t = &teller{story: &Story{Name: name}}
			tellers[name] = t
			r.Stories = append(r.Stories, t.story)
		}
		content, err := inspect(ctx, path, o)
		if err != nil {
			return nil, err
		}
		t.tell(content)
	}
	for _, s := range r.Stories {
		t := tellers[s.Name]
		t.end()
		r.Summary.add(t)
	}
	r.Summary.judge()
	return r, nil
}

// storyOf returns the output that a file belongs to.
func storyOf(path string) string {
	name := segment.Stem(path)
	if filepath.Base(name) == "." || name == "" {
		return path
	}
	return name
}

// content is a file with all that is needed to compare it with the others.
type content struct {
	*File
	tracks   []*track
	gaps     []Gap     // the recorded ones first, in the order of their ends
	recorded int       // number of those
	start    time.Time // of the recorder
}

func (c *content) damaged(format string, args ...any) {
	c.Damage = append(c.Damage, fmt.Sprintf(format, args...))
}

func (c *content) remark(format string, args ...any) {
	c.Remarks = append(c.Remarks, fmt.Sprintf(format, args...))
}

// inspect looks at one file. Its error is that of the context.
func inspect(ctx context.Context, path string, o Options) (*content, error) {
	c := &content{File: &File{Type: "file", File: path, State: Unreadable, Tracks: []Track{}}}
	f, err := segment.Open(path, os.O_RDONLY)
	if err != nil {
		c.damaged("%v", err)
		return c, nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		c.damaged("%v", err)
		return c, nil
	}
	c.Bytes = info.Size()
	return c, c.read(ctx, f, info.Size(), o)
}

// isLocked reports whether a recorder has the file, which is growing. A recorder locks a file before it writes to it, so
// this is never in its way.
func isLocked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return filelock.Probe(f) != nil
}

// read looks at the bytes of a file.
func (c *content) read(ctx context.Context, r io.ReaderAt, size int64, o Options) error {
	head := make([]byte, min(size, mp4.HeadSize))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		c.damaged("%v", err)
		return nil
	}
	f, err := mp4.Open(r, size)
	switch {
	case err != nil && mp4.StateOf(head) == mp4.Finished:
		c.damaged("its end is missing, as of a copy that broke off; timeslate repair saves the rest: %v", err)
		return nil
	case err != nil:
		c.damaged("%v", err)
		return nil
	}
	c.judgeState(f, mp4.StateOf(head))
	for i := range f.Tracks {
		c.tracks = append(c.tracks, newTrack(&f.Tracks[i]))
	}
	c.checkSamples(size)
	c.checkTimes(f)
	if !o.Quick {
		if err := c.checkMedia(ctx, f); err != nil {
			return err
		}
	}
	for _, t := range c.tracks {
		c.Tracks = append(c.Tracks, t.summary())
	}
	return nil
}

// growing reports whether the file consists of parts.
func (c *content) growing() bool {
	return c.State == Recording || c.State == Unfinished || c.State == Torn
}

// judgeState says how far the file came.
func (c *content) judgeState(f *mp4.File, state mp4.State) {
	switch {
	case state == mp4.Foreign:
		c.State = Foreign
	case state == mp4.Finished && f.Torn == nil:
		c.State = Finished
	case state == mp4.Finished:
		c.State = Cut
	case isLocked(c.File.File):
		c.State = Recording
	case f.Torn != nil:
		c.State = Torn
	default:
		c.State = Unfinished
	}
	switch c.State {
	case Torn, Unfinished:
		c.damaged("the recording was not finished; timeslate repair does it")
	}
	if f.Torn != nil && c.State != Recording {
		c.damaged("after byte %d: %v", f.End, f.Torn)
	}
}
