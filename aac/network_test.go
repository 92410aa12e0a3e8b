package aac

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/rtpsession"
)

// network returns RTP packets of payloads as a network may deliver them: some lost, some twice, some late.
func network(random *rand.Rand, payloads []Payload, loss int) [][]byte {
	type delivery struct {
		at     int
		packet []byte
	}
	var all []delivery
	for i, p := range payloads {
		b := []byte{0x80, 97}
		if p.Marker {
			b[1] |= 0x80
		}
		b = binary.BigEndian.AppendUint16(b, uint16(65500+i))
		b = binary.BigEndian.AppendUint32(b, uint32(p.Unit*1024)-5000)
		b = append(binary.BigEndian.AppendUint32(b, 7), p.Data...)
		for random.IntN(100) >= loss {
			all = append(all, delivery{i + random.IntN(min(i, 3)+1), b}) // the first one, where the receiver begins, in time
			if random.IntN(100) < 90 {
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b delivery) int { return a.at - b.at })
	var packets [][]byte
	for _, d := range all {
		packets = append(packets, d.packet)
	}
	return packets
}

// TestNetwork sends units over a network that loses, repeats and reorders packets: what comes out is part of what went in,
// unaltered and in order, and all of it when nothing is lost.
func TestNetwork(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 0))
		r := roundTrip{maxUnit: 900, fmtp: "mode=AAC-hbr"}
		units := r.units(random)
		p := &Packetizer{MaxPayload: 400}
		var payloads []Payload
		for x := range p.Packets(units) {
			x.Data = bytes.Clone(x.Data)
			payloads = append(payloads, x)
		}
		loss := int(seed%4) * 5
		receiver := rtpsession.NewReceiver(rtpsession.Config{PayloadType: 97, ClockRate: 16000, Reorder: rtpsession.DefaultReorder})
		d := NewDepacketizer(r.format())
		now, seen, next := time.Unix(1000, 0), 0, 0
		take := func() {
			for in, ok := receiver.Next(); ok; in, ok = receiver.Next() {
				m := media.Packet{Payload: in.Payload, Time: in.Time, Marker: in.Marker, Lost: in.Lost, Arrival: in.Arrival}
				if err := d.Push(&m); err != nil && loss == 0 {
					t.Fatalf("seed %d: %v", seed, err)
				}
				for u, ok := d.Next(); ok; u, ok = d.Next() {
					i := int(u.RTP+5000) / 1024
					if i < next || i >= len(units) || !bytes.Equal(u.Data[0], units[i]) {
						t.Fatalf("seed %d: RTP %d after unit %d is no unit: %.20q", seed, u.RTP, next-1, u.Data[0])
					}
					seen, next = seen+1, i+1
				}
			}
		}
		for _, b := range network(random, payloads, loss) {
			now = now.Add(10 * time.Millisecond)
			_ = receiver.Push(now, b) // late and repeated packets are errors
			take()
		}
		receiver.Flush()
		take()
		if seen == 0 || loss == 0 && seen != len(units) {
			t.Errorf("seed %d, %d%% lost: %d of %d units", seed, loss, seen, len(units))
		}
	}
}
