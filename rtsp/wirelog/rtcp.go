package wirelog

import (
	"fmt"
	"time"

	"github.com/pion/rtcp"

	"github.com/timeslate/timeslate/ntp"
)

// maxParts is the number of packets of a compound that are shown: a real one has two or three (RFC 3550 §6.1).
const maxParts = 16

// report is what is kept of a sender report, to be compared with what comes later.
type report struct {
	ntp ntp.Time // 0 without a report
	rtp uint32
	at  time.Time // its arrival
}

func (l *Log) sentRTCP(at time.Time, stream int, packet []byte) {
	l.begin(at)
	if l.stream(stream) != nil {
		l.rtcp(sent, stream, packet)
	}
	l.out.flush()
}

// rtcp logs a compound packet, part by part, so that a bad one doesn't hide the others (Hanwha QNV-8080R: source
// descriptions without their end).
func (l *Log) rtcp(direction byte, stream int, b []byte) {
	for parts := 0; len(b) > 0; parts++ {
		var h rtcp.Header
		err := h.Unmarshal(b)
		size := 4 * (int(h.Length) + 1)
		if err == nil && size > len(b) {
			err = fmt.Errorf("its length says %d bytes", size)
		}
		if err != nil || parts == maxParts {
			l.line(direction, 0, fmt.Sprintf("RTCP %s: %d bytes more", l.streamName(stream), len(b)), text(err))
			return
		}
		l.part(direction, stream, h, b[:size])
		b = b[size:]
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return "not RTCP: " + err.Error()
}

// part logs one packet of a compound.
func (l *Log) part(direction byte, stream int, h rtcp.Header, b []byte) {
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		l.partLine(direction, stream, other(h, b), "broken: "+err.Error())
		return
	}
	switch r := packets[0].(type) {
	case *rtcp.SenderReport:
		l.senderReport(direction, stream, r)
	case *rtcp.ReceiverReport:
		l.partLine(direction, stream, fmt.Sprintf("receiver report, SSRC %#08x", r.SSRC),
			"how packets arrive (RFC 3550 §6.4.2)")
		l.receptions(direction, stream, r.Reports)
	case *rtcp.SourceDescription:
		l.sourceDescription(direction, stream, r)
	case *rtcp.Goodbye:
		l.goodbye(direction, stream, r)
	default:
		l.partLine(direction, stream, other(h, b), "")
	}
}

// other names a packet that isn't spelled out.
func other(h rtcp.Header, b []byte) string {
	return fmt.Sprintf("packet of type %d, %d bytes", h.Type, len(b))
}

// partLine logs the first line of a packet.
func (l *Log) partLine(direction byte, stream int, text, note string) {
	l.line(direction, 0, fmt.Sprintf("RTCP %s: %s", l.streamName(stream), text), note)
}

// senderReport logs the camera's statement of which wall-clock time belongs to which RTP time stamp.
func (l *Log) senderReport(direction byte, stream int, r *rtcp.SenderReport) {
	s := &l.streams[stream]
	now := report{ntp: ntp.Time(r.NTPTime), rtp: r.RTPTime, at: l.at}
	l.partLine(direction, stream, fmt.Sprintf("sender report, SSRC %#08x", r.SSRC),
		"ties wall clock and media clock (RFC 3550 §6.4.1)")
	l.line(direction, 1, fmt.Sprintf("NTP %v", now.ntp), now.wallNotes()...)
	l.line(direction, 1, fmt.Sprintf("RTP time stamp %d", r.RTPTime), "the same instant on the media clock",
		now.since(&s.report, s.media.rate))
	l.line(direction, 1, fmt.Sprintf("packets %d", r.PacketCount), "sent since the sender's start")
	l.line(direction, 1, fmt.Sprintf("octets %d", r.OctetCount), "of payload in them")
	l.receptions(direction, stream, r.Reports)
	if direction == received {
		s.report = now
	}
}

// wallNotes says what the NTP time stamp means.
func (r *report) wallNotes() []string {
	if r.ntp == 0 {
		return []string{"the sender has no wall clock (RFC 3550 §6.4.1)"}
	}
	wall := r.ntp.Near(r.at)
	return []string{
		wall.Format("2006-01-02T15:04:05.000000Z by the sender's clock"),
		fmt.Sprintf("camera minus host: %+.3f ms, travel included", float64(wall.Sub(r.at))/float64(time.Millisecond)),
	}
}

