package camsim

import (
	"time"

	"github.com/timeslate/timeslate/rtsp"
)

// wire carries the packets of one stream to its client. It takes them framed for interleaved channels, as many at a
// time as are to be sent at once.
type wire interface {
	send(framed []byte) error
	close()
}

// writeTimeout is how long a client may take to read one message or frame.
const writeTimeout = 10 * time.Second

// interleaved is the wire of a stream that shares the connection of its session (RFC 2326 §10.12).
type interleaved struct{ conn *rtsp.ServerConn }

// send writes all packets at once: a write per packet would cost more than all the rest.
func (w interleaved) send(framed []byte) error {
	if err := w.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	return w.conn.WriteRaw(framed)
}

func (w interleaved) close() {}
