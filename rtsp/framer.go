package rtsp

import (
	"fmt"
	"io"
	"time"
)

const (
	maxHead    = 32 << 10          // start line and header of a message, far beyond any seen
	maxBody    = 128 << 10         // far beyond any SDP with its parameter sets
	maxSkip    = 1 << 20           // bytes in a row that make no sense; a second of a video stream
	bufferSize = maxHead + maxBody // any message fits, and so does any frame of at most 4+65535 bytes
	minRead    = 16 << 10          // with less room than that the buffer's content is moved to its start
)

// itemKind says what stands in the byte stream.
type itemKind uint8

const (
	itemNone    itemKind = iota // more bytes are needed
	itemFrame                   // an interleaved frame
	itemStray                   // an interleaved frame of a channel that was never set up
	itemMessage                 // a request or a reply
	itemJunk                    // bytes that make no sense
)

// item is a piece of the byte stream. Its data is borrowed until the next call on the framer.
type item struct {
	kind    itemKind
	channel uint8  // of a frame
	data    []byte // a frame's payload; a message with head and body; junk
	head    int    // length of a message's head, with the empty line
	pos     int64  // where it begins, as in Packet
	arrival time.Time
}

func (i *item) packet() Packet {
	return Packet{Channel: i.channel, Data: i.data, Arrival: i.arrival, Pos: i.pos}
}

// framer takes the byte stream of a connection apart into messages and interleaved frames (RFC 2326 §10.12), in place,
// in one buffer. It can stop and go on at any byte.
type framer struct {
	buf  []byte
	r, w int   // buf[r:w] is to be looked at
	pos  int64 // place of buf[r] in the stream, from 1

	// Arrival of the bytes before buf[mark], and from it on.
	mark        int
	first, last time.Time

	known   [256]bool // the channels that were set up
	lost    bool      // in the middle of junk: what comes next must prove itself
	skipped int       // junk since the last item that made sense
	scanned int       // bytes from buf[r] in which no end of a head was found
	want    int       // length of the message at buf[r], once its head was seen
}

func newFramer() framer { return framer{buf: make([]byte, bufferSize), pos: 1} }

// allChannels makes frames on any channel welcome.
func (f *framer) allChannels() {
	for i := range f.known {
		f.known[i] = true
	}
}

// fill reads once from src.
func (f *framer) fill(src io.Reader) error {
	f.makeRoom()
	n, err := src.Read(f.buf[f.w:])
	if n > 0 {
		f.filled(n, time.Now())
		return nil
	}
	if err == io.EOF && f.r < f.w {
		return io.ErrUnexpectedEOF
	}
	return err
}

// makeRoom moves what is to be looked at to the start of the buffer when little is left behind it. The mark need not
// move: nothing is taken before filled sets it anew.
func (f *framer) makeRoom() {
	if f.r < f.w && len(f.buf)-f.w >= minRead {
		return
	}
	f.w = copy(f.buf, f.buf[f.r:f.w])
	f.r = 0
}

// filled takes note of n bytes that were read behind buf[:w].
func (f *framer) filled(n int, at time.Time) {
	if f.r == f.w {
		f.first = at
	}
	f.mark, f.last = f.w, at
	f.w += n
}

// take makes an item of the next n bytes.
func (f *framer) take(kind itemKind, n int) item {
	i := item{kind: kind, data: f.buf[f.r : f.r+n : f.r+n], pos: f.pos, arrival: f.first}
	f.r += n
	f.pos += int64(n)
	f.scanned, f.want = 0, 0
	if f.r >= f.mark {
		f.first = f.last
	}
	if kind == itemJunk {
		f.skipped += n
	} else {
		f.lost, f.skipped = false, 0
	}
	return i
}

// next returns the next item, or one of kind itemNone when more bytes are needed. Errors are final.
func (f *framer) next() (item, error) {
	for {
		b := f.buf[f.r:f.w]
		switch {
		case len(b) == 0:
			return item{}, nil
		case f.skipped > maxSkip:
			return item{}, fmt.Errorf("no packet and no message in %d bytes", f.skipped)
		case f.lost:
			junk, found := f.resync(b)
			if !found {
				return junk, nil
			}
			f.lost = false
		case b[0] == '\r' || b[0] == '\n': // stray line ends before a reply or a frame
			f.take(itemNone, 1)
		case b[0] == '$':
			if i, again := f.frame(b); !again {
				return i, nil
			}
		default:
			if i, err := f.message(b); err != nil || !f.lost {
				return i, err
			}
		}
	}
}

// frame returns the frame at the start of b. With again there is none, and next shall look again.
func (f *framer) frame(b []byte) (i item, again bool) {
	if len(b) < frameHeader {
		return item{}, false
	}
	n := frameHeader + frameLength(b)
	switch {
	case n == frameHeader: // curl's test servers send 24 00 00 00
		f.take(itemNone, n)
		return item{}, true
	case !f.known[b[1]]:
		return f.stray(b, n)
	case len(b) < n:
		return item{}, false
	}
	if cut := f.cutShort(b, n); cut > 0 {
		return f.take(itemJunk, cut), false
	}
	return f.takeFrame(itemFrame, n), false
}

func (f *framer) takeFrame(kind itemKind, n int) item {
	i := f.take(kind, n)
	i.channel, i.data = i.data[1], i.data[frameHeader:]
	return i
}

// stray looks at a frame of a channel that was never set up: it may be a packet of another session, which old
// live555 servers write into a socket that got the same descriptor, or junk.
func (f *framer) stray(b []byte, n int) (i item, again bool) {
	switch frameVerdict(b) {
	case good:
		return f.takeFrame(itemStray, n), false
	case bad:
		f.lost = true
		return item{}, true
	}
	return item{}, false
}

// cutShort finds out whether the frame of n bytes at the start of b is only the beginning of one, after which another
// frame starts, and returns where. Cameras whose send buffer overflows do that (Canon VB-H47).
func (f *framer) cutShort(b []byte, n int) int {
	if startVerdict(b[n:]) != bad {
		return 0
	}
	for at := frameHeader; at < n; at++ {
		if b[at] == '$' && f.known[b[at+1]] && frameVerdict(b[at:]) == good {
			return at
		}
	}
	return 0
}

// message returns the message at the start of b, or sets lost when there is none.
func (f *framer) message(b []byte) (item, error) {
	v := messageVerdict(b)
	if v == bad {
		v = requestVerdict(b)
	}
	switch v {
	case bad:
		f.lost = true
		return item{}, notRTSP(b)
	case unsure:
		return item{}, nil
	}
	if len(b) < f.want {
		return item{}, nil
	}
	head := headEnd(b, f.scanned)
	switch {
	case head > maxHead, head == 0 && len(b) >= maxHead:
		return item{}, fmt.Errorf("a header of more than %d bytes", maxHead)
	case head == 0:
		f.scanned = len(b)
		return item{}, nil
	}
	body, err := contentLength(b[:head])
	if f.want = head + body; err != nil || len(b) < f.want {
		return item{}, err
	}
	i := f.take(itemMessage, head+body)
	i.head = head
	return i, nil
}

// resync looks for the next frame or message in b. It returns the junk before it, or found when it stands at the start.
func (f *framer) resync(b []byte) (junk item, found bool) {
	for at := range b {
		switch v := f.strictVerdict(b[at:]); {
		case v == bad:
		case at > 0:
			return f.take(itemJunk, at), false
		default:
			return item{}, v == good
		}
	}
	return f.take(itemJunk, len(b)), false
}
