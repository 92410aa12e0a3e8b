package h264

import (
	"encoding/binary"
	"iter"
)

// defaultMaxPayload keeps a packet within an Ethernet frame, IPv6 or TCP and interleaving included.
const defaultMaxPayload = 1400

// Packetizer makes RTP payloads of NAL units, as RFC 6184's packetization-mode 1 has them: what is too large in fragments
// (FU-A), successive small parameter sets, SEI and delimiters aggregated (STAP-A), the rest one by one.
type Packetizer struct {
	MaxPayload int // bytes; 0: 1400. At least 3.

	buf []byte
}

// Packets yields the payloads of the access unit that nals are, none of which may be empty, each with its marker bit, which
// the last has. A payload is borrowed until the next one.
func (p *Packetizer) Packets(nals [][]byte) iter.Seq2[[]byte, bool] {
	limit := p.MaxPayload
	if limit <= 0 {
		limit = defaultMaxPayload
	}
	limit = min(max(limit, fuHeader+1), 1<<16-1) // an RTP packet is never larger
	return func(yield func([]byte, bool) bool) {
		for len(nals) > 0 {
			n := aggregate(nals, limit)
			last := n == len(nals)
			switch {
			case n > 1:
				if !yield(p.stapA(nals[:n]), last) {
					return
				}
			case len(nals[0]) > limit:
				if !p.fragments(nals[0], limit, last, yield) {
					return
				}
			default:
				if !yield(nals[0], last) {
					return
				}
			}
			nals = nals[n:]
		}
	}
}

// aggregate returns how many of nals go into one payload.
func aggregate(nals [][]byte, limit int) int {
	size := 1
	for i, nal := range nals {
		size += 2 + len(nal)
		if t := NALType(nal); t < SEI || t > AUD || size > limit {
			return max(i, 1)
		}
	}
	return len(nals)
}

// stapA returns a single-time aggregation packet: its header has the greatest nal_ref_idc (RFC 6184 §5.7).
func (p *Packetizer) stapA(nals [][]byte) []byte {
	var refIDC byte
	b := append(p.buf[:0], 0)
	for _, nal := range nals {
		refIDC = max(refIDC, nal[0]&refIDCBits)
		b = binary.BigEndian.AppendUint16(b, uint16(len(nal)))
		b = append(b, nal...)
	}
	b[0] = refIDC | byte(stapA)
	p.buf = b
	return b
}

// fragments yields a NAL unit as FU-A (RFC 6184 §5.8).
func (p *Packetizer) fragments(nal []byte, limit int, last bool, yield func([]byte, bool) bool) bool {
	indicator, header := nal[0]&headerBits|byte(fuA), nal[0]&typeBits|fuStart
	for rest := nal[1:]; len(rest) > 0; header &^= fuStart {
		n := min(len(rest), limit-fuHeader)
		if n == len(rest) {
			header |= fuEnd
		}
		p.buf = append(append(p.buf[:0], indicator, header), rest[:n]...)
		rest = rest[n:]
		if !yield(p.buf, last && len(rest) == 0) {
			return false
		}
	}
	return true
}
