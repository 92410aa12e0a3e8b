package h264

import (
	"testing"

	"github.com/timeslate/timeslate/media"
)

// stream returns the packets of a group of pictures: a key frame of 60 kB, and 24 pictures of 12 kB.
func stream() (packets []media.Packet, bytes int64) {
	var p Packetizer
	for i := range int64(25) {
		nals := [][]byte{slice(0x41, 0, 12000)}
		if i == 0 {
			nals = [][]byte{sps704, pps0, sei, slice(0x65, 0, 60000)}
		}
		for payload, marker := range p.Packets(nals) {
			packets = append(packets, media.Packet{Payload: append([]byte(nil), payload...), Time: i * 3600, Marker: marker})
			bytes += int64(len(payload))
		}
	}
	return packets, bytes
}

// pushAll pushes the packets and returns the number of units; each call continues the time of the one before.
func pushAll(d *Depacketizer, packets []media.Packet) (units int) {
	for i := range packets {
		p := &packets[i]
		_ = d.Push(p)
		for _, ok := d.Next(); ok; _, ok = d.Next() {
			units++
		}
		p.Time += 25 * 3600
	}
	return units
}

func TestDepacketizerDoesNotAllocate(t *testing.T) {
	packets, _ := stream()
	d := NewDepacketizer(nil)
	pushAll(d, packets)
	pushAll(d, packets) // the second arena has seen a key frame, too
	units := 0
	allocs := testing.AllocsPerRun(20, func() { units = pushAll(d, packets) })
	if allocs != 0 || units != 25 {
		t.Errorf("%v allocations for %d packets and %d units", allocs, len(packets), units)
	}
}

func TestSEIDoesNotAllocate(t *testing.T) {
	payload := []byte("0123456789abcdef\x00\x00\x01\x02 text")
	nal, scratch := make([]byte, 0, 100), make([]byte, 0, 100)
	messages := 0
	allocs := testing.AllocsPerRun(20, func() {
		nal = AppendSEI(nal[:0], PayloadUserDataUnregistered, payload)
		for range SEIMessages(nal, scratch) {
			messages++
		}
	})
	if allocs != 0 || messages != 21 {
		t.Errorf("%v allocations, %d messages", allocs, messages)
	}
}

// BenchmarkDepacketizer takes a stream of 1080p at 25 frames per second; its metric is the time per packet.
func BenchmarkDepacketizer(b *testing.B) {
	packets, size := stream()
	d := NewDepacketizer(nil)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		pushAll(d, packets)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(packets)), "ns/packet")
}

func BenchmarkParseSPS(b *testing.B) {
	sps := unhex(b, spsVectors[8].sps)
	for b.Loop() {
		_, _ = ParseSPS(sps)
	}
}
