package aac

import (
	"encoding/binary"
	"iter"

	"github.com/timeslate/timeslate/internal/bitio"
)

// defaultMaxPayload keeps a packet within an Ethernet frame, IPv6 or TCP and interleaving included.
const defaultMaxPayload = 1400

// Packetizer makes RTP payloads of units (RFC 3640): as many whole ones in each as there is room for, what is too large in
// fragments.
type Packetizer struct {
	Format     *Format // lengths of the header's fields; nil: those of AAC-hbr
	MaxPayload int     // bytes; 0: 1400
	MaxUnits   int     // in a packet; 0: as many as there is room for

	bits bitio.Writer
	buf  []byte
}

// Payload is what goes into one packet.
type Payload struct {
	Data   []byte // borrowed until the next one
	Unit   int    // index of the first unit in it, or of the one it is a fragment of; the packet has its time stamp
	Marker bool   // a unit ends with the packet
}

// hbr are the lengths of mode AAC-hbr (RFC 3640 §3.3.6).
var hbr = &Format{SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3}

// Packets yields the payloads of successive units. A unit whose size can't be said in the header is left out.
func (p *Packetizer) Packets(units [][]byte) iter.Seq[Payload] {
	f, limit, most := p.Format, p.MaxPayload, p.MaxUnits
	if f == nil {
		f = hbr
	}
	if limit <= 0 {
		limit = defaultMaxPayload
	}
	if most <= 0 || most > maxPacketUnits {
		most = maxPacketUnits
	}
	limit = min(limit, 1<<16-1) // an RTP packet is never larger
	return func(yield func(Payload) bool) {
		for i := 0; i < len(units); {
			n := f.aggregate(units[i:min(len(units), i+most)], limit)
			switch {
			case !f.canSay(len(units[i])):
				n = 1
			case n == 0:
				n = 1
				if !p.fragments(f, i, units[i], limit, yield) {
					return
				}
			default:
				b := p.header(f, units[i:i+n])
				for _, unit := range units[i : i+n] {
					b = append(b, unit...)
				}
				p.buf = b
				if !yield(Payload{Data: b, Unit: i, Marker: true}) {
					return
				}
			}
			i += n
		}
	}
}

// canSay reports whether a unit of that many bytes can be sent.
func (f *Format) canSay(size int) bool {
	if f.SizeLength > 0 {
		return size>>f.SizeLength == 0
	}
	return f.ConstantSize == 0 || size == f.ConstantSize
}

// aggregate returns how many of units go into one payload, 0 if the first one doesn't.
func (f *Format) aggregate(units [][]byte, limit int) int {
	size := 0
	for i, unit := range units {
		size += len(unit)
		if !f.canSay(len(unit)) || f.headerBytes(i+1)+size > limit {
			return i
		}
		if f.SizeLength == 0 && f.ConstantSize == 0 {
			return 1
		}
	}
	return len(units)
}

// headerBytes returns what stands before n units.
func (f *Format) headerBytes(n int) int {
	if !f.hasHeaders() {
		return (f.AuxiliaryLength + 7) / 8
	}
	return 2 + (f.headerBits(n)+7)/8 + (f.AuxiliaryLength+7)/8
}

// headerBits returns the length of n AU headers: flags for the times, which aren't there, and what is in each.
func (f *Format) headerBits(n int) int {
	bits := f.SizeLength + f.StreamState
	for _, flag := range [...]bool{f.CTSDeltaLength > 0, f.DTSDeltaLength > 0, f.RandomAccess} {
		if flag {
			bits++
		}
	}
	return n*bits + f.IndexLength + (n-1)*f.IndexDeltaLength
}

// header returns what stands before units: the AU headers and an empty auxiliary section (RFC 3640 §3.2.1, §3.2.2).
func (p *Packetizer) header(f *Format, units [][]byte) []byte {
	b := p.buf[:0]
	if f.hasHeaders() {
		b = binary.BigEndian.AppendUint16(b, uint16(f.headerBits(len(units))))
		p.bits.Reset(p.bits.Bytes())
		for i, unit := range units {
			p.bits.Bits(uint32(len(unit)), f.SizeLength)
			if i == 0 {
				p.bits.Bits(0, f.IndexLength)
			} else {
				p.bits.Bits(0, f.IndexDeltaLength)
			}
			for _, length := range [...]int{f.CTSDeltaLength, f.DTSDeltaLength} {
				p.bits.Bits(0, min(length, 1))
			}
			if f.RandomAccess {
				p.bits.Bit(true)
			}
			p.bits.Bits(0, f.StreamState)
		}
		b = append(b, p.bits.Bytes()...)
	}
	return append(b, make([]byte, (f.AuxiliaryLength+7)/8)...)
}

// fragments yields a unit in fragments, each with the size of all of it (RFC 3640 §3.2.1.1).
func (p *Packetizer) fragments(f *Format, index int, unit []byte, limit int, yield func(Payload) bool) bool {
	room := max(limit-f.headerBytes(1), 1)
	for rest := unit; len(rest) > 0; {
		n := min(len(rest), room)
		p.buf = append(p.header(f, [][]byte{unit}), rest[:n]...)
		rest = rest[n:]
		if !yield(Payload{Data: p.buf, Unit: index, Marker: len(rest) == 0}) {
			return false
		}
	}
	return true
}
