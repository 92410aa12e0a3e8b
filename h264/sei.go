package h264

import (
	"iter"

	"github.com/timeslate/timeslate/internal/bitio"
)

// Payload types of SEI messages (ITU-T H.264 §D.1).
const (
	PayloadUserDataUnregistered = 5 // a UUID of 16 bytes, then what its owner likes (§D.1.7)
	PayloadRecoveryPoint        = 6 // decoding may start here (§D.1.8)
)

// AppendSEI appends a NAL unit that holds one SEI message: header, payload type and size, payload, trailing bits, with
// emulation prevention bytes (ITU-T H.264 §7.3.2.3, §7.4.1).
func AppendSEI(dst []byte, payloadType int, payload []byte) []byte {
	dst = append(dst, byte(SEI)) // nal_ref_idc 0
	dst = appendSEINumber(dst, payloadType)
	dst = appendSEINumber(dst, len(payload))
	dst = bitio.AppendEscaped(dst, payload)
	return append(dst, 0x80)
}

// appendSEINumber appends a number as ff_byte for each 255 in it, and the rest (ITU-T H.264 §7.3.2.3.1).
func appendSEINumber(dst []byte, n int) []byte {
	for ; n >= 255; n -= 255 {
		dst = append(dst, 0xff)
	}
	last := [1]byte{byte(n)}
	return bitio.AppendEscaped(dst, last[:])
}

// SEIMessages yields payload type and payload of each message of an SEI NAL unit, in order. It is lenient: it stops where
// a message does not fit, and the trailing bits may be missing. The payloads are parts of scratch when that is as long as
// nal, capacity counted, and of new memory otherwise.
func SEIMessages(nal, scratch []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		if NALType(nal) != SEI {
			return
		}
		b := bitio.AppendUnescaped(scratch[:0], nal[1:])
		for moreSEI(b) {
			payloadType, rest := seiNumber(b)
			size, rest := seiNumber(rest)
			if rest == nil || size > len(rest) || !yield(payloadType, rest[:size:size]) {
				return
			}
			b = rest[size:]
		}
	}
}

// moreSEI reports whether b begins with a message, which has 2 bytes at least, and not with the trailing bits.
func moreSEI(b []byte) bool {
	return len(b) >= 2 && (b[0] != 0x80 || len(trimZeros(b)) > 1)
}

// maxSEINumber bounds the bytes of such a number: 4 MiB in steps of 255, the size of an access unit.
const maxSEINumber = maxUnitBytes / 255

// seiNumber reads such a number. The rest is nil when the bytes end within it, or it is larger than any can be.
func seiNumber(b []byte) (n int, rest []byte) {
	for i, v := range b[:min(len(b), maxSEINumber)] {
		n += int(v)
		if v != 0xff {
			return n, b[i+1:]
		}
	}
	return n, nil
}
