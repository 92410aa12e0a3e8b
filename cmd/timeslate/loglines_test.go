package main

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// TestLogLines: warnings look like the other messages, and hold neither secrets nor a camera's control characters.
func TestLogLines(t *testing.T) {
	var out strings.Builder
	log := slog.New(logLines{&out, "garage"})
	log.Debug("for developers")
	log.Info("not recorded", "media", "audio PCMU\x1b[2J")
	log.Warn("bad RTP packet", "error", errors.New("rtsp://me:secret@192.0.2.1/ is no packet"), "alike_before", 3)
	if got := out.String(); !strings.HasPrefix(got, "garage: not recorded: audio PCMU") || strings.Contains(got, "\x1b") ||
		strings.Contains(got, "secret") || !strings.HasSuffix(got, " is no packet (3 more like it before)\n") || strings.Count(got, "\n") != 2 {
		t.Errorf("%q", got)
	}
}
