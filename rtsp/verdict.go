package rtsp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// verdict is the answer to the question whether something begins at a place of the byte stream.
type verdict uint8

const (
	bad    verdict = iota
	unsure         // more bytes are needed to tell
	good
)

const (
	frameHeader = 4      // '$', channel, length (RFC 2326 §10.12)
	maxPacket   = 0xffff // what the length can say
	minPayload  = 8      // an empty receiver report; an RTP packet has at least 12
)

// frameLength returns the length of the payload of the frame at the start of b, which has its header.
func frameLength(b []byte) int { return int(binary.BigEndian.Uint16(b[2:])) }

// tooLong returns the error for a packet that no frame can hold.
func tooLong(packet []byte) error {
	return fmt.Errorf("packet of %d bytes, a frame holds %d at most", len(packet), maxPacket)
}

// appendFrame appends packet, of at most maxPacket bytes, as an interleaved frame.
func appendFrame(b []byte, channel uint8, packet []byte) []byte {
	b = append(b, '$', channel)
	b = binary.BigEndian.AppendUint16(b, uint16(len(packet)))
	return append(b, packet...)
}

// strictVerdict says whether a frame of a known channel or a message begins at b, with all the evidence there is: it
// is asked in the middle of junk, where a '$' means little.
func (f *framer) strictVerdict(b []byte) verdict {
	switch {
	case b[0] != '$':
		return messageVerdict(b)
	case len(b) == 1:
		return unsure
	case !f.known[b[1]]:
		return bad
	}
	return frameVerdict(b)
}

// frameVerdict says whether b, which begins with '$', is a frame: it holds RTP or RTCP of version 2 and something
// sensible follows.
func frameVerdict(b []byte) verdict {
	if len(b) <= frameHeader {
		return unsure
	}
	n := frameLength(b)
	switch {
	case n < minPayload || b[frameHeader]>>6 != 2:
		return bad
	case len(b) < frameHeader+n:
		return unsure
	}
	return startVerdict(b[frameHeader+n:])
}

// startVerdict says whether b can be what follows a frame.
func startVerdict(b []byte) verdict {
	switch {
	case len(b) == 0:
		return unsure
	case b[0] == '$' || b[0] == '\r' || b[0] == '\n':
		return good
	}
	return messageVerdict(b)
}

var messageStarts = [][]byte{
	[]byte("RTSP/"),
	[]byte(MethodOptions + " "), []byte(MethodDescribe + " "), []byte(MethodAnnounce + " "), []byte(MethodSetup + " "),
	[]byte(MethodPlay + " "), []byte(MethodPause + " "), []byte(MethodRecord + " "), []byte(MethodGetParameter + " "),
	[]byte(MethodSetParameter + " "), []byte(MethodRedirect + " "), []byte(MethodTeardown + " "),
	[]byte(MethodPlayNotify + " "),
}

// messageVerdict says whether b begins like a message.
func messageVerdict(b []byte) verdict {
	for _, start := range messageStarts {
		switch {
		case bytes.HasPrefix(b, start):
			return good
		case bytes.HasPrefix(start, b):
			return unsure
		}
	}
	return bad
}

// How long a method that is not known may be, and the first line of its request.
const (
	maxMethod      = 32
	maxRequestLine = 1 << 10
)

// requestVerdict says whether b begins with the line of a request, whatever its method (RFC 2326 §6.1).
func requestVerdict(b []byte) verdict {
	method := 0
	for method < len(b) && (b[method] >= 'A' && b[method] <= 'Z' || b[method] == '_') {
		method++
	}
	line, _, whole := bytes.Cut(b[:min(len(b), maxRequestLine)], []byte("\n"))
	switch {
	case method > maxMethod:
		return bad
	case method == len(b):
		return unsure
	case method < 3 || b[method] != ' ':
		return bad
	case whole && bytes.Contains(line, []byte(" RTSP/")):
		return good
	case whole || len(b) >= maxRequestLine || bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\r' }):
		return bad
	}
	return unsure
}

// notRTSP returns an error when the peer is clearly something else.
func notRTSP(b []byte) error {
	if bytes.HasPrefix(b, []byte("HTTP/")) {
		return errors.New("the peer speaks HTTP, not RTSP")
	}
	return nil
}
