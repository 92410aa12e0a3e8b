package camera

import (
	"testing"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
)

// TestMemory keeps the clocks of a camera's tracks over sessions, but not of all that a broken camera ever offers.
func TestMemory(t *testing.T) {
	var m Memory
	video, audio := media.Track{ClockRate: 90000}, media.Track{Kind: media.Audio, ClockRate: 48000}
	v, a := m.times(&video, clock.TrustHost), m.times(&audio, clock.TrustHost)
	if m.times(&video, clock.TrustHost) != v || m.times(&audio, clock.TrustHost) != a || v == a {
		t.Error("a clock is forgotten")
	}
	for rate := range uint32(1000) {
		m.times(&media.Track{Kind: media.Audio, ClockRate: rate}, clock.TrustHost)
	}
	if len(m.clocks) > maxClocks {
		t.Errorf("%d clocks are remembered", len(m.clocks))
	}
	first := m.number(0, 0)
	if again := m.number(m.runs, 0); first != 0 || again != 1 {
		t.Errorf("runs %d and %d", first, again)
	}
}
