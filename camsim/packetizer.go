package camsim

import "iter"

type packetizer struct {
	MaxPayload int
	buf        []byte
}

func (p *packetizer) Packets(nals [][]byte) iter.Seq2[[]byte, bool] {
	return func(yield func([]byte, bool) bool) {
		for i, nal := range nals {
			last := i == len(nals)-1
			if len(nal) <= p.MaxPayload {
				if !yield(nal, last) {
					return
				}
				continue
			}
			rest := nal[1:]
			for start := true; len(rest) > 0; start = false {
				n := min(len(rest), p.MaxPayload-2)
				fu := nal[0] & 0x1f
				if start {
					fu |= 0x80
				}
				if n == len(rest) {
					fu |= 0x40
				}
				p.buf = append(append(p.buf[:0], nal[0]&0x60|28, fu), rest[:n]...)
				rest = rest[n:]
				if !yield(p.buf, last && len(rest) == 0) {
					return
				}
			}
		}
	}
}
