package camera

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/rtpsession"
	"github.com/timeslate/timeslate/rtsp"
)

// byeGrace is how long packets are still read after the last track's BYE: reports overtake media in some encoders.
const byeGrace = 250 * time.Millisecond

// Units returns the units of all tracks in the order in which they were completed. Each is borrowed until the next step
// of the loop. The sequence ends with one error: the context's cause, ErrEnded, ErrSilent or what broke the session;
// every unit that was complete before comes out first. It can be ranged over once.
func (s *Stream) Units(ctx context.Context) iter.Seq2[*media.Unit, error] {
	return func(yield func(*media.Unit, error) bool) {
		done := make(chan struct{})
		defer close(done)
		defer context.AfterFunc(ctx, func() { s.interrupt(done) })()
		err := s.run(ctx, yield)
		if errors.Is(err, errStopped) || errors.Is(s.flush(yield), errStopped) {
			return
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		yield(nil, err)
	}
}

// errStopped says that the loop over Units was left.
var errStopped = errors.New("stopped")

// stuckAfter is how long a write may go on after the context's end.
const stuckAfter = time.Second

// interrupt ends the read that Units waits in, at once, and a write to a camera that doesn't read, soon.
func (s *Stream) interrupt(done <-chan struct{}) {
	s.session.SetReadDeadline(time.Unix(1, 0))
	stuck := time.NewTimer(stuckAfter)
	defer stuck.Stop()
	select {
	case <-done:
	case <-stuck.C:
		s.session.Close()
	}
}

// run reads packets until something ends the session.
func (s *Stream) run(ctx context.Context, yield func(*media.Unit, error) bool) error {
	var p rtsp.Packet
	for {
		s.setDeadline()
		if ctx.Err() != nil { // looked at after the deadline was set: else it might undo the one that ends the session
			return context.Cause(ctx)
		}
		switch err := s.read(&p); {
		case err == nil:
			if err := s.packet(&p, yield); err != nil {
				return err
			}
		case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil:
			if err := s.overdue(time.Now()); err != nil {
				return err
			}
		case errors.Is(err, io.EOF) && s.tracks[0].receiver.Left():
			return ErrEnded
		case errors.Is(err, io.EOF):
			return fmt.Errorf("the camera closed the connection: %w", err)
		default:
			return err
		}
	}
}

// packet takes one packet through its track and reports to the camera when that is due.
func (s *Stream) packet(p *rtsp.Packet, yield func(*media.Unit, error) bool) error {
	t := s.trackOf(p)
	if t == nil {
		return nil
	}
	s.arrival = p.Arrival
	push, what := t.receiver.Push, "bad RTP packet"
	if p.RTCP {
		push, what = t.receiver.PushRTCP, "bad RTCP packet"
	}
	if err := push(p.Arrival, p.Data); err != nil {
		s.warnings.warn(p.Arrival, what, err)
		t.bad++
	}
	// Some cameras mix the two channels up, so both kinds of packets are looked for in either case.
	if err := s.media(t, yield); err != nil {
		return err
	}
	return s.report(p.Arrival)
}

// media takes the packets in sequence and yields the units that they complete.
func (s *Stream) media(t *track, yield func(*media.Unit, error) bool) error {
	for {
		q, ok := t.receiver.Next()
		s.takeReports(t) // one that came before the run's first packet can be placed by it
		if !ok {
			return nil
		}
		t.packets++
		if err := s.begin(t, q, yield); err != nil {
			return err
		}
		t.packet = media.Packet{Payload: q.Payload, Time: q.Time, Marker: q.Marker, Lost: q.Lost, Arrival: q.Arrival}
		t.told.packet(q, &t.packet)
		if err := t.codec.Push(&t.packet); err != nil {
			s.warnings.warn(q.Arrival, "bad media", fmt.Errorf("SSRC %08x, sequence number %d: %w", q.SSRC, q.SequenceNumber, err))
		}
		if err := s.drain(t, yield); err != nil {
			return err
		}
	}
}

// begin ends the unit in hand when q begins a new run.
func (s *Stream) begin(t *track, q *rtpsession.Packet, yield func(*media.Unit, error) bool) (err error) {
	run := s.options.Memory.number(s.firstRun, q.Run)
	if run != t.run {
		t.codec.Flush()
		err = s.drain(t, yield)
	}
	t.run, t.ssrc = run, q.SSRC
	return err
}

// maxReports is how many sender reports a unit carries, the newest: they come every 5 s, so more are a fault of the
// camera, which must not fill the memory while no unit comes.
const maxReports = 8

// takeReports hands the sender reports that can be placed to the tracker, and keeps them for the unit to come.
func (s *Stream) takeReports(t *track) {
	for {
		r, ok := t.receiver.NextReport()
		if !ok {
			return
		}
		report := clock.Report{
			NTP: r.NTP, RTP: r.Time, Run: s.firstRun + r.Run, Before: t.times.frames, Arrival: r.Arrival,
		}
		t.times.tracker.Report(report)
		if len(t.reports) == maxReports {
			t.reports = slices.Delete(t.reports, 0, 1)
		}
		t.reports = append(t.reports, report)
	}
}

// drain completes the units of a track and yields them.
func (s *Stream) drain(t *track, yield func(*media.Unit, error) bool) error {
	for {
		u, ok := t.codec.Next()
		if !ok {
			return nil
		}
		if err := t.count(s.arrival, s.options.MaxRate); err != nil {
			return err
		}
		t.heard, t.packets, t.bad, t.some, t.mute = s.arrival, 0, 0, true, false
		s.options.Memory.tcp = s.options.Memory.tcp || s.fallback
		t.complete(u)
		if !yield(u, nil) {
			return errStopped
		}
		t.reports = t.reports[:0]
	}
}

// count takes note of a unit, and tells whether there are too many.
func (t *track) count(now time.Time, most int) error {
	if now.Sub(t.second) >= time.Second {
		t.second, t.units = now, 0
	}
	if t.units++; t.units > most {
		return fmt.Errorf("%w: %d in %v", ErrFlood, t.units, now.Sub(t.second).Round(time.Millisecond))
	}
	return nil
}

// complete adds to a unit what its depacketizer can't know.
func (t *track) complete(u *media.Unit) {
	u.Track, u.SSRC, u.Run = t.ID, t.ssrc, t.run
	t.told.complete(u)
	u.Wall = t.times.tracker.Frame(clock.Frame{
		RTP: u.PTS, Run: u.Run, Arrival: u.Arrival, Absolute: u.Absolute, Source: u.Source, Jump: u.Jump,
	})
	if t.latency != 0 && u.Wall.State != clock.None {
		u.Wall.Time = u.Wall.Time.Add(-t.latency)
		u.Wall.Flags |= clock.Latency
	}
	u.Reports = t.reports
	t.times.frames++
}

// flush yields the units that were in hand when the session ended.
func (s *Stream) flush(yield func(*media.Unit, error) bool) error {
	for _, t := range s.tracks {
		t.receiver.Flush()
		if err := s.media(t, yield); err != nil {
			return err
		}
		t.codec.Flush()
		if err := s.drain(t, yield); err != nil {
			return err
		}
	}
	return nil
}

// report sends the receiver reports that are due (RFC 3550 §6.2). A camera that closes its side is noticed by reading.
func (s *Stream) report(now time.Time) error {
	for i, t := range s.tracks {
		if due := t.receiver.ReportDue(); due.IsZero() || now.Before(due) {
			continue
		}
		s.scratch = t.receiver.AppendReport(s.scratch[:0], now)
		if err := s.session.WriteRTCP(i, s.scratch); err != nil {
			return err
		}
		s.warnDropped(now)
	}
	return nil
}

// warnDropped tells when datagrams came that this host had no room for.
func (s *Stream) warnDropped(now time.Time) {
	if n := s.session.Dropped(); n > s.dropped {
		s.warnings.warn(now, "datagrams were not read in time", fmt.Errorf("%d of them, the system dropped them", n-s.dropped))
		s.dropped = n
	}
}

// setDeadline lets the next read end when a receiver report is due or a track has been silent for too long.
func (s *Stream) setDeadline() {
	var deadline time.Time
	earliest := func(t time.Time) {
		if deadline.IsZero() || t.Before(deadline) && !t.IsZero() {
			deadline = t
		}
	}
	for _, t := range s.tracks {
		earliest(s.missed(t))
		earliest(t.receiver.ReportDue())
	}
	// Media moves the deadline with every packet. Setting it costs a system call's worth of work, so it may stand up to
	// a second early.
	if d := deadline.Sub(s.deadline); d < 0 || d > time.Second {
		s.deadline = deadline
		s.session.SetReadDeadline(deadline)
	}
}

// overdue does what is due when a read ended at its deadline.
func (s *Stream) overdue(now time.Time) error {
	s.deadline = time.Time{}
	for _, t := range s.tracks {
		if missed := s.missed(t); missed.IsZero() || now.Before(missed) {
			continue
		}
		if err := s.silent(t); err != nil {
			return err
		}
	}
	return s.report(now)
}

// patienceFactor makes other tracks be waited for longer than the first: some cameras pause their sound.
const patienceFactor = 3

// missed returns when the wait for a track's next unit is over; zero: it is not waited for.
func (s *Stream) missed(t *track) time.Time {
	switch {
	case t.mute:
		return time.Time{}
	case t.receiver.Left():
		return t.heard.Add(byeGrace)
	case t.ID > 0:
		return t.heard.Add(patienceFactor * s.options.Silence)
	}
	return t.heard.Add(s.options.Silence)
}

// silent decides what the silence of a track means. Only the first one is needed; but one that fell silent while others
// go on is a fault that a new session may mend. Microphones that were never switched on are not, and neither are those that
// send nothing while it is quiet: a new session is tried for them once.
func (s *Stream) silent(t *track) error {
	switch first := t.ID == 0; {
	case first && t.receiver.Left():
		return ErrEnded
	case first && t.packets > 0:
		return fmt.Errorf("%w: %d packets in %v", ErrNoPicture, t.packets, s.options.Silence)
	case first && t.bad > 0:
		return fmt.Errorf("%w: no media for %v, but %d packets that can't be read", ErrSilent, s.options.Silence, t.bad)
	case first:
		return fmt.Errorf("%w: no media for %v", ErrSilent, s.options.Silence)
	case t.some && !t.receiver.Left() && !s.options.Memory.paused:
		s.options.Memory.paused = true
		return fmt.Errorf("%w: no %s for %v", ErrSilent, t.media.Kind, patienceFactor*s.options.Silence)
	case !t.receiver.Left():
		s.options.Log.Warn("nothing comes on a track", "media", t.media.Kind)
	}
	t.mute = true
	return nil
}
