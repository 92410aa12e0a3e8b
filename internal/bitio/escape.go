package bitio

import "bytes"

// AppendEscaped appends rbsp with an emulation prevention byte 03 wherever two zero bytes are followed by a byte of at
// most 3 (ITU-T H.264 §7.4.1). Zero bytes at the end of dst count as context, so that a NAL unit can be escaped piece by
// piece after its header, which goes into dst as it is. An rbsp that ends in trailing bits needs nothing after its end.
func AppendEscaped(dst, rbsp []byte) []byte {
	zeros := trailingZeros(dst)
	for _, b := range rbsp {
		if zeros >= 2 && b <= 3 {
			dst = append(dst, 3)
			zeros = 0
		}
		dst = append(dst, b)
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return dst
}

func trailingZeros(b []byte) int {
	n := 0
	for n < len(b) && b[len(b)-1-n] == 0 {
		n++
	}
	return n
}

var emulation = []byte{0, 0, 3}

// AppendUnescaped appends nal without its emulation prevention bytes (ITU-T H.264 §7.3.1). It is lenient: every 03 after
// two zero bytes is dropped, whatever follows.
func AppendUnescaped(dst, nal []byte) []byte {
	for {
		i := bytes.Index(nal, emulation)
		if i < 0 {
			return append(dst, nal...)
		}
		dst = append(dst, nal[:i+2]...)
		nal = nal[i+3:]
	}
}
