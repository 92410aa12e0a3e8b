package h264

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/timeslate/timeslate/media"
)

// How a simulated camera sets the marker bit.
const (
	onPictures = iota // on a picture's last packet, as RFC 6184 §5.1 wants it
	onSlices          // on each slice's last packet
	never
	markerModes
)

// randomPicture returns the NAL units of a picture whose bytes are all its own.
func randomPicture(r *rand.Rand, i int) (nals [][]byte) {
	header := byte(0x41)
	if i%10 == 0 {
		header = 0x65
		nals = append(nals, sps704, pps0)
	}
	if r.IntN(3) == 0 {
		nals = append(nals, AppendSEI(nil, PayloadUserDataUnregistered, fmt.Appendf(nil, "0123456789abcdef picture %d", i)))
	}
	for s := range 1 + r.IntN(3) {
		nal := slice(header, uint32(s*100), 0)
		nal = fmt.Appendf(nal, " picture %d slice %d ", i, s)
		for range r.IntN(3000) {
			nal = append(nal, byte(1+r.IntN(255)))
		}
		nals = append(nals, nal)
	}
	return nals
}

// randomPackets returns the packets of a picture.
func randomPackets(p *Packetizer, nals [][]byte, markers int) (packets []media.Packet) {
	for i, nal := range nals {
		part := nals[i : i+1]
		if i == 0 && NALType(nal) == SPS {
			part = nals[:2]
		} else if NALType(nal) == PPS {
			continue
		}
		for payload, last := range p.Packets(part) {
			marker := last && (markers == onSlices && IsVCL(nal) || markers == onPictures && i == len(nals)-1)
			packets = append(packets, media.Packet{Payload: bytes.Clone(payload), Marker: marker})
		}
	}
	return packets
}

// checkRoundTrip sends random pictures, loses some of the packets, and checks that what comes out is part of what went
// in, and flagged when it isn't all.
func checkRoundTrip(t *testing.T, seed uint64, markers, maxPayload, lossPercent int) {
	r := rand.New(rand.NewPCG(seed, 0))
	d := NewDepacketizer(nil)
	p := &Packetizer{MaxPayload: maxPayload}
	const pictures, ticks = 60, 3600
	sent := make([][][]byte, pictures)
	lost, lostSeen, whole, late := 0, 0, 0, 0
	end := false // packets lost now are not known to the depacketizer
	receive := func(current int) {
		d.checkInvariants(t)
		for u, ok := d.Next(); ok; u, ok = d.Next() {
			i := int(u.PTS / ticks)
			if i != current {
				late++
			}
			checkPart(t, u, sent[i])
			if len(u.Data) == len(sent[i]) {
				whole++
			} else if !u.Damaged && !end && markers != onSlices && countVCL(u.Data) < countVCL(sent[i]) {
				t.Errorf("picture %d: %d of %d slices, and not Damaged", i, countVCL(u.Data), countVCL(sent[i]))
			}
			lostSeen += u.Lost
		}
	}
	for i := range pictures {
		sent[i] = randomPicture(r, i)
		for _, packet := range randomPackets(p, sent[i], markers) {
			if r.IntN(100) < lossPercent {
				lost++
				continue
			}
			packet.Time, packet.Lost, lost = int64(i)*ticks, lost, 0
			if err := d.Push(&packet); err != nil && lossPercent == 0 {
				t.Errorf("picture %d: %v", i, err)
			}
			receive(i)
		}
	}
	d.Flush()
	end = lost > 0
	receive(pictures)
	if lossPercent > 0 {
		return
	}
	wantWhole := pictures
	if markers == onSlices && len(sent[0]) > 0 && countVCL(sent[0]) == 1 {
		wantWhole-- // markers were trusted at first, which costs one picture
	}
	if whole != wantWhole || lostSeen != 0 {
		t.Errorf("%d of %d pictures, %d packets lost, without loss", whole, pictures, lostSeen)
	}
	if markers == onPictures && late != 1 {
		t.Errorf("%d pictures came after their last packet, want the first alone", late)
	}
}

func checkPart(t *testing.T, u *media.Unit, sent [][]byte) {
	t.Helper()
	rest := sent
	for _, nal := range u.Data {
		for len(rest) > 0 && !bytes.Equal(rest[0], nal) {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			t.Fatalf("PTS %d: NAL unit %.40q of %d bytes was altered or moved", u.PTS, nal, len(nal))
		}
		rest = rest[1:]
	}
}

func countVCL(nals [][]byte) (n int) {
	for _, nal := range nals {
		if IsVCL(nal) {
			n++
		}
	}
	return n
}

