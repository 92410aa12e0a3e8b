package h264

import "github.com/timeslate/timeslate/media"

// stampSpread is the distance in ticks, 10 ms, from which on two time stamps can't be those of one picture. Below it
// they may: some cameras stamp the packets of one picture slightly differently.
const stampSpread = ClockRate / 100

// begins reports whether p begins a new unit behind the picture in hand. Where the slices can't tell, the time stamp
// does; after a loss it has to be the same exactly.
func (d *Depacketizer) begins(r role, p *media.Packet) bool {
	if !d.cur.picture {
		return false
	}
	distance := max(p.Time-d.cur.time, d.cur.time-p.Time)
	switch r {
	case opening, firstSlice: // whatever the time: Reolink RLC-822A, Amcrest
		return true
	case fragment:
		if d.state == inside && p.Lost == 0 {
			return false
		}
	}
	return distance >= stampSpread || distance > 0 && p.Lost > 0
}

// secondField reports whether slice, the first of a picture, begins the second field of the frame whose first field came
// last with the same time. The standard calls them two access units, but readers of MP4 expect a whole frame at a time.
func (d *Depacketizer) secondField(slice sliceHeader, time int64) bool {
	return slice.field && d.slice.field && slice.bottom != d.slice.bottom &&
		slice.frameNum == d.slice.frameNum && time == d.sliceAt
}

// markerTrust says whether a marker bit ends a unit.
type markerTrust uint8

const (
	untried    markerTrust = iota
	trusted                // a marker was followed by the next unit
	distrusted             // a marker was followed by more of the same picture
)

// judgeMarkers learns from the packet that follows a marked one.
func (d *Depacketizer) judgeMarkers(r role, begins bool, p *media.Packet) {
	if p.Lost > 0 {
		return
	}
	goesOn := r == laterSlice || r == fragment
	switch u := d.cur; {
	case u.marked && begins && d.markers == untried:
		d.markers = trusted
	case u.marked && !begins && goesOn:
		d.markers = distrusted // obs-rtspserver, smolrtsp: on the last packet of each slice
	case !u.stamped && goesOn && d.last.byMarker && p.Time == d.last.time:
		d.markers = distrusted
	}
}

// mark takes note of a packet's marker bit and ends the unit if the bit is to be trusted. Without a picture it says
// nothing: Tapo TC70 and Reolink Duo 2 set it on parameter sets and SEI.
func (d *Depacketizer) mark(marker bool) {
	d.cur.marked = marker && d.cur.picture
	if d.cur.marked && d.markers == trusted && d.state != inside {
		d.end(true)
	}
}
