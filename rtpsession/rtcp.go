package rtpsession

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// RTCP packet types (RFC 3550 §12.1).
const (
	typeSR   = 200
	typeRR   = 201
	typeSDES = 202
	typeBYE  = 203
)

const (
	rtcpHeader  = 4
	senderInfo  = 28 // header, SSRC and sender information of an SR (RFC 3550 §6.4.1)
	sdesCNAME   = 1  // item type (RFC 3550 §6.5.1)
	maxSDESText = 255
)

// maxReports bounds the sender reports that wait for NextReport; the oldest go first. A compound has one.
const maxReports = 8

// UnknownRTCPSSRC is the policy for RTCP whose SSRC is not that of the source's RTP. The names are those of retina.
type UnknownRTCPSSRC uint8

const (
	// DropPackets ignores it: the TP-Link Tapo C320WS sends reports of an SSRC that it never uses, with useless times.
	DropPackets UnknownRTCPSSRC = iota
	// ProcessPackets takes it as the source's: the channel or the port says whose it is.
	ProcessPackets
	// AbortSession makes PushRTCP return ErrUnknownSSRC: for tests of a camera.
	AbortSession
)

// SenderReport is what an RTCP sender report says (RFC 3550 §6.4.1).
type SenderReport struct {
	NTP     ntp.Time  // the camera's wall clock; 0: it has none, and the report says nothing of time
	RTP     uint32    // the same instant on the media clock, as it came
	Time    int64     // RTP unwrapped within the run: before or after the newest packet
	Run     int       // as in Packet
	SSRC    uint32    // as it came
	Packets uint32    // sent since the start, as the camera counts
	Octets  uint32    // of payload sent since the start
	Arrival time.Time // when it was pushed
}

// control is what came in over RTCP.
type control struct {
	queue    []SenderReport // for NextReport
	early    SenderReport   // the last of an SSRC that is not (yet) the source's
	hasEarly bool
	last     SenderReport // for LSR and DLSR
	hasLast  bool
	cname    string
	left     time.Time // when BYE came; zero: it did not
}

func (c *control) newRun() { c.hasLast, c.left = false, time.Time{} }

// isRTCP reports whether b is RTCP and not RTP, by its second byte (RFC 5761 §4).
func isRTCP(b []byte) bool { return len(b) >= 2 && b[1] >= 192 && b[1] <= 223 }

// PushRTCP takes an RTCP compound that arrived at now. Call NextReport until it returns false after it.
//
// RTP that comes on the RTCP channel goes to Push, so call Next too. The compound is read packet by packet, and each that
// can be read counts, whatever its neighbours are: the SDES of a Hanwha QNV-8080R lacks its end. An error names the first
// that can't be read. b is not kept, unless it is RTP.
func (r *Receiver) PushRTCP(now time.Time, b []byte) error {
	if len(b) >= 2 && !isRTCP(b) {
		return r.Push(now, b)
	}
	r.schedule.begin(now)
	r.schedule.observe(len(b))
	var first error
	for at := 0; at < len(b); {
		n, err := r.subPacket(now, b[at:])
		if err != nil && first == nil {
			first = fmt.Errorf("rtpsession: RTCP for SSRC %08x, byte %d: %w", r.ssrc, at, err)
		}
		at += n
	}
	if first != nil {
		r.stats.BadRTCP++
	}
	return first
}

// subPacket reads the first packet in b, and returns how far to go on. A length beyond the end is cut, so that a report
// with a wrong length word is read all the same.
func (r *Receiver) subPacket(now time.Time, b []byte) (int, error) {
	if len(b) < rtcpHeader || b[0]>>6 != 2 {
		return len(b), fmt.Errorf("%w: no RTCP header in %d bytes", ErrMalformed, len(b))
	}
	n := rtcpHeader + 4*int(binary.BigEndian.Uint16(b[2:]))
	var cut error
	if n > len(b) {
		cut = fmt.Errorf("%w: type %d of %d bytes, of which %d came", ErrMalformed, b[1], n, len(b))
		n = len(b)
	}
	err := r.read(now, b[:n])
	if err == nil {
		err = cut
	}
	return n, err
}

// read reads one packet. Types that say nothing to a recorder are left alone.
func (r *Receiver) read(now time.Time, b []byte) error {
	switch b[1] {
	case typeSR:
		return r.senderReport(now, b)
	case typeSDES:
		return r.description(b)
	case typeBYE:
		return r.goodbye(now, b)
	}
	return nil
}

