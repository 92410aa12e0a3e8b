package bitio

import "math/bits"

// Writer builds an RBSP by appending fields. The zero value is ready. Bytes that are begun but not full hold zeros below
// the bits written.
type Writer struct {
	buf  []byte
	free int // unused low bits of the last byte
}

// Reset makes w append to buf[:0], so that its memory is used again.
func (w *Writer) Reset(buf []byte) { *w = Writer{buf: buf[:0]} }

// Bytes returns what was written, borrowed until the next write.
func (w *Writer) Bytes() []byte { return w.buf }

// Bits writes the low n bits of v, most significant first: u(n). n is 0 to 32.
func (w *Writer) Bits(v uint32, n int) {
	for n > 0 {
		if w.free == 0 {
			w.buf, w.free = append(w.buf, 0), 8
		}
		k := min(n, w.free)
		n -= k
		w.free -= k
		field := v >> n & (1<<k - 1)
		w.buf[len(w.buf)-1] |= byte(field << w.free)
	}
}

// Bit writes one bit: u(1).
func (w *Writer) Bit(b bool) {
	if b {
		w.Bits(1, 1)
	} else {
		w.Bits(0, 1)
	}
}

// UE writes an unsigned Exp-Golomb code: ue(v) (ITU-T H.264 §9.1). v is at most 2^32-2.
func (w *Writer) UE(v uint32) {
	n := bits.Len32(v + 1)
	w.Bits(0, n-1)
	w.Bits(v+1, n)
}

// SE writes a signed Exp-Golomb code: se(v) (ITU-T H.264 §9.1.1). v is greater than -2^31.
func (w *Writer) SE(v int32) {
	if v > 0 {
		w.UE(uint32(v)*2 - 1)
	} else {
		w.UE(uint32(-v) * 2)
	}
}

// TrailingBits ends the RBSP: a one and zeros up to the end of the byte (ITU-T H.264 §7.3.2.11).
func (w *Writer) TrailingBits() {
	w.Bits(1, 1)
	w.free = 0
}
