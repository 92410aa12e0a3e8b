package h264

import (
	"slices"

	"github.com/timeslate/timeslate/media"
)

// Depacketizer turns RTP payloads into access units (RFC 6184 §7, ITU-T H.264 §7.4.1.2.3), as leniently as cameras
// demand.
//
// A unit is complete when the next one begins, and its packets say when that is: with a parameter set, an SEI or a
// delimiter behind a picture, with the first slice of a picture, with another time stamp otherwise. So as not to wait
// for the next one, a unit is complete with the marker bit, too, once the camera's markers have earned trust: when the
// packet after a marked one was seen to begin a unit. Markers are distrusted for good when a picture goes on behind one
// (several cameras set the bit on each slice). When that happens only after they were trusted, one picture comes out
// in two units, of which the second is Damaged.
//
// A NAL unit of which a part is missing is dropped, never glued. A unit without any slice isn't handed out: parameter
// sets and SEI wait for their picture. Filler data is left out. The two fields of a frame that share a time stamp are
// one unit.
//
// Unit.Key marks whole IDR pictures, and after 20 s without any also pictures with a recovery point SEI.
//
// A Depacketizer belongs to one goroutine.
type Depacketizer struct {
	units [2]assembly
	cur   *assembly // the unit in hand; the other one may be lent to the caller

	ready [2]*media.Unit // units that the last Push completed
	ended int            // their number
	given int            // how many of them Next returned

	state    inputState
	nalStart int // where the NAL unit in hand begins in cur.buf
	lost     int // packets missing since the last unit that was handed out
	markers  markerTrust
	slice    sliceHeader // the last slice header seen
	sliceAt  int64       // and the time of its packet
	last     lastUnit
	keyTime  int64 // of the last key frame, or of the first unit

	params  params
	scratch []byte
}

// lastUnit is what is remembered of the unit that was handed out last.
type lastUnit struct {
	known     bool
	byMarker  bool // it was ended by a marker
	time, pts int64
}

// NewDepacketizer returns a depacketizer for the stream that f describes. f may be nil; then the parameter sets are
// expected in the stream.
func NewDepacketizer(f *Format) *Depacketizer {
	d := new(Depacketizer)
	d.cur = &d.units[0]
	if f != nil {
		d.params = params{sets: f.sets.clone(), config: f.Config}
	}
	return d
}

// Push takes the next packet, of any packetization mode but the interleaved one. An error says what was wrong with the
// packet; what was whole is kept, and the depacketizer goes on. Before the next Push, which invalidates the units of
// this one, call Next until it returns false.
func (d *Depacketizer) Push(p *media.Packet) error {
	d.recycle()
	payload := trimStartCode(p.Payload)
	err := d.locate(p, payload)
	if len(payload) > 0 { // empty ones are padding, or keep a path open
		err = firstError(inputs[d.state](d, payload), err)
	}
	d.mark(p.Marker)
	return err
}

// locate finds the unit to which p belongs: it ends the unit in hand if it is the next one, and takes note of packets
// that are missing before p.
func (d *Depacketizer) locate(p *media.Packet, payload []byte) (err error) {
	r, slice := classify(payload, d.params.interlaced())
	if r == firstSlice && d.secondField(slice, p.Time) {
		r = laterSlice
	}
	begins := d.begins(r, p)
	d.judgeMarkers(r, begins, p)
	if begins && d.cur.marked && d.markers != distrusted {
		d.end(false) // it is complete: what is missing belongs to the next one
		begins = false
	}
	if begins && d.state == inside && p.Lost == 0 {
		err = errUnfinished
	}
	d.lose(p)
	if begins {
		d.end(false)
	}
	d.cur.stamp(p)
	if r == firstSlice || r == laterSlice {
		d.enterPicture(r, slice, p.Time)
	}
	return err
}

// Next returns the next unit that the last Push or Flush completed. It is borrowed until the next Push or Flush.
func (d *Depacketizer) Next() (*media.Unit, bool) {
	if d.given == d.ended {
		return nil, false
	}
	d.given++
	return d.ready[d.given-1], true
}

// Flush ends the access unit in hand, which Next then returns. Call it at the end of a stream and where its time stamps
// start anew.
func (d *Depacketizer) Flush() {
	d.recycle()
	d.end(false)
	d.state = between
	d.last = lastUnit{}
}

