package camsim

import (
	"bufio"
	"fmt"
	"io"
	"sync"
	"time"
)

// truth writes what is true of the frames that were sent, as Options says: a CSV line each. Several cameras share it.
type truth struct {
	mu      sync.Mutex
	w       *bufio.Writer // nil: nobody wants to know
	flushed time.Time
	err     error // the first that occurred; from then on nothing is written
}

const truthHeader = "camera,frame,rtp,unix_ns\n"

// newTruth returns a truth that writes to w, which may be nil.
func newTruth(w io.Writer) *truth {
	t := &truth{}
	if w != nil {
		t.w = bufio.NewWriter(w)
		_, t.err = t.w.WriteString(truthHeader)
	}
	return t
}

// frame writes the line of a frame.
func (t *truth) frame(camera string, f *Frame) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.w == nil || t.err != nil {
		return
	}
	if f.track == audioTrack {
		camera += "/audio"
	}
	_, t.err = fmt.Fprintf(t.w, "%s,%d,%d,%d\n", camera, f.Number, f.RTP, f.Captured.UnixNano())
}

// tick flushes what was written, once a second.
func (t *truth) tick(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.w != nil && t.err == nil && now.Sub(t.flushed) >= time.Second {
		t.flushed = now
		t.err = t.w.Flush()
	}
}

// end flushes and returns the first error of all.
func (t *truth) end() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.w != nil && t.err == nil {
		t.err = t.w.Flush()
	}
	if t.err != nil {
		return fmt.Errorf("camsim: writing the truth: %w", t.err)
	}
	return nil
}
