// Package ntp holds NTP time stamps: the 64-bit seconds-and-fraction values that RTCP sender reports, prft boxes and
// RTP header extensions carry (RFC 5905 §6). It does no network time synchronisation.
package ntp

import (
	"fmt"
	"time"
)

// Time is a time stamp in units of 2^-32 s since the start of an NTP era (RFC 5905 §6, "NTP Timestamp Format"). Era 0
// began at 1900-01-01T00:00:00Z and ends at 2036-02-07T06:28:16Z; the value alone does not say which era is meant. Zero
// means unknown (RFC 3550 §6.4.1).
type Time uint64

// unixEpoch is 1970-01-01T00:00:00Z in seconds of era 0 (RFC 5905, figure 4).
const unixEpoch = 2208988800

// FromTime returns t as a time stamp of its era, rounded down to 2^-32 s.
func FromTime(t time.Time) Time {
	seconds := uint64(t.Unix() + unixEpoch)
	return Time(seconds<<32 | uint64(t.Nanosecond())<<32/1e9)
}

// Near returns t in the era that puts it nearest to ref, rounded to the nanosecond, in UTC. With ref within 68 years of
// the truth this is right beyond 2036 (RFC 5905 §6: eras are resolved by means outside the protocol).
func (t Time) Near(ref time.Time) time.Time {
	// The signed difference of the wrapping second counters is the distance within half an era.
	distance := int32(uint32(t>>32) - uint32(FromTime(ref)>>32))
	nanos := (uint64(uint32(t))*1e9 + 1<<31) >> 32
	return time.Unix(ref.Unix()+int64(distance), int64(nanos)).UTC()
}

// Middle returns the middle 32 bits, in units of 2^-16 s: the LSR field of a receiver report (RFC 3550 §6.4.1).
func (t Time) Middle() uint32 { return uint32(t >> 16) }

// String returns the two halves in hex, as a packet analyser shows them: ebf93c70.80000000.
func (t Time) String() string { return fmt.Sprintf("%08x.%08x", uint32(t>>32), uint32(t)) }
