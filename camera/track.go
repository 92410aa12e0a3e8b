package camera

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/rtpsession"
	"github.com/timeslate/timeslate/sdp"
)

// depacketizer is what all codec packages offer: RTP payloads in, units out.
type depacketizer interface {
	Push(p *media.Packet) error
	Next() (*media.Unit, bool)
	Flush()
}

// codecs maps the encoding names of RTP (RFC 3551 §6; upper case) to what can be recorded.
var codecs = map[string]func(sdp.Format) (depacketizer, media.Config, error){
	"H264": newH264,
}

func newH264(f sdp.Format) (depacketizer, media.Config, error) {
	format, err := h264.ParseFormat(f.RTPMap(), f.Params)
	if err != nil {
		return nil, nil, err
	}
	if format.Config == nil {
		return h264.NewDepacketizer(format), nil, nil // the parameter sets come in band
	}
	return h264.NewDepacketizer(format), format.Config, nil
}

// newTrack returns the track for a format of a media, or nil when it can't be recorded.
func (s *Stream) newTrack(m *sdp.Media, f sdp.Format) *track {
	build := codecs[f.Encoding]
	if build == nil {
		return nil
	}
	codec, config, err := build(f)
	if err != nil {
		s.warnings.warn(time.Now(), "a track can't be recorded", fmt.Errorf("%q: %w", m.Kind, err))
		return nil
	}
	return &track{
		Track:   media.Track{ID: len(s.tracks), ClockRate: f.ClockRate, Config: config},
		media:   m,
		format:  f,
		codec:   codec,
		tracker: clock.NewTracker(f.ClockRate),
	}
}

// newReceiver returns the receiver for a format that has been playing since start.
func (s *Stream) newReceiver(f *sdp.Format, start time.Time) *rtpsession.Receiver {
	return rtpsession.NewReceiver(rtpsession.Config{
		ClockRate:   f.ClockRate,
		PayloadType: f.PayloadType,
		SSRC:        rand.Uint32(),
		CNAME:       s.options.CNAME,
		Start:       start,
	})
}
