package aac

import (
	"slices"
	"testing"

	"github.com/timeslate/timeslate/media"
)

// stream returns the packets of some seconds: units of 370 bytes, of which three go into a packet, and every tenth in
// fragments.
func stream() (packets []media.Packet, units int, bytes int64) {
	var all [][]byte
	for i := range 200 {
		size := 370
		if i%10 == 0 {
			size = 3000
		}
		all = append(all, make([]byte, size))
	}
	var p Packetizer
	for x := range p.Packets(all) {
		packets = append(packets, media.Packet{Payload: slices.Clone(x.Data), Time: int64(x.Unit) * 1024, Marker: x.Marker})
		bytes += int64(len(x.Data))
	}
	return packets, len(all), bytes
}

func pushAll(d *Depacketizer, packets []media.Packet) (units int) {
	for i := range packets {
		_ = d.Push(&packets[i])
		for _, ok := d.Next(); ok; _, ok = d.Next() {
			units++
		}
		packets[i].Time += 200 * 1024
	}
	return units
}

func TestDepacketizerDoesNotAllocate(t *testing.T) {
	packets, want, _ := stream()
	d := NewDepacketizer(format(t, ""))
	pushAll(d, packets)
	units := 0
	allocs := testing.AllocsPerRun(20, func() { units = pushAll(d, packets) })
	if allocs != 0 || units != want {
		t.Errorf("%v allocations for %d packets and %d units", allocs, len(packets), units)
	}
}

// BenchmarkDepacketizer's metric is the time per packet.
func BenchmarkDepacketizer(b *testing.B) {
	packets, _, size := stream()
	d := NewDepacketizer(format(b, ""))
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		pushAll(d, packets)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(packets)), "ns/packet")
}
