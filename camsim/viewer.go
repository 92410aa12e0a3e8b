package camsim

import (
	"time"

	"github.com/timeslate/timeslate/rtsp"
)

const (
	// queueFrames is how many frames a client may be behind before it is dropped: two seconds at 30 frames per second,
	// more than a network's stall, less than makes the memory of many clients worth a thought.
	queueFrames = 60

	// writeTimeout is how long a client may take to read one message or frame.
	writeTimeout = 10 * time.Second
)

// viewer sends the frames of one camera to one client from PLAY to PAUSE or TEARDOWN, in a goroutine of its own.
type viewer struct {
	conn   *rtsp.ServerConn
	sender *sender
	queue  chan *Frame // frames are shared and not changed; closed by the station
	done   chan struct{}
	begun  bool // has got its first key frame; the station's
}

func newViewer(conn *rtsp.ServerConn, s *sender) *viewer {
	return &viewer{conn: conn, sender: s, queue: make(chan *Frame, queueFrames), done: make(chan struct{})}
}

// offer puts a frame into the queue. When there is no room the client is too slow: the connection is closed.
func (v *viewer) offer(f *Frame) bool {
	select {
	case v.queue <- f:
		return true
	default:
		v.conn.Close()
		return false
	}
}

// run sends until the queue is closed. After an error it closes the connection and drains the queue.
func (v *viewer) run() {
	defer close(v.done)
	v.sender.start(time.Now())
	timer := time.NewTimer(time.Until(v.sender.reportDue))
	defer timer.Stop()
	for {
		var b []byte
		var err error
		select {
		case f, open := <-v.queue:
			if !open {
				return
			}
			b, err = v.sender.frame(f)
		case now := <-timer.C:
			b, err = v.sender.report(now)
			timer.Reset(time.Until(v.sender.reportDue))
		}
		if err == nil {
			err = v.write(b)
		}
		if err != nil {
			v.conn.Close()
		}
	}
}

// write sends packets that are already framed, all at once: a write per packet would cost more than all the rest.
func (v *viewer) write(framed []byte) error {
	if err := v.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	return v.conn.WriteRaw(framed)
}
