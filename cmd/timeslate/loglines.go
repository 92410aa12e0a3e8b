package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// logLines writes what a package logs like the messages beside it: "garage: not recorded: audio PCMU".
type logLines struct {
	w      io.Writer
	output string
}

// Enabled leaves out what is for developers.
func (l logLines) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle writes one line. The values may be a camera's words.
func (l logLines) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	fmt.Fprintf(&line, "%s: %s", l.output, r.Message)
	r.Attrs(func(a slog.Attr) bool {
		switch {
		case a.Key != "alike_before":
			fmt.Fprintf(&line, ": %v", a.Value)
		case a.Value.Int64() > 0:
			fmt.Fprintf(&line, " (%d more like it before)", a.Value.Int64())
		}
		return true
	})
	_, err := fmt.Fprintln(l.w, printable(masked(line.String())))
	return err
}

// WithAttrs and WithGroup are part of slog.Handler; nobody here uses them.
func (l logLines) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup returns l.
func (l logLines) WithGroup(string) slog.Handler { return l }
