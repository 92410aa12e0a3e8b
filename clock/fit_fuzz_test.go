package clock_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// observations makes frames and reports from bytes: anything that a file can hold.
func observations(b []byte) (o clock.Options, reports []clock.Report, frames []clock.Frame) {
	next := func(n int) int64 {
		var v [8]byte
		b = b[copy(v[:n], b):]
		return int64(binary.LittleEndian.Uint64(v[:]))
	}
	head := next(1)
	o = clock.Options{ClockRate: uint32(90000 * (head & 1)), Trust: clock.Trust(head >> 1 % 3)}
	rtp, arrival, run := int64(0), start, 0
	wall := ntp.FromTime(start)
	for len(b) > 0 && len(frames) < 3000 {
		kind := next(1)
		switch kind & 7 {
		case 0: // a jump of the media clock
			rtp += int64(int32(next(4))) << (kind >> 5)
		case 1: // of the arrivals
			arrival = arrival.Add(time.Duration(int32(next(4))) << (kind >> 5))
		case 2: // of the camera's clock
			wall += ntp.Time(int64(int32(next(4))) << (kind >> 4 & 15))
		case 3:
			run += int(int8(next(1)))
		case 4:
			frames = append(frames, clock.Frame{RTP: rtp, Run: run})
		case 5:
			r := clock.Report{NTP: wall, RTP: rtp + int64(int16(next(2))), Run: run, Before: len(frames) + int(int8(next(1)))}
			if kind&8 == 0 {
				r.Arrival = arrival
			}
			reports = append(reports, r)
		default: // even frames
			for range kind >> 3 {
				rtp, arrival, wall = rtp+3600, arrival.Add(40*time.Millisecond), wall+40<<32/1000
				frames = append(frames, clock.Frame{RTP: rtp, Run: run, Arrival: arrival})
			}
		}
	}
	return o, reports, frames
}

// Whatever is observed: one estimate per frame, none before that of a frame that is shown before, with a bound that is no lie about its sign.
func FuzzFit(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 4})
	f.Add([]byte{1, 0xfe, 5, 0, 0, 0, 0xfe, 5, 1, 0, 0, 0xfe, 5, 3, 0, 1, 0xfe, 5, 0, 0, 0, 0xfe})
	f.Add([]byte{3, 0xfe, 0xe0, 255, 255, 255, 127, 0xfe, 5, 0, 0, 0, 0xfe, 0xe1, 255, 255, 255, 127, 0xfe, 0xe1, 0, 0, 0, 128, 6, 0xfe})
	f.Add([]byte{0, 4, 5, 0, 0, 0, 4, 4, 5, 0, 0, 0, 3, 1, 4, 5, 9, 0, 0, 3, 255, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		o, reports, frames := observations(b)
		s := clock.Examine(o, reports, frames)
		if len(s.Estimates) != len(frames) || len(s.Reports) != len(reports) {
			t.Fatalf("%d estimates and %d verdicts for %d frames and %d reports", len(s.Estimates), len(s.Reports), len(frames), len(reports))
		}
		for i, e := range s.Estimates {
			if e.Error < 0 || (e.State == clock.None) != e.Time.IsZero() {
				t.Fatalf("frame %d: %v ± %v, %v", i, e.Time, e.Error, e.Status())
			}
		}
		if err := clock.Backwards(o, frames, s.Estimates, nil); err != nil {
			t.Fatal(err)
		}
	})
}
