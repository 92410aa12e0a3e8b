package aac

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/timeslate/timeslate/media"
)

// roundTrip is one way to send units.
type roundTrip struct {
	seed       uint64
	fmtp       string
	maxUnit    int // bytes
	maxPayload int
	maxUnits   int  // in a packet
	markers    bool // or none at all
	ownSizes   bool // fragments have sizes of their own
	loss       int  // percent
}

// units returns units whose bytes are all their own.
func (r *roundTrip) units(random *rand.Rand) (units [][]byte) {
	f := r.format()
	for i := range 80 {
		u := fmt.Appendf(nil, "%03d", i) // no ADTS
		for range random.IntN(r.maxUnit) {
			u = append(u, byte(random.IntN(256)))
		}
		switch {
		case f.ConstantSize > 0:
			u = append(u, make([]byte, f.ConstantSize)...)[:f.ConstantSize]
		case f.SizeLength > 0:
			u = u[:min(len(u), 1<<f.SizeLength-1)]
		}
		units = append(units, u)
	}
	return units
}

func (r *roundTrip) format() *Format {
	f, err := ParseFormat("MPEG4-GENERIC/16000", "config=1408;"+r.fmtp)
	if err != nil {
		panic(err)
	}
	return f
}

// packets returns the packets of units, each with the number of those lost before it.
func (r *roundTrip) packets(units [][]byte, random *rand.Rand) (packets []media.Packet, lost int) {
	p := &Packetizer{Format: r.format(), MaxPayload: r.maxPayload, MaxUnits: r.maxUnits}
	for x := range p.Packets(units) {
		if random.IntN(100) < r.loss {
			lost++
			continue
		}
		m := media.Packet{Payload: slices.Clone(x.Data), Time: int64(x.Unit) * 1024, Marker: x.Marker && r.markers, Lost: lost}
		if r.ownSizes { // as gortsplib writes them: AAC-hbr
			if fragment := len(m.Payload) - 4; m.Payload[1] == 16 {
				m.Payload[2], m.Payload[3] = byte(fragment>>5), byte(fragment<<3)
			}
		}
		packets, lost = append(packets, m), 0
	}
	return packets, lost
}

// check checks that what comes out is part of what went in, in order, unaltered, and all of it when nothing is lost.
func (r *roundTrip) check(t *testing.T) {
	t.Helper()
	random := rand.New(rand.NewPCG(r.seed, 0))
	units := r.units(random)
	packets, lostAtEnd := r.packets(units, random)
	d := NewDepacketizer(r.format())
	seen, next, lost, lostSeen := 0, 0, 0, 0
	receive := func() {
		for u, ok := d.Next(); ok; u, ok = d.Next() {
			i := int(u.PTS / 1024)
			if u.PTS%1024 != 0 || i < next || i >= len(units) || !bytes.Equal(u.Data[0], units[i]) {
				t.Fatalf("%+v: PTS %d after unit %d is none of the units: %.20q", *r, u.PTS, next-1, u.Data[0])
			}
			if i > next && u.Lost == 0 {
				t.Fatalf("%+v: unit %d after %d, and none lost", *r, i, next-1)
			}
			next = i + 1
			seen++
			lostSeen += u.Lost
		}
	}
	for i := range packets {
		lost += packets[i].Lost
		if err := d.Push(&packets[i]); err != nil && r.loss == 0 {
			t.Fatalf("%+v: packet %d: %v", *r, i, err)
		}
		receive()
	}
	d.Flush()
	receive()
	if lostSeen > lost {
		t.Fatalf("%+v: %d packets lost, %d in units", *r, lost, lostSeen)
	}
	if lost+lostAtEnd == 0 && seen != len(units) {
		t.Fatalf("%+v: %d of %d units", *r, seen, len(units))
	}
}

var roundTripFormats = []string{
	"mode=AAC-hbr", "mode=AAC-lbr", "sizelength=13", "sizelength=16;ctsdeltalength=8;dtsdeltalength=3;randomaccessindication=1",
	"sizelength=12;indexlength=1;indexdeltalength=2;streamstateindication=5;auxiliarydatasizelength=11", "constantsize=50",
	"constantsize=300;indexlength=3;indexdeltalength=5", "constantsize=0;sizelength=0;indexlength=8",
}

func TestRoundTrip(t *testing.T) {
	for seed := range uint64(5) {
		for i, fmtp := range roundTripFormats {
			for _, maxPayload := range []int{100, 1400} {
				for _, loss := range []int{0, 3, 30} {
					r := roundTrip{seed: seed, fmtp: fmtp, maxUnit: 600, maxPayload: maxPayload, maxUnits: int(seed), markers: true, loss: loss}
					r.check(t)
					if r.markers = false; i < 7 && loss == 0 { // without markers nothing tells where a unit without size ends
						r.check(t)
					}
				}
			}
		}
	}
}

