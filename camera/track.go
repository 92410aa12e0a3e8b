package camera

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/rtpsession"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/sdp"
)

// track is one stream of the session on its way from packets to units.
type track struct {
	media.Track
	media    *sdp.Media
	format   sdp.Format
	receiver *rtpsession.Receiver // from PLAY on
	codec    depacketizer
	times    *times
	latency  time.Duration  // taken off the capture times
	reports  []clock.Report // since the unit before
	run      int
	ssrc     uint32
	heard    time.Time    // when the last unit was complete
	packets  int          // of media since then
	bad      int          // packets since then that could not be read
	some     bool         // a unit was complete
	second   time.Time    // when the second began in which units are counted
	units    int          // in that second
	mute     bool         // it is not waited for
	packet   media.Packet // scratch
	told     told
}

// kinds are those of the media that can be recorded (RFC 8866 §8.2.1).
var kinds = map[string]media.Kind{"video": media.Video, "audio": media.Audio}

// depacketizer is what all codec packages offer: RTP payloads in, units out.
type depacketizer interface {
	Push(p *media.Packet) error
	Next() (*media.Unit, bool)
	Flush()
}

// codecs maps the encoding names of RTP (RFC 3551 §6; upper case) to what can be recorded.
var codecs = map[string]func(*sdp.Format) (depacketizer, media.Config, error){
	"H264":          newH264,
	"MPEG4-GENERIC": newAAC,
}

func newH264(f *sdp.Format) (depacketizer, media.Config, error) {
	format, err := h264.ParseFormat(f.RTPMap(), f.Params)
	if err != nil {
		return nil, nil, err
	}
	if format.Config == nil {
		return h264.NewDepacketizer(format), nil, nil // the parameter sets come in band
	}
	return h264.NewDepacketizer(format), format.Config, nil
}

func newAAC(f *sdp.Format) (depacketizer, media.Config, error) {
	format, err := aac.ParseFormat(f.RTPMap(), f.Params)
	if err != nil {
		return nil, nil, err
	}
	f.ClockRate = format.ClockRate // another one than the SDP says, if that can't be
	return aac.NewDepacketizer(format), format.Config, nil
}

// newTrack returns the track for a format of a media, or nil when it can't be recorded.
func (s *Stream) newTrack(m *sdp.Media, f sdp.Format) *track {
	build := codecs[f.Encoding]
	if build == nil {
		return nil
	}
	codec, config, err := build(&f)
	if err != nil {
		s.warnings.warn(time.Now(), "a track can't be recorded", fmt.Errorf("%q: %w", m.Kind, err))
		return nil
	}
	return &track{
		Track:  media.Track{Kind: kinds[m.Kind], ClockRate: f.ClockRate, Config: config},
		media:  m,
		format: f,
		codec:  codec,
	}
}

// newReceiver returns the receiver of a track that has been playing since start.
func (s *Stream) newReceiver(t *track, start time.Time) *rtpsession.Receiver {
	c := rtpsession.Config{
		ClockRate:   t.format.ClockRate,
		PayloadType: t.format.PayloadType,
		SSRC:        rand.Uint32(),
		CNAME:       s.options.CNAME,
		Start:       start,
		Extensions:  t.told.extensions,
	}
	if s.session.Transport(t.ID) == rtsp.UDP {
		c.Reorder = rtpsession.DefaultReorder
	}
	return rtpsession.NewReceiver(c)
}
