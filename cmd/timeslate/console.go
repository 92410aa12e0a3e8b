package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/timeslate/timeslate/record"
)

// console shows what recorders say: messages and a status line on stderr, JSON on stdout if wanted. Recorders call it
// from their own goroutines.
type console struct {
	mu       sync.Mutex
	out      io.Writer // JSON; nil without --json
	messages io.Writer
	terminal bool
	quiet    bool // no status is shown
	cameras  cameras
	told     repeats
	met      map[string]bool // outputs whose camera was there: what it needs is known, and no hint
	shown    time.Time       // when the status was shown last
	line     bool            // a status line stands on the terminal
}

// statusEvery is how often the status is shown where there is no terminal.
const statusEvery = 10 * time.Second

func newConsole(env environment, json bool) *console {
	c := &console{
		messages: env.stderr, terminal: isTerminal(env.stderr), cameras: cameras{}, told: repeats{}, met: map[string]bool{}, shown: time.Now(),
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

// start lets the status follow the time, also while no recorder says anything. stop ends that, tells what was held back and
// leaves the terminal at the start of a line.
func (c *console) start() (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				c.tick(now)
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
		c.close()
	}
}

func (c *console) tick(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, message := range c.told.due(now) {
		c.say(message)
	}
	c.showStatus(now)
}

func (c *console) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, message := range c.told.rest(time.Now()) {
		c.say(message)
	}
	if c.line {
		fmt.Fprintln(c.messages)
		c.line = false
	}
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
	if e.Type == record.Connected {
		c.met[e.Output] = true
	}
	now := time.Now()
	c.cameras.event(now, e)
	if e.Type != record.Status && c.told.news(now, e) {
		c.say(e.String())
		if hint := hintFor(e.Err); hint != "" && e.Type == record.Waiting && !c.met[e.Output] { // run has those of failures
			c.say("  " + hint)
		}
	}
}

// say writes a message on a line of its own.
func (c *console) say(message string) {
	c.clearLine()
	fmt.Fprintln(c.messages, printable(message))
}

func (c *console) clearLine() {
	if c.line {
		fmt.Fprint(c.messages, "\r\x1b[K")
		c.line = false
	}
}

// What is longer than the terminal is wide is cut off, as another line could not be cleared again (DECAWM).
const noWrap, wrap = "\x1b[?7l", "\x1b[?7h"

// showStatus shows what all recorders do: a line each now and then, or one line for all on a terminal.
func (c *console) showStatus(now time.Time) {
	if c.quiet || len(c.cameras) == 0 || !c.terminal && now.Sub(c.shown) < statusEvery {
		return
	}
	c.shown = now
	if c.terminal {
		c.clearLine()
		fmt.Fprint(c.messages, noWrap+printable(c.cameras.line(now))+wrap)
		c.line = true
		return
	}
	for _, line := range c.cameras.lines(now) {
		fmt.Fprintln(c.messages, printable(line))
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
func (c *console) log(camera string) *slog.Logger { return slog.New(logLines{c, camera}) }
