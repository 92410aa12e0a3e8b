package camsim

import (
	"strconv"
	"time"

	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/sdp"
)

// microphone is the feed of a camera's sound. Its clock counts the samples: unit k decodes to those from k·1024 on, so
// that the unit's RTP time stamp is that of the first of them (RFC 3640 §3.2.1), whose true time is the unit's capture
// time. It is sent when the last sample that went into it is captured, two units later.
type microphone struct {
	clocks *clocks
	format *aac.Format
	beeper *beeper
	next   int64 // number of the next unit
	out    Frame
	data   [1][]byte
}

func newMicrophone(a Audio, k *clocks) (*microphone, error) {
	config, err := aac.NewConfig(a.SampleRate, a.Channels)
	if err != nil {
		return nil, err
	}
	return &microphone{clocks: k, format: aac.NewFormat(config), beeper: newBeeper(a)}, nil
}

func (m *microphone) due() time.Time { return m.clocks.tickTime((m.next + 2) * unitSamples) }

func (m *microphone) skip() { m.next++ }

func (m *microphone) frame() (*Frame, error) {
	defer m.skip()
	first := m.next * unitSamples
	m.data[0] = m.beeper.unit(m.beep(first))
	m.out = Frame{
		Number:   m.next,
		Captured: m.clocks.tickTime(first).UTC(),
		RTP:      m.clocks.rtpStart + uint32(first),
		Key:      true,
		Data:     m.data[:],
		track:    audioTrack,
	}
	return &m.out, nil
}

// beep returns where, counted from sample first on, the last beep begins that begins before the end of a unit that
// begins there. Units are so much shorter than a second that one before it is over.
func (m *microphone) beep(first int64) beep {
	second := m.clocks.tickTime(first + 2*unitSamples - 1).Truncate(time.Second)
	if second.Before(m.clocks.start) {
		return beep{first: 2 * unitSamples}
	}
	n := m.clocks.ticks(second)
	if m.clocks.tickTime(n).Before(second) {
		n++
	}
	return beep{first: int(n - first), high: second.Unix()%highEvery == 0}
}

func (m *microphone) join(bool) uint32 { return m.clocks.rtpStart + uint32(m.next*unitSamples) }

func (m *microphone) describe() sdp.Media {
	config := m.format.Config
	return sdp.Media{
		Kind: "audio",
		Formats: []sdp.Format{{
			Encoding:  "MPEG4-GENERIC",
			ClockRate: m.format.ClockRate,
			Channels:  config.Channels,
			Params:    m.format.FMTP(),
		}},
		Attributes: []sdp.Attribute{{Name: "ptime", Value: strconv.Itoa(unitSamples * 1000 / config.SampleRate)}},
	}
}

func (m *microphone) Close() error { return nil }
