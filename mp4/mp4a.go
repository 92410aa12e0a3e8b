package mp4

import (
	"fmt"

	gomp4 "github.com/abema/go-mp4"
	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/media"
)

// mp4a is AAC with its configuration in an elementary stream descriptor (ISO/IEC 14496-14 §5.6).
var mp4a = &codec{
	entries: []string{"mp4a"},
	handler: "soun",
	owns:    func(c media.Config) bool { _, ok := c.(*aac.Config); return ok },
	equal:   func(a, b media.Config) bool { return a.(*aac.Config).Equal(b.(*aac.Config)) },
	size:    func(media.Config) (int, int) { return 0, 0 },
	timing: func(c media.Config) (int, float64) {
		config := c.(*aac.Config)
		return 0, float64(config.SampleRate) / float64(config.FrameLength)
	},
	entry: func(c media.Config) gomp4.IImmutableBox { return audioEntry("mp4a", c.(*aac.Config)) },
	setup: func(b []byte, c media.Config, r rates) []byte { return appendESDS(b, c.(*aac.Config).ASC(), r) },
	parse: parseMP4A,
	sets:  func(media.Config, [][]byte) [][]byte { return nil },
}

// audioEntry returns an AudioSampleEntry without what is the codec's own (ISO/IEC 14496-12 §12.2.3).
func audioEntry(entryType string, c *aac.Config) *gomp4.AudioSampleEntry {
	e := &gomp4.AudioSampleEntry{
		SampleEntry:  gomp4.SampleEntry{AnyTypeBox: gomp4.AnyTypeBox{Type: gomp4.StrToBoxType(entryType)}, DataReferenceIndex: 1},
		ChannelCount: uint16(c.Channels),
		SampleSize:   16, // the value that the standard prescribes for what is compressed
	}
	if c.SampleRate < 1<<16 { // the field is 16.16; others find it in the decoder's configuration, as everyone does
		e.SampleRate = uint32(c.SampleRate) << 16
	}
	return e
}

// Tags of descriptors (ISO/IEC 14496-1 §7.2.2.1).
const (
	esDescriptor      = 3
	decoderConfig     = 4
	decoderSpecific   = 5
	syncLayerConfig   = 6
	descriptorHeader  = 5    // bytes: tag, and a size in four
	predefinedForMP4  = 2    // of the sync layer (ISO/IEC 14496-14 §3.1.2)
	audioStream       = 5    // streamType
	objectMPEG4Audio  = 0x40 // objectTypeIndication (ISO/IEC 14496-1 §7.2.6.6)
	objectMPEG2Main   = 0x66 // and 67 AAC LC, 68 AAC SSR
	objectMPEG2SSR    = 0x68
	decoderConfigSize = 13 // without descriptors in it
)

// appendESDS appends the box with the elementary stream descriptor (ISO/IEC 14496-14 §5.6, ISO/IEC 14496-1 §7.2.6.5).
func appendESDS(b []byte, asc []byte, r rates) []byte {
	b, esds := openFullBox(b, "esds", 0, 0)
	decoder := decoderConfigSize + descriptorHeader + len(asc)
	b = appendDescriptor(b, esDescriptor, 3+descriptorHeader+decoder+descriptorHeader+1)
	b = append(b, 0, 0, 0) // ES_ID, flags
	b = appendDescriptor(b, decoderConfig, decoder)
	b = append(b, objectMPEG4Audio, audioStream<<2|1)
	b = append(b, byte(r.buffer>>16), byte(r.buffer>>8), byte(r.buffer))
	b = be32(be32(b, r.largest), r.average)
	b = append(appendDescriptor(b, decoderSpecific, len(asc)), asc...)
	b = append(appendDescriptor(b, syncLayerConfig, 1), predefinedForMP4)
	return closeBox(b, esds)
}

// appendDescriptor appends the header of a descriptor. Its size has seven bits to a byte (ISO/IEC 14496-1 §8.3.3).
func appendDescriptor(b []byte, tag byte, size int) []byte {
	return append(b, tag, byte(size>>21)|0x80, byte(size>>14)|0x80, byte(size>>7)|0x80, byte(size&0x7f))
}

// parseMP4A reads an mp4a sample entry, of QuickTime's forms, too. What isn't AAC, layer 3 for instance, or can't be read is
// a codec that is not known.
func parseMP4A(entry []byte) (media.Config, int, error) {
	const fixed = 28 // bytes of an AudioSampleEntry
	if len(entry) < fixed {
		return nil, 0, fmt.Errorf("sample entry of %d bytes", len(entry))
	}
	c := cursor{b: entry[fixed:]}
	switch version := uint16(entry[8])<<8 | uint16(entry[9]); version { // QuickTime File Format, sound sample descriptions
	case 1:
		c.bytes(16)
	case 2:
		c.bytes(36)
	}
	esds := find(c.b, "esds")
	if esds == nil { // QuickTime
		esds = find(find(c.b, "wave"), "esds")
	}
	config, err := aac.ParseConfig(decoderSpecificInfo(esds))
	if err != nil {
		return nil, 0, nil
	}
	return config, 0, nil
}

// decoderSpecificInfo returns the decoder's configuration in an esds box, or nil (ISO/IEC 14496-1 §7.2.6.5, §7.2.6.6).
func decoderSpecificInfo(esds []byte) []byte {
	c := cursor{b: esds}
	c.fullBox()
	es := cursor{b: c.descriptor(esDescriptor)}
	es.bytes(2) // ES_ID
	flags := es.u8()
	if flags&0x80 != 0 {
		es.bytes(2) // the stream it depends on
	}
	if flags&0x40 != 0 {
		es.bytes(int(es.u8())) // URL
	}
	if flags&0x20 != 0 {
		es.bytes(2) // the clock's stream
	}
	decoder := cursor{b: es.descriptor(decoderConfig)}
	object := decoder.u8()
	decoder.bytes(decoderConfigSize - 1)
	if object != objectMPEG4Audio && (object < objectMPEG2Main || object > objectMPEG2SSR) {
		return nil
	}
	return decoder.descriptor(decoderSpecific)
}

// descriptor returns the payload of the first descriptor with that tag, or nil.
func (c *cursor) descriptor(tag uint8) []byte {
	for c.more() {
		t, size := c.u8(), 0
		for range 4 {
			b := c.u8()
			size = size<<7 | int(b&0x7f)
			if b&0x80 == 0 {
				break
			}
		}
		if body := c.bytes(size); t == tag {
			return body
		}
	}
	return nil
}

func (c *cursor) u8() uint8 {
	if b := c.bytes(1); b != nil {
		return b[0]
	}
	return 0
}