// Senders like MediaMTX's give each fragment its own size: the first fragmented unit teaches that, if nothing of it is lost.
func TestRoundTripOwnSizes(t *testing.T) {
	for seed := range uint64(50) {
		r := roundTrip{seed: seed, fmtp: "mode=AAC-hbr", maxUnit: 600, maxPayload: 100, maxUnits: 1, markers: true, ownSizes: true}
		r.check(t)
	}
}

// Nothing is lost between rounding and the count of the samples.
func TestTimesOfManyUnits(t *testing.T) {
	f, err := ParseFormat("MPEG4-GENERIC/90000", "config=1210") // 44100 Hz
	if err != nil {
		t.Fatal(err)
	}
	d, p := NewDepacketizer(f), &Packetizer{}
	for x := range p.Packets(slices.Repeat([][]byte{{1}}, 100)) {
		if err := d.Push(&media.Packet{Payload: x.Data, Marker: x.Marker}); err != nil {
			t.Fatal(err)
		}
		for i := range int64(100) {
			u, ok := d.Next()
			if want := i * 1024 * 90000 / 44100; !ok || u.PTS != want {
				t.Fatalf("unit %d: %+v, want %d", i, u, want)
			}
		}
	}
}

func TestPacketizer(t *testing.T) {
	type want struct {
		payload string
		unit    int
		marker  bool
	}
	tests := []struct {
		name  string
		p     Packetizer
		units []string
		want  []want
	}{
		{"as many as there is room for", Packetizer{MaxPayload: 11}, []string{"aabb", "ccddee", "ff"},
			[]want{{"002000100018aabbccddee", 0, true}, {"00100008ff", 2, true}}},
		{"no more than that", Packetizer{MaxUnits: 2}, []string{"aa", "bb", "cc"}, []want{{"002000080008aabb", 0, true}, {"00100008cc", 2, true}}},
		{"fragments", Packetizer{MaxPayload: 6}, []string{"aa", "aabbccddee", "ff"},
			[]want{{"00100008aa", 0, true}, {"00100028aabb", 1, false}, {"00100028ccdd", 1, false}, {"00100028ee", 1, true}, {"00100008ff", 2, true}}},
		{"AAC-lbr", Packetizer{Format: format(t, "mode=AAC-lbr")}, []string{"aabb", "cc"}, []want{{"00100804aabbcc", 0, true}}},
		{"a unit too large for AAC-lbr", Packetizer{Format: format(t, "mode=AAC-lbr")}, []string{"aa", fmt.Sprintf("%0128d", 0), "bb"},
			[]want{{"000804aa", 0, true}, {"000804bb", 2, true}}},
		{"the smallest limit", Packetizer{MaxPayload: 1}, []string{"aabb"}, []want{{"00100010aa", 0, false}, {"00100010bb", 0, true}}},
	}
	for _, tt := range tests {
		var units [][]byte
		for _, u := range tt.units {
			units = append(units, unhex(t, u))
		}
		var got []want
		for x := range tt.p.Packets(units) {
			got = append(got, want{fmt.Sprintf("%x", x.Data), x.Unit, x.Marker})
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
		for range tt.p.Packets(units) {
			break // a caller may stop
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add(uint64(1), uint8(0), uint16(600), uint16(100), uint8(0), true, false, uint8(10))
	f.Add(uint64(2), uint8(4), uint16(60), uint16(1400), uint8(3), false, false, uint8(0))
	f.Add(uint64(3), uint8(0), uint16(900), uint16(100), uint8(1), true, true, uint8(0))
	f.Add(uint64(4), uint8(6), uint16(900), uint16(30), uint8(1), true, false, uint8(50))
	f.Fuzz(func(t *testing.T, seed uint64, format uint8, maxUnit, maxPayload uint16, maxUnits uint8, markers, ownSizes bool, loss uint8) {
		fmtp := roundTripFormats[int(format)%len(roundTripFormats)]
		r := roundTrip{seed: seed, fmtp: fmtp, maxUnit: 1 + int(maxUnit)%8000, maxPayload: 1 + int(maxPayload),
			maxUnits: int(maxUnits), markers: markers, loss: int(loss % 100)}
		if ownSizes {
			r.fmtp, r.maxUnits, r.markers, r.ownSizes, r.loss = "mode=AAC-hbr", 1, true, true, 0
		}
		if format := r.format(); format.SizeLength == 0 && format.ConstantSize == 0 {
			r.markers = true
		}
		r.check(t)
	})
}
