// Package aac has AAC audio as it comes in RTP: the configuration of a decoder (ISO/IEC 14496-3, AudioSpecificConfig), the
// payload format of RFC 3640 in its modes AAC-hbr and AAC-lbr, both ways, and ADTS, which some cameras send instead.
//
// A unit is one access unit without any header around it, as MP4 files store it. In RTP several of them share a packet and
// its time stamp; those after the first have theirs from the number of samples between.
package aac

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/timeslate/timeslate/internal/bitio"
)

// Config is what a decoder must know before a stream's first unit. It is never changed in place.
type Config struct {
	ObjectType  uint8 // audio object type of what is coded (ISO/IEC 14496-3 table 1.17): 2 is AAC LC
	SampleRate  int   // samples per second and channel of what is coded; with SBR the decoder makes twice as many
	Channels    int   // of what is coded; with PS the decoder makes two of one
	FrameLength int   // samples per channel of a unit, at SampleRate: 1024 or 960, with low delay 512 or 480
	SBR, PS     bool  // spectral band replication, parametric stereo: stated; a stream may have them all the same

	asc []byte
}

// Audio object types (ISO/IEC 14496-3 table 1.17).
const (
	typeMain   = 1
	typeLC     = 2
	typeSSR    = 3
	typeLTP    = 4
	typeSBR    = 5
	typeERLC   = 17
	typeERLTP  = 19
	typeERLD   = 23
	typePS     = 29
	typeEscape = 31
	typeERELD  = 39
)

// Limits of a configuration.
const (
	// maxASC bounds an AudioSpecificConfig in bytes. A program config element with all its elements and the longest
	// comment takes 330.
	maxASC = 512

	// minSampleRate and maxSampleRate bound an explicit sampling frequency, which has 24 bits, in Hz.
	minSampleRate = 1000
	maxSampleRate = 384000
)

// sampleRates are the sampling frequencies by index (ISO/IEC 14496-3 table 1.18).
var sampleRates = [...]int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// explicitRate is the index that says that 24 bits with the frequency follow.
const explicitRate = 15

// channelCounts are the numbers of channels by channelConfiguration (ISO/IEC 14496-3 table 1.19, and its amendments for 11
// and above); 0 is reserved, or given by a program config element.
var channelCounts = [16]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 11: 7, 12: 8, 14: 8}

// NewConfig returns the configuration of plain AAC LC. The number of channels is 1 to 6, or 8.
func NewConfig(sampleRate, channels int) (*Config, error) {
	channelConfig := slices.Index(channelCounts[1:8], channels) + 1
	if channelConfig == 0 {
		return nil, fmt.Errorf("aac: no channel configuration for %d channels", channels)
	}
	if sampleRate < minSampleRate || sampleRate > maxSampleRate {
		return nil, errSampleRate(sampleRate)
	}
	var w bitio.Writer
	w.Bits(typeLC, 5)
	if i := slices.Index(sampleRates[:], sampleRate); i >= 0 {
		w.Bits(uint32(i), 4)
	} else {
		w.Bits(explicitRate, 4)
		w.Bits(uint32(sampleRate), 24)
	}
	w.Bits(uint32(channelConfig), 4)
	w.Bits(0, 3) // GASpecificConfig: frames of 1024 samples, no core coder, no extension
	return ParseConfig(w.Bytes())
}

// ParseConfig reads an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1), which it copies. It knows the object types that
// are AAC in access units; what follows what it needs to know isn't looked at.
func ParseConfig(asc []byte) (*Config, error) {
	if len(asc) == 0 {
		return nil, errors.New("aac: the configuration is empty")
	}
	if len(asc) > maxASC {
		return nil, fmt.Errorf("aac: configuration of %d bytes, more than %d", len(asc), maxASC)
	}
	c := &Config{asc: slices.Clone(asc)}
	p := ascParser{Reader: bitio.NewReader(c.asc), c: c}
	if err := p.parse(); err != nil {
		return nil, fmt.Errorf("aac: configuration %x: %w", asc[:min(len(asc), 16)], err)
	}
	return c, nil
}

// ASC returns the AudioSpecificConfig as it was given to ParseConfig, not to be changed.
func (c *Config) ASC() []byte { return c.asc }

// Codec returns the RFC 6381 codec string, for example "mp4a.40.2": the object type that a decoder needs for all of it.
func (c *Config) Codec() string {
	objectType := c.ObjectType
	switch {
	case c.PS:
		objectType = typePS
	case c.SBR && objectType == typeLC:
		objectType = typeSBR
	}
	return fmt.Sprintf("mp4a.40.%d", objectType)
}

// Equal reports whether c and o are the same configuration, byte for byte.
func (c *Config) Equal(o *Config) bool {
	if c == nil || o == nil {
		return c == o
	}
	return bytes.Equal(c.asc, o.asc)
}
