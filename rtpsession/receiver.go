// Package rtpsession is the receiving side of one RTP source (RFC 3550): it checks and orders packets, counts what is
// missing, unwraps time stamps, hands out the sender's reports and writes the receiver's. It does no I/O and reads no
// clock: packets and the time of their arrival come in, values go out.
package rtpsession

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pion/rtp"
)

// DefaultReorder is the window for transports that reorder: 64 packets are 0.15 s of a 4 Mbit/s stream.
const DefaultReorder = 64

// maxReorder is the largest window: a packet further behind the newest does not belong to the run (RFC 3550 A.1).
const maxReorder = maxMisorder

// maxLate is how many packets in a row may come too late before they are taken for a new start of the source.
const maxLate = 64

// Errors that Push and PushRTCP wrap.
var (
	// ErrMalformed: the packet's own lengths or version can't be right. It is dropped; a lost packet will be reported.
	ErrMalformed = errors.New("malformed packet")
	// ErrUnknownSSRC: RTCP of another source came under the policy AbortSession.
	ErrUnknownSSRC = errors.New("RTCP of an unknown SSRC")
)

// Config describes a source and the receiver's part in the session.
type Config struct {
	PayloadType uint8           // as in the SDP; packets of other types are ignored
	ClockRate   uint32          // ticks of the RTP time stamp per second; 0 means 90000
	Reorder     int             // window in packets: 0 for TCP, which keeps the order; DefaultReorder for UDP
	SSRC        uint32          // ours, chosen at random (RFC 3550 §8.1)
	CNAME       string          // ours, unique among the participants (RFC 7022), cut after 255 bytes
	Bandwidth   int             // of the session in bit/s (b=AS has kbit/s); 0: ample, so that the minimum interval rules
	Start       time.Time       // when PLAY was answered: reports are due from then on; zero: from the first packet
	Rand        func() float64  // uniform in [0, 1), for report intervals; nil: math/rand/v2
	UnknownRTCP UnknownRTCPSSRC // what to do with RTCP of a source that sent no RTP
	Extensions  Extensions      // as in the SDP
}

// Packet is one RTP packet in sequence. Its slices lie in the bytes given to Push, or in the Receiver.
type Packet struct {
	rtp.Packet
	Time    int64     // RTP time stamp unwrapped within the run; its low 32 bits are Timestamp
	Lost    int       // packets missing between the one before, of the same run, and this one
	Arrival time.Time // when it was pushed, which for a reordered packet is before its predecessors
	Run     int       // counts from 0 the stretches of one SSRC from one start; Time of two runs can't be compared
	Capture Capture   // what its header extension says
}

// Receiver is the state of one source. One goroutine owns it.
type Receiver struct {
	config    Config
	started   bool // a packet was accepted: ssrc is locked
	ssrc      uint32
	run       int
	sequence  sequence
	timeline  timeline
	jitter    jitter
	late      int // packets in a row whose turn was over
	order     reorder
	candidate candidate
	packet    Packet
	carried   int // lost before a packet that was not handed out, for it was empty
	control   control
	schedule  schedule
	stats     Stats
}

