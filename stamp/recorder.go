package stamp

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/timeslate/timeslate/ntp"
)

// recorderUUID is RTCP-NTP-Recorder's.
var recorderUUID = UUID{0x96, 0xda, 0xc8, 0xc1, 0xd1, 0xcb, 0x42, 0xe4, 0x89, 0x81, 0x34, 0xf2, 0x29, 0x18, 0x08, 0x50}

// Sizes of the payload. A reader tells the versions apart by nothing else.
const (
	recorderSizeA = 24 // recordings of October 2024: UUID and time
	recorderSizeB = 40 // since: UUID, time and what it was computed from
)

// unixEpoch is 1970-01-01T00:00:00Z in seconds of NTP era 0 (RFC 5905, figure 4).
const unixEpoch = 2208988800

// RecorderStamp is RTCP-NTP-Recorder's time of a frame. All its numbers are little-endian.
type RecorderStamp struct {
	Unix   float64  // capture time in seconds since 1970, before the first sender report a value in 1900
	Bare   bool     // version A: the fields below are absent
	NTP    ntp.Time // of the newest sender report, 0 before the first
	Report uint32   // RTP time stamp of that report
	RTP    uint32   // RTP time stamp of the frame
}

// NewRecorderStamp returns the stamp of version B for a frame with the RTP time stamp rtp, after a sender report of the
// time n and the RTP time stamp report; both are 0 before the first report. The time is what RTCP-NTP-Recorder computes,
// but for a wrap of the 32-bit counter between report and frame, where the original is off by 2^32 ticks.
func NewRecorderStamp(n ntp.Time, report, rtp uint32, clockRate uint32) RecorderStamp {
	ticks := float64(int32(rtp - report)) // RFC 3550 §5.1: the time stamp wraps
	if n == 0 {
		ticks = float64(rtp) // as the original: frames before the first report lie in 1900
	}
	return RecorderStamp{Unix: RecorderUnix(n) + ticks/float64(clockRate), NTP: n, Report: report, RTP: rtp}
}

// RecorderUnix converts n to seconds since 1970 as RTCP-NTP-Recorder does: with a fraction truncated to microseconds,
// which puts times that a camera took from whole microseconds 1 µs low.
func RecorderUnix(n ntp.Time) float64 {
	seconds := float64(n>>32) - unixEpoch
	micros := math.Trunc(float64(uint32(n)) * 1e6 / (1 << 32))
	return seconds + micros/1e6
}

// Append appends the SEI payload to b.
func (s RecorderStamp) Append(b []byte) []byte {
	b = append(b, recorderUUID[:]...)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.Unix))
	if s.Bare {
		return b
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(s.NTP))
	b = binary.LittleEndian.AppendUint32(b, s.Report)
	return binary.LittleEndian.AppendUint32(b, s.RTP)
}

// ParseRecorder reads an SEI payload of version A or B.
func ParseRecorder(payload []byte) (RecorderStamp, error) {
	if !recorderUUID.of(payload) {
		return RecorderStamp{}, fmt.Errorf("stamp: recorder: byte 0: not %v", recorderUUID)
	}
	if n := len(payload); n != recorderSizeA && n != recorderSizeB {
		return RecorderStamp{}, fmt.Errorf("stamp: recorder: %d bytes, not %d or %d", n, recorderSizeA, recorderSizeB)
	}
	body := payload[len(recorderUUID):]
	s := RecorderStamp{Unix: math.Float64frombits(binary.LittleEndian.Uint64(body)), Bare: true}
	if len(payload) == recorderSizeA {
		return s, nil
	}
	s.Bare = false
	s.NTP = ntp.Time(binary.LittleEndian.Uint64(body[8:]))
	s.Report = binary.LittleEndian.Uint32(body[16:])
	s.RTP = binary.LittleEndian.Uint32(body[20:])
	return s, nil
}