// since compares the advance of both clocks since the report before; rate is the nominal one in Hz, or 0.
func (r *report) since(before *report, rate uint32) string {
	if before.ntp == 0 || r.ntp == 0 {
		return ""
	}
	seconds := float64(int64(r.ntp-before.ntp)) / (1 << 32)
	ticks := int32(r.rtp - before.rtp)
	note := fmt.Sprintf("since the report before: %d ticks in %.6f s", ticks, seconds)
	if seconds > 0 {
		note += fmt.Sprintf(", %.3f Hz", float64(ticks)/seconds)
	}
	if seconds > 0 && rate > 0 {
		note += fmt.Sprintf(" (%+.1f ppm)", (float64(ticks)/seconds/float64(rate)-1)*1e6)
	}
	return note
}

// receptions logs report blocks: what the sender of the packet says of its reception of another's packets.
func (l *Log) receptions(direction byte, stream int, reports []rtcp.ReceptionReport) {
	for i := range reports {
		r := &reports[i]
		s := &l.streams[stream]
		l.line(direction, 1, fmt.Sprintf("on its reception of SSRC %#08x", r.SSRC))
		l.line(direction, 2, fmt.Sprintf("fraction lost %d/256", r.FractionLost),
			fmt.Sprintf("%.1f %% of the packets since the report before", float64(r.FractionLost)*100/256))
		l.line(direction, 2, fmt.Sprintf("cumulative lost %d", int32(r.TotalLost<<8)>>8), // 24 bits, signed
			"packets since the start; duplicates make it negative")
		l.line(direction, 2, fmt.Sprintf("extended highest sequence number %d", r.LastSequenceNumber),
			fmt.Sprintf("%d after %d wraps", uint16(r.LastSequenceNumber), r.LastSequenceNumber>>16))
		l.line(direction, 2, fmt.Sprintf("jitter %d", r.Jitter), jitterNote(r.Jitter, s.media.rate))
		l.line(direction, 2, fmt.Sprintf("LSR %#08x", r.LastSenderReport), s.lsrNote(direction, r.LastSenderReport))
		l.line(direction, 2, fmt.Sprintf("DLSR %d", r.Delay), dlsrNote(r))
	}
}

func jitterNote(jitter, rate uint32) string {
	if rate == 0 {
		return "ticks of the media clock (RFC 3550 §A.8)"
	}
	return fmt.Sprintf("%.3f ms (RFC 3550 §A.8)", float64(jitter)*1000/float64(rate))
}

// lsrNote says which sender report an LSR refers to.
func (s *stream) lsrNote(direction byte, lsr uint32) string {
	switch {
	case lsr == 0:
		return "no sender report has come yet"
	case direction == sent && s.report.ntp.Middle() == lsr:
		return "the sender report of " + s.report.at.UTC().Format(timeOfDay)
	case direction == sent:
		return "not the last sender report"
	}
	return "the middle of the NTP time of a sender report of ours"
}

func dlsrNote(r *rtcp.ReceptionReport) string {
	if r.LastSenderReport == 0 {
		return ""
	}
	return fmt.Sprintf("%.6f s since it came", float64(r.Delay)/(1<<16))
}

// itemNotes explain the items of a source description (RFC 3550 §6.5).
var itemNotes = map[rtcp.SDESType]string{
	rtcp.SDESCNAME: "the same for all streams of one sender: it ties them together",
	rtcp.SDESName:  "name of the user",
	rtcp.SDESTool:  "what made the packets",
}

func (l *Log) sourceDescription(direction byte, stream int, d *rtcp.SourceDescription) {
	l.partLine(direction, stream, "source description", "who sends (RFC 3550 §6.5)")
	for _, c := range d.Chunks {
		for _, item := range c.Items {
			l.line(direction, 1, fmt.Sprintf("SSRC %#08x %s %q", c.Source, itemName(item.Type), item.Text),
				itemNotes[item.Type])
		}
	}
}

func itemName(t rtcp.SDESType) string {
	if t <= rtcp.SDESPrivate {
		return t.String()
	}
	return fmt.Sprintf("item %d", uint8(t))
}

func (l *Log) goodbye(direction byte, stream int, g *rtcp.Goodbye) {
	why := ""
	if g.Reason != "" {
		why = fmt.Sprintf(": %q", g.Reason)
	}
	l.partLine(direction, stream, fmt.Sprintf("BYE%s", why), "the sources that follow leave (RFC 3550 §6.6)")
	for _, ssrc := range g.Sources {
		l.line(direction, 1, fmt.Sprintf("SSRC %#08x", ssrc))
	}
}
