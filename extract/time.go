package extract

import (
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// ticksDuration returns the duration of ticks, rounded to the nearest nanosecond.
func ticksDuration(ticks int32, clockRate uint32) time.Duration {
	n, rate := int64(ticks)*1e9, int64(clockRate)
	if n < 0 {
		return time.Duration((n - rate/2) / rate)
	}
	return time.Duration((n + rate/2) / rate)
}

// eraPivot is the begin of NTP era 1. Times nearest to it are right from 1968 to 2104, which will do where no arrival
// tells the era (RFC 5905 §6).
var eraPivot = time.Unix(1<<32-2208988800, 0)

// reportTime returns the time that a report states.
func reportTime(r *clock.Report) time.Time {
	if r.Arrival.IsZero() {
		return r.NTP.Near(eraPivot)
	}
	return r.NTP.Near(r.Arrival)
}

// near returns the time of a stamp, or the zero time for 0: unknown.
func near(n ntp.Time) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return n.Near(eraPivot)
}

// maxError bounds the parts of an Error, so that their sum has room. Only broken clocks come near it.
const maxError = 10 * 366 * 24 * time.Hour

// limited returns the size of d, within that bound.
func limited(d time.Duration) time.Duration {
	return min(d.Abs(), maxError)
}

// maxSeconds bounds durations that a file's ticks stand for: a century.
const maxSeconds = 100 * 366 * 86400

// seconds returns the duration of ticks, within a century.
func seconds(ticks int64, rate uint32) time.Duration {
	whole := min(max(ticks/int64(rate), -maxSeconds), maxSeconds)
	return time.Duration(whole)*time.Second + time.Duration(ticks%int64(rate)*1e9/int64(rate))
}
