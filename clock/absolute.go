package clock

import "time"

// carried is the capture time that a frame carries.
type carried struct {
	rtp int64
	at  time.Time
}

// What carried times are judged by.
const (
	// carriedReach is how far a frame without a time of its own may lie from one that has one. At DriftBound the clocks part by
	// 6 ms until then; cameras that send times only now and then do so every few seconds.
	carriedReach = time.Minute
	// carriedTolerance is how far two times may disagree with the media clock between them. Cameras that count frames are off by
	// tens of milliseconds; beyond is a jump, or a time that is wrong.
	carriedTolerance = 200 * time.Millisecond
	// carriedFloor is the error of the best of them, beside the tick that the time stamps are rounded by.
	carriedFloor = 20 * time.Microsecond
)

// someTime stands for the arrival where that is unknown: the era of a time stamp is the one nearest to it.
var someTime = time.Unix(1_800_000_000, 0)

// carriedTime returns the capture time that a frame carries, unless it is of a clock that was never set.
func carriedTime(f *Frame) (carried, bool) {
	if f.Absolute == 0 {
		return carried{}, false
	}
	near := f.Arrival
	if near.IsZero() {
		near = someTime
	}
	at := f.Absolute.Near(near)
	return carried{f.RTP, at}, EverSet(at, f.Arrival)
}

// ahead returns how far a time is ahead of the frame's arrival, s.
func (c carried) ahead(arrival time.Time) float64 {
	if arrival.IsZero() {
		return unheard
	}
	return c.at.Sub(arrival).Seconds()
}

// perFrame says whether a source tells of each frame for itself, so that reports are not needed beside it.
func (s Source) perFrame() bool { return ONVIF <= s && s <= RFC7273 }

// after returns the time at so many ticks after c, when the media clock counts perSecond of them in a second of the capture.
func (c carried) after(ticks int64, perSecond float64) time.Time {
	seconds := min(max(float64(ticks)/perSecond, -farthest), farthest)
	return c.at.Add(time.Duration(seconds * 1e9))
}

// inSteps finds out in what steps the times of a source are told.
type inSteps struct {
	on    [len(grains)]int // times that are a multiple of a step
	times int
}

func (s *inSteps) add(at time.Time) {
	s.times++
	for i, g := range grains {
		if offGrain(int64(at.Nanosecond()), int64(g)) <= int64(grainTolerance) {
			s.on[i]++
		}
	}
}

// grain returns the coarsest step that nine in ten of the times are on, since one may be wrong, or 0.
func (s *inSteps) grain() time.Duration {
	for i, g := range grains {
		if s.on[i]*10 >= s.times*9 {
			return g
		}
	}
	return 0
}

// carriedError returns the error of times that are told in steps of grain.
func carriedError(grain time.Duration, rate int64) time.Duration {
	return carriedFloor + grain + time.Duration(1e9/rate)
}

// farthest bounds distances on the media clock, s: a hundred years and more, which nanoseconds can hold.
const farthest = 1 << 32

// ticksTime returns so many ticks as time.
func ticksTime(ticks, rate int64) time.Duration {
	if seconds := ticks / rate; seconds < -farthest || seconds > farthest {
		return time.Duration(min(max(seconds, -farthest), farthest)) * time.Second
	}
	return time.Duration(ticks/rate)*time.Second + time.Duration(ticks%rate*1e9/rate)
}

// drifted returns by how much two clocks may part in a time.
func drifted(passed time.Duration) time.Duration { return passed.Abs() / (1e6 / DriftBound) }
