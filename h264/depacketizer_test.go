package h264

import (
	"bytes"
	"testing"
	"time"

	"github.com/timeslate/timeslate/media"
)

// nal returns a NAL unit with the given header byte and n bytes without zeros behind it; VCL types get a slice header
// with first_mb_in_slice mb.
func slice(header byte, mb uint32, n int) []byte { return nil }

func TestHappyPath(t *testing.T) {
	d := NewDepacketizer(nil)
	var pk Packetizer
	sps := []byte{0x67, 0x64, 0x00, 0x0a, 0xac, 0x72, 0x84, 0x44, 0x26, 0x84, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xca, 0x3c, 0x48, 0x96, 0x11, 0x80}
	pps := []byte{0x68, 0xe8, 0x43, 0x8f, 0x13, 0x21, 0x30}
	idr := append([]byte{0x65, 0x88}, bytes.Repeat([]byte{0xab}, 5000)...)
	p := append([]byte{0x41, 0x9a}, bytes.Repeat([]byte{0xcd}, 300)...)
	got := 0
	for i := range 10 {
		nals := [][]byte{p}
		if i%5 == 0 {
			nals = [][]byte{sps, pps, idr}
		}
		for b, m := range pk.Packets(nals) {
			if err := d.Push(&media.Packet{Payload: b, Time: int64(i) * 3000, Marker: m, Arrival: time.Now()}); err != nil {
				t.Fatal(err)
			}
			for u, ok := d.Next(); ok; u, ok = d.Next() {
				t.Log(i, u.PTS, u.Key, len(u.Data), u.Damaged, u.Config.(*Config).Width)
				got++
			}
		}
	}
	if got != 10 {
		t.Fatal(got)
	}
}
