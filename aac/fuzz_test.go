package aac

import (
	"bytes"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/media"
)

// FuzzDepacketizer reads the input as packets: a byte of flags, a byte of length, the payload.
func FuzzDepacketizer(f *testing.F) {
	for _, tt := range depacketizerTests {
		var b []byte
		for i, p := range tt.packets {
			m := packet(nil, p)
			flags := byte(m.Lost&3) << 1
			if m.Marker {
				flags |= 1
			}
			if i > 0 && p.time > tt.packets[i-1].time {
				flags |= 1 << 3
			}
			payload := unhex(f, strings.ReplaceAll(p.payload, " ", ""))
			payload = payload[:min(len(payload), 255)]
			b = append(append(b, flags, byte(len(payload))), payload...)
		}
		f.Add(tt.fmtp, b)
	}
	steps := [...]int64{0, 1024, 1, -1024, 5, 1 << 40, 2048, 960}
	f.Fuzz(func(t *testing.T, fmtp string, b []byte) {
		format, err := ParseFormat("MPEG4-GENERIC/16000", "config=1408;"+fmtp)
		if err != nil {
			return
		}
		d := NewDepacketizer(format)
		var now int64
		lost, seen, in, out := 0, 0, 0, 0
		for len(b) >= 2 {
			flags, n := b[0], min(int(b[1]), len(b)-2)
			now += steps[flags>>3&7]
			p := media.Packet{Payload: b[2 : 2+n], Marker: flags&1 != 0, Lost: int(flags >> 1 & 3), Time: now}
			b = b[2+n:]
			before := bytes.Clone(p.Payload)
			lost += p.Lost + 2 // units of this packet and the one before may be dropped
			in += n
			_ = d.Push(&p)
			if !bytes.Equal(before, p.Payload) {
				t.Fatal("the payload was changed")
			}
			check := func() {
				for u, ok := d.Next(); ok; u, ok = d.Next() {
					seen += u.Lost
					out += len(u.Data[0])
					if len(u.Data[0]) == 0 || len(u.Data[0]) > maxUnitBytes || u.Config != format.Config {
						t.Fatalf("%+v", u)
					}
				}
			}
			check()
			if flags>>6 == 3 {
				d.Flush()
				check()
			}
		}
		if seen > lost || out > in {
			t.Fatalf("%d packets lost, %d in units; %d bytes in, %d out", lost, seen, in, out)
		}
	})
}
