package aac

import (
	"errors"
	"fmt"

	"github.com/timeslate/timeslate/internal/bitio"
)

// ascParser reads an AudioSpecificConfig into c.
type ascParser struct {
	*bitio.Reader
	c *Config
}

// parse reads an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1).
func (p *ascParser) parse() error {
	objectType, rate, channels := p.objectType(), p.sampleRate(), p.Bits(4)
	if objectType == typeSBR || objectType == typePS { // hierarchical signalling: what is coded comes after it
		p.c.SBR, p.c.PS = true, objectType == typePS
		p.sampleRate() // after SBR
		objectType = p.objectType()
	}
	p.c.ObjectType, p.c.SampleRate, p.c.Channels = uint8(objectType), rate, channelCounts[channels]
	if p.Err() == nil && (rate < minSampleRate || rate > maxSampleRate) {
		return errSampleRate(rate)
	}
	if err := p.specific(objectType, channels); err != nil {
		return err
	}
	if err := p.Err(); err != nil {
		return err
	}
	if p.c.Channels == 0 {
		return fmt.Errorf("channel configuration %d", channels)
	}
	if !p.c.SBR {
		p.extension()
	}
	return nil
}

// objectType reads an audio object type: GetAudioObjectType of ISO/IEC 14496-3 table 1.16.
func (p *ascParser) objectType() uint32 {
	t := p.Bits(5)
	if t == typeEscape {
		t = 32 + p.Bits(6)
	}
	return t
}

// sampleRate reads a sampling frequency in Hz; 0 stands for a reserved index.
func (p *ascParser) sampleRate() int {
	index := p.Bits(4)
	switch {
	case index == explicitRate:
		return int(p.Bits(24))
	case int(index) < len(sampleRates):
		return sampleRates[index]
	}
	return 0
}

func errSampleRate(rate int) error {
	if rate == 0 {
		return errors.New("reserved sampling frequency")
	}
	return fmt.Errorf("sampling frequency %d", rate)
}

// specific reads the part that is each object type's own.
func (p *ascParser) specific(objectType, channels uint32) error {
	switch objectType {
	case typeMain, typeLC, typeSSR, typeLTP:
		p.general(objectType, channels, 1024, 960)
	case typeERLC, typeERLTP:
		p.general(objectType, channels, 1024, 960)
		p.Skip(2) // epConfig
	case typeERLD:
		p.general(objectType, channels, 512, 480)
		p.Skip(2)
	case typeERELD: // ELDSpecificConfig, of which the rest isn't needed (§4.6.20)
		p.frameLength(512, 480)
	default:
		if p.Err() != nil {
			return nil // that is what is wrong
		}
		return fmt.Errorf("audio object type %d is not supported", objectType)
	}
	return nil
}

// general reads a GASpecificConfig (ISO/IEC 14496-3 §4.4.1).
func (p *ascParser) general(objectType, channels uint32, long, short int) {
	p.frameLength(long, short)
	if p.Bit() { // dependsOnCoreCoder
		p.Skip(14) // coreCoderDelay
	}
	extended := p.Bit()
	if channels == 0 {
		p.c.Channels = p.programConfig()
	}
	if extended && objectType >= typeERLC {
		p.Skip(3) // error resilience tools
	}
	if extended {
		p.Skip(1) // extensionFlag3
	}
}

func (p *ascParser) frameLength(long, short int) {
	p.c.FrameLength = long
	if p.Bit() {
		p.c.FrameLength = short
	}
}

// programConfig reads a program config element up to where its channels are known (ISO/IEC 14496-3 §4.4.1.1), and the rest
// of it, and returns their number.
func (p *ascParser) programConfig() (channels int) {
	p.Skip(4 + 2 + 4)                                                     // tag, profile, sampling frequency
	speakers := p.Bits(4) + p.Bits(4) + p.Bits(4)                         // front, side and back elements
	lfe, data, coupling := int(p.Bits(2)), int(p.Bits(3)), int(p.Bits(4)) // elements
	for _, mixdown := range []int{4, 4, 3} {                              // mono, stereo, matrix
		if p.Bit() {
			p.Skip(mixdown)
		}
	}
	for range speakers {
		channels++
		if p.Bit() { // a channel pair
			channels++
		}
		p.Skip(4)
	}
	p.Skip(4*lfe + 4*data + 5*coupling)
	p.Skip((8 - p.BitsRead()%8) % 8)
	p.Skip(8 * int(p.Bits(8))) // comment
	return channels + lfe
}

// Words that announce an extension behind the configuration proper, where old decoders don't look (ISO/IEC 14496-3
// §1.6.2.1, syncExtensionType).
const (
	syncSBR = 0x2b7
	syncPS  = 0x548
)

// extension reads what is said of SBR and PS at the end. There may be nothing or junk.
func (p *ascParser) extension() {
	if p.BitsLeft() < 16 || p.Bits(11) != syncSBR || p.objectType() != typeSBR || !p.Bit() {
		return
	}
	p.sampleRate() // after SBR
	if p.Err() != nil {
		return
	}
	p.c.SBR = true
	if p.BitsLeft() >= 12 && p.Bits(11) == syncPS {
		p.c.PS = p.Bit()
	}
}