// recycle takes back the units that were lent. When two were completed at once, both arenas were, and the one that is
// next in turn is empty only now.
func (d *Depacketizer) recycle() {
	if d.ended == len(d.ready) {
		d.cur.reset()
	}
	d.ended, d.given = 0, 0
}

// lose takes note of packets that are missing before p, which belongs to the unit in hand or ends it unfinished.
func (d *Depacketizer) lose(p *media.Packet) {
	if p.Lost <= 0 {
		return
	}
	d.lost += p.Lost
	d.dropFragment()
	d.state = skipping
	switch u := d.cur; {
	case u.picture, u.stamped && u.time == p.Time:
		u.unit.Damaged = true
	default:
		u.reset() // the picture for which these parameter sets and SEI stood is lost
	}
}

// enterPicture takes note of a slice that the unit in hand gets.
func (d *Depacketizer) enterPicture(r role, slice sliceHeader, time int64) {
	u := d.cur
	if !u.picture && r == laterSlice {
		u.unit.Damaged = true // the first slice isn't there
	}
	u.picture = true
	d.slice, d.sliceAt = slice, time
}

// end completes the unit in hand, if there is a picture in it, and takes the other one in hand.
func (d *Depacketizer) end(byMarker bool) {
	d.dropFragment()
	d.params.apply()
	u := d.cur
	if !u.vcl {
		if u.picture {
			d.lost = max(d.lost, 1) // whoever reads on must see that a picture is missing
		}
		u.reset()
		return
	}
	d.fill(u)
	d.last = lastUnit{known: true, byMarker: byMarker, time: u.time, pts: u.unit.PTS}
	d.ready[d.ended] = &u.unit
	d.ended++
	d.cur = d.other()
	if d.ended < len(d.ready) {
		d.cur.reset() // lent by an earlier Push
	}
}

func (d *Depacketizer) other() *assembly {
	if d.cur == &d.units[0] {
		return &d.units[1]
	}
	return &d.units[0]
}

// recoveryWait is how long, in ticks, IDR pictures may fail to come before a recovery point counts as one: encoders with
// gradual refresh send a single one, long before the recorder comes. It is more than 256 pictures at 15 per second, the
// longest distance that cameras are set to.
const recoveryWait = 20 * ClockRate

// fill fills in what is known of a unit at its end.
func (d *Depacketizer) fill(u *assembly) {
	m := &u.unit
	m.PTS, m.RTP = u.time, uint32(u.time)
	if d.last.known && u.time == d.last.time {
		m.PTS = d.last.pts + 1 // Amcrest: two pictures with one time stamp
	}
	m.Lost, d.lost = d.lost, 0
	if c := d.params.config; c != nil {
		m.Config = c
	}
	if u.idr || !d.last.known {
		d.keyTime = u.time
	}
	m.Key = !m.Damaged && (u.idr || u.recovery)
}

// accept puts a whole NAL unit, a part of the arena, into the unit in hand.
func (d *Depacketizer) accept(nal []byte) error {
	u := d.cur
	t := NALType(nal)
	switch {
	case u.overflow || len(nal) == 0 || t == Filler:
		return nil
	case len(nal) == 1 && t < EndOfSequence: // a header before the start code of the NAL unit proper
		return nil
	case nal[0]&forbiddenBit != 0: // the sender knows of bit errors in it (RFC 6184 §1.3)
		u.unit.Damaged = true
		return errForbidden
	case t == 0 || t >= stapA:
		return unknownType(t)
	case len(u.unit.Data) == maxUnitNALs:
		return u.drop()
	}
	var err error
	switch {
	case t.isVCL():
		u.picture, u.vcl = true, true
		u.idr = u.idr || t == SliceIDR
	case t == SPS || t == PPS:
		err = d.params.put(nal)
	case t == SEI && d.last.known && u.time-d.keyTime >= recoveryWait:
		u.recovery = u.recovery || d.isRecoveryPoint(nal)
	}
	u.unit.Data = append(u.unit.Data, nal)
	return err
}

func (d *Depacketizer) isRecoveryPoint(sei []byte) bool {
	d.scratch = slices.Grow(d.scratch[:0], len(sei))
	for payloadType := range SEIMessages(sei, d.scratch) {
		if payloadType == PayloadRecoveryPoint {
			return true
		}
	}
	return false
}
