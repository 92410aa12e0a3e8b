package mp4

import (
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
)

// part is the movie fragment in the making: what was pushed since the part before. Its memory is used again.
type part struct {
	body   []byte // payload of the media data box
	units  int
	tracks []trackPart

	wall      clock.Estimate // of the first unit
	wallTrack int
	wallPTS   int64
}

// trackPart is what a part holds of one track.
type trackPart struct {
	samples []sample // in decode order
	runs    []run
}

// sample is one unit in a part.
type sample struct {
	pts, dts int64  // ticks on the caller's time line
	duration uint32 // ticks
	size     uint32 // bytes
	key      bool
}

// run is a row of samples of one track that lie one after the other in the body.
type run struct {
	offset  int // in the body
	samples int
	desc    uint32 // sample description, from 1
}

func newPart(tracks int) *part { return &part{tracks: make([]trackPart, tracks)} }

func (p *part) reset() {
	p.body = p.body[:0]
	p.units = 0
	for i := range p.tracks {
		p.tracks[i].samples = p.tracks[i].samples[:0]
		p.tracks[i].runs = p.tracks[i].runs[:0]
	}
}

// add appends u to the body. A run goes on as long as no other track and no other description comes between.
func (p *part) add(track int, u *media.Unit, k *codec, desc uint32, sets [][]byte) {
	if p.units == 0 {
		p.wall, p.wallTrack, p.wallPTS = u.Wall, track, u.PTS
	}
	start := len(p.body)
	t := &p.tracks[track]
	if n := len(t.runs); n == 0 || t.runs[n-1].desc != desc || !p.endsWith(track) {
		t.runs = append(t.runs, run{offset: start, desc: desc})
	}
	t.runs[len(t.runs)-1].samples++
	p.body = k.appendUnit(roomFor(p.body, int(k.unitSize(u.Data)+k.unitSize(sets))), u.Data, sets)
	t.samples = append(t.samples, sample{pts: u.PTS, size: uint32(len(p.body) - start), key: u.Key})
	p.units++
}

// roomFor returns b with room for n bytes more. It doubles what there is: append would leave behind four times as much of a
// large part as that takes.
func roomFor(b []byte, n int) []byte {
	need := len(b) + n
	if need <= cap(b) {
		return b
	}
	return append(make([]byte, 0, max(need, min(2*cap(b), DefaultPartBytes))), b...)
}

// endsWith reports whether the last bytes of the body are of the track.
func (p *part) endsWith(track int) bool {
	own := p.tracks[track].runs
	last := own[len(own)-1].offset
	for i := range p.tracks {
		if other := p.tracks[i].runs; i != track && len(other) > 0 && other[len(other)-1].offset > last {
			return false
		}
	}
	return true
}
