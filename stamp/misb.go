package stamp

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// MISBLayout is one of the three forms of the precision time stamp (MISB ST 0604).
type MISBLayout uint8

// The layouts differ in UUID and unit. H.264 has no nanoseconds.
const (
	MISBH264Micros MISBLayout = iota
	MISBH265Micros
	MISBH265Nanos
)

var misbUUIDs = [...]UUID{
	MISBH264Micros: UUID([]byte("MISPmicrosectime")),
	MISBH265Micros: {0xa8, 0x68, 0x7d, 0xd4, 0xd7, 0x59, 0x37, 0x58, 0xa5, 0xce, 0xf0, 0x33, 0x8b, 0x65, 0x45, 0xf1},
	MISBH265Nanos:  {0xcf, 0x84, 0x82, 0x78, 0xee, 0x23, 0x30, 0x6c, 0x92, 0x65, 0xe8, 0xfe, 0xf2, 0x2f, 0xb8, 0xb8},
}

// MISBStatus is the time status byte (MISB ST 0603). Older writers leave out bit 4, so no value is an error.
type MISBStatus uint8

// The values of the status byte that are written here.
const (
	MISBLocked   MISBStatus = 0x1f // the clock follows its reference
	MISBUnlocked MISBStatus = 0x9f // it doesn't, or nobody knows
)

// Locked reports whether the writer's clock followed its reference.
func (s MISBStatus) Locked() bool { return s&0x80 == 0 }

// Jumped reports whether the writer's clock was set at this frame.
func (s MISBStatus) Jumped() bool { return s&0x40 != 0 }

// misbSize is the size of the payload: UUID, status, and four 16-bit words with filler bytes between them.
const misbSize = 28

// MISBStamp is the precision time stamp of a frame.
type MISBStamp struct {
	Layout MISBLayout
	Status MISBStatus
	Count  uint64 // since 1970, in the layout's unit; Unix UTC as all tools write it, not the leap-free count of ST 0603
}

// Time returns the stamp's time in UTC; ok is false beyond what a time.Time's nanoseconds or a signed count can say.
func (s MISBStamp) Time() (t time.Time, ok bool) {
	if s.Count > math.MaxInt64 {
		return time.Time{}, false
	}
	if s.Layout == MISBH265Nanos {
		return time.Unix(0, int64(s.Count)).UTC(), true
	}
	return time.UnixMicro(int64(s.Count)).UTC(), true
}

// Append appends the SEI payload to b. The filler bytes keep the escapes of the NAL unit away.
func (s MISBStamp) Append(b []byte) []byte {
	b = append(b, misbUUIDs[s.Layout][:]...)
	b = append(b, byte(s.Status))
	for shift := 48; shift >= 0; shift -= 16 {
		b = binary.BigEndian.AppendUint16(b, uint16(s.Count>>shift))
		if shift > 0 {
			b = append(b, 0xff)
		}
	}
	return b
}

// ParseMISB reads an SEI payload of any layout.
func ParseMISB(payload []byte) (MISBStamp, error) {
	layout, ok := misbLayout(payload)
	if !ok {
		return MISBStamp{}, fmt.Errorf("stamp: MISB: byte 0: no UUID of ST 0604")
	}
	if len(payload) != misbSize {
		return MISBStamp{}, fmt.Errorf("stamp: MISB: %d bytes, not %d", len(payload), misbSize)
	}
	s := MISBStamp{Layout: layout, Status: MISBStatus(payload[16])}
	for at := 17; at < misbSize; at += 3 {
		if at > 17 && payload[at-1] != 0xff {
			return MISBStamp{}, fmt.Errorf("stamp: MISB: byte %d is %02x, not the filler ff", at-1, payload[at-1])
		}
		s.Count = s.Count<<16 | uint64(binary.BigEndian.Uint16(payload[at:]))
	}
	return s, nil
}

func misbLayout(payload []byte) (MISBLayout, bool) {
	for layout := range misbUUIDs {
		if misbUUIDs[layout].of(payload) {
			return MISBLayout(layout), true
		}
	}
	return 0, false
}
