package rtpsession

import (
	"encoding/binary"
	"time"

	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/ntp"
)

// Extension is a kind of RTP header extension that tells when a frame was captured.
type Extension uint8

// The kinds.
const (
	NoExtension    Extension = iota
	ONVIFReplay              // profile 0xABAC (ONVIF Streaming Specification, "RTP header extension")
	AbsCaptureTime           // abs-capture-time, of WebRTC
	NTP64                    // ntp-64, or ntp-56 (RFC 6051 §3.3)
)

// Capture is what a packet's header extension says of the frame that the packet is of. It may stand in the frame's first
// packet, in all of them or in the last one, and not all frames need have one.
type Capture struct {
	Kind Extension // NoExtension: there is nothing
	Time ntp.Time  // when the frame was captured, by the clock of what captured it; 0: unknown
	// Jump says that the frame was not captured right after the one that was sent before it (the D bit of ONVIF).
	Jump bool
	// Last says that the frame after this one was not captured right after it (the E bit of ONVIF: the last frame of a
	// contiguous section of a recording).
	Last bool
}

// The URIs of a=extmap (RFC 8285 §5) that are understood.
const (
	URIAbsCaptureTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
	URINTP64          = "urn:ietf:params:rtp-hdrext:ntp-64"
	URINTP56          = "urn:ietf:params:rtp-hdrext:ntp-56"
)

// Extensions says by which numbers a source sends the header extensions that are understood. The zero value is for
// sources that have none but ONVIF's, which has no number.
type Extensions struct {
	absCaptureTime, ntp64, ntp56 uint8 // 0: not sent
}

// Map takes an a=extmap: the extension that a URI names has that number. URIs of others are passed over, and so are numbers
// that no packet can hold (RFC 8285 §4.2, §4.3).
func (e *Extensions) Map(number int, uri string) {
	if number < 1 || number > 255 {
		return
	}
	switch uri {
	case URIAbsCaptureTime:
		e.absCaptureTime = uint8(number)
	case URINTP64:
		e.ntp64 = uint8(number)
	case URINTP56:
		e.ntp56 = uint8(number)
	}
}

// Has says whether a number was mapped to that kind.
func (e *Extensions) Has(kind Extension) bool {
	return kind == AbsCaptureTime && e.absCaptureTime != 0 || kind == NTP64 && (e.ntp64 != 0 || e.ntp56 != 0)
}

// Profiles of header extensions: what the first 16 bits of one hold.
const (
	profileONVIF   = 0xabac
	profileOneByte = 0xbede // RFC 8285 §4.2
	profileTwoByte = 0x1000 // RFC 8285 §4.3; the last four bits are free
)

// Capture returns what the extension in a packet's header says of its frame, of several the best. A time that lacks the
// upper bits of its seconds (ntp-56) is the one nearest to near.
func (e *Extensions) Capture(h *rtp.Header, near time.Time) Capture {
	switch {
	case !h.Extension || len(h.Extensions) == 0:
		return Capture{}
	case h.ExtensionProfile == profileONVIF:
		return parseONVIF(h.GetExtension(0))
	case h.ExtensionProfile == profileOneByte, h.ExtensionProfile == profileTwoByte:
		return e.elements(h.GetExtension, near)
	case h.ExtensionProfile&^0xf == profileTwoByte: // pion/rtp takes only the profile with the free bits 0 apart
		body := h.GetExtension(0)
		return e.elements(func(number uint8) []byte { return twoByteElement(body, number) }, near)
	}
	return Capture{}
}

// elements looks for the elements that are understood.
func (e *Extensions) elements(get func(uint8) []byte, near time.Time) Capture {
	// An element that is not understood has number 0 here, which is padding and never found.
	if b := e.element(get, e.absCaptureTime); len(b) == 8 || len(b) == 16 {
		// The 8 bytes that may follow say how far the sender believes the capturer's clock to be off its own.
		return Capture{Kind: AbsCaptureTime, Time: ntp.Time(binary.BigEndian.Uint64(b))}
	}
	if b := e.element(get, e.ntp64); len(b) == 8 {
		return Capture{Kind: NTP64, Time: ntp.Time(binary.BigEndian.Uint64(b))}
	}
	if b := e.element(get, e.ntp56); len(b) == 7 {
		return Capture{Kind: NTP64, Time: complete(b, near)}
	}
	return Capture{}
}

func (e *Extensions) element(get func(uint8) []byte, number uint8) []byte {
	if number == 0 {
		return nil
	}
	return get(number)
}

// complete adds to the 24 bits of seconds and 32 of fraction in b the 8 bits that they lack: 194 days.
func complete(b []byte, near time.Time) ntp.Time {
	ref := ntp.FromTime(near)
	low := uint64(b[0])<<48 | uint64(binary.BigEndian.Uint32(b[1:]))<<16 | uint64(binary.BigEndian.Uint16(b[5:]))
	ahead := int64((low-uint64(ref))<<8) >> 8 // the signed difference of the bits that both have
	return ref + ntp.Time(ahead)
}

// twoByteElement returns an element of a header extension with two-byte heads (RFC 8285 §4.3), or nil.
func twoByteElement(body []byte, number uint8) []byte {
	for len(body) >= 2 {
		if body[0] == 0 { // padding
			body = body[1:]
			continue
		}
		id, size := body[0], int(body[1])
		if body = body[2:]; size > len(body) {
			return nil
		}
		if id == number {
			return body[:size]
		}
		body = body[size:]
	}
	return nil
}

// Bits of the flags in ONVIF's extension. The others are C, with which a key frame begins, and T, with which a track ends.
const (
	onvifEnd           = 0x40
	onvifDiscontinuity = 0x20
)

// parseONVIF reads ONVIF's extension: a time stamp, flags, the low byte of the CSeq of the PLAY that it is the result of,
// two bytes of padding. With JPEG, header segments of it follow.
func parseONVIF(b []byte) Capture {
	if len(b) < 12 {
		return Capture{}
	}
	return Capture{
		Kind: ONVIFReplay,
		Time: ntp.Time(binary.BigEndian.Uint64(b)),
		Jump: b[8]&onvifDiscontinuity != 0,
		Last: b[8]&onvifEnd != 0,
	}
}
