package rtpsession

import (
	"math"
	"math/bits"
	"time"
)

// MediaClock is a clock of RTP time stamps that counts straight from a reference clock (RFC 7273 §5.2): the time stamp at
// the reference's epoch is Offset, and from there on it runs evenly. So each time stamp tells its time, without a report.
type MediaClock struct {
	Epoch  int64  // of the reference clock: the Unix time, in seconds, at which it would have shown 0 with today's leap seconds
	Rate   uint32 // ticks per second, nominally
	Num    uint32 // what Rate is multiplied with, and
	Den    uint32 // divided by (a=mediaclk's rate); 0 in either means 1
	Offset uint64 // time stamp at the epoch, of any number of bits
}

// Epochs of reference clocks, as of 2017, when the leap second was that is the last so far: IERS Bulletin C.
const (
	leapSeconds = 37 // TAI minus UTC

	EpochNTP = -2208988800                  // 1900, and UTC like Unix time (RFC 5905 §6)
	EpochPTP = -leapSeconds                 // 1970 of TAI (IEEE 1588 §7.2.2)
	EpochGPS = 315964800 - leapSeconds + 19 // 1980-01-06, then 19 s behind TAI and in step with it ever since
)

// maxRateTerm bounds what the rate is multiplied with and divided by: beyond are no ratios of real clocks, but overflows.
const maxRateTerm = 1 << 24

// Time returns the time of an RTP time stamp: of those that are a wrap apart (2^32 ticks, 13 h at 90 kHz) the one
// nearest to near. It is zero for a clock that can't be.
func (c *MediaClock) Time(rtp uint32, near time.Time) time.Time {
	num, den := uint64(max(c.Num, 1)), uint64(max(c.Den, 1))
	elapsed := near.Unix() - c.Epoch // seconds
	if c.Rate == 0 || num > maxRateTerm || den > maxRateTerm || elapsed < 0 {
		return time.Time{}
	}
	perSecond := uint64(c.Rate) * num
	ticks, _, ok := mulDiv(uint64(elapsed), perSecond, den)
	if !ok {
		return time.Time{}
	}
	step := int64(int32(rtp - uint32(ticks+c.Offset))) // to the nearest with these low 32 bits
	if step < 0 && ticks < uint64(-step) || step > 0 && ticks > math.MaxUint64-uint64(step) {
		return time.Time{}
	}
	seconds, rest, ok := mulDiv(ticks+uint64(step), den, perSecond)
	if !ok || seconds > math.MaxUint32 { // farther from the epoch than NTP time can say
		return time.Time{}
	}
	nanos, _, _ := mulDiv(rest, 1e9, perSecond)
	return time.Unix(c.Epoch+int64(seconds), int64(nanos)).UTC()
}

// mulDiv returns ⌊a·b/c⌋ and what is left, and whether that fits 64 bits.
func mulDiv(a, b, c uint64) (quotient, rest uint64, ok bool) {
	hi, lo := bits.Mul64(a, b)
	if hi >= c {
		return 0, 0, false
	}
	quotient, rest = bits.Div64(hi, lo, c)
	return quotient, rest, true
}
