package wirelog

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/rtsp"
)

const (
	period     = time.Second // of the summaries of RTP
	maxStreams = 64          // those beyond are not logged

	// A sequence number further ahead than maxDropout or further behind than maxMisorder is a jump, not a loss
	// (RFC 3550 §A.1).
	maxDropout  = 3000
	maxMisorder = 100
)

// stream is what the log knows of one stream.
type stream struct {
	url   string // of its SETUP
	media media

	promisedSeq     uint16 // by RTP-Info
	promisedTime    uint32
	hasSeq, hasTime bool

	header  rtp.Header // of the last packet
	started bool       // there was a packet
	next    uint16     // the sequence number that comes next
	second  tally      // of the current period
	begun   time.Time  // when the period began: its first packet's arrival; zero without a packet
	total   tally
	report  report // the last sender report received
}

// tally counts packets.
type tally struct {
	packets, bytes, markers int64
	lost, late, jumps       int64 // late: behind their place, or there already
	bad                     int64 // not RTP
	firstSeq, lastSeq       uint16
	firstTime, lastTime     uint32
}

// packet logs a packet received. It must not allocate for RTP.
func (l *Log) packet(p *rtsp.Packet) {
	l.begin(p.Arrival)
	if s := l.stream(p.Stream); s != nil && !p.RTCP {
		l.rtp(s, p)
	} else if s != nil {
		l.rtcp(received, p.Stream, p.Data)
	}
	l.out.flush()
}

// stream returns the stream with that number, or nil when that is absurd.
func (l *Log) stream(i int) *stream {
	if i < 0 || i >= maxStreams {
		return nil
	}
	for len(l.streams) <= i {
		l.streams = append(l.streams, stream{})
	}
	return &l.streams[i]
}

func (l *Log) rtp(s *stream, p *rtsp.Packet) {
	if s.begun.IsZero() {
		s.begun = p.Arrival
	}
	before := s.header.SSRC
	if _, err := s.header.Unmarshal(p.Data); err != nil {
		s.second.bad++
		s.header.SSRC = before
		return
	}
	if !s.started || s.header.SSRC != before {
		l.source(s, p.Stream)
	}
	s.count(len(p.Data))
}

// source logs the first packet of a source.
func (l *Log) source(s *stream, i int) {
	if s.started {
		l.summary(i)
		s.begun = l.at
	}
	h := &s.header
	l.line(received, 0, fmt.Sprintf("RTP %s begins: SSRC %#08x, payload type %d, sequence number %d, time stamp %d",
		l.streamName(i), h.SSRC, h.PayloadType, h.SequenceNumber, h.Timestamp), s.kept(l.at)...)
	s.started, s.hasSeq, s.hasTime = true, false, false
	s.next = h.SequenceNumber
}

// kept compares the first packet with what RTP-Info promised; many cameras fill in any numbers.
func (s *stream) kept(at time.Time) (notes []string) {
	if s.started {
		notes = append(notes, "another source than before: the numbers start anew")
	}
	if s.hasSeq && s.promisedSeq != s.header.SequenceNumber {
		notes = append(notes, fmt.Sprintf("RTP-Info promised sequence number %d", s.promisedSeq))
	}
	if s.hasTime && s.promisedTime != s.header.Timestamp {
		notes = append(notes, fmt.Sprintf("RTP-Info promised time stamp %d", s.promisedTime))
	}
	if s.hasSeq && s.hasTime && notes == nil {
		notes = append(notes, "as RTP-Info promised")
	}
	if s.header.Extension {
		notes = append(notes, extensionNote(&s.header, at))
	}
	return notes
}

// profileONVIF is that of ONVIF's header extension, which begins with the NTP time of the capture.
const profileONVIF = 0xabac

func extensionNote(h *rtp.Header, at time.Time) string {
	note := fmt.Sprintf("with a header extension of profile %#04x", h.ExtensionProfile)
	switch body := h.GetExtension(0); {
	case h.ExtensionProfile == profileONVIF && len(body) >= 8:
		captured := ntp.Time(binary.BigEndian.Uint64(body)).Near(at)
		note += ", ONVIF's: captured at " + captured.Format("2006-01-02T15:04:05.000000Z")
	case h.ExtensionProfile == rtp.ExtensionProfileOneByte || h.ExtensionProfile == rtp.ExtensionProfileTwoByte:
		note += fmt.Sprintf(" with the elements %d (RFC 8285)", h.GetExtensionIDs())
	}
	return note
}

// count counts the packet whose header was just read.
func (s *stream) count(bytes int) {
	t, h := &s.second, &s.header
	if t.packets == 0 {
		t.firstSeq, t.firstTime = h.SequenceNumber, h.Timestamp
		t.lastSeq, t.lastTime = h.SequenceNumber, h.Timestamp
	}
	t.packets++
	t.bytes += int64(bytes)
	if h.Marker {
		t.markers++
	}
	switch ahead := int16(h.SequenceNumber - s.next); {
	case ahead < 0 && ahead >= -maxMisorder:
		t.late++
		return
	case ahead < 0 || ahead > maxDropout:
		t.jumps++
	default:
		t.lost += int64(ahead)
	}
	s.next = h.SequenceNumber + 1
	t.lastSeq, t.lastTime = h.SequenceNumber, h.Timestamp
}

// summarise logs the streams whose period has lasted at least that long.
func (l *Log) summarise(atLeast time.Duration) {
	for i := range l.streams {
		if begun := l.streams[i].begun; !begun.IsZero() && l.at.Sub(begun) >= atLeast {
			l.summary(i)
		}
	}
}

// summary logs what came of a stream in a period, and ends the period.
func (l *Log) summary(i int) {
	s := &l.streams[i]
	l.line(received, 0, fmt.Sprintf("RTP %s: %s", l.streamName(i), s.second.describe(l.at.Sub(s.begun), s.media.rate)))
	s.total.packets += s.second.packets
	s.total.bytes += s.second.bytes
	s.total.lost += s.second.lost
	s.second, s.begun = tally{}, time.Time{}
}

// describe says what came in a period; rate is that of the time stamps in Hz, or 0.
func (t *tally) describe(lasted time.Duration, rate uint32) string {
	text := fmt.Sprintf("%d packets, %d bytes, %d markers in %.3f s; sequence %d to %d, lost %d",
		t.packets, t.bytes, t.markers, lasted.Seconds(), t.firstSeq, t.lastSeq, t.lost)
	for _, rare := range []struct {
		what  string
		count int64
	}{{"late or double", t.late}, {"jumps", t.jumps}, {"not RTP", t.bad}} {
		if rare.count > 0 {
			text += fmt.Sprintf(", %s %d", rare.what, rare.count)
		}
	}
	text += fmt.Sprintf("; time stamps %d to %d", t.firstTime, t.lastTime)
	if rate > 0 {
		text += fmt.Sprintf(" = %.3f s", float64(int32(t.lastTime-t.firstTime))/float64(rate))
	}
	return text
}
