package rtpsession

import "time"

// jitter estimates the variation of the packets' travel (RFC 3550 §6.4.1, A.8), in ticks, from differences only: those
// of time stamps as int32, so that nothing happens when they wrap.
//
// Unlike A.8 it takes only packets with a new time stamp. The fragments of a frame share their time stamp and leave the
// camera one after another: their spread is the size of the frame, not jitter of the network.
type jitter struct {
	rate    uint32 // ticks per second
	started bool
	arrival time.Time
	rtp     uint32
	scaled  int64 // estimate times 16
}

func (j *jitter) add(arrival time.Time, rtp uint32) {
	if j.started && rtp == j.rtp {
		return
	}
	if j.started {
		d := j.ticks(arrival.Sub(j.arrival)) - int64(int32(rtp-j.rtp))
		j.scaled += max(d, -d) - (j.scaled+8)>>4
	}
	j.started, j.arrival, j.rtp = true, arrival, rtp
}

// ticks converts without overflow: 2^63 ns times a clock rate would not fit.
func (j *jitter) ticks(d time.Duration) int64 {
	rate := int64(j.rate)
	return int64(d/time.Second)*rate + int64(d%time.Second)*rate/int64(time.Second)
}

// value returns the estimate as in a receiver report.
func (j *jitter) value() uint32 { return uint32(min(j.scaled>>4, 1<<32-1)) }

// duration returns the estimate as a time.
func (j *jitter) duration() time.Duration {
	return time.Duration(float64(j.scaled) / 16 / float64(j.rate) * float64(time.Second))
}
