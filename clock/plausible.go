package clock

import (
	"math"
	"time"
)

// The camera's clock is believed where frames seem to take between these times to the host (s): a little less than none, for
// two clocks that are set by servers differ, and no longer than the slowest cameras on the slowest networks.
const (
	leastDelay = -0.03
	mostDelay  = 0.45
)

const (
	zoneStep  = 900.0 // s: time zones are whole quarters of an hour
	mostZones = 56    // of them: UTC+14
)

// nearHost says whether a camera's clock is so little ahead of the host's, in s, that both can be right. One that is read in coarse
// steps of grain s may be anywhere in them.
func nearHost(ahead, grain float64) bool {
	room := 0.0
	if grain >= coarseGrain.Seconds() {
		room = grain / 2
	}
	return -ahead >= leastDelay-room && -ahead <= mostDelay+room
}

// zoneOf returns what has to be taken off a camera's clock that sends its local time for UTC, in s: the whole quarters of an
// hour that make it near the host's. 0 if there are none.
func zoneOf(ahead, grain float64) float64 {
	zones := math.Round(ahead / zoneStep)
	if math.Abs(zones) > mostZones || !nearHost(ahead-zones*zoneStep, grain) {
		return 0
	}
	return zones * zoneStep
}

// longestOn is how long a camera may have been on without a break.
const longestOn = 10 // years

// EverSet reports whether a camera's clock that shows t can ever have been set, while the host's shows host; zero if that is not
// known. Those that were not count from 1970, from 2000 or from their start. RFC 3550 §6.4.1 has senders without a clock count
// seconds of NTP from 0, which look like the years from 2036 on; so they do until the host has come there.
func EverSet(t, host time.Time) bool {
	elapsed := !t.Before(secondEra) && t.Before(secondEra.AddDate(longestOn, 0, 0))
	return t.Year() >= 2016 && !(elapsed && !host.IsZero() && host.Before(secondEra))
}
