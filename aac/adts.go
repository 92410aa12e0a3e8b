package aac

import (
	"errors"
	"fmt"
	"iter"
)

// Sizes in bytes of an ADTS header (ISO/IEC 14496-3 §1.A.2.2), without and with its checksum.
const (
	adtsHeader         = 7
	adtsHeaderChecksum = 9
)

// maxADTSFrame is the largest ADTS frame, header included: its length has 13 bits.
const maxADTSFrame = 1<<13 - 1

// adtsFrame is what matters of an ADTS header.
type adtsFrame struct {
	header, size int // bytes; size includes the header
	blocks       int // raw data blocks: units
	objectType   uint8
	rateIndex    uint8
	channels     uint8 // channelConfiguration
}

// parseADTS reads the ADTS header that b begins with, and reports whether there is one. A unit can't be mistaken for it:
// it would end with its first element.
func parseADTS(b []byte) (f adtsFrame, ok bool) {
	if len(b) < adtsHeader || b[0] != 0xff || b[1]&0xf6 != 0xf0 { // sync word, layer 0
		return f, false
	}
	f.header = adtsHeader
	if b[1]&1 == 0 { // protection_absent
		f.header = adtsHeaderChecksum
	}
	f.size = int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5])>>5
	f.blocks = int(b[6]&3) + 1
	f.objectType = b[2]>>6 + 1
	f.rateIndex = b[2] >> 2 & 15
	f.channels = b[2]&1<<2 | b[3]>>6
	return f, f.size >= f.header && int(f.rateIndex) < len(sampleRates)
}

// adtsLength returns the number of bytes of the ADTS frames that b begins with, 0 if it doesn't. The last one may be longer
// than b.
func adtsLength(b []byte) (n int) {
	for n < len(b) {
		f, ok := parseADTS(b[n:])
		if !ok {
			break
		}
		n += f.size
	}
	return n
}

// AppendADTS appends unit with an ADTS header to dst, as an .aac file has it. Configurations that such a header can't
// express, and units of more than 8184 bytes, are an error.
func AppendADTS(dst []byte, c *Config, unit []byte) ([]byte, error) {
	rate, channels := -1, -1
	for i, r := range sampleRates {
		if r == c.SampleRate {
			rate = i
		}
	}
	for i, n := range channelCounts[:8] {
		if n == c.Channels && n > 0 {
			channels = i
		}
	}
	size := adtsHeader + len(unit)
	if rate < 0 || channels < 0 || c.ObjectType < typeMain || c.ObjectType > typeLTP || size > maxADTSFrame {
		return dst, fmt.Errorf("aac: no ADTS header for a unit of %d bytes of %s, %d Hz, %d channels",
			len(unit), c.Codec(), c.SampleRate, c.Channels)
	}
	dst = append(dst, 0xff, 0xf1, (c.ObjectType-1)<<6|byte(rate)<<2|byte(channels>>2), byte(channels&3)<<6|byte(size>>11),
		byte(size>>3), byte(size&7)<<5|0x1f, 0xfc) // buffer fullness 7ff: variable rate
	return append(dst, unit...), nil
}

// SplitADTS yields the units of an ADTS stream, parts of b, without their headers. It ends where no whole frame follows.
func SplitADTS(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for {
			f, ok := parseADTS(b)
			if !ok || f.size > len(b) || f.blocks > 1 || !yield(b[f.header:f.size]) {
				return
			}
			b = b[f.size:]
		}
	}
}

// ADTSConfig returns the configuration that the ADTS header which b begins with stands for.
func ADTSConfig(b []byte) (*Config, error) {
	f, ok := parseADTS(b)
	if !ok {
		return nil, errors.New("aac: no ADTS header")
	}
	if f.channels == 0 {
		return nil, errors.New("aac: ADTS header without a channel configuration")
	}
	asc := uint16(f.objectType)<<11 | uint16(f.rateIndex)<<7 | uint16(f.channels)<<3
	return ParseConfig([]byte{byte(asc >> 8), byte(asc)})
}
