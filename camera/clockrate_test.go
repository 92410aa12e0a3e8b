package camera

import (
	"log/slog"
	"testing"

	"github.com/timeslate/timeslate/sdp"
)

// TestClockRate checks what sound is timed by whose clock rate can't be: at 1 Hz it would lie hours from the picture, and
// with 4 GHz no player takes the file.
func TestClockRate(t *testing.T) {
	s := &Stream{warnings: newLimiter(slog.New(slog.DiscardHandler))}
	for said, want := range map[uint32]uint32{1: 16000, 1<<32 - 1: 16000, 16000: 16000, 48000: 48000, 90000: 90000} {
		track := s.newTrack(&sdp.Media{Kind: "audio"}, sdp.Format{Encoding: "MPEG4-GENERIC", ClockRate: said, Params: "config=1408"})
		if track == nil || track.ClockRate != want || track.format.ClockRate != want {
			t.Errorf("%d: %+v, want %d", said, track, want)
		}
	}
}
