// Package h264 takes H.264 video out of RTP payloads and puts it in (RFC 6184), reads what a recorder must know of its
// parameter sets, slice headers and SEI (ITU-T H.264), and writes and reads the avcC record of MP4 files (ISO/IEC
// 14496-15). It decodes no pictures.
//
// A Depacketizer turns packets into access units:
//
//	d := h264.NewDepacketizer(format)
//	for each packet {
//		err := d.Push(packet) // says what was wrong with this packet; the depacketizer goes on
//		for u, ok := d.Next(); ok; u, ok = d.Next() {
//			// u is borrowed until the next Push
//		}
//	}
//
// In this package a NAL unit is a slice of bytes from its header on, with its emulation prevention bytes, without start
// code or length prefix.
package h264

import (
	"bytes"
	"fmt"
	"iter"
)

// ClockRate is the rate of H.264's RTP clock in Hz (RFC 6184 §8.2.1).
const ClockRate = 90000

// Type is a nal_unit_type (ITU-T H.264 table 7-1).
type Type uint8

// The types that cameras send.
const (
	SliceNonIDR   Type = 1
	PartitionA    Type = 2
	PartitionB    Type = 3
	PartitionC    Type = 4
	SliceIDR      Type = 5
	SEI           Type = 6
	SPS           Type = 7
	PPS           Type = 8
	AUD           Type = 9 // access unit delimiter
	EndOfSequence Type = 10
	EndOfStream   Type = 11
	Filler        Type = 12
)

var typeNames = map[Type]string{
	SliceNonIDR: "slice", PartitionA: "partition A", PartitionB: "partition B", PartitionC: "partition C",
	SliceIDR: "IDR slice", SEI: "SEI", SPS: "SPS", PPS: "PPS", AUD: "AUD",
	EndOfSequence: "end of sequence", EndOfStream: "end of stream", Filler: "filler",
	stapA: "STAP-A", stapB: "STAP-B", mtap16: "MTAP16", mtap24: "MTAP24", fuA: "FU-A", fuB: "FU-B",
}

// String returns the type's name, or its number when it has none here.
func (t Type) String() string {
	if s, ok := typeNames[t]; ok {
		return s
	}
	return fmt.Sprintf("NAL unit type %d", uint8(t))
}

// isVCL reports whether t is a part of a primary coded picture (ITU-T H.264 table 7-1).
func (t Type) isVCL() bool { return SliceNonIDR <= t && t <= SliceIDR }

// NALType returns the type in the header of nal, or 0 when nal is empty.
func NALType(nal []byte) Type {
	if len(nal) == 0 {
		return 0
	}
	return Type(nal[0] & 0x1f)
}

// IsVCL reports whether nal is a part of a picture: a slice or a slice data partition.
func IsVCL(nal []byte) bool { return NALType(nal).isVCL() }

var startCode = []byte{0, 0, 1}

// SplitAnnexB yields the NAL units of a byte stream (ITU-T H.264 Annex B) without their start codes and trailing zero
// bytes. Bytes before the first start code are taken for a NAL unit too, so that a bare NAL unit yields itself. What is
// yielded is a part of b.
func SplitAnnexB(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for b := b; b != nil; {
			var nal []byte
			if nal, b = nextNAL(b); len(nal) > 0 && !yield(nal) {
				return
			}
		}
	}
}

// nextNAL returns what stands before the first start code of b, without trailing zero bytes, and what stands behind it,
// or nil when there is no start code.
func nextNAL(b []byte) (nal, rest []byte) {
	i := bytes.Index(b, startCode)
	if i < 0 {
		return trimZeros(b), nil
	}
	return trimZeros(b[:i]), b[i+len(startCode):]
}

// trimZeros removes trailing_zero_8bits: a NAL unit's last byte is never zero (ITU-T H.264 §7.4.1). The result can't be
// appended to in place.
func trimZeros(b []byte) []byte {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return b[:n:n]
}

// trimStartCode removes a start code of 3 or 4 bytes that b begins with.
func trimStartCode(b []byte) []byte {
	if len(b) > 3 && b[0] == 0 && bytes.HasPrefix(b[1:], startCode) {
		return b[4:]
	}
	return bytes.TrimPrefix(b, startCode)
}
