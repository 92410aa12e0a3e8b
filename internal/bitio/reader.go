package bitio

import "fmt"

// Reader reads fields from an RBSP: a NAL unit's bytes after AppendUnescaped. Its error is sticky: after a read past the
// end every read returns 0 and Err is not nil, so a parser may run on and ask once. The zero value is at its end.
type Reader struct {
	buf    []byte
	pos    int // next bit
	failed failure
}

// failure is why a reader failed. That it holds no error value lets buf stay on its owner's stack.
type failure uint8

const (
	noFailure failure = iota
	atEnd             // a read past the end
	longCode          // an Exp-Golomb code beyond 32 bits
)

var failures = [...]string{atEnd: "ends", longCode: "holds an Exp-Golomb code beyond 32 bits"}

// NewReader returns a reader at the first bit of rbsp, which it borrows.
func NewReader(rbsp []byte) *Reader { return &Reader{buf: rbsp} }

// Reset makes r read rbsp from its first bit and forget its error, so that a reader can be reused without allocation.
func (r *Reader) Reset(rbsp []byte) { *r = Reader{buf: rbsp} }

// Err returns the first error, which names the bit position, or nil.
func (r *Reader) Err() error {
	if r.failed == noFailure {
		return nil
	}
	return fmt.Errorf("bit string of %d bytes %s at bit %d", len(r.buf), failures[r.failed], r.pos)
}

// BitsRead returns the number of bits that were read.
func (r *Reader) BitsRead() int { return r.pos }

// BitsLeft returns the number of bits that were not read yet, trailing bits included; 0 after an error.
func (r *Reader) BitsLeft() int {
	if r.failed != noFailure {
		return 0
	}
	return len(r.buf)*8 - r.pos
}

// Bits reads an unsigned number of n bits, most significant first: u(n). n is 0 to 32.
func (r *Reader) Bits(n int) uint32 {
	if n > r.BitsLeft() {
		r.fail(atEnd)
		return 0
	}
	var v uint64
	first, end := r.pos/8, (r.pos+n+7)/8
	for _, b := range r.buf[first:end] { // at most 5 bytes
		v = v<<8 | uint64(b)
	}
	r.pos += n
	return uint32(v >> (end*8 - r.pos) & (1<<n - 1))
}

// Bit reads one bit: u(1).
func (r *Reader) Bit() bool { return r.Bits(1) == 1 }

// Skip passes over n bits.
func (r *Reader) Skip(n int) {
	if n < 0 || n > r.BitsLeft() {
		r.fail(atEnd)
		return
	}
	r.pos += n
}

// UE reads an unsigned Exp-Golomb code: ue(v), 0 to 2^32-2 (ITU-T H.264 §9.1).
func (r *Reader) UE() uint32 {
	zeros := 0
	for r.failed == noFailure && !r.Bit() {
		if zeros++; zeros > 31 {
			r.fail(longCode)
		}
	}
	if r.failed != noFailure {
		return 0
	}
	return r.Bits(zeros) + 1<<zeros - 1
}

// SE reads a signed Exp-Golomb code: se(v) (ITU-T H.264 §9.1.1).
func (r *Reader) SE() int32 {
	v := r.UE()
	magnitude := int32(v/2 + v%2)
	if v%2 == 0 {
		return -magnitude
	}
	return magnitude
}

func (r *Reader) fail(f failure) {
	if r.failed == noFailure {
		r.failed = f
	}
}
