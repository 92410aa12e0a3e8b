package h264

import "github.com/timeslate/timeslate/media"

// Limits of an access unit. One beyond them is dropped whole: a camera that lost its markers and whose time stands still
// must not fill the memory.
const (
	// maxUnitBytes: an intra picture of 4096 x 2160 in good quality has about 1.5 MB. Two units are in memory at a time.
	maxUnitBytes = 4 << 20
	// maxUnitNALs: with packetization-mode 0 each packet is a slice; this is the largest unit in packets of 1 KiB.
	maxUnitNALs = 4096
)

// assembly is an access unit in the making. Its arena buf and the unit's Data, slices of buf, are used again and again.
// (When buf has to grow, what Data holds already stays in the smaller array until the next unit.)
type assembly struct {
	unit media.Unit
	buf  []byte
	time int64 // RTP time stamp, unwrapped

	stamped  bool // time, and with it arrival and absolute time of unit, are set
	picture  bool // a VCL NAL unit was begun, though it may have been lost
	vcl      bool // a VCL NAL unit is in Data
	idr      bool // an IDR slice is
	recovery bool // a recovery point SEI is
	marked   bool // the last packet of the picture so far had the marker bit
	overflow bool // the limits were reached: nothing is kept
}

func (a *assembly) reset() {
	*a = assembly{unit: media.Unit{Data: a.unit.Data[:0]}, buf: a.buf[:0]}
}

// stamp takes over the time stamps of p, one of the unit's packets. They are those of the first packet with the
// picture's time: parameter sets may carry the time of the picture before (Reolink RLC-822A).
func (a *assembly) stamp(p *media.Packet) {
	if !a.stamped || !a.picture && p.Time != a.time {
		a.stamped, a.time = true, p.Time
		a.unit.Arrival = p.Arrival
		a.unit.Absolute, a.unit.Source = p.Absolute, p.Source
	}
	if a.unit.Absolute == 0 { // the extension may be on any packet
		a.unit.Absolute, a.unit.Source = p.Absolute, p.Source
	}
}

// append appends to the arena, if the limits allow.
func (a *assembly) append(b ...byte) error {
	switch {
	case a.overflow:
		return nil // was reported
	case len(a.buf)+len(b) > maxUnitBytes:
		return a.drop()
	case len(a.buf)+len(b) > cap(a.buf):
		a.grow(len(b))
	}
	a.buf = append(a.buf, b...)
	return nil
}

// grow makes room for n bytes more. It doubles the arena, so that what it leaves behind is no more than what it takes, where
// append would leave behind four times as much of a large one.
func (a *assembly) grow(n int) {
	const least = 64 << 10
	size := min(max(2*cap(a.buf), len(a.buf)+n, least), maxUnitBytes)
	a.buf = append(make([]byte, 0, size), a.buf...)
}

// drop drops what is in a, and what comes, as it is beyond the limits.
func (a *assembly) drop() error {
	a.overflow, a.vcl = true, false
	a.unit.Data, a.buf = a.unit.Data[:0], a.buf[:0]
	return errTooLarge
}
