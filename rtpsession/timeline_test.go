package rtpsession

import "testing"

func TestTimelineDifferences(t *testing.T) {
	tests := []struct {
		from, to uint32
		want     int64
	}{
		{4294963200, 4904, 9000},
		{4294963200, 4294960230, -2970},
		{5, 4294967290, -11},
		{0, 1<<31 - 1, 1<<31 - 1},
		{0, 1 << 31, -1 << 31},
	}
	for _, test := range tests {
		var line timeline
		from := line.advance(test.from)
		if placed := line.place(test.to); placed-from != test.want {
			t.Errorf("place(%d) after %d: %+d ticks, want %+d", test.to, test.from, placed-from, test.want)
		}
		if again := line.place(test.from); again != from {
			t.Errorf("place moved the timeline: %d is now at %d, was at %d", test.from, again, from)
		}
		to := line.advance(test.to)
		if to-from != test.want || uint32(to) != test.to {
			t.Errorf("advance(%d) after %d: %d, %+d ticks, want %+d", test.to, test.from, to, to-from, test.want)
		}
		if back := line.place(test.from); back != from && test.want != -1<<31 {
			t.Errorf("%d after %d: %d, was at %d", test.from, test.to, back, from)
		}
	}
}

// TestTimelineWrap has steps over the wrap, back over it and of nearly half of the range.
func TestTimelineWrap(t *testing.T) {
	rtp := []uint32{4294960000, 4294963600, 4294967200, 3504, 7104, 4294966000, 3504, 2147490000}
	want := []int64{0, 3600, 7200, 10800, 14400, 6000, 10800, -2147470000}
	var line timeline
	for i, ts := range rtp {
		if ticks := line.advance(ts) - int64(rtp[0]); ticks != want[i] {
			t.Errorf("%d: %d ticks from the start, want %d", ts, ticks, want[i])
		}
	}
}
