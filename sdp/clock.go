package sdp

import (
	"iter"
	"strconv"
	"strings"
)

// RefClock is an a=ts-refclk: a clock that the sender's clock follows (RFC 7273 §4.8).
type RefClock struct {
	Source string // in lower case: ntp, ptp, gps, gal, glonass, local, private, localmac (SMPTE ST 2110-10)
	Value  string // which one: a server, a version with grandmaster and domain, /traceable/, …
}

// MediaClock is an a=mediaclk: how the RTP time stamps follow the reference clock (RFC 7273 §5).
type MediaClock struct {
	Direct bool   // they count from its epoch on, where the time stamp was Offset
	Offset uint64 // only with Known
	Known  bool   // there is an offset; without one only sender reports tell it
	Num    uint32 // the clock rate is multiplied with Num and divided by Den; 1 and 1 when nothing is said
	Den    uint32
}

// Extensions returns the RTP header extensions of a media, as number and URI (a=extmap, RFC 8285 §5): its own lines and
// those of the session, which are for all media.
func (s *Session) Extensions(media int) iter.Seq2[int, string] {
	return func(yield func(number int, uri string) bool) {
		for value := range s.inherited(media, "extmap") {
			number, rest := cutBlank(value)
			number, _, _ = strings.Cut(number, "/") // the direction
			uri, _ := cutBlank(rest)                // extension attributes may follow
			n, err := strconv.ParseUint(number, 10, 16)
			if err == nil && uri != "" && !yield(int(n), uri) {
				return
			}
		}
	}
}

// RefClocks returns the reference clocks of a media: its own, which are in step with each other, or else the session's
// (RFC 7273 §4.8).
func (s *Session) RefClocks(media int) (clocks []RefClock) {
	for value := range s.own(media, "ts-refclk") {
		source, which, _ := strings.Cut(value, "=")
		clocks = append(clocks, RefClock{strings.ToLower(trim(source)), trim(which)})
	}
	return clocks
}

// MediaClock returns how the time stamps of a media follow its reference clock, by its own line or else the session's.
func (s *Session) MediaClock(media int) (clock MediaClock, ok bool) {
	for value := range s.own(media, "mediaclk") {
		if clock, ok = parseMediaClock(value); ok {
			return clock, true
		}
	}
	return MediaClock{}, false
}

// parseMediaClock reads "direct=963214424 rate=1000/1001"; a tag "id=…" for the clock of several sources may stand before.
func parseMediaClock(value string) (clock MediaClock, ok bool) {
	clock.Num, clock.Den = 1, 1
	ok = true
	for field := range strings.FieldsFuncSeq(value, isBlank) {
		name, v, _ := strings.Cut(field, "=")
		switch strings.ToLower(name) {
		case "direct":
			clock.Direct = true
			if offset, err := strconv.ParseUint(v, 10, 64); err == nil {
				clock.Offset, clock.Known = offset, true
			}
		case "rate":
			ok = clock.setRate(v)
		}
	}
	return clock, ok
}

func (c *MediaClock) setRate(v string) bool {
	num, den, _ := strings.Cut(v, "/")
	n, err1 := strconv.ParseUint(num, 10, 32)
	d, err2 := strconv.ParseUint(den, 10, 32)
	c.Num, c.Den = uint32(n), uint32(d)
	return err1 == nil && err2 == nil && n > 0 && d > 0
}

// own yields the values of an attribute of a media or, when it has none, of the session.
func (s *Session) own(media int, name string) iter.Seq[string] {
	m := &s.Media[media]
	for range m.Values(name) {
		return m.Values(name)
	}
	return (&Media{Attributes: s.Attributes}).Values(name)
}

// inherited yields the values of an attribute of a media, and then those of the session.
func (s *Session) inherited(media int, name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for v := range s.Media[media].Values(name) {
			if !yield(v) {
				return
			}
		}
		(&Media{Attributes: s.Attributes}).Values(name)(yield)
	}
}
