package record

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/stamp"
)

// session is the connection in hand.
type session struct {
	began  time.Time
	origin []uint32  // of camera.Stream.Origin
	run    int       // of the first track
	some   bool      // a unit of the first track came
	keyed  bool      // its first key frame came: decoding can go on
	warned bool      // it was told that no key frame comes
	last   time.Time // arrival of the newest unit
}

// supervise records session after session.
func (r *recorder) supervise(ctx context.Context) error {
	for {
		err := r.attend(ctx)
		switch {
		case err == nil || ctx.Err() != nil:
			return nil
		case errors.Is(err, errEnough):
			return nil
		case r.Once && errors.Is(err, camera.ErrEnded):
			return nil
		case r.Once || errors.Is(err, errOutput):
			return err
		}
		switch err := r.wait(ctx, err); {
		case errors.Is(err, errOutput):
			return err
		case err != nil: // the context has ended, or enough is recorded
			return nil
		}
	}
}

// attend records one session from its beginning to its end, and returns why it ended.
func (r *recorder) attend(ctx context.Context) error {
	stream, err := camera.Open(ctx, r.URL, r.Camera)
	if err != nil {
		return err
	}
	defer stream.Close()
	r.begin(stream.Tracks(), stream.Origin(), time.Now())
	r.tell(Event{Type: Connected, Transport: stream.Transport(), Server: stream.Server()})
	for u, err := range stream.Units(ctx) {
		if err == nil {
			err = r.unit(u)
		}
		if err == nil {
			err = r.news(u.Arrival)
		}
		if err != nil {
			r.end()
			if ctx.Err() != nil || errors.Is(err, errEnough) {
				r.complete() // before the camera is left, which may take two seconds
			}
			return err
		}
	}
	return nil // not reached: the units end with an error
}

// begin prepares for the units of a new session.
func (r *recorder) begin(tracks []media.Track, origin []uint32, now time.Time) {
	if r.tracks != nil && !sameTracks(r.tracks, tracks) {
		r.finish(nil, 0)
		r.tracks = nil
	}
	if r.tracks == nil {
		r.setTracks(tracks)
	}
	for i := range r.states {
		r.states[i].before = seen{}
	}
	r.session = session{began: now, origin: origin, last: now}
	r.nothing = ErrNoKeyFrame
}

// setTracks begins anew with other tracks. The line of time goes on.
func (r *recorder) setTracks(tracks []media.Track) {
	r.tracks = tracks
	r.states = make([]trackState, len(tracks))
	r.stamper = stamp.NewStamper(r.Stamps, tracks[0].ClockRate)
	if rate := int64(tracks[0].ClockRate); r.lead.rate != rate {
		r.first = r.lead.convert(r.first, rate)
		r.lead.setRate(rate)
	}
	r.others = nil
	for _, t := range tracks[1:] {
		r.others = append(r.others, newFollower(int64(t.ClockRate), r.lead.rate))
	}
}

// sameTracks tells whether a file of the tracks a can go on with b. Parameters of video may change within a file.
func sameTracks(a, b []media.Track) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		same := a[i].Kind == b[i].Kind && a[i].ClockRate == b[i].ClockRate
		if !same || a[i].Kind == media.Video && family(a[i].Config) != family(b[i].Config) ||
			a[i].Kind == media.Audio && !reflect.DeepEqual(a[i].Config, b[i].Config) {
			return false
		}
	}
	return true
}

// family is the first part of the codec string, which names the sample entry; all video that is recorded without known
// parameters is H.264.
func family(c media.Config) string {
	if c == nil {
		return "avc1"
	}
	name, _, _ := strings.Cut(c.Codec(), ".")
	return name
}

// steady is how long a session has to last for the next one to be tried at once.
const steady = 10 * time.Second

// end saves what the session leaves in memory.
func (r *recorder) end() {
	if r.session.keyed && r.session.last.Sub(r.session.began) >= steady {
		r.retry.reset()
	}
	if r.file != nil {
		r.file.writePart()
	}
}

// complete ends the recording's last file. It may be called again.
func (r *recorder) complete() {
	if r.hole.open {
		r.closeHole(time.Now())
	}
	r.finish(nil, 0)
}

// wait waits until the next session is to be tried; what is missing until it sends is a gap. Meanwhile files end when their
// time is over.
func (r *recorder) wait(ctx context.Context, reason error) error {
	r.nothing = reason
	if r.summary.Frames > 0 && !r.hole.open {
		r.hole = hole{open: true, cause: stamp.ConnectionLost, from: r.states[0].before.arrival, text: reason.Error()}
	}
	delay := r.retry.next(reason)
	until := time.Now().Add(delay)
	since := r.started
	if r.hole.open {
		since = r.hole.from
	}
	r.tell(Event{Type: Waiting, Message: reason.Error(), Err: reason, From: since, Gap: time.Since(since), Retry: delay})
	for {
		now := time.Now()
		if err := r.news(now); err != nil {
			return err
		}
		if err := r.idle(now); err != nil {
			return err
		}
		if !now.Before(until) {
			return nil
		}
		if err := pause(ctx, min(until.Sub(now), time.Second)); err != nil {
			return err
		}
	}
}

// idle does what is due although no units come that can be recorded.
func (r *recorder) idle(now time.Time) error {
	if r.Duration > 0 && r.summary.Frames > 0 && r.enough(r.lead.at(now, r.lead.rate), now) {
		return errEnough
	}
	if r.file != nil && r.Length > 0 && !single(r.Output) && now.Sub(r.file.begun) >= r.Length {
		r.finish(nil, 0)
	}
	return nil
}
