package h264

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/timeslate/timeslate/internal/bitio"
)

// Config is what a decoder must know before a stream's first picture. It is never changed in place.
type Config struct {
	SPS, PPS [][]byte // NAL units, the newest first; each PPS refers to one of the SPS and each id occurs once

	// From the first SPS:
	Width, Height                 int   // in pixels, cropped
	Profile, Compatibility, Level uint8 // profile_idc, constraint flags, level_idc
	ChromaFormat                  uint8 // chroma_format_idc: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4
	BitDepthLuma, BitDepthChroma  uint8
	SARWidth, SARHeight           uint16  // sample aspect ratio; 0:0 unspecified
	FullRange                     bool    // luma uses all values
	Primaries, Transfer, Matrix   uint8   // colour (ITU-T H.264 tables E-3 to E-5); 0 unknown
	FrameRate                     float64 // as stated in the VUI; 0 unknown
	Reorder                       int     // frames that may be decoded before a frame and shown after it; -1 unknown
	Interlaced                    bool    // pictures may be fields
}

// maxParameterSet bounds a parameter set in bytes. Twelve scaling lists and two full HRD take about 2 KiB; avcC could
// hold 64 KiB.
const maxParameterSet = 4096

// maxParameterSets bounds the bytes of all sets that are kept, of which a camera needs some hundred. The standard allows 288
// sets: a stream that changes them all the time would fill the memory with configurations.
const maxParameterSets = 32 << 10

var errNoParameterSets = errors.New("h264: no SPS with a PPS that refers to it")

// NewConfig returns the configuration of the given parameter set NAL units, which it copies. Of several with one id the
// first counts. Left out are sets that can't be read, a PPS that refers to an SPS which isn't there, and an SPS to which
// no PPS refers. It fails when nothing is left.
func NewConfig(sps, pps [][]byte) (*Config, error) {
	var s paramSets
	var errs []error
	for _, nal := range slices.Backward(slices.Concat(pps, sps)) {
		errs = append(errs, s.put(trimZeros(nal)))
	}
	c, err := s.config()
	if err != nil {
		return nil, errors.Join(append(errs, err)...)
	}
	return c, nil
}

// With returns the configuration in force after the parameter sets among the NAL units of a unit, as a Depacketizer tells
// it: c itself when they change nothing or are incomplete.
func (c *Config) With(unit [][]byte) *Config {
	p := params{config: c}
	for _, nal := range slices.Backward(slices.Concat(c.PPS, c.SPS)) {
		_ = p.sets.put(nal) // it was read before
	}
	for _, nal := range unit {
		if t := NALType(nal); t == SPS || t == PPS {
			_ = p.put(trimZeros(nal)) // one that can't be read changes nothing
		}
	}
	p.apply()
	return p.config
}

// Codec returns the RFC 6381 codec string, for example "avc1.640028".
func (c *Config) Codec() string {
	return fmt.Sprintf("avc1.%02x%02x%02x", c.Profile, c.Compatibility, c.Level)
}

// Equal reports whether c and o hold the same parameter sets, byte for byte, in whatever order. It doesn't try to tell
// differences that matter from those that don't: a PPS that differs in pic_init_qp alone already spoils each picture that
// is decoded with the other one.
func (c *Config) Equal(o *Config) bool {
	if c == nil || o == nil {
		return c == o
	}
	return sameSets(c.SPS, o.SPS) && sameSets(c.PPS, o.PPS)
}

// sameSets compares sets in which no element occurs twice.
func sameSets(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for _, nal := range a {
		if !contains(b, nal) {
			return false
		}
	}
	return true
}

func contains(set [][]byte, nal []byte) bool {
	return slices.ContainsFunc(set, func(o []byte) bool { return bytes.Equal(o, nal) })
}

// paramSets are the parameter sets in force, the newest first, each id once.
type paramSets struct {
	sps, pps []paramSet
}

type paramSet struct {
	id, sps uint32 // sps: the SPS that a PPS refers to
	nal     []byte
	info    *SPSInfo // of an SPS
}

