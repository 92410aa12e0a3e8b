package camsim

import "time"

// queueFrames is how many frames of each track a client may be behind before it is dropped: ten seconds of 50 a second, which
// is what it gets for a single one (writeTimeout). The camera itself may be late by less, on a busy machine, and then sends all
// that is due at once.
const queueFrames = 500

// stream is one track of a camera on its way to a client, from SETUP to TEARDOWN.
type stream struct {
	control string // its URL
	sender  *sender
	wire    wire
}

// streams are those that a client has set up, by track; nil where it did not.
type streams [numTracks]*stream

// each yields the streams that are there.
func (s *streams) each(yield func(*stream) bool) {
	for _, one := range s {
		if one != nil && !yield(one) {
			return
		}
	}
}

// viewer sends the frames of one camera to one client from PLAY to PAUSE or TEARDOWN, in a goroutine of its own.
type viewer struct {
	cut     func() // ends the client's connection
	streams streams
	queue   chan *Frame // frames are shared and not changed; closed by the station
	done    chan struct{}
	begun   bool // has got its first key frame of the pictures; the station's
}

func newViewer(cut func(), streams streams) *viewer {
	v := &viewer{cut: cut, streams: streams, done: make(chan struct{})}
	room := 0
	for range streams.each {
		room += queueFrames
	}
	v.queue = make(chan *Frame, room)
	return v
}

// wants tells whether a frame is for this viewer.
func (v *viewer) wants(f *Frame) bool {
	if f.track == videoTrack {
		v.begun = v.begun || f.Key
		return v.begun && v.streams[videoTrack] != nil
	}
	return v.streams[f.track] != nil
}

// offer puts a frame into the queue. When there is no room the client is too slow: the connection is closed.
func (v *viewer) offer(f *Frame) bool {
	select {
	case v.queue <- f:
		return true
	default:
		v.cut()
		return false
	}
}

// run sends until the queue is closed. After an error it cuts the connection and drains the queue.
func (v *viewer) run() {
	defer close(v.done)
	for s := range v.streams.each {
		s.sender.start(time.Now())
	}
	timer := time.NewTimer(time.Until(v.reportDue()))
	defer timer.Stop()
	for {
		var err error
		select {
		case f, open := <-v.queue:
			if !open {
				return
			}
			if f.bye {
				err = v.bye(time.Now())
			} else {
				err = v.streams[f.track].send(f)
			}
		case now := <-timer.C:
			err = v.report(now)
			timer.Reset(time.Until(v.reportDue()))
		}
		if err != nil {
			v.cut()
		}
	}
}

// reportDue returns when the next report of any stream is due.
func (v *viewer) reportDue() (due time.Time) {
	for s := range v.streams.each {
		if due.IsZero() || s.sender.reportDue.Before(due) {
			due = s.sender.reportDue
		}
	}
	return due
}

// report sends the reports that are due.
func (v *viewer) report(now time.Time) error {
	for s := range v.streams.each {
		if s.sender.reportDue.After(now) {
			continue
		}
		if err := s.sendAll(s.sender.report(now)); err != nil {
			return err
		}
	}
	return nil
}

// bye ends all streams.
func (v *viewer) bye(now time.Time) error {
	for s := range v.streams.each {
		if err := s.sendAll(s.sender.bye(now)); err != nil {
			return err
		}
	}
	return nil
}

func (s *stream) send(f *Frame) error { return s.sendAll(s.sender.frame(f)) }

// sendAll sends what the sender made, if it could.
func (s *stream) sendAll(packets []byte, err error) error {
	if err != nil {
		return err
	}
	return s.wire.send(packets)
}
