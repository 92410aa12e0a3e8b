package clock

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// FuzzCarried holds that whatever frames carry, estimates come from a source that is there, with a bound that is one, and time goes
// back only where that is told.
func FuzzCarried(f *testing.F) {
	word := func(rtp, absolute uint64, run, source byte) []byte {
		b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, rtp), absolute)
		return append(b, run, source)
	}
	now := uint64(ntp.FromTime(footageStart))
	f.Add(append(word(1<<32, now, 0, 1), word(1<<32+3600, now+1<<28, 0, 1)...), uint32(90000))
	f.Add(append(word(1<<63, now, 0, 2), word(1<<63-1, 1, 0, 0x12)...), uint32(1))
	f.Add(append(word(0, now, 0, 6), word(5, now, 1, 0x15)...), uint32(1<<31))
	f.Fuzz(func(t *testing.T, b []byte, rate uint32) {
		var frames []Frame
		there := map[Source]bool{NoSource: true, Arrival: true}
		for ; len(b) >= 18 && len(frames) < 200; b = b[18:] {
			frame := Frame{
				RTP: int64(binary.BigEndian.Uint64(b)), Run: int(b[16] >> 4), Absolute: ntp.Time(binary.BigEndian.Uint64(b[8:])),
				Source: Source(b[17] & 15), Jump: b[17]&16 != 0,
			}
			if b[17]&32 == 0 {
				frame.Arrival = footageStart.Add(time.Duration(len(frames)) * 40 * time.Millisecond)
			}
			frames = append(frames, frame)
			there[frame.Source] = true
		}
		o := Options{ClockRate: rate, Trust: Trust(rate % 3)}
		c := carrier{host: new(hostLine), rate: int64(max(rate, 1))}
		list := make([]Estimate, len(frames))
		for i := range frames {
			if !frames[i].Arrival.IsZero() {
				list[i] = Estimate{Time: frames[i].Arrival, Error: time.Second, State: RxOnly, Source: Arrival}
			}
			check(t, c.frame(&frames[i], list[i]), there)
		}
		carryAll(o, nil, frames, list)
		keepOrder(o, frames, list)
		for _, e := range list {
			check(t, e, there)
		}
		for _, list := range [][]Estimate{list, Live(o, nil, frames), Fit(o, nil, frames)} {
			if err := Backwards(o, frames, list, SetBack(list)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func check(t *testing.T, e Estimate, there map[Source]bool) {
	t.Helper()
	if !there[e.Source] || e.Error < 0 || (e.State == None) != (e == Estimate{}) {
		t.Fatalf("%+v", e)
	}
}
