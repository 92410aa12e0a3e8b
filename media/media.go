// Package media holds the types that are shared above RTP: tracks and the units of media they consist of. It has no
// logic but Clone.
package media

import (
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// Config is what a decoder must know of a track before its first unit: *h264.Config and its like.
type Config interface {
	// Codec returns the RFC 6381 codec string, for example "avc1.640028".
	Codec() string
}

// Kind is what a track holds.
type Kind uint8

// The kinds of tracks.
const (
	Video Kind = iota
	Audio
)

// Track is one stream of a camera.
type Track struct {
	ID        int    // index among the camera's recorded tracks, from 0
	Kind      Kind   // video or audio
	ClockRate uint32 // ticks per second of PTS, from the SDP
	Config    Config // at the start of the track; nil while it is unknown
}

// Packet is one RTP packet's payload on its way from the RTP session to a depacketizer.
type Packet struct {
	Payload  []byte       // borrowed until the call that takes the packet returns
	Time     int64        // RTP time stamp, unwrapped; its low 32 bits are the camera's value
	Marker   bool         // the marker bit of the RTP header
	Lost     int          // packets missing before this one
	Arrival  time.Time    // when it was received, with a monotonic reading
	Absolute ntp.Time     // capture time from a header extension, or 0
	Source   clock.Source // which extension that was
}

// Unit is one access unit: a picture of a video track or a frame of an audio track. Units come in decode order.
type Unit struct {
	Track    int            // Track.ID
	PTS      int64          // presentation time in ticks of the track's clock: the unwrapped RTP time stamp
	RTP      uint32         // the RTP time stamp as the camera sent it
	SSRC     uint32         // synchronisation source (RFC 3550 §3)
	Run      int            // counts the continuous stretches of one SSRC from one PLAY, from 0; PTS of two runs can't be compared
	Arrival  time.Time      // when the unit's first packet was received, with a monotonic reading
	Absolute ntp.Time       // capture time from a header extension, RFC 7273 or the reply to PLAY, or 0
	Source   clock.Source   // which of them that was
	Jump     bool           // it was not captured right after the unit before: the camera says so (recorded footage)
	Wall     clock.Estimate // when the unit was captured
	Reports  []clock.Report // sender reports that came since the track's unit before
	Key      bool           // decoding can start here
	Damaged  bool           // packets of this very unit are missing; what is in Data is whole
	Lost     int            // packets missing since the unit before, this unit's own included
	Config   Config         // in force from this unit on; another pointer than before when the parameters changed; nil while unknown
	Data     [][]byte       // H.264 and H.265: NAL units without start codes or length prefixes; others: the frame in one piece
}

// Clone returns a copy of u that shares no memory with it, but for Config, which is never changed in place.
func (u *Unit) Clone() *Unit {
	c := *u
	c.Reports = slices.Clone(u.Reports)
	c.Data = make([][]byte, len(u.Data))
	for i, d := range u.Data {
		c.Data[i] = slices.Clone(d)
	}
	return &c
}
