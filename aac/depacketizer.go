package aac

import (
	"errors"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
)

// Limits of a unit.
const (
	// maxUnitBytes is more than a decoder has to take: 6144 bits per channel (ISO/IEC 14496-3 §4.5.3.2), 48 channels.
	maxUnitBytes = 1 << 16

	// maxUnitTicks bounds a duration that the SDP states: several seconds at any clock rate in use.
	maxUnitTicks = 1 << 20
)

// Depacketizer turns RTP payloads into access units (RFC 3640), as leniently as cameras demand: it takes units with ADTS
// headers, and payloads that are ADTS and nothing else.
//
// The units of one packet share its time stamp; each after the first is a unit's duration later. A unit of which a part is
// missing is dropped, never glued.
//
// A Depacketizer belongs to one goroutine.
type Depacketizer struct {
	reader packetReader

	state   inputState
	part    fragment // the unit in hand
	markers markerUse
	raw     bool // payloads are ADTS, without AU headers
	ownSize bool // fragments come with their own sizes: only the marker tells when a unit ends

	units []slot // of the last Push
	given int    // how many of them Next returned
	buf   []byte // what they consist of
	lost  int    // packets missing since the last unit that was handed out
}

// slot is a unit with the room for its Data.
type slot struct {
	media.Unit
	data [1][]byte
}

// origin is the packet that a unit began in: its times are those of the first unit that began there.
type origin struct {
	packet media.Packet // without its payload
	index  int          // of the next unit
}

func originOf(p *media.Packet) origin {
	o := origin{packet: *p}
	o.packet.Payload = nil
	return o
}

var (
	errTooLarge   = errors.New("aac: unit is too large")
	errBeyond     = errors.New("aac: unit is larger than what is left of its packet")
	errNoADTS     = errors.New("aac: packet without the ADTS header that others of the stream had")
	errManyBlocks = errors.New("aac: ADTS frame with several units")
)

// NewDepacketizer returns a depacketizer for the stream that f describes, whose Config is in force for all of it.
func NewDepacketizer(f *Format) *Depacketizer {
	d := &Depacketizer{reader: packetReader{f: f}}
	d.ownSize = f.SizeLength == 0 && f.ConstantSize == 0
	return d
}

// Push takes the next packet. An error says what was wrong with it; what was whole is kept, and the depacketizer goes on.
// Before the next Push, which invalidates the units of this one, call Next until it returns false.
func (d *Depacketizer) Push(p *media.Packet) error {
	d.recycle()
	d.lose(p)
	if len(p.Payload) == 0 {
		return nil // padding, or to keep a path open
	}
	data, raw, err := d.read(p)
	if err != nil {
		d.drop()
		d.miss()
		return err
	}
	err = inputs[d.state](d, p, data, raw)
	if p.Marker {
		d.markers = used
	}
	return err
}

// read finds the units of a packet. raw says that they are ADTS frames without AU headers (Anjvision MC800S), which count
// as one unit at first.
func (d *Depacketizer) read(p *media.Packet) (data []byte, raw bool, err error) {
	if d.state == inside && d.part.raw && d.part.from.packet.Time == p.Time {
		d.reader.sizes = append(d.reader.sizes[:0], len(p.Payload))
		return p.Payload, true, nil
	}
	// As the length of AU headers the sync word would stand for 8190 bytes.
	if n := adtsLength(p.Payload); n > 0 {
		d.raw = true
		d.reader.sizes = append(d.reader.sizes[:0], n)
		return p.Payload, true, nil
	}
	if d.raw {
		return nil, true, errNoADTS // the rest of a frame whose beginning is lost
	}
	data, err = d.reader.read(p.Payload)
	return data, false, err
}

// Next returns the next unit that the last Push or Flush completed. It is borrowed until the next Push or Flush.
func (d *Depacketizer) Next() (*media.Unit, bool) {
	if d.given == len(d.units) {
		return nil, false
	}
	s := &d.units[d.given]
	s.Data = s.data[:]
	d.given++
	return &s.Unit, true
}

// Flush completes the unit in hand if it can be whole; Next then returns it. Call it at the end of a stream and where its
// time stamps start anew.
func (d *Depacketizer) Flush() {
	d.recycle()
	if d.state == open && !d.part.joined && d.markers != used {
		_ = d.endPart()
	}
	d.drop()
	d.state, d.raw = between, false
}

// recycle takes back the units that were lent.
func (d *Depacketizer) recycle() {
	d.units, d.buf, d.given = d.units[:0], d.buf[:0], 0
}

// emit hands out the unit that b is, or the units, if it is ADTS (Reolink).
func (d *Depacketizer) emit(o *origin, b []byte) (err error) {
	if n := adtsLength(b); n == 0 || n != len(b) {
		return d.emitUnit(o, b)
	}
	for len(b) > 0 {
		f, _ := parseADTS(b)
		unit := b[f.header:f.size]
		b = b[f.size:]
		if f.blocks > 1 { // where they end isn't said
			d.miss()
			o.index += f.blocks
			err = errManyBlocks
			continue
		}
		err = firstError(err, d.emitUnit(o, unit))
	}
	return err
}

// emitUnit hands out a copy of b.
func (d *Depacketizer) emitUnit(o *origin, b []byte) error {
	index := o.index
	o.index++
	if len(b) == 0 {
		return nil // live555, when its source has nothing
	}
	if len(d.units) == maxPacketUnits {
		d.miss()
		return errManyUnits
	}
	start := len(d.buf)
	d.buf = append(d.buf, b...)
	p := &o.packet
	pts := p.Time + d.ticks(index)
	s := slot{data: [1][]byte{d.buf[start:len(d.buf):len(d.buf)]}}
	s.Unit = media.Unit{
		PTS: pts, RTP: uint32(pts), Arrival: p.Arrival, Absolute: d.absolute(p.Absolute, index), Source: p.Source,
		Key: true, Lost: d.lost, Config: d.reader.f.Config,
	}
	d.lost = 0
	d.units = append(d.units, s)
	return nil
}

// ticks returns the duration of n units.
func (d *Depacketizer) ticks(n int) int64 {
	f := d.reader.f
	if f.ConstantDuration > 0 {
		return int64(n) * int64(f.ConstantDuration)
	}
	return int64(n) * int64(f.Config.FrameLength) * int64(f.ClockRate) / int64(f.Config.SampleRate)
}

// absolute returns the capture time of the unit with that index in its packet, of which first is the first one's.
func (d *Depacketizer) absolute(first ntp.Time, index int) ntp.Time {
	if first == 0 {
		return 0
	}
	c := d.reader.f.Config
	return first + ntp.Time(uint64(index)*uint64(c.FrameLength)<<32/uint64(c.SampleRate))
}
