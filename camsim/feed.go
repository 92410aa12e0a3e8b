package camsim

import (
	"io"
	"time"
)

// feed is where a station has its frames from. One goroutine at a time uses it.
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
	// describe returns what the session description says: parameter sets and frames per second.
	describe() (sps, pps [][]byte, fps float64)

	io.Closer
}

// newFeed returns the feed of camera number index, which c, complete with its defaults, describes.
func newFeed(c *Camera, index int, k *clocks) (feed, error) {
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

func (d *drawn) describe() (sps, pps [][]byte, fps float64) {
	return [][]byte{d.source.sps}, [][]byte{d.source.pps}, d.source.camera.Rate.Float()
}

func (d *drawn) Close() error { return nil }
