// Package stamp writes and reads the times of frames: the timing box, which keeps every observation of a recording
// without loss, and the SEI messages in which other tools look for capture times (those of RTCP-NTP-Recorder and of
// retina-record, and MISB ST 0604). docs/timing-box.md describes the timing box byte by byte.
//
// Everything here turns values into bytes and back. SEI formats come as payloads of user_data_unregistered messages
// (ITU-T H.264 §D.1.7): 16 bytes of UUID and what follows them.
package stamp

import (
	"fmt"
	"strings"
)

// UUID names a format, in a user_data_unregistered SEI message or in a uuid box.
type UUID [16]byte

// String returns the UUID in the form of RFC 9562 §4.
func (u UUID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// of reports whether payload begins with u.
func (u *UUID) of(payload []byte) bool {
	return len(payload) >= len(u) && UUID(payload[:len(u)]) == *u
}

// Kinds is a set of the SEI formats that a Stamper writes.
type Kinds uint8

// The SEI formats.
const (
	MISB     Kinds = 1 << iota // MISB ST 0604 precision time stamp
	Strawlab                   // retina-record's 89H and o8B: arrivals and sender reports as they came
	Recorder                   // RTCP-NTP-Recorder's, version B
)

var kindNames = []struct {
	kind Kinds
	name string
}{{MISB, "misb"}, {Strawlab, "strawlab"}, {Recorder, "recorder"}}

// ParseKinds reads a comma list of misb, strawlab and recorder, or none.
func ParseKinds(list string) (Kinds, error) {
	if list == "none" {
		return 0, nil
	}
	var kinds Kinds
	for name := range strings.SplitSeq(list, ",") {
		kind := kindOf(strings.TrimSpace(name))
		if kind == 0 {
			return 0, fmt.Errorf("stamp: %q is none of misb, strawlab, recorder; for no stamps give none alone", name)
		}
		kinds |= kind
	}
	return kinds, nil
}

func kindOf(name string) Kinds {
	for _, k := range kindNames {
		if k.name == name {
			return k.kind
		}
	}
	return 0
}

// String returns the list that ParseKinds reads.
func (k Kinds) String() string {
	var names []string
	for _, n := range kindNames {
		if k&n.kind != 0 {
			names = append(names, n.name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ",")
}
