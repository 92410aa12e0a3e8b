// Package wirelog writes the protocol log of an RTSP session: every message as it was sent and received, with comments
// that say what each line means, RTP summed up per second and stream, and RTCP reports spelled out. It is for people
// who want to see what a camera does, or learn what the protocols do.
//
// Every line begins with the time of day in UTC, a direction and the name of the camera:
//
//	10:15:30.000000 > garage  sent to the camera
//	10:15:30.000000 < garage  received from the camera    # a comment
//	10:15:30.000000 * garage  a remark of the log
//
// so that grep '> garage' shows what was sent, and grep 'sender report' -A 4 the camera's clock. Comments begin with #,
// beside a line or below it. What a peer sends can't forge lines: control characters are escaped, long lines and bodies
// are cut with a note. Passwords and keys are masked.
package wirelog

import (
	"fmt"
	"io"
	"net"
	"time"

	"github.com/timeslate/timeslate/rtsp"
)

// The directions at the start of a line.
const (
	sent     = '>'
	received = '<'
	remark   = '*'
)

// Log is the protocol log of one session after another with one camera. One goroutine owns it: the one that drives the
// session whose Trace it is.
type Log struct {
	out   output
	at    time.Time // of the event in hand
	asks  requests
	skips skips
	// What the session has told so far.
	media   []media  // of the last description
	streams []stream // in the order of SETUP
}

// New returns a log that writes to w, with name (which may be empty) in each line. All lines of an event go out in one
// call of w.Write, so that logs of several cameras can share a w that is safe for concurrent use. When writing fails,
// the log falls silent and the session goes on.
func New(w io.Writer, name string) *Log {
	return &Log{out: output{w: w, name: string(appendPrintable(nil, mask(name)))}}
}

// Err returns the error that made the log fall silent, or nil.
func (l *Log) Err() error { return l.out.err }

// Trace returns the hooks that write the log.
func (l *Log) Trace() *rtsp.Trace {
	return &rtsp.Trace{
		Connected: l.connected,
		TLS:       l.tls,
		Opened:    l.opened,
		Punched:   l.punched,
		Sent:      func(at time.Time, message []byte) { l.message(at, sent, message) },
		Received:  func(at time.Time, message []byte) { l.message(at, received, message) },
		Packet:    l.packet,
		SentRTCP:  l.sentRTCP,
		Skipped:   l.skipped,
		Closed:    l.closed,
	}
}

func (l *Log) connected(at time.Time, local, remote net.Addr) {
	l.begin(at)
	l.summarise(0)
	l.asks, l.media, l.streams = requests{}, nil, nil
	l.line(remark, 0, fmt.Sprintf("connected from %v to %v", local, remote))
	l.out.flush()
}

// maxSkips is how many lines a second tell of skipped bytes; those beyond are counted.
const maxSkips = 10

// skips counts the lines of a second that tell of skipped bytes.
type skips struct {
	since   time.Time
	lines   int
	untold  int // skips without a line
	missing int // bytes in them
}

func (l *Log) skipped(at time.Time, pos int64, bytes int) {
	s := &l.skips
	if at.Sub(s.since) >= period {
		l.tellUntold(at)
		*s = skips{since: at}
	}
	if s.lines++; s.lines > maxSkips {
		s.untold++
		s.missing += bytes
		return
	}
	l.begin(at)
	l.line(remark, 0, fmt.Sprintf("%d bytes skipped at position %d of the TCP stream", bytes, pos),
		"neither a message nor a packet of a stream that was set up")
	l.out.flush()
}

// tellUntold tells of the skips that had no line of their own.
func (l *Log) tellUntold(at time.Time) {
	if l.skips.untold > 0 {
		l.begin(at)
		l.line(remark, 0, fmt.Sprintf("%d bytes more skipped in %d places", l.skips.missing, l.skips.untold))
		l.out.flush()
	}
	l.skips = skips{}
}

func (l *Log) closed(at time.Time, err error) {
	l.tellUntold(at)
	l.begin(at)
	l.summarise(0)
	if err == nil {
		l.line(remark, 0, "closed after TEARDOWN")
	} else {
		l.line(remark, 0, "closed: "+err.Error())
	}
	for i := range l.streams {
		if s := &l.streams[i]; s.total.packets > 0 {
			l.line(remark, 1, fmt.Sprintf("%s: %d packets, %d bytes, lost %d, in all",
				l.streamName(i), s.total.packets, s.total.bytes, s.total.lost))
		}
	}
	l.out.flush()
}

// begin starts the lines of an event, after the summaries of the seconds that have ended.
func (l *Log) begin(at time.Time) {
	l.at = at
	l.summarise(period)
}

func (l *Log) line(direction byte, indent int, text string, notes ...string) {
	l.out.line(l.at, direction, indent, text, notes...)
}
