package rtsp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Transport is how a stream's packets travel.
type Transport uint8

// The transports.
const (
	TCP Transport = iota // interleaved with the messages, on the session's own connection (RFC 2326 §10.12)
	UDP                  // unicast, on a pair of ports per stream
)

// String returns the transport's name.
func (t Transport) String() string {
	if t == UDP {
		return "UDP"
	}
	return "TCP"
}

// TransportSpec is one of the alternatives in a Transport header (RFC 2326 §12.39).
type TransportSpec struct {
	TCP         bool       // the lower transport is TCP
	Multicast   bool       // as against unicast
	Interleaved bool       // Channels is set
	Channels    [2]uint8   // of RTP and RTCP
	ClientPort  [2]uint16  // of RTP and RTCP; 0 without
	ServerPort  [2]uint16  // of RTP and RTCP; 0 without
	Source      netip.Addr // where media come from, if it is said as an address and not as a name
	SSRC        uint32     // a hint: cameras announce wrong ones; 0 without
}

// ParseTransport parses the value of a Transport header: one or more alternatives, the preferred one first. Parameters
// may stand in any order; unknown ones, mode and host names are ignored, as are values that are no numbers.
func ParseTransport(value string) (specs []TransportSpec, err error) {
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ';' || r == ',' }) {
		part = strings.TrimSpace(part)
		name, param, isParam := strings.Cut(part, "=")
		switch {
		case !isParam && strings.Contains(name, "/"):
			// Only the name of a protocol begins an alternative: the Victure PC730 has ',' where ';' belongs.
			specs = append(specs, TransportSpec{TCP: strings.EqualFold(name[strings.LastIndexByte(name, '/')+1:], "TCP")})
		case len(specs) > 0:
			specs[len(specs)-1].set(strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(param))
		}
	}
	if len(specs) == 0 {
		return nil, errors.New("no protocol in the Transport header")
	}
	return specs, nil
}

func (t *TransportSpec) set(name, value string) {
	switch name {
	case "multicast":
		t.Multicast = true
	case "interleaved":
		if first, second, ok := parsePair(value, 8); ok {
			t.Interleaved, t.Channels = true, [2]uint8{uint8(first), uint8(second)}
			t.TCP = true // the Escam Q6 says RTP/AVP;interleaved=0-1
		}
	case "client_port":
		first, second, _ := parsePair(value, 16)
		t.ClientPort = [2]uint16{uint16(first), uint16(second)}
	case "server_port":
		first, second, _ := parsePair(value, 16)
		t.ServerPort = [2]uint16{uint16(first), uint16(second)}
	case "source":
		source, _ := netip.ParseAddr(strings.Trim(value, "[]")) // some are empty, some are names
		t.Source = source.WithZone("")                          // which means nothing here
	case "ssrc":
		// Hikvision: "ssrc=     D93FF". Some send decimals of more than 32 bits when taken as hex: ignored.
		n, _ := strconv.ParseUint(value, 16, 64)
		if n <= 1<<32-1 {
			t.SSRC = uint32(n)
		}
	}
}

// parsePair parses "4-5", or "4", which stands for "4-5".
func parsePair(s string, bits int) (first, second uint64, ok bool) {
	a, b, two := strings.Cut(s, "-")
	first, err := strconv.ParseUint(strings.TrimSpace(a), 10, bits)
	if err != nil {
		return 0, 0, false
	}
	if !two {
		return first, first + 1, first+1 < 1<<bits
	}
	second, err = strconv.ParseUint(strings.TrimSpace(b), 10, bits)
	if err != nil {
		return 0, 0, false
	}
	return first, second, true
}

// String returns the alternative as it stands in the header.
func (t TransportSpec) String() string {
	b := []byte("RTP/AVP")
	if t.TCP {
		b = append(b, "/TCP"...)
	}
	if t.Multicast {
		b = append(b, ";multicast"...)
	} else {
		b = append(b, ";unicast"...)
	}
	if t.Interleaved {
		b = fmt.Appendf(b, ";interleaved=%d-%d", t.Channels[0], t.Channels[1])
	}
	if t.ClientPort != [2]uint16{} {
		b = fmt.Appendf(b, ";client_port=%d-%d", t.ClientPort[0], t.ClientPort[1])
	}
	if t.ServerPort != [2]uint16{} {
		b = fmt.Appendf(b, ";server_port=%d-%d", t.ServerPort[0], t.ServerPort[1])
	}
	if t.Source.IsValid() {
		b = fmt.Appendf(b, ";source=%v", t.Source)
	}
	if t.SSRC != 0 {
		b = fmt.Appendf(b, ";ssrc=%08X", t.SSRC)
	}
	return string(b)
}
