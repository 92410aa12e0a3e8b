package camsim

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// needs skips the test where a program is missing, or fails it where TIMESLATE_REQUIRE_INTEROP says that all are there.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("TIMESLATE_REQUIRE_INTEROP") == "1" {
		t.Fatalf("%s is missing", program)
	}
	t.Skipf("%s is missing", program)
}

// ffmpegYUV decodes an Annex B stream to planar 4:2:0 with ffmpeg and fails on any message.
func ffmpegYUV(t *testing.T, stream []byte) []byte {
	t.Helper()
	needs(t, "ffmpeg")
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "warning", "-xerror", "-threads", "1",
		"-f", "h264", "-i", "-", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	cmd.Stdin = bytes.NewReader(stream)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil || messages.Len() > 0 {
		t.Fatalf("ffmpeg: %v\n%s", err, messages.Bytes())
	}
	return out.Bytes()
}
