package record

import (
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
)

// lag learns from the sender reports of two tracks which of their time stamps belong to the same instant (RFC 3550
// §6.4.1: "to synchronise audio and video"). The camera's clock may be as wrong as it likes, since both reports show it.
type lag struct {
	lead, own int64 // clock rates
	newest    [2]clock.Report
	some      [2]bool
	recent    []int64 // own ticks that equal tick 0 of the lead, negated; the newest last
	middle    int64   // of the recent ones
}

// Which of the two tracks a report is of.
const (
	ofLead = iota
	ofOwn
)

const (
	// lagWindow is the number of pairs of which the middle one counts: a camera's clock that is set between the reports
	// of two tracks spoils one or two, and some servers' reports are off by a frame or two either way (VLC). With reports
	// every 5 s the middle is 13 s old: a millisecond of drift.
	lagWindow = 11
	// maxApart is how long after each other the two reports may have come.
	maxApart = 30 * time.Second
	// maxAway is how long one of two reports may have been on its way beyond the other. Otherwise the clock was set between
	// them, or they are of different clocks, or of one that stands still.
	maxAway = 5 * time.Second
)

// report takes a sender report of one of the tracks. NTP is 0 when the camera has no wall clock (RFC 3550 §6.4.1).
func (l *lag) report(which int, r clock.Report) {
	if r.NTP == 0 {
		return
	}
	l.newest[which], l.some[which] = r, true
	a, b := l.newest[ofLead], l.newest[ofOwn]
	arrivals := b.Arrival.Sub(a.Arrival)
	if !l.some[ofLead] || !l.some[ofOwn] || arrivals.Abs() > maxApart {
		return
	}
	apart := time.Duration(int64(b.NTP-a.NTP)>>32)*time.Second + time.Duration(uint64(uint32(b.NTP-a.NTP))*1e9>>32)
	if (apart - arrivals).Abs() > maxAway {
		return
	}
	l.recent = append(l.recent, rescale(a.RTP, l.lead, l.own)+rescale(int64(apart), int64(time.Second), l.own)-b.RTP)
	l.recent = l.recent[max(0, len(l.recent)-lagWindow):]
	odd := l.recent[(len(l.recent)+1)%2:] // of an even number the newest
	l.middle = slices.Sorted(slices.Values(odd))[len(odd)/2]
}

// reports takes the sender reports that came with a unit of one of the tracks.
func (l *lag) reports(which int, u *media.Unit) {
	for _, r := range u.Reports {
		if r.Run == u.Run {
			l.report(which, r)
		}
	}
}

// forget drops what is known of one of the tracks: its time stamps have begun anew.
func (l *lag) forget(which int) {
	l.some[which] = false
	l.recent = l.recent[:0]
}

// shift returns what is to be added to the own time stamps, when leadShift is added to those of the lead, for both to
// stand on one line.
func (l *lag) shift(leadShift int64) (ticks int64, ok bool) {
	return rescale(leadShift, l.lead, l.own) + l.middle, len(l.recent) > 0
}

// rescale converts ticks of one rate to another. Rates have 32 bits, that of time.Duration too.
func rescale(ticks, from, to int64) int64 { return mp4.Rescale(ticks, uint32(from), uint32(to)) }
