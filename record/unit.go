package record

import (
	"fmt"
	"time"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// unit records one unit, in the file that it belongs to.
func (r *recorder) unit(u *media.Unit) error {
	r.unitCopy = *u // the unit is borrowed: what is added to it must not reach its owner
	u = &r.unitCopy
	r.session.last = u.Arrival
	if u.Track == 0 {
		return r.leading(u)
	}
	return r.following(u, &r.others[u.Track-1])
}

// leading records a unit of the first track, which decides where files begin and end.
func (r *recorder) leading(u *media.Unit) error {
	if r.over(u) {
		return errEnough
	}
	shift := r.lead.shift
	place := r.lead.place(u)
	for i := range r.others {
		if r.lead.shift != shift || u.Run != r.session.run || !r.session.some {
			r.others[i].lag.forget(ofLead)
		}
		r.others[i].lag.reports(ofLead, u)
	}
	r.session.run, r.session.some = u.Run, true
	if r.cutBefore(u, place) {
		r.finish(u, place)
	}
	if !r.session.keyed || r.file == nil || r.hole.dropping() {
		if !u.Key || u.Config == nil {
			return r.await(u) // decoding can't start here
		}
		r.session.keyed = true
		if !r.roomFor(u) {
			return r.await(u)
		}
	}
	if r.file == nil {
		if err := r.open(u, place); err != nil {
			return err
		}
	}
	r.write(u, place)
	r.status(u)
	return nil
}

// partRoom is the room in the queue to the disk with which writing goes on: that of a large part.
const partRoom = mp4.DefaultPartBytes

// roomFor tells whether there is room in the queue to the disk to go on with u. A file is begun only with room for more than its
// first part: one without a picture would be left.
func (r *recorder) roomFor(u *media.Unit) bool {
	switch {
	case r.file == nil && !r.disk.Room(2*partRoom):
		if !r.hole.open {
			r.hole = hole{open: true, cause: stamp.DiskStalled, from: u.Arrival}
		}
		return false
	case r.hole.dropping():
		return r.disk.Room(partRoom)
	}
	return true
}

// following records a unit of another track, into the file that is open.
func (r *recorder) following(u *media.Unit, f *follower) error {
	if !r.lead.started {
		r.states[u.Track].skip(u)
		return nil
	}
	place := f.place(u, &r.lead, r.originOf(u.Track))
	f.lag.reports(ofOwn, u)
	if r.file == nil || r.hole.dropping() {
		r.states[u.Track].skip(u)
		return nil
	}
	if r.file.holdsOnly(u.Track, f.starts) {
		if d := f.settle(&r.lead); d != 0 {
			place += d
			r.file.move(u.Track, d)
		}
	}
	r.write(u, place)
	return nil
}

// originOf returns the instant that the camera announced for the first track and another one, in this session.
func (r *recorder) originOf(track int) *origin {
	if o := r.session.origin; r.session.some && track < len(o) {
		return &origin{lead: o[0], own: o[track]}
	}
	return nil
}

const (
	keyExpected = 10 * time.Second // most cameras send a key frame every few seconds
	keyPatience = 5 * time.Minute  // 256 frames, at one a second
	maxReports  = 64               // of units that are not written, the newest
)

// await passes over u, which came before the session's first key frame, or while the disk takes nothing.
func (r *recorder) await(u *media.Unit) error {
	r.states[u.Track].skip(u)
	if r.session.keyed {
		r.hole.dropped++
		return nil
	}
	waited := u.Arrival.Sub(r.session.began)
	if waited >= keyPatience {
		return fmt.Errorf("%w, in %v", ErrNoKeyFrame, keyPatience)
	}
	if waited >= keyExpected && !r.session.warned {
		r.session.warned = true
		r.tell(Event{Type: Warning, Message: "pictures come, but no key frame yet, which the file must begin with; " +
			"the camera's setting may be called GOP or I-frame interval"})
	}
	return r.idle(u.Arrival)
}

// skip keeps what is to be remembered of a unit that is not written.
func (s *trackState) skip(u *media.Unit) {
	s.unwritten = append(s.unwritten, u.Reports...)
	s.unwritten = s.unwritten[max(0, len(s.unwritten)-maxReports):]
}

// over tells whether enough was recorded before u. The media's own time decides. As long as there is none, because no key
// frame comes, the session must not last longer.
func (r *recorder) over(u *media.Unit) bool {
	if r.Duration == 0 {
		return false
	}
	if r.summary.Frames == 0 {
		return u.Arrival.Sub(r.session.began) >= r.Duration
	}
	return r.enough(r.lead.next(u), u.Arrival)
}

// enough tells whether the recording is long enough up to a place. A media clock that stands still must not make it endless.
func (r *recorder) enough(place int64, now time.Time) bool {
	return r.lead.duration(r.first, place) >= r.Duration || now.Sub(r.begun) >= 2*r.Duration
}

// longestHole is how long nothing may come within a file. In the tables of MP4 the time of one frame has 32 bits.
const longestHole = 6 * time.Hour

// cutBefore tells whether a file ends before u. The media's time decides, as long as it is not so wrong that it would
// fill the directory with files, or one file with all of the recording.
func (r *recorder) cutBefore(u *media.Unit, place int64) bool {
	if r.file == nil || !u.Key || u.Config == nil {
		return false
	}
	if r.lead.duration(r.file.last, place) > longestHole {
		return true
	}
	if r.Length <= 0 || single(r.Output) {
		return false
	}
	length, passed := r.lead.duration(r.file.first, place), u.Arrival.Sub(r.file.begun)
	return length >= r.Length && passed >= r.Length/2 || passed >= 2*r.Length
}

// write puts u into the open file, with the reports of units before it that were not written.
func (r *recorder) write(u *media.Unit, place int64) {
	s := &r.states[u.Track]
	if len(s.unwritten) > 0 {
		u.Reports = append(s.unwritten, u.Reports...)
		s.unwritten = nil
	}
	if n := len(u.Reports); n > 0 {
		s.newest, s.ssrc, s.some = u.Reports[n-1], u.SSRC, true
	}
	s.run = u.Run
	r.gap(u)
	if r.tracks[u.Track].Kind == media.Video {
		r.stamp(u)
	}
	r.push(u, place)
}

// stamp inserts the SEI, and says so once when that can't be done.
func (r *recorder) stamp(u *media.Unit) {
	r.stamper.Stamp(u)
	if r.stamper.Signed() && !r.warned {
		r.warned = true
		r.tell(Event{Type: Warning, Message: "the camera signs its video (ONVIF Media Signing), so no time stamps are put " +
			"into the stream: they would break the signatures; the timing box holds the times"})
	}
}
