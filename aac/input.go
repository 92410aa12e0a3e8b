package aac

import (
	"errors"

	"github.com/timeslate/timeslate/media"
)

// inputState says what the depacketizer expects of the next packet.
type inputState uint8

const (
	between  inputState = iota // the beginning of a unit
	inside                     // the next fragment of a unit whose size is known
	open                       // perhaps the next fragment of a unit that seemed whole but has no marker
	skipping                   // fragments of a unit that is damaged
)

// inputs holds the function that takes a packet in each state: data are the units of the sizes that were read.
var inputs = [...]func(d *Depacketizer, p *media.Packet, data []byte, raw bool) error{
	between:  (*Depacketizer).takeBetween,
	inside:   (*Depacketizer).takeInside,
	open:     (*Depacketizer).takeOpen,
	skipping: (*Depacketizer).takeSkipping,
}

// markerUse is what is known of the camera's markers, which ought to stand on each packet that ends a unit (RFC 3640 §3.1).
type markerUse uint8

const (
	unknown markerUse = iota
	used              // there was one
	unused            // a unit ended without
)

// fragment is a unit in the making. buf is used again and again.
type fragment struct {
	from origin
	buf  []byte
	want int  // bytes; 0: unknown
	raw  bool // it is ADTS, without AU headers
}

var (
	errUnfinished = errors.New("aac: the end of the fragmented unit before is missing")
	errSize       = errors.New("aac: fragments are not as many bytes as the unit should have")
)

func (d *Depacketizer) takeBetween(p *media.Packet, data []byte, raw bool) error {
	if len(d.reader.sizes) == 1 {
		size := d.reader.sizes[0]
		switch {
		case size > maxUnitBytes:
			d.lost = max(d.lost, 1)
			return errTooLarge
		case size > len(data):
			return d.beginPart(inside, p, data, raw)
		case size == len(data) && !p.Marker && !raw && (d.ownSize || d.markers != unused):
			return d.beginPart(open, p, data, raw)
		}
	}
	return d.takeUnits(p, data)
}

// takeUnits takes a packet of whole units.
func (d *Depacketizer) takeUnits(p *media.Packet, data []byte) (err error) {
	o := originOf(p)
	for _, size := range d.reader.sizes {
		if size > len(data) {
			d.lost = max(d.lost, 1)
			return errBeyond
		}
		if e := d.emit(&o, data[:size]); e != nil {
			err = e
		}
		data = data[size:]
	}
	return err
}

// beginPart takes the first fragment of a unit, or what may be one.
func (d *Depacketizer) beginPart(state inputState, p *media.Packet, data []byte, raw bool) error {
	d.state = state
	d.part = fragment{from: originOf(p), buf: append(d.part.buf[:0], data...), raw: raw}
	if state == inside {
		d.part.want = d.reader.sizes[0]
		return d.checkPart(p)
	}
	return nil
}

// takeInside takes the next fragment. Its header says how large the whole unit is (RFC 3640 §3.2.1.1); what GStreamer or
// others make of that isn't looked at.
func (d *Depacketizer) takeInside(p *media.Packet, data []byte, raw bool) error {
	if p.Time != d.part.from.packet.Time || len(d.reader.sizes) != 1 {
		d.drop()
		if err := d.takeBetween(p, data, raw); err != nil {
			return err
		}
		return errUnfinished
	}
	d.part.buf = append(d.part.buf, data...)
	return d.checkPart(p)
}

// checkPart hands out the unit in hand if it is whole, and drops it if it can't become so.
func (d *Depacketizer) checkPart(p *media.Packet) error {
	switch n := len(d.part.buf); {
	case n == d.part.want:
		return d.endPart()
	case n > d.part.want, p.Marker && !d.part.raw:
		d.drop()
		return errSize
	}
	return nil
}

// takeOpen takes what follows a unit without marker. MediaMTX gives each fragment a size of its own: with the same time
// stamp this is the next one.
func (d *Depacketizer) takeOpen(p *media.Packet, data []byte, raw bool) error {
	if p.Time != d.part.from.packet.Time || len(d.reader.sizes) != 1 || d.reader.sizes[0] != len(data) || raw {
		if d.markers == unknown {
			d.markers = unused
		}
		err := d.endPart()
		if e := d.takeBetween(p, data, raw); e != nil {
			err = e
		}
		return err
	}
	d.ownSize = true
	if len(d.part.buf)+len(data) > maxUnitBytes {
		d.drop()
		d.state, d.part.from.packet.Time = skipping, p.Time
		return errTooLarge
	}
	d.part.buf = append(d.part.buf, data...)
	if p.Marker {
		return d.endPart()
	}
	return nil
}

// takeSkipping drops the fragments that are left of a damaged unit: all up to a marker or another time stamp.
func (d *Depacketizer) takeSkipping(p *media.Packet, data []byte, raw bool) error {
	if p.Time != d.part.from.packet.Time || len(d.reader.sizes) != 1 || raw {
		d.state = between
		return d.takeBetween(p, data, raw)
	}
	d.lost = max(d.lost, 1)
	if p.Marker {
		d.state = between
	}
	return nil
}

// endPart hands out the unit in hand.
func (d *Depacketizer) endPart() error {
	d.state = between
	return d.emit(&d.part.from, d.part.buf)
}

// drop drops the unit in hand.
func (d *Depacketizer) drop() {
	if d.state == inside || d.state == open {
		d.lost = max(d.lost, 1)
		d.state = between
	}
}

// lose takes note of packets that are missing before p.
func (d *Depacketizer) lose(p *media.Packet) {
	if p.Lost <= 0 {
		return
	}
	d.lost += p.Lost
	d.drop()
	if d.ownSize { // p may belong to a unit whose beginning is missing, and doesn't tell
		d.state, d.part.from.packet.Time = skipping, p.Time
	}
}
