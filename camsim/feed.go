package camsim

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/timeslate/timeslate/sdp"
)

// feed is where a station has the frames of a track from. One goroutine at a time uses it.
type feed interface {
	// due returns the true time at which the next frame is to be sent.
	due() time.Time
	// skip leaves the next frame out.
	skip()
	// frame returns the next frame, borrowed until the next call.
	frame() (*Frame, error)
	// join says that someone begins to watch, alone or beside others. It returns the RTP time stamp of the next key
	// frame, with which he begins.
	join(alone bool) uint32
	// describe returns the medium for the session description, of which one format has all but its payload type.
	describe() sdp.Media

	io.Closer
}

// newPictures returns the pictures of camera number index, which c, complete with its defaults, describes.
func newPictures(c *Camera, index int, k *clocks) (feed, error) {
	if c.File != "" {
		return openClip(c, k)
	}
	s, err := newSource(c, index, k)
	if err != nil {
		return nil, err
	}
	return &drawn{source: s}, nil
}

// drawn is a feed of drawn pictures. They are sent when they are captured, and who joins gets a key frame at once.
type drawn struct {
	source *Source
	joined bool
}

func (d *drawn) due() time.Time { return d.source.NextCapture() }

func (d *drawn) skip() { d.source.Skip() }

func (d *drawn) frame() (*Frame, error) {
	f := d.source.Next(d.joined)
	d.joined = false
	return f, nil
}

func (d *drawn) join(bool) uint32 {
	d.joined = true
	return d.source.clocks.rtp(d.due())
}

func (d *drawn) describe() sdp.Media {
	return describeH264([][]byte{d.source.keyLook().sps}, [][]byte{d.source.pps}, d.source.camera.Rate.Float())
}

func (d *drawn) Close() error { return nil }

// describeH264 returns the medium of pictures with these parameter sets (RFC 6184 §8.2).
func describeH264(sps, pps [][]byte, fps float64) sdp.Media {
	var sets []string
	for _, set := range slices.Concat(sps, pps) {
		sets = append(sets, base64.StdEncoding.EncodeToString(set))
	}
	return sdp.Media{
		Kind: "video",
		Formats: []sdp.Format{{
			Encoding:  "H264",
			ClockRate: videoClockRate,
			Params: fmt.Sprintf("packetization-mode=1;profile-level-id=%X;sprop-parameter-sets=%s",
				sps[0][1:4], strings.Join(sets, ",")),
		}},
		Attributes: []sdp.Attribute{{Name: "framerate", Value: strconv.FormatFloat(fps, 'g', 6, 64)}},
	}
}
