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
	want int // bytes; 0: unknown

	raw    bool // it is ADTS, without AU headers
	orphan bool // packets were lost before: its beginning may be missing
	joined bool // of fragments with sizes of their own
}

// add appends a later fragment. A header extension may be on any packet.
func (f *fragment) add(p *media.Packet, data []byte) {
	f.buf = append(f.buf, data...)
	if from := &f.from.packet; from.Absolute == 0 {
		from.Absolute, from.Source = p.Absolute, p.Source
	}
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
			d.miss()
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
			d.miss()
			return errBeyond
		}
		err = firstError(err, d.emit(&o, data[:size]))
		data = data[size:]
	}
	return err
}

// beginPart takes the first fragment of a unit, or what may be one.
func (d *Depacketizer) beginPart(state inputState, p *media.Packet, data []byte, raw bool) error {
	d.state = state
	d.part = fragment{from: originOf(p), buf: append(d.part.buf[:0], data...), raw: raw, orphan: p.Lost > 0}
	if state == inside {
		d.part.want = d.reader.sizes[0]
		return d.checkPart(p)
	}
	return nil
}

// takeInside takes the next fragment. Its header says how large the whole unit is (RFC 3640 §3.2.1.1), as the first one's
// did, or should.
func (d *Depacketizer) takeInside(p *media.Packet, data []byte, raw bool) error {
	if p.Time != d.part.from.packet.Time || len(d.reader.sizes) != 1 || raw != d.part.raw {
		err := d.failPart(errUnfinished)
		return firstError(d.takeBetween(p, data, raw), err)
	}
	d.part.add(p, data)
	return d.checkPart(p)
}

// checkPart hands out the unit in hand if it is whole, and drops it if it can't become so.
func (d *Depacketizer) checkPart(p *media.Packet) error {
	switch n := len(d.part.buf); {
	case n == d.part.want:
		return d.endPart()
	case n > d.part.want, p.Marker && !d.part.raw:
		return d.failPart(errSize)
	}
	return nil
}

// takeOpen takes what follows a unit without marker. MediaMTX gives each fragment a size of its own: with the same time
// stamp this is the next one, and the last one has the marker.
func (d *Depacketizer) takeOpen(p *media.Packet, data []byte, raw bool) error {
	if p.Time != d.part.from.packet.Time || len(d.reader.sizes) != 1 || d.reader.sizes[0] != len(data) || raw {
		return firstError(d.closeOpen(), d.takeBetween(p, data, raw))
	}
	if len(d.part.buf)+len(data) > maxUnitBytes {
		d.drop()
		d.state = skipping
		return errTooLarge
	}
	d.part.add(p, data)
	d.part.joined = true
	if !p.Marker {
		return nil
	}
	d.ownSize = true
	if d.part.orphan {
		return d.failPart(nil)
	}
	return d.endPart()
}

// closeOpen ends a unit without marker where another one begins. Alone it is whole; several that share a time stamp are
// no fragments then, and what they are isn't known.
func (d *Depacketizer) closeOpen() error {
	if d.markers == unknown {
		d.markers = unused
	}
	if d.part.joined {
		return d.failPart(errUnfinished)
	}
	return d.endPart()
}

// takeSkipping drops the fragments that are left of a damaged unit: all up to a marker or another time stamp.
func (d *Depacketizer) takeSkipping(p *media.Packet, data []byte, raw bool) error {
	if p.Time != d.part.from.packet.Time || len(d.reader.sizes) != 1 || raw {
		d.state = between
		return d.takeBetween(p, data, raw)
	}
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

// failPart drops the unit in hand because of err, which is no news when packets were lost.
func (d *Depacketizer) failPart(err error) error {
	d.drop()
	if d.part.orphan {
		return nil
	}
	return err
}

// drop drops the unit in hand.
func (d *Depacketizer) drop() {
	if d.state == inside || d.state == open {
		d.miss()
		d.state = between
	}
}

// miss lets whoever reads on see that a unit is missing.
func (d *Depacketizer) miss() { d.lost = max(d.lost, 1) }

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

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
