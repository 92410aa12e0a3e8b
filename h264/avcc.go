package h264

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// AppendAVCC appends the AVCDecoderConfigurationRecord of c, the payload of an avcC box, for NAL units with length
// prefixes of 4 bytes (ISO/IEC 14496-15 §5.3.3.1.2).
func AppendAVCC(dst []byte, c *Config) []byte {
	sps, pps := c.SPS[:min(len(c.SPS), 31)], c.PPS[:min(len(c.PPS), 255)] // numbers of 5 and 8 bits
	dst = append(dst, 1, c.Profile, c.Compatibility, c.Level, 0xfc|3)
	dst = append(dst, 0xe0|byte(len(sps)))
	dst = appendSets(dst, sps)
	dst = append(dst, byte(len(pps)))
	dst = appendSets(dst, pps)
	if avccExtended(c.Profile) {
		dst = append(dst, 0xfc|c.ChromaFormat, 0xf8|(c.BitDepthLuma-8), 0xf8|(c.BitDepthChroma-8), 0) // no SPS extension
	}
	return dst
}

func appendSets(dst []byte, sets [][]byte) []byte {
	for _, nal := range sets {
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(nal))) // at most maxParameterSet
		dst = append(dst, nal...)
	}
	return dst
}

// avccExtended reports whether the record of a profile ends with chroma format and bit depths.
func avccExtended(profile uint8) bool { return profile != 66 && profile != 77 && profile != 88 }

// ParseAVCC reads an AVCDecoderConfigurationRecord. It returns the configuration and the bytes of the length prefixes, 1
// to 4. Profile, level and chroma format are taken from the SPS and not from the record, the last part of which some
// writers leave out.
func ParseAVCC(b []byte) (*Config, int, error) {
	if len(b) < 6 || b[0] != 1 {
		return nil, 0, errors.New("h264: avcC is not of version 1, or shorter than 6 bytes")
	}
	nalLengthSize := int(b[4]&3) + 1
	sps, rest, err := readSets(b[6:], int(b[5]&0x1f))
	if err != nil {
		return nil, 0, err
	}
	if len(rest) < 1 {
		return nil, 0, errShortAVCC
	}
	pps, _, err := readSets(rest[1:], int(rest[0]))
	if err != nil {
		return nil, 0, err
	}
	c, err := NewConfig(sps, pps)
	if err != nil {
		return nil, 0, fmt.Errorf("avcC: %w", err)
	}
	return c, nalLengthSize, nil
}

var errShortAVCC = errors.New("h264: avcC ends within its parameter sets")

func readSets(b []byte, count int) (sets [][]byte, rest []byte, err error) {
	for range count {
		if len(b) < 2 {
			return nil, nil, errShortAVCC
		}
		size := int(binary.BigEndian.Uint16(b))
		if size > len(b)-2 {
			return nil, nil, errShortAVCC
		}
		sets, b = append(sets, b[2:2+size]), b[2+size:]
	}
	return sets, b, nil
}
