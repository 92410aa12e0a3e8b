package aac

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/timeslate/timeslate/internal/bitio"
)

// maxPacketUnits is the number of units that are taken from one packet: AAC-lbr could have 230 silent ones of 6 bytes.
const maxPacketUnits = 256

var (
	errShort       = errors.New("aac: packet shorter than its headers")
	errInterleaved = errors.New("aac: interleaved units (AU-Index-delta is not 0) are not supported")
	errCutOff      = errors.New("aac: the last AU header is cut off")
	errManyUnits   = errors.New("aac: too many units in one packet")
	errNoUnits     = errors.New("aac: packet with data but without AU headers")
)

// packetReader splits a payload into units (RFC 3640 §3.2). Its memory is used again.
type packetReader struct {
	f     *Format
	bits  bitio.Reader
	sizes []int // of the packet's units, in bytes
}

// read sets r.sizes and returns the bytes from the first unit on. The last unit may be larger than what is left.
func (r *packetReader) read(payload []byte) (data []byte, err error) {
	r.sizes = r.sizes[:0]
	if r.f.hasHeaders() {
		if payload, err = r.headerSection(payload); err != nil {
			return nil, err
		}
	}
	if payload, err = r.skipAuxiliary(payload); err != nil {
		return nil, err
	}
	return payload, r.setSizes(payload)
}

// hasHeaders reports whether packets have AU headers, without which the length in front of them is missing, too (§3.2.1).
func (f *Format) hasHeaders() bool {
	return f.RandomAccess || f.SizeLength+f.IndexLength+f.IndexDeltaLength+f.CTSDeltaLength+f.DTSDeltaLength+f.StreamState > 0
}

// headerSection reads the AU header section (§3.2.1), and returns what stands behind it.
func (r *packetReader) headerSection(payload []byte) ([]byte, error) {
	if len(payload) < 2 {
		return nil, errShort
	}
	length := int(binary.BigEndian.Uint16(payload))
	end := 2 + (length+7)/8
	if end > len(payload) {
		return nil, fmt.Errorf("aac: AU headers of %d bits in a packet of %d bytes", length, len(payload))
	}
	r.bits.Reset(payload[2:end])
	layout := r.f.layout(length)
	for r.bits.BitsRead() < length {
		if len(r.sizes) == maxPacketUnits {
			return nil, errManyUnits
		}
		if err := r.header(layout); err != nil {
			return nil, err
		}
	}
	if r.bits.BitsRead() > length || r.bits.Err() != nil {
		return nil, fmt.Errorf("aac: %d bits are no whole number of AU headers", length)
	}
	return payload[end:], nil
}

// layout are the lengths of the fields that each header has.
type layout struct{ size, index, delta int }

// layout returns what headers of that many bits in all consist of: what the SDP says, unless that can't be and AAC-hbr
// can. Where indexLength isn't stated, AMS32 means that there is none, as RFC 3640 §4.1 has it, and others that it is 3.
func (f *Format) layout(length int) layout {
	l := layout{f.SizeLength, f.IndexLength, f.IndexDeltaLength}
	plain := f.SizeLength > 0 && f.CTSDeltaLength+f.DTSDeltaLength+f.StreamState == 0 && !f.RandomAccess
	if hbr := (layout{13, 3, 3}); plain && !l.fits(length) && hbr.fits(length) {
		return hbr
	}
	return l
}

func (l layout) fits(length int) bool {
	first, others := l.size+l.index, l.size+l.delta
	return length == first || length > first && others > 0 && (length-first)%others == 0
}

// header reads one AU header (§3.2.1.1).
func (r *packetReader) header(l layout) error {
	size := r.f.ConstantSize
	if l.size > 0 {
		size = int(min(r.bits.Bits(l.size), maxUnitBytes+1))
	}
	if len(r.sizes) == 0 {
		r.bits.Skip(l.index) // counts from 0 unless units are interleaved; some count on
	} else if r.bits.Bits(l.delta) != 0 {
		return errInterleaved
	}
	for _, length := range [...]int{r.f.CTSDeltaLength, r.f.DTSDeltaLength} {
		if length > 0 && r.bits.Bit() {
			r.bits.Skip(length) // audio is presented in the order of decoding
		}
	}
	if r.f.RandomAccess {
		r.bits.Skip(1)
	}
	r.bits.Skip(r.f.StreamState)
	if r.bits.Err() != nil {
		return errCutOff
	}
	r.sizes = append(r.sizes, size)
	return nil
}

// skipAuxiliary passes over the auxiliary section (§3.2.2).
func (r *packetReader) skipAuxiliary(payload []byte) ([]byte, error) {
	if r.f.AuxiliaryLength == 0 {
		return payload, nil
	}
	r.bits.Reset(payload)
	end := (int64(r.f.AuxiliaryLength) + int64(r.bits.Bits(r.f.AuxiliaryLength)) + 7) / 8
	if r.bits.Err() != nil || end > int64(len(payload)) {
		return nil, errShort
	}
	return payload[end:], nil
}

// setSizes sets the sizes that headers don't tell.
func (r *packetReader) setSizes(data []byte) error {
	switch n := r.f.ConstantSize; {
	case r.f.SizeLength > 0 && len(r.sizes) == 0 && len(data) > 0:
		return errNoUnits
	case r.f.SizeLength > 0:
		return nil
	case n == 0: // a unit, or a fragment of one
		r.sizes = append(r.sizes[:0], len(data))
	case len(r.sizes) == 0:
		for rest := len(data); rest > 0 && len(r.sizes) < maxPacketUnits; rest -= n {
			r.sizes = append(r.sizes, n)
		}
	}
	return nil
}