func (r *Receiver) senderReport(now time.Time, b []byte) error {
	if len(b) < senderInfo {
		return fmt.Errorf("%w: sender report of %d bytes", ErrMalformed, len(b))
	}
	report := SenderReport{
		SSRC:    binary.BigEndian.Uint32(b[4:]),
		NTP:     ntp.Time(binary.BigEndian.Uint64(b[8:])),
		RTP:     binary.BigEndian.Uint32(b[16:]),
		Packets: binary.BigEndian.Uint32(b[20:]),
		Octets:  binary.BigEndian.Uint32(b[24:]),
		Arrival: now,
	}
	if r.started && (r.isSource(report.SSRC) || r.config.UnknownRTCP == ProcessPackets) {
		r.queueReport(report)
		return nil
	}
	r.control.early, r.control.hasEarly = report, true
	if !r.started {
		return nil
	}
	r.stats.Foreign++
	if r.config.UnknownRTCP == AbortSession {
		return fmt.Errorf("%w: %08x", ErrUnknownSSRC, report.SSRC)
	}
	return nil
}

// isSource reports whether RTCP with this SSRC is the source's. smolrtsp: the SSRC of RTCP is that of RTP with its bytes
// swapped.
func (r *Receiver) isSource(ssrc uint32) bool {
	return r.started && (ssrc == r.ssrc || ssrc == bits.ReverseBytes32(r.ssrc))
}

func (r *Receiver) queueReport(report SenderReport) {
	report.Time, report.Run = r.timeline.place(report.RTP), r.run
	r.control.last, r.control.hasLast = report, true
	r.stats.Reports++
	if len(r.control.queue) == maxReports {
		r.control.queue = slices.Delete(r.control.queue, 0, 1)
	}
	r.control.queue = append(r.control.queue, report)
}

// placeEarly hands out the report that came before the first RTP packet of its run.
func (r *Receiver) placeEarly() {
	c := &r.control
	if c.hasEarly && (r.isSource(c.early.SSRC) || r.config.UnknownRTCP == ProcessPackets) {
		r.queueReport(c.early)
	}
	c.hasEarly = false
}

// NextReport returns the next sender report of the source. A report that came before the first RTP packet of its SSRC
// is returned after that packet, whose time it is placed by: so call it after each Push too.
func (r *Receiver) NextReport() (SenderReport, bool) {
	if len(r.control.queue) == 0 {
		return SenderReport{}, false
	}
	report := r.control.queue[0]
	r.control.queue = slices.Delete(r.control.queue, 0, 1)
	return report, true
}

// Left reports whether the source said BYE (RFC 3550 §6.6) and sent nothing since, but for what BYE may have overtaken.
func (r *Receiver) Left() bool { return !r.control.left.IsZero() }

// overtaken is how long after a BYE packets of RTP may come that were sent before it: over UDP the two take different ways.
const overtaken = 500 * time.Millisecond

// stays notes that a packet of RTP came.
func (c *control) stays(arrival time.Time) {
	if !c.left.IsZero() && arrival.Sub(c.left) > overtaken {
		c.left = time.Time{}
	}
}

// goodbye reads a BYE packet, which is a list of SSRC.
func (r *Receiver) goodbye(now time.Time, b []byte) error {
	count := int(b[0] & 0x1f)
	for i := range count {
		at := rtcpHeader + 4*i
		if at+4 > len(b) {
			return fmt.Errorf("%w: BYE of %d sources in %d bytes", ErrMalformed, count, len(b))
		}
		if r.isSource(binary.BigEndian.Uint32(b[at:])) {
			r.control.left = now
		}
	}
	return nil
}

// description reads an SDES packet: chunks of an SSRC and items, each list of items ended by a zero and padded to 32
// bits (RFC 3550 §6.5).
func (r *Receiver) description(b []byte) error {
	count := int(b[0] & 0x1f)
	at := rtcpHeader
	for i := range count {
		if at+4 > len(b) {
			return fmt.Errorf("%w: SDES ends in chunk %d of %d", ErrMalformed, i+1, count)
		}
		n, err := r.chunk(binary.BigEndian.Uint32(b[at:]), b[at+4:])
		if err != nil {
			return err
		}
		at += 4 + n
	}
	return nil
}

// chunk reads the items of one chunk and returns their length.
func (r *Receiver) chunk(ssrc uint32, b []byte) (int, error) {
	for at := 0; at < len(b); {
		if b[at] == 0 {
			return at&^3 + 4, nil
		}
		if at+2 > len(b) || at+2+int(b[at+1]) > len(b) {
			break
		}
		text := b[at+2 : at+2+int(b[at+1])]
		if b[at] == sdesCNAME && r.isSource(ssrc) && string(text) != r.control.cname {
			r.control.cname = string(text)
		}
		at += 2 + len(text)
	}
	return 0, fmt.Errorf("%w: SDES items of SSRC %08x have no end", ErrMalformed, ssrc)
}