func (s *paramSets) clone() paramSets {
	return paramSets{sps: slices.Clone(s.sps), pps: slices.Clone(s.pps)}
}

// has reports whether nal is in s already.
func (s *paramSets) has(nal []byte) bool {
	same := func(p paramSet) bool { return bytes.Equal(p.nal, nal) }
	return slices.ContainsFunc(s.sps, same) || slices.ContainsFunc(s.pps, same)
}

// put copies the SPS or PPS nal into s, in place of one with the same id.
func (s *paramSets) put(nal []byte) error {
	if len(nal) > maxParameterSet {
		return fmt.Errorf("h264: %v of %d bytes, more than %d", NALType(nal), len(nal), maxParameterSet)
	}
	switch NALType(nal) {
	case SPS:
		info, err := ParseSPS(nal)
		if err != nil {
			return err
		}
		s.sps = replace(s.sps, paramSet{id: info.ID, nal: slices.Clone(nal), info: info})
	case PPS:
		p, err := parsePPS(nal)
		if err != nil {
			return err
		}
		s.pps = replace(s.pps, p)
	default:
		return fmt.Errorf("h264: %v is no parameter set", NALType(nal))
	}
	return nil
}

// replace puts p in front of sets and removes the one with its id, and the oldest ones if they are too many bytes.
func replace(sets []paramSet, p paramSet) []paramSet {
	sets = slices.DeleteFunc(sets, func(o paramSet) bool { return o.id == p.id })
	sets = slices.Insert(sets, 0, p)
	size := 0
	for i := range sets {
		if size += len(sets[i].nal); size > maxParameterSets/2 { // SPS and PPS have half of it each
			clear(sets[i:])
			return sets[:i]
		}
	}
	return sets
}

// parsePPS reads the ids of a picture parameter set (ITU-T H.264 §7.3.2.2); what follows them is not looked at.
func parsePPS(nal []byte) (paramSet, error) {
	const maxIDs = 16 // two Exp-Golomb codes with emulation prevention bytes
	r := bitio.NewReader(bitio.AppendUnescaped(nil, nal[1:min(len(nal), maxIDs)]))
	p := paramSet{id: r.UE(), sps: r.UE(), nal: slices.Clone(nal)}
	if err := r.Err(); err != nil {
		return paramSet{}, fmt.Errorf("h264: PPS: %w", err)
	}
	if p.id > maxPPSID || p.sps > maxSPSID {
		return paramSet{}, fmt.Errorf("h264: PPS: id %d for SPS %d", p.id, p.sps)
	}
	return p, nil
}

// config returns the configuration that s makes up.
func (s *paramSets) config() (*Config, error) {
	c := new(Config)
	for _, p := range s.sps {
		if !slices.ContainsFunc(s.pps, func(o paramSet) bool { return o.sps == p.id }) {
			continue
		}
		if c.SPS == nil {
			c.describe(p.info)
		}
		c.SPS = append(c.SPS, p.nal)
	}
	for _, p := range s.pps {
		if slices.ContainsFunc(s.sps, func(o paramSet) bool { return o.id == p.sps }) {
			c.PPS = append(c.PPS, p.nal)
		}
	}
	if c.SPS == nil {
		return nil, errNoParameterSets
	}
	return c, nil
}

func (c *Config) describe(s *SPSInfo) {
	c.Width, c.Height = s.Width, s.Height
	c.Profile, c.Compatibility, c.Level = s.Profile, s.Compatibility, s.Level
	c.ChromaFormat, c.BitDepthLuma, c.BitDepthChroma = s.ChromaFormat, s.BitDepthLuma, s.BitDepthChroma
	c.SARWidth, c.SARHeight = s.VUI.SARWidth, s.VUI.SARHeight
	c.FullRange, c.Primaries, c.Transfer, c.Matrix = s.VUI.FullRange, s.VUI.Primaries, s.VUI.Transfer, s.VUI.Matrix
	c.FrameRate, c.Reorder, c.Interlaced = s.FrameRate(), s.Reorder(), !s.FrameMBsOnly
}
