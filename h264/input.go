package h264

import "fmt"

// inputState says what the depacketizer expects of the next payload.
type inputState uint8

const (
	between  inputState = iota // a new NAL unit
	inside                     // the next fragment of the NAL unit that begins at nalStart
	skipping                   // anything; fragments belong to a NAL unit that is damaged
)

// inputs holds the function that takes a payload, which is never empty, in each state.
var inputs = [...]func(*Depacketizer, []byte) error{
	between:  (*Depacketizer).takeBetween,
	inside:   (*Depacketizer).takeInside,
	skipping: (*Depacketizer).takeSkipping,
}

func (d *Depacketizer) takeBetween(payload []byte) error {
	switch NALType(payload) {
	case stapA:
		return d.takeSTAPA(payload[1:])
	case fuA:
		return d.takeFirstFragment(payload)
	case stapB, mtap16, mtap24, fuB:
		return errInterleaved
	default:
		return d.takeNAL(payload)
	}
}

// takeInside takes the next fragment. If anything else comes, the end of the NAL unit in hand is missing.
func (d *Depacketizer) takeInside(payload []byte) error {
	if isLaterFragment(payload) {
		return d.takeFragment(payload)
	}
	d.dropFragment()
	if err := d.takeSkipping(payload); err != nil {
		return err
	}
	return errUnfinished
}

// takeSkipping drops the fragments that are left of a damaged NAL unit, without an error for each.
func (d *Depacketizer) takeSkipping(payload []byte) error {
	if isLaterFragment(payload) {
		d.dropOrphan(payload)
		return nil
	}
	d.state = between
	return d.takeBetween(payload)
}

func isLaterFragment(payload []byte) bool {
	return NALType(payload) == fuA && len(payload) >= fuHeader && payload[1]&fuStart == 0
}

// takeFirstFragment takes a fragment where a NAL unit has to begin, and restores its header (RFC 6184 §5.8).
func (d *Depacketizer) takeFirstFragment(payload []byte) error {
	switch {
	case len(payload) < fuHeader:
		d.cur.unit.Damaged = true
		return errShortFU
	case isLaterFragment(payload):
		d.state = skipping
		d.dropOrphan(payload)
		return errOrphan
	}
	t := Type(payload[1] & typeBits)
	d.cur.picture = d.cur.picture || t.isVCL()
	d.nalStart = len(d.cur.buf)
	d.state = inside
	if err := d.cur.append(payload[0]&headerBits | byte(t)); err != nil {
		d.state = skipping
		return err
	}
	return d.takeFragment(payload)
}

// takeFragment appends a fragment. What its header says of the type isn't looked at: Tiandy's later fragments say another
// than the first. CostarHD sets the end bit on the first: that is a whole NAL unit.
func (d *Depacketizer) takeFragment(payload []byte) error {
	if err := d.cur.append(payload[fuHeader:]...); err != nil {
		d.state = skipping
		return err
	}
	if payload[1]&fuEnd == 0 {
		return nil
	}
	d.state = between
	return d.endNAL()
}

// dropFragment drops the NAL unit in hand, the end of which won't come any more.
func (d *Depacketizer) dropFragment() {
	if d.state == inside {
		d.cur.buf = d.cur.buf[:d.nalStart]
		d.cur.unit.Damaged = true
		d.state = skipping
	}
}

// dropOrphan takes note of a later fragment of a NAL unit that isn't there.
func (d *Depacketizer) dropOrphan(payload []byte) {
	d.cur.unit.Damaged = true
	d.cur.picture = d.cur.picture || Type(payload[1]&typeBits).isVCL()
}

// takeSTAPA takes the whole ones of an aggregation packet's NAL units (RFC 6184 §5.7.1).
func (d *Depacketizer) takeSTAPA(entries []byte) (err error) {
	for {
		nal, rest, entryErr := nextEntry(entries)
		if entryErr != nil {
			d.cur.unit.Damaged = true
			return entryErr
		}
		if nal == nil {
			return err
		}
		err = firstError(err, d.takeNAL(nal))
		entries = rest
	}
}

func (d *Depacketizer) takeNAL(nal []byte) error {
	d.nalStart = len(d.cur.buf)
	if err := d.cur.append(nal...); err != nil {
		return err
	}
	return d.endNAL()
}

// endNAL ends the NAL unit that begins at nalStart. Several cameras hide start codes and further NAL units in it
// (V380, Amatek AR-N3222F), even spread over two fragments, or zeros at its end.
func (d *Depacketizer) endNAL() (err error) {
	for rest := d.cur.buf[d.nalStart:]; rest != nil; {
		var nal []byte
		nal, rest = nextNAL(rest)
		err = firstError(err, d.accept(nal))
	}
	return err
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func unknownType(t Type) error { return fmt.Errorf("h264: %v dropped", t) }