// NewReceiver returns a Receiver for the source that c describes.
func NewReceiver(c Config) *Receiver {
	if c.ClockRate == 0 {
		c.ClockRate = 90000 // that of all video (RFC 3551 §5)
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	c.CNAME = c.CNAME[:min(len(c.CNAME), maxSDESText)]
	c.Reorder = min(max(c.Reorder, 0), maxReorder)
	r := &Receiver{config: c, order: newReorder(c.Reorder), schedule: newSchedule(c)}
	if !c.Start.IsZero() {
		r.schedule.begin(c.Start)
	}
	return r
}

// Push takes an RTP packet that arrived at now. The Receiver and the packets of Next keep aliasing b until the next
// Push. Call Next until it returns false after each Push: what is left is dropped by the next.
//
// RTCP that comes on the RTP channel goes to PushRTCP (RFC 5761 §4). Packets of another payload type are ignored before
// the sequence logic sees them: Geovision cameras send type 50 with the sequence number of the packet before. Late and
// repeated packets are dropped in silence, Stats counts them. An error concerns this packet only.
func (r *Receiver) Push(now time.Time, b []byte) error {
	if len(b) >= 2 && b[1]&0x7f != r.config.PayloadType {
		if isRTCP(b) {
			return r.PushRTCP(now, b)
		}
		r.stats.OtherType++
		return nil
	}
	r.drain()
	r.schedule.begin(now)
	if err := parse(&r.packet.Packet, b); err != nil {
		r.stats.Malformed++
		return malformed(b, err)
	}
	r.accept(&r.packet.Header, &item{data: b, arrival: now})
	return nil
}

// Next returns the next packet in sequence, or false when there is none until the next Push. It is valid until the next
// call of Next or Push. Packets without payload count in the sequence and are not handed out.
func (r *Receiver) Next() (*Packet, bool) {
	for {
		it, lost, ok := r.order.pop()
		if !ok {
			return nil, false
		}
		if it.first {
			r.carried = 0
		}
		p := &r.packet
		if parse(&p.Packet, it.data) != nil || len(p.Payload) == 0 {
			r.carried += lost
			continue
		}
		p.Time, p.Arrival, p.Run = it.time, it.arrival, it.run
		p.Lost, r.carried = lost+r.carried, 0
		p.Capture = r.config.Extensions.Capture(&p.Header, p.Arrival)
		r.stats.Lost += int64(p.Lost)
		return p, true
	}
}

// drain drops what the caller left in Next, which the next packet reports as lost.
func (r *Receiver) drain() {
	for p, ok := r.Next(); ok; p, ok = r.Next() {
		r.stats.Lost -= int64(p.Lost)
		r.carried = p.Lost + 1
	}
}

// Flush ends the waiting for late packets: Next hands out what is in the window. For the end of a stream.
func (r *Receiver) Flush() { r.order.flush = true }

// rtpHeader is the size of the fixed header (RFC 3550 §5.1).
const rtpHeader = 12

var errVersion = errors.New("not version 2")

// parse reads a packet into a reused p, of which the payload and the extensions alias b.
func parse(p *rtp.Packet, b []byte) error {
	if err := p.Unmarshal(b); err != nil && !passExtension(p, b) {
		return err
	}
	if p.Version != 2 {
		return errVersion
	}
	return nil
}

// passExtension finds the payload of a packet behind a header extension with an element that reaches beyond it. The length
// word of the extension tells where it ends (RFC 3550 §5.3.1), and a frame is worth more than its element. The fixed header
// and the elements before that one are in p already.
func passExtension(p *rtp.Packet, b []byte) bool {
	if len(b) < rtpHeader || b[0]&0x10 == 0 {
		return false
	}
	at := rtpHeader + 4*int(b[0]&0xf) // behind the CSRC
	if len(b) < at+4 {
		return false
	}
	at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	padding := 0
	if p.Padding {
		padding = int(b[len(b)-1])
	}
	if at > len(b)-padding || p.Padding && padding == 0 {
		return false
	}
	p.Payload, p.Header.PaddingSize = b[at:len(b)-padding], uint8(padding)
	return true
}

// malformed names the packet as far as its fixed header is there.
func malformed(b []byte, err error) error {
	if len(b) < rtpHeader {
		return fmt.Errorf("rtpsession: %w of %d bytes: %w", ErrMalformed, len(b), err)
	}
	ssrc, seq := binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint16(b[2:])
	return fmt.Errorf("rtpsession: SSRC %08x, sequence number %d: %w: %w", ssrc, seq, ErrMalformed, err)
}

// accept takes a valid packet of the right payload type through RFC 3550 A.1.
//
// Unlike there, the first packet needs no probation: the channel or the port says whose packet it is, and a recorder
// must not lose the parameter sets at its start. What does not continue the source in hand (another SSRC, a sequence
// number far off) needs a second packet that confirms it, as there, but then the first one is handed out too.
func (r *Receiver) accept(h *rtp.Header, in *item) {
	if !r.started {
		r.begin(h, in)
		return
	}
	position, ok := r.sequence.place(h.SequenceNumber)
	switch {
	case !ok || h.SSRC != r.ssrc:
		r.doubt(h, in)
	case r.order.late(position):
		r.tooLate(h, in)
	default:
		r.resume(h, in, position)
	}
}

// begin starts a run with the packet in: the first of its SSRC, or of a new start of it.
func (r *Receiver) begin(h *rtp.Header, in *item) {
	if r.started {
		r.run++
	}
	r.started, r.ssrc, r.late = true, h.SSRC, 0
	if r.ssrc == r.config.SSRC { // RFC 3550 §8.2: a collision; ours has to change
		r.config.SSRC = ^r.config.SSRC
	}
	r.sequence = newSequence(h.SequenceNumber)
	r.timeline = timeline{}
	r.jitter = jitter{rate: r.config.ClockRate}
	in.first = true
	r.take(h, in, r.sequence.base)
	r.control.newRun()
	r.placeEarly()
}

// doubt keeps a packet that does not continue the run, or begins a run with the one kept before when h confirms it.
func (r *Receiver) doubt(h *rtp.Header, in *item) {
	c := &r.candidate
	if c.confirmedBy(h) {
		c.held = false
		r.begin(&c.header, &c.item)
		r.resume(h, in, r.sequence.highest+1)
		return
	}
	r.dropCandidate()
	c.hold(h, in)
}

func (r *Receiver) dropCandidate() {
	if r.candidate.held {
		r.candidate.held = false
		r.stats.Stray++
	}
}

// tooLate drops a packet whose turn is over, or that came before. Too many in a row are a source that started again
// with sequence numbers that happen to lie close behind the old ones.
func (r *Receiver) tooLate(h *rtp.Header, in *item) {
	r.late++
	if r.late == maxLate {
		r.dropCandidate()
		r.begin(h, in)
		return
	}
	r.sequence.received++ // RFC 3550 A.3: late and repeated packets count
	r.stats.Received++
	r.stats.Late++
}

// resume takes a packet that continues the run in hand.
func (r *Receiver) resume(h *rtp.Header, in *item, position int64) {
	r.late = 0
	r.dropCandidate()
	r.take(h, in, position)
}

// take counts a packet and puts it in line. One that others have overtaken says nothing of jitter.
func (r *Receiver) take(h *rtp.Header, in *item, position int64) {
	r.stats.Received++
	r.stats.Bytes += int64(len(in.data))
	in.seq, in.run = position, r.run
	r.control.stays(in.arrival)
	in.time = r.timeline.advance(h.Timestamp)
	if r.sequence.count(position) {
		r.jitter.add(in.arrival, h.Timestamp)
	}
	r.order.push(in)
}

// candidate is a packet that may be the first of a new run: the bad_seq of RFC 3550 A.1, with the packet itself.
type candidate struct {
	held   bool
	header rtp.Header // the fixed part only
	item   item
}

func (c *candidate) confirmedBy(h *rtp.Header) bool {
	return c.held && h.SSRC == c.header.SSRC && h.SequenceNumber == c.header.SequenceNumber+1
}

// hold keeps a copy, for the bytes are borrowed.
func (c *candidate) hold(h *rtp.Header, in *item) {
	data := append(c.item.data[:0], in.data...)
	c.held, c.item = true, *in
	c.item.data = data
	c.header = rtp.Header{SSRC: h.SSRC, SequenceNumber: h.SequenceNumber, Timestamp: h.Timestamp}
}