func TestRoundTrip(t *testing.T) {
	for seed := range uint64(10) {
		for markers := range markerModes {
			for _, maxPayload := range []int{0, 100, 1 << 16} {
				for _, loss := range []int{0, 1, 10, 50} {
					checkRoundTrip(t, seed, markers, maxPayload, loss)
				}
			}
		}
	}
}

func TestPacketizer(t *testing.T) {
	tests := []struct {
		name string
		max  int
		nals [][]byte
		want []string // payloads; the last has the marker
	}{
		{"single", 100, [][]byte{{0x41, 1, 2}}, []string{"410102"}},
		{"fragments", 4, [][]byte{{0x65, 1, 2, 3, 4, 5}}, []string{"7c850102", "7c050304", "7c4505"}},
		{"exactly two fragments", 4, [][]byte{{0x65, 1, 2, 3, 4}}, []string{"7c850102", "7c450304"}},
		{"two slices in fragments", 4, [][]byte{{0x65, 1, 2, 3, 4}, {0x41, 5, 6, 7, 8}}, []string{"7c850102", "7c450304", "5c810506", "5c410708"}},
		{"aggregate", 100, [][]byte{{0x09, 0xf0}, {0x67, 1}, {0x28, 2}, {0x65, 3}},
			[]string{"78000209f0000267010002" + "2802", "6503"}},
		{"aggregates are limited to the byte", 12, [][]byte{{0x67, 1}, {0x68, 2}, {0x06, 3}}, []string{"7800026701" + "00026802", "0603"}},
		{"only parameter sets", 100, [][]byte{{0x67, 1}, {0x68, 2}}, []string{"7800026701" + "00026802"}},
		{"an empty one has the marker, too", 100, [][]byte{{0x41, 1}, {}}, []string{"4101", ""}},
		{"the smallest limit", 1, [][]byte{{0x65, 1, 2, 3}}, []string{"7c8501", "7c0502", "7c4503"}},
	}
	for _, tt := range tests {
		p := &Packetizer{MaxPayload: tt.max}
		i := 0
		for payload, marker := range p.Packets(tt.nals) {
			if i == len(tt.want) {
				t.Fatalf("%s: one more: %x", tt.name, payload)
			}
			if fmt.Sprintf("%x", payload) != tt.want[i] || marker != (i == len(tt.want)-1) {
				t.Errorf("%s: %x, marker %v, want %s", tt.name, payload, marker, tt.want[i])
			}
			i++
		}
		if i != len(tt.want) {
			t.Errorf("%s: %d payloads", tt.name, i)
		}
		for range p.Packets(tt.nals) {
			break // a caller may stop
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add(uint64(1), 0, 1400, 0)
	f.Add(uint64(2), 1, 200, 20)
	f.Add(uint64(3), 2, 3, 5)
	f.Fuzz(func(t *testing.T, seed uint64, markers, maxPayload, loss int) {
		checkRoundTrip(t, seed, int(uint(markers)%markerModes), maxPayload, int(uint(loss)%100))
	})
}

// FuzzDepacketizer reads the input as packets: a byte of flags, a byte of length, the payload.
func FuzzDepacketizer(f *testing.F) {
	for _, tt := range depacketizerTests {
		var b []byte
		for i, p := range tt.packets {
			flags := byte(0)
			if packet(nil, 0, p.flags).Marker {
				flags |= 1
			}
			flags |= byte(packet(nil, 0, p.flags).Lost) & 3 << 1
			if i > 0 && p.time > tt.packets[i-1].time {
				flags |= 1 << 3
			}
			b = append(append(b, flags, byte(len(p.payload))), p.payload...)
		}
		f.Add(b)
	}
	steps := [...]int64{0, 3000, 1, -3000, 5, 1 << 40, 899, 900}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := NewDepacketizer(nil)
		var now int64
		lost, seen := 0, 0
		for len(b) >= 2 {
			flags, n := b[0], min(int(b[1]), len(b)-2)
			now += steps[flags>>3&7]
			p := media.Packet{Payload: b[2 : 2+n], Marker: flags&1 != 0, Lost: int(flags >> 1 & 3), Time: now}
			b = b[2+n:]
			before := bytes.Clone(p.Payload)
			lost += p.Lost + 1 // a picture of this packet may be dropped
			_ = d.Push(&p)
			if !bytes.Equal(before, p.Payload) {
				t.Fatal("the payload was changed")
			}
			d.checkInvariants(t)
			if flags>>6 == 3 {
				d.Flush()
				d.checkInvariants(t)
			}
			for u, ok := d.Next(); ok; u, ok = d.Next() {
				seen += u.Lost
			}
		}
		if seen > lost {
			t.Fatalf("%d packets lost, %d in units", lost, seen)
		}
	})
}
