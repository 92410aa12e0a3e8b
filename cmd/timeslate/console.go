package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/record"
)

// console shows what recorders say: messages and a status line on stderr, JSON on stdout if wanted. Recorders call it
// from their own goroutines.
type console struct {
	mu       sync.Mutex
	out      io.Writer // JSON; nil without --json
	messages io.Writer
	terminal bool
	status   map[string]record.Event // by output; of those that record
	shown    time.Time               // when the status was shown last
	line     bool                    // a status line stands on the terminal
}

// statusEvery is how often the status is shown where there is no terminal.
const statusEvery = 10 * time.Second

func newConsole(env environment, json bool) *console {
	c := &console{
		messages: env.stderr, terminal: isTerminal(env.stderr), status: map[string]record.Event{}, shown: time.Now(),
	}
	if json {
		c.out = env.stdout
	}
	return c
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// event takes an event of a recorder.
func (c *console) event(e record.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.Message = masked(e.Message)
	if c.out != nil {
		line, err := json.Marshal(e)
		if err == nil {
			c.out.Write(append(line, '\n'))
		}
	}
	switch e.Type {
	case record.Status:
		c.status[e.Output] = e
		c.showStatus(time.Now())
	case record.Finished, record.Failed:
		delete(c.status, e.Output)
		c.say(e.String())
	default:
		c.say(e.String())
	}
}

// say writes a message on a line of its own.
func (c *console) say(message string) {
	c.clearLine()
	fmt.Fprintln(c.messages, message)
}

func (c *console) clearLine() {
	if c.line {
		fmt.Fprint(c.messages, "\r\x1b[K")
		c.line = false
	}
}

// showStatus shows what all recorders do: a line each, or one line for all on a terminal.
func (c *console) showStatus(now time.Time) {
	if !c.terminal && now.Sub(c.shown) < statusEvery {
		return
	}
	c.shown = now
	outputs := slices.Sorted(maps.Keys(c.status))
	if !c.terminal {
		for _, output := range outputs {
			fmt.Fprintln(c.messages, c.status[output])
		}
		return
	}
	line := c.status[outputs[0]].String()
	if len(outputs) > 1 {
		line = c.sum()
	}
	c.clearLine()
	fmt.Fprint(c.messages, line)
	c.line = true
}

// sum puts all recorders into one line.
func (c *console) sum() string {
	var frames, lost int64
	locked := 0
	for _, e := range c.status {
		frames, lost = frames+e.Frames, lost+e.Lost
		if e.State == clock.Locked.String() {
			locked++
		}
	}
	return fmt.Sprintf("%d cameras, %d frames in the open files, %d packets lost, %d clocks locked",
		len(c.status), frames, lost, locked)
}

// close leaves the terminal at the start of a line.
func (c *console) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line {
		fmt.Fprintln(c.messages)
		c.line = false
	}
}

// Write lets the protocol log and the warnings share stderr with the status line.
func (c *console) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clearLine()
	return c.messages.Write(b)
}

// log returns a logger for one camera's warnings.
func (c *console) log(camera string) *slog.Logger {
	withoutTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	return slog.New(slog.NewTextHandler(c, &slog.HandlerOptions{ReplaceAttr: withoutTime})).With("output", camera)
}
