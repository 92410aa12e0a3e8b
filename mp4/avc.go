package mp4

import (
	"errors"

	gomp4 "github.com/abema/go-mp4"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
)

// avc is H.264 with the parameter sets in the sample entry (ISO/IEC 14496-15 §5.4).
var avc = &codec{
	entries: []string{"avc1", "avc3"},
	handler: "vide",
	nals:    true,
	owns:    func(c media.Config) bool { _, ok := c.(*h264.Config); return ok },
	equal:   func(a, b media.Config) bool { return a.(*h264.Config).Equal(b.(*h264.Config)) },
	entry: func(c media.Config) gomp4.IImmutableBox {
		config := c.(*h264.Config)
		return visualSampleEntry("avc1", config.Width, config.Height)
	},
	size: func(c media.Config) (int, int) {
		config := c.(*h264.Config)
		return config.Width, config.Height
	},
	timing: func(c media.Config) (int, float64) {
		config := c.(*h264.Config)
		return config.Reorder, config.FrameRate
	},
	setup: func(b []byte, c media.Config, _ rates) []byte {
		b, start := openBox(b, "avcC")
		return closeBox(h264.AppendAVCC(b, c.(*h264.Config)), start)
	},
	parse:     parseAVC,
	delimiter: func(nal []byte) bool { return len(nal) > 0 && h264.NALType(nal) == h264.AUD },
	picture:   h264.IsVCL,
	refresh:   func(nal []byte) bool { return h264.NALType(nal) == h264.SliceIDR }, // H.264 §3.69
	with:      func(c media.Config, unit [][]byte) media.Config { return c.(*h264.Config).With(unit) },
	sets:      missingAVC,
}

func parseAVC(entry []byte) (media.Config, int, error) {
	setup := find(entry[min(visualEntry, len(entry)):], "avcC")
	if setup == nil {
		return nil, 0, errors.New("no avcC box in the sample entry")
	}
	config, lengthSize, err := h264.ParseAVCC(setup)
	if err != nil {
		return nil, 0, err // not a nil *h264.Config in an interface
	}
	return config, lengthSize, nil
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
