package camsim

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/h264"
)

const (
	// maxPayload keeps an RTP packet within an Ethernet frame, as cameras do also over TCP.
	maxPayload = 1400

	// The first sender report comes so soon after PLAY that a receiver need not wait for the regular one.
	firstReportMin, firstReportMax = 300 * time.Millisecond, time.Second
)

// sender makes the RTP and RTCP packets of one viewer's stream, framed for the interleaved channels (RFC 2326 §10.12).
// It is pure; one goroutine owns it.
type sender struct {
	clocks          *clocks
	interval, noise time.Duration // of the reports
	silent          bool          // there are none
	rand            *rand.Rand
	ssrc            uint32
	sequence        uint16 // of the next packet
	packets, octets uint32 // sent, for the reports
	cname           string
	rtpChannel      uint8
	rtcpChannel     uint8
	reportDue       time.Time
	track           int
	line            line
	pictures        h264.Packetizer
	sound           aac.Packetizer
	out             []byte

	timeSource TimeSource
	playCSeq   byte      // low byte of the CSeq of the PLAY that it answers
	extension  []byte    // of a packet of the frame in hand; empty: none
	extendLast bool      // of its last packet, else of its first
	extended   time.Time // capture time of the last frame with one
}

// newSender returns the sender of a new stream with a random SSRC and sequence number (RFC 3550 §5.1).
func newSender(s *station, track int, r *rand.Rand, channels [2]uint8) *sender {
	return &sender{
		clocks:      s.clocks[track],
		interval:    s.camera.ReportInterval,
		silent:      s.camera.NoReports,
		noise:       s.camera.ReportJitter,
		rand:        r,
		ssrc:        r.Uint32(),
		sequence:    uint16(r.Uint32()),
		cname:       s.camera.Name + "@timeslate",
		rtpChannel:  channels[0],
		rtcpChannel: channels[1],
		track:       track,
		pictures:    h264.Packetizer{MaxPayload: maxPayload},
		sound:       aac.Packetizer{MaxPayload: maxPayload},
		timeSource:  s.camera.TimeSource,
	}
}

// never is longer than any simulation lasts.
const never = 100 * 365 * 24 * time.Hour

// start begins a PLAY at a true time.
func (s *sender) start(now time.Time) {
	if s.silent {
		s.reportDue = now.Add(never)
		return
	}
	s.reportDue = now.Add(firstReportMin + time.Duration(s.rand.Int64N(int64(firstReportMax-firstReportMin))))
}

// sequenceJump is how many sequence numbers a jump leaves out: more than what a receiver takes for a loss (RFC 3550 §A.1).
const sequenceJump = 10000

// join begins a PLAY on the line that the track is on.
func (s *sender) join(l line) { s.line, s.extended = l, time.Time{} }

// follow goes over to another line.
func (s *sender) follow(l line) {
	if l.source != s.line.source {
		s.ssrc, s.sequence = s.rand.Uint32(), uint16(s.rand.Uint32())
		s.packets, s.octets = 0, 0
	} else {
		s.sequence += uint16((l.jumps - s.line.jumps) * sequenceJump)
	}
	s.line = l
}

// frame returns all packets of a frame, borrowed until the next call of s.
func (s *sender) frame(f *Frame) ([]byte, error) {
	s.out = s.out[:0]
	if f.line != s.line {
		s.follow(f.line)
	}
	s.extend(f)
	if s.track == audioTrack {
		for p := range s.sound.Packets(f.Data) {
			if err := s.append(f.RTP, p.Data, p.Marker); err != nil {
				return nil, err
			}
		}
		return s.out, nil
	}
	for payload, marker := range s.pictures.Packets(f.Data) {
		if err := s.append(f.RTP, payload, marker); err != nil {
			return nil, err
		}
	}
	return s.out, nil
}

// extensionBit is the X bit of the first byte (RFC 3550 §5.1).
const extensionBit = 0x10

// append appends the next packet.
func (s *sender) append(stamp uint32, payload []byte, marker bool) error {
	h := rtp.Header{
		Version: 2, Marker: marker, PayloadType: payloadType(s.track), SequenceNumber: s.sequence, Timestamp: stamp, SSRC: s.ssrc,
	}
	extension := s.takeExtension(marker)
	size := h.MarshalSize()
	s.out = appendInterleaved(s.out, s.rtpChannel, size+len(extension)+len(payload))
	place := len(s.out)
	s.out = append(s.out, make([]byte, size)...)
	if _, err := h.MarshalTo(s.out[place:]); err != nil {
		return err
	}
	if len(extension) > 0 {
		s.out[place] |= extensionBit
	}
	s.out = append(append(s.out, extension...), payload...)
	s.sequence++
	s.packets++
	s.octets += uint32(len(payload))
	return nil
}

// interleavedHead is the size of the head of an interleaved packet.
const interleavedHead = 4

// appendInterleaved appends the head of an interleaved packet.
func appendInterleaved(b []byte, channel uint8, size int) []byte {
	return binary.BigEndian.AppendUint16(append(b, '$', channel), uint16(size))
}

// report returns a sender report with the source's name (RFC 3550 §6.1) at a true time, borrowed until the next call of
// s, and sets when the next one is due: on a regular grid, as most cameras do, not at random as RFC 3550 §6.2 asks.
func (s *sender) report(now time.Time) ([]byte, error) {
	if late := now.Sub(s.reportDue); late >= 0 {
		s.reportDue = s.reportDue.Add((late/s.interval + 1) * s.interval)
	}
	return s.compound(now)
}

// bye returns a last report with the end of the stream (§6.6), borrowed until the next call of s.
func (s *sender) bye(now time.Time) ([]byte, error) {
	return s.compound(now, &rtcp.Goodbye{Sources: []uint32{s.ssrc}})
}

func (s *sender) compound(now time.Time, more ...rtcp.Packet) ([]byte, error) {
	noise := time.Duration(0)
	if s.noise > 0 {
		noise = time.Duration(s.rand.Int64N(2*int64(s.noise)+1)) - s.noise
	}
	ntpTime, rtpTime := s.clocks.report(now, noise)
	b, err := rtcp.Marshal(append([]rtcp.Packet{
		&rtcp.SenderReport{
			SSRC: s.ssrc, NTPTime: uint64(ntpTime), RTPTime: rtpTime + s.line.base,
			PacketCount: s.packets, OctetCount: s.octets,
		},
		rtcp.NewCNAMESourceDescription(s.ssrc, s.cname),
	}, more...))
	s.out = append(appendInterleaved(s.out[:0], s.rtcpChannel, len(b)), b...)
	return s.out, err
}
