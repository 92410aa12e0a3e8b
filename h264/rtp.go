package h264

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Types of NAL units that exist in RTP payloads only (RFC 6184 table 1).
const (
	stapA  Type = 24 // single-time aggregation packet (§5.7.1)
	stapB  Type = 25
	mtap16 Type = 26
	mtap24 Type = 27
	fuA    Type = 28 // fragmentation unit (§5.8)
	fuB    Type = 29
)

// Bits of the first byte of a NAL unit (RFC 6184 §1.3) and of the second of an FU-A (§5.8).
const (
	forbiddenBit = 0x80
	refIDCBits   = 0x60
	headerBits   = forbiddenBit | refIDCBits
	typeBits     = 0x1f

	fuStart  = 0x80
	fuEnd    = 0x40
	fuHeader = 2 // bytes before the fragment
)

var (
	errInterleaved = errors.New("h264: interleaved mode (packetization-mode 2: STAP-B, MTAP, FU-B) is not supported")
	errShortFU     = errors.New("h264: FU-A shorter than its header")
	errOrphan      = errors.New("h264: FU-A continues a NAL unit whose start is missing")
	errUnfinished  = errors.New("h264: the end of the fragmented NAL unit before is missing")
	errForbidden   = errors.New("h264: NAL unit with forbidden_zero_bit set")
	errTooLarge    = errors.New("h264: access unit is too large")
)

// nextEntry returns the first NAL unit of the entries of a STAP-A and what stands behind it, nil at the end. Empty
// entries, which some cameras use as padding, are passed over. RFC 6184 §5.7.1.
func nextEntry(b []byte) (nal, rest []byte, err error) {
	for len(b) >= 2 {
		size := int(binary.BigEndian.Uint16(b))
		b = b[2:]
		if size > len(b) {
			return nil, nil, fmt.Errorf("h264: STAP-A entry of %d bytes where %d are left", size, len(b))
		}
		if size > 0 {
			return b[:size], b[size:], nil
		}
	}
	return nil, nil, nil
}

// A role is what the first telling NAL unit of a packet means for the bounds of access units.
type role uint8

const (
	neutral    role = iota // it may stand anywhere: filler, end of sequence, what we don't know
	opening                // it stands before a picture's first slice and nowhere else (ITU-T H.264 §7.4.1.2.3)
	firstSlice             // a picture's first slice
	laterSlice             // another slice
	fragment               // it continues a NAL unit that an earlier packet began
)

// classify returns the role of a payload, and the slice header that decided it.
func classify(payload []byte, sps *SPSInfo) (role, sliceHeader) {
	switch t := NALType(payload); {
	case t == fuA && len(payload) < fuHeader:
		return neutral, sliceHeader{}
	case t == fuA && payload[1]&fuStart == 0:
		return fragment, sliceHeader{}
	case t == fuA:
		return classifyNAL(Type(payload[1]&typeBits), payload[fuHeader:], sps)
	case t == stapA:
		return classifySTAPA(payload[1:], sps)
	case len(payload) == 0:
		return neutral, sliceHeader{}
	default:
		return classifyNAL(t, payload[1:], sps)
	}
}

func classifySTAPA(entries []byte, sps *SPSInfo) (role, sliceHeader) {
	for {
		nal, rest, err := nextEntry(entries)
		if nal == nil || err != nil {
			return neutral, sliceHeader{}
		}
		if r, h := classifyNAL(NALType(nal), nal[1:], sps); r != neutral {
			return r, h
		}
		entries = rest
	}
}

// classifyNAL returns the role of a NAL unit of type t whose bytes behind the header begin with body.
func classifyNAL(t Type, body []byte, sps *SPSInfo) (role, sliceHeader) {
	// Fragments of an Annex B stream have a header before the start code of the NAL unit proper.
	if inner := trimStartCode(body); len(inner) > 0 && len(inner) < len(body) {
		t, body = NALType(inner), inner[1:]
	}
	switch {
	case t == PartitionB || t == PartitionC:
		return laterSlice, sliceHeader{}
	case t.isVCL():
		h, err := parseSliceHeader(body, sps)
		if err != nil {
			return neutral, h
		}
		if h.firstMB == 0 {
			return firstSlice, h
		}
		return laterSlice, h
	case SEI <= t && t <= AUD, 15 <= t && t <= 18:
		// 14 is in the standard's list too, but in SVC it stands before each base layer slice.
		return opening, sliceHeader{}
	}
	return neutral, sliceHeader{}
}
