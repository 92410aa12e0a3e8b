package mp4

import (
	"errors"
	"fmt"

	gomp4 "github.com/abema/go-mp4"
	"github.com/timeslate/timeslate/h264"
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
	// size returns width and height of the picture, 0 for audio.
	size func(media.Config) (width, height int)
	// timing returns the reorder depth, -1 if unknown, and the frame rate, 0 if unknown.
	timing func(media.Config) (depth int, frameRate float64)
	// setup appends the box with the decoder's configuration.
	setup func([]byte, media.Config) []byte
	// parse reads a sample entry's configuration from its boxes; the int is the size of a NAL unit's length field.
	parse func(boxes []byte) (media.Config, int, error)
	// delimiter reports whether a NAL unit has to stay the first of its access unit.
	delimiter func(nal []byte) bool
	// sets returns the parameter sets to put into a unit that lacks them.
	sets func(c media.Config, unit [][]byte) [][]byte
}

var codecs = []*codec{avc}

// avc is H.264 with the parameter sets in the sample entry (ISO/IEC 14496-15 §5.4).
var avc = &codec{
	entries: []string{"avc1", "avc3"},
	handler: "vide",
	nals:    true,
	owns:    func(c media.Config) bool { _, ok := c.(*h264.Config); return ok },
	equal:   func(a, b media.Config) bool { return a.(*h264.Config).Equal(b.(*h264.Config)) },
	size: func(c media.Config) (int, int) {
		config := c.(*h264.Config)
		return config.Width, config.Height
	},
	timing: func(c media.Config) (int, float64) {
		config := c.(*h264.Config)
		return config.Reorder, config.FrameRate
	},
	setup: func(b []byte, c media.Config) []byte {
		b, start := openBox(b, "avcC")
		return closeBox(h264.AppendAVCC(b, c.(*h264.Config)), start)
	},
	parse:     parseAVC,
	delimiter: func(nal []byte) bool { return len(nal) > 0 && h264.NALType(nal) == h264.AUD },
	sets:      missingAVC,
}

func parseAVC(boxes []byte) (media.Config, int, error) {
	c := cursor{b: boxes}
	for c.more() {
		box := c.box()
		if box.is("avcC") {
			config, lengthSize, err := h264.ParseAVCC(box.body)
			if err != nil {
				return nil, 0, err
			}
			return config, lengthSize, nil
		}
	}
	return nil, 0, errors.New("no avcC box in the sample entry")
}

// missingAVC returns the parameter sets of c unless unit brings a sequence parameter set along.
func missingAVC(c media.Config, unit [][]byte) [][]byte {
	for _, nal := range unit {
		if len(nal) > 0 && h264.NALType(nal) == h264.SPS {
			return nil
		}
	}
	config := c.(*h264.Config)
	return append(append([][]byte(nil), config.SPS...), config.PPS...)
}

// codecOf returns the codec that c is a configuration of.
func codecOf(c media.Config) (*codec, error) {
	for _, codec := range codecs {
		if c != nil && codec.owns(c) {
			return codec, nil
		}
	}
	return nil, fmt.Errorf("no sample entry for %T", c)
}

// sampleEntry returns the entry of the sample description box for c (ISO/IEC 14496-12 §8.5.2, §12.1.3).
func (k *codec) sampleEntry(c media.Config) node {
	width, height := k.size(c)
	return node{
		box: &gomp4.VisualSampleEntry{
			SampleEntry: gomp4.SampleEntry{
				AnyTypeBox:         gomp4.AnyTypeBox{Type: gomp4.StrToBoxType(k.entries[0])},
				DataReferenceIndex: 1,
			},
			Width:           uint16(width),
			Height:          uint16(height),
			Horizresolution: 72 << 16, // the value the standard prescribes, in dots per inch
			Vertresolution:  72 << 16,
			FrameCount:      1,
			Depth:           0x18, // colour without alpha
			PreDefined3:     -1,
		},
		children: []node{{byHand: func(b []byte) []byte { return k.setup(b, c) }}},
	}
}
