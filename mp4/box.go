package mp4

import (
	"encoding/binary"
	"math"
)

// Sizes of the headers of boxes (ISO/IEC 14496-12 §4.2).
const (
	boxHeader     = 8
	boxHeader64   = 16
	fullBoxHeader = 12
)

// Sample flags (ISO/IEC 14496-12 §8.8.3.1): sample_depends_on and sample_is_non_sync_sample.
const (
	flagsKey    = 2 << 24
	flagsNonKey = 1<<24 | nonSync
	nonSync     = 1 << 16
)

// Flags of the track fragment header box (ISO/IEC 14496-12 §8.8.7).
const (
	tfhdBaseOffset  = 0x000001
	tfhdDescription = 0x000002
	tfhdDuration    = 0x000008
	tfhdSize        = 0x000010
	tfhdFlags       = 0x000020
	tfhdBaseIsMoof  = 0x020000
)

// Flags of the track run box (ISO/IEC 14496-12 §8.8.8).
const (
	trunOffset      = 0x000001
	trunFirstFlags  = 0x000004
	trunDuration    = 0x000100
	trunSize        = 0x000200
	trunFlags       = 0x000400
	trunComposition = 0x000800
)

// openBox appends the header of a box whose size is not known yet and returns where it starts.
func openBox(b []byte, boxType string) ([]byte, int) {
	start := len(b)
	b = append(b, 0, 0, 0, 0)
	return append(b, boxType...), start
}

// openFullBox is openBox for a box with version and flags (ISO/IEC 14496-12 §4.2).
func openFullBox(b []byte, boxType string, version uint8, flags uint32) ([]byte, int) {
	b, start := openBox(b, boxType)
	return be32(b, uint32(version)<<24|flags), start
}

// closeBox fills in the size of the box that starts at start and ends where b ends.
func closeBox(b []byte, start int) []byte {
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start))
	return b
}

func be32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }
func be64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

// Rescale converts ticks of one clock into ticks of another, to the nearest. Neither may have a rate of 0, unless
// both have.
func Rescale(ticks int64, from, to uint32) int64 {
	if from == to {
		return ticks
	}
	f, t := int64(from), int64(to)
	whole, rest := ticks/f, ticks%f
	if rest < 0 {
		whole, rest = whole-1, rest+f
	}
	return whole*t + (rest*t+f/2)/f
}

// clampInt32 keeps v within what a 32-bit field holds.
func clampInt32(v int64) int32 { return int32(max(math.MinInt32, min(v, math.MaxInt32))) }

// clampUint32 keeps v within what a 32-bit field holds.
func clampUint32(v int64) uint32 { return uint32(max(0, min(v, math.MaxUint32))) }
