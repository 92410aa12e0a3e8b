// Package clips reads the pictures of H.264 clips, for tests.
package clips

import (
	"os"
	"testing"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
)

// BFrames is the order of presentation of the pictures in mp4/testdata/bframes.h264. Its groups of 25 are alike, but for the
// last one.
var BFrames = []int64{
	0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11, 16, 14, 13, 15, 20, 18, 17, 19, 24, 22, 21, 23,
	25, 29, 27, 26, 28, 33, 31, 30, 32, 37, 35, 34, 36, 41, 39, 38, 40, 45, 43, 42, 44, 49, 47, 46, 48,
	50, 54, 52, 51, 53, 58, 56, 55, 57, 59,
}

// Read returns the track and the units of an H.264 file of pictures of one slice each (H.264 Annex B), in order of decoding
// and without times.
func Read(t testing.TB, name string) (media.Track, []*media.Unit) {
	t.Helper()
	stream, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var config *h264.Config
	var units []*media.Unit
	var sps, data [][]byte
	for nal := range h264.SplitAnnexB(stream) {
		data = append(data, nal)
		switch h264.NALType(nal) {
		case h264.SPS:
			sps = [][]byte{nal}
		case h264.PPS:
			if config == nil {
				if config, err = h264.NewConfig(sps, [][]byte{nal}); err != nil {
					t.Fatal(err)
				}
			}
		case h264.SliceIDR, h264.SliceNonIDR:
			units = append(units, &media.Unit{Key: h264.NALType(nal) == h264.SliceIDR, Config: config, Data: data})
			data = nil
		}
	}
	return media.Track{ClockRate: h264.ClockRate, Config: config}, units
}
