package camsim

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Rate is a frame rate as a fraction, so that frame times don't drift: 25/1, 30000/1001.
type Rate struct{ Num, Den uint32 }

// maxRateTerm bounds both terms of a Rate: twice the larger one must fit into the 32 bits of time_scale, and products
// with nanoseconds into 128.
const maxRateTerm = 1 << 20

// maxFrameRate is the most pictures per second, which cost a wake-up each.
const maxFrameRate = 1000

// ParseRate reads a frame rate: "25", "29.97" (as 2997/100) or "30000/1001". It is above 0 and at most 1000.
func ParseRate(s string) (Rate, error) {
	num, den, isFraction := strings.Cut(s, "/")
	if !isFraction {
		var decimals string
		num, decimals, _ = strings.Cut(s, ".")
		num += decimals
		den = "1" + strings.Repeat("0", min(len(decimals), 9))
	}
	n, err1 := strconv.ParseUint(num, 10, 32)
	d, err2 := strconv.ParseUint(den, 10, 32)
	r := Rate{uint32(n), uint32(d)}
	if err1 != nil || err2 != nil || !r.valid() {
		return Rate{}, fmt.Errorf("camsim: %q is no frame rate like 25, 29.97 or 30000/1001", s)
	}
	return r, nil
}

func (r Rate) valid() bool {
	return r.Num > 0 && r.Den > 0 && r.Num <= maxRateTerm && r.Den <= maxRateTerm && r.Float() <= maxFrameRate
}

// Float returns the rate in frames per second.
func (r Rate) Float() float64 { return float64(r.Num) / float64(r.Den) }

// String returns the rate as ParseRate reads it.
func (r Rate) String() string {
	if r.Den == 1 {
		return strconv.Itoa(int(r.Num))
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

// at returns when frame k is captured, counted from frame 0, rounded down to the nanosecond.
func (r Rate) at(k int64) time.Duration {
	return time.Duration(mulDiv(k, int64(r.Den)*int64(time.Second), int64(r.Num)))
}

// mulDiv returns ⌊a·b/c⌋ for a, b ≥ 0 and c > 0, at most math.MaxInt64.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(c) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(min(q, math.MaxInt64))
}
