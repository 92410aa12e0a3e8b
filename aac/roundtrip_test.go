package aac

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/timeslate/timeslate/media"
)

func TestSmoke(t *testing.T) {
	c, err := NewConfig(48000, 2)
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseFormat("mpeg4-generic/48000/2", NewFormat(c).FMTP())
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var units [][]byte
	for i := range 50 {
		u := make([]byte, 1+r.IntN(600)*(1+i%7))
		for j := range u {
			u[j] = byte(r.IntN(255))
		}
		units = append(units, u)
	}
	d := NewDepacketizer(f)
	p := Packetizer{}
	n := 0
	for x := range p.Packets(units) {
		if err := d.Push(&media.Packet{Payload: x.Data, Time: int64(x.Unit) * 1024, Marker: x.Marker}); err != nil {
			t.Fatal(err)
		}
		for u, ok := d.Next(); ok; u, ok = d.Next() {
			if !bytes.Equal(u.Data[0], units[n]) || u.PTS != int64(n)*1024 {
				t.Fatalf("unit %d: PTS %d", n, u.PTS)
			}
			n++
		}
	}
	if n != len(units) {
		t.Errorf("%d units", n)
	}
}
