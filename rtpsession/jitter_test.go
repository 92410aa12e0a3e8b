package rtpsession

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestJitterLong has 40 h of a camera whose frames come 1 ms early and late by turns: 3 wraps of the time stamp, and
// more nanoseconds times ticks than fit into 63 bits.
func TestJitterLong(t *testing.T) {
	const fps, rate = 25, 90000
	j := jitter{rate: rate}
	now, rtp := start, uint32(1<<32-90000)
	for i := range 40 * 3600 * fps {
		offset := time.Duration(i%2*2-1) * time.Millisecond
		j.add(now.Add(offset), rtp)
		if v := j.value(); v > 180 || i > 1000 && v < 170 {
			t.Fatalf("frame %d, time stamp %d: jitter of %d ticks, want nearly 180", i, rtp, v)
		}
		now = now.Add(time.Second / fps)
		rtp += rate / fps
	}
	if d := j.duration(); d < 1900*time.Microsecond || d > 2*time.Millisecond {
		t.Errorf("%v, want nearly 2 ms", d)
	}
}

func TestJitterFragments(t *testing.T) {
	j := jitter{rate: 90000}
	for frame := range 100 {
		first := start.Add(time.Duration(frame) * 40 * time.Millisecond)
		for fragment := range 20 { // a frame takes 20 ms to leave the camera
			j.add(first.Add(time.Duration(fragment)*time.Millisecond), uint32(3600*frame))
		}
	}
	if j.scaled != 0 {
		t.Errorf("jitter %d/16 ticks from the fragments of frames that came on time", j.scaled)
	}
}

func TestJitterGap(t *testing.T) {
	j := jitter{rate: 90000}
	j.add(start, 0)
	j.add(start.Add(30*24*time.Hour), 3600) // a month of silence
	if got, want := j.scaled>>4, (int64(30*24*3600)*90000-3600)/16; got != want {
		t.Errorf("%d, want %d", got, want)
	}
	if got := j.value(); got != 1<<32-1 {
		t.Errorf("value %d does not fit its field and should be the largest that does", got)
	}
}

// TestJitterRounds compares with the integers of RFC 3550 A.8, which round to nearest.
func TestJitterRounds(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	j, want := jitter{rate: 1000}, int64(0)
	j.add(start, 0)
	for i, at := 1, time.Duration(0); i < 1000; i++ {
		d := random.Int64N(5)
		at += time.Duration(1+d) * time.Millisecond
		j.add(start.Add(at), uint32(i))
		if want += d - (want+8)>>4; j.scaled != want {
			t.Fatalf("packet %d: %d/16 ticks, want %d/16", i, j.scaled, want)
		}
	}
}
