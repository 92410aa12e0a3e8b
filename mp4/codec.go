package mp4

import (
	"fmt"

	gomp4 "github.com/abema/go-mp4"
	"github.com/timeslate/timeslate/media"
)

// codec is what differs from one codec to the next: how its configuration stands in a file and how its units do. A new
// codec is one more of these in the table below.
type codec struct {
	entries []string // types of the sample entry; the first one is written
	handler string   // handler_type of the track (ISO/IEC 14496-12 §8.4.3)
	nals    bool     // units consist of NAL units, in a sample each with a length before it

	owns  func(media.Config) bool
	equal func(a, b media.Config) bool
	// entry returns the sample entry without the decoder's configuration.
	entry func(media.Config) gomp4.IImmutableBox
	// size returns width and height of the picture, 0 for audio.
	size func(media.Config) (width, height int)
	// timing returns the reorder depth, -1 if unknown, and the frame rate, 0 if unknown.
	timing func(media.Config) (depth int, frameRate float64)
	// setup appends the box with the decoder's configuration.
	setup func([]byte, media.Config, rates) []byte
	// parse reads the payload of a sample entry; the int is the size of the length before each NAL unit, or 0.
	parse func(entry []byte) (media.Config, int, error)
	// delimiter reports whether a NAL unit has to stay the first of its access unit.
	delimiter func(nal []byte) bool
	// picture reports whether a NAL unit, of which the first byte is given, is part of the picture itself: parameter sets
	// stand before it. nil for a codec without parameter sets in its units.
	picture func(nal []byte) bool
	// refresh reports whether a NAL unit of a picture, of which the first byte is given, says that no later picture refers to
	// one before it. nil for a codec of which each key frame is so.
	refresh func(nal []byte) bool
	// with returns the configuration in force after the parameter sets in unit; c itself if they change nothing.
	with func(c media.Config, unit [][]byte) media.Config
	// sets returns the parameter sets to put into a unit that lacks them.
	sets func(c media.Config, unit [][]byte) [][]byte
}

// codecs are all that can be stored and read.
var codecs = []*codec{avc, mp4a}

// codecOf returns the codec that c is a configuration of.
func codecOf(c media.Config) (*codec, error) {
	for _, codec := range codecs {
		if c != nil && codec.owns(c) {
			return codec, nil
		}
	}
	return nil, fmt.Errorf("no sample entry for %T", c)
}

// visualEntry is the size of the fields of a VisualSampleEntry (ISO/IEC 14496-12 §12.1.3).
const visualEntry = 78

// sampleEntry returns the entry of the sample description box for c (ISO/IEC 14496-12 §8.5.2).
func (k *codec) sampleEntry(c media.Config, r rates) node {
	return node{box: k.entry(c), children: []node{{byHand: func(b []byte) []byte { return k.setup(b, c, r) }}}}
}

// visualSampleEntry returns a VisualSampleEntry without what is the codec's own (ISO/IEC 14496-12 §12.1.3).
func visualSampleEntry(entryType string, width, height int) *gomp4.VisualSampleEntry {
	return &gomp4.VisualSampleEntry{
		SampleEntry:     gomp4.SampleEntry{AnyTypeBox: gomp4.AnyTypeBox{Type: gomp4.StrToBoxType(entryType)}, DataReferenceIndex: 1},
		Width:           uint16(width),
		Height:          uint16(height),
		Horizresolution: 72 << 16, // the value the standard prescribes, in dots per inch
		Vertresolution:  72 << 16,
		FrameCount:      1,
		Depth:           0x18, // colour without alpha
		PreDefined3:     -1,
	}
}

// appendUnit appends the bytes of a unit as they stand in a sample, with sets put where a decoder expects parameter sets:
// first, but for an access unit delimiter (H.264 §7.4.1.2.3).
func (k *codec) appendUnit(b []byte, data, sets [][]byte) []byte {
	for i, d := range data {
		if len(sets) > 0 && (i > 0 || !k.delimiter(d)) {
			b = k.appendUnit(b, sets, nil)
			sets = nil
		}
		if k.nals {
			b = be32(b, uint32(len(d)))
		}
		b = append(b, d...)
	}
	return b
}

// unitSize returns the number of bytes that appendUnit appends.
func (k *codec) unitSize(data [][]byte) int64 {
	n := int64(0)
	for _, d := range data {
		n += int64(len(d))
		if k.nals {
			n += nalLength
		}
	}
	return n
}
