package align

import (
	"cmp"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
)

// Camera is one camera's recording: the capture times of its frames, and where frames are missing. The zero value is one
// without frames.
type Camera struct {
	Name  string
	Delay time.Duration // known constant delay, taken off the times that are added from then on
	Flags Flags         // that all frames have which are added from then on
	Gaps  []Gap         // in the order of the recording

	frames   []frame // those with a time; in the order of the times, once sorted
	added    int     // frames, with or without a time
	leading  int     // frames without a time before the first that has one
	trailing int     // the same since the last one
	unsorted bool
}

// Gap is a place in a recording where frames are missing.
type Gap struct {
	Before int    // number of the first frame behind it
	Cause  Status // ConnectionLost to OtherGap
}

// frame is as small as it can be: a day of video has two million of them.
type frame struct {
	at      int64 // capture time in nanoseconds since 1970
	error   time.Duration
	number  int32
	flags   Flags
	untimed bool // frames without a time were added directly before it
}

// Times between these fit 64 bits of nanoseconds, with any delay taken off.
var (
	earliest = time.Date(1680, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2260, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Add adds the next frame in presentation order. One without a time, or with one before 1680 or after 2260, counts but is
// in no set.
func (c *Camera) Add(e clock.Estimate) {
	number := int32(c.added)
	c.added++
	if e.Time.Before(earliest) || e.Time.After(latest) { // the zero time is, too
		c.trailing++
		return
	}
	f := frame{
		at: e.Time.UnixNano() - int64(c.Delay), error: e.Error, number: number,
		flags: c.flags(&e), untimed: c.trailing > 0,
	}
	if len(c.frames) == 0 {
		c.leading = c.trailing
	}
	c.trailing = 0
	if last := len(c.frames) - 1; last >= 0 && f.at < c.frames[last].at {
		c.unsorted = true
	}
	c.frames = append(c.frames, f)
}

func (c *Camera) flags(e *clock.Estimate) Flags {
	f := c.Flags
	if c.Delay != 0 || e.Flags&clock.Latency != 0 {
		f |= Latency
	}
	if e.Flags&clock.Disputed != 0 {
		f |= Disputed
	}
	return f
}

// Len returns the number of frames that were added.
func (c *Camera) Len() int { return c.added }

// Timed returns how many of the frames have a time.
func (c *Camera) Timed() int { return len(c.frames) }

// Span returns the first and the last capture time; zero times if there are none.
func (c *Camera) Span() (from, to time.Time) {
	if len(c.frames) == 0 {
		return from, to
	}
	c.sort()
	return unix(c.frames[0].at), unix(c.frames[len(c.frames)-1].at)
}

// sort puts the frames into the order of their times. By some methods these run backwards where a clock was set.
func (c *Camera) sort() {
	if c.unsorted {
		slices.SortStableFunc(c.frames, func(a, b frame) int { return cmp.Compare(a.at, b.at) })
		c.unsorted = false
	}
}

// search returns the index of the first frame that is not before a time.
func search(frames []frame, at int64) int {
	i, _ := slices.BinarySearchFunc(frames, at, func(f frame, at int64) int { return cmp.Compare(f.at, at) })
	return i
}

// pace is how fast a camera's frames follow each other, where none is missing.
type pace struct {
	mean int64 // interval in nanoseconds; 0: unknown
	long int64 // nine intervals of ten are no longer
}

// pace leaves out intervals that are so much longer than the usual one that a frame must be missing.
func (c *Camera) pace() pace {
	if len(c.frames) < 2 {
		return pace{}
	}
	intervals := make([]int64, 0, len(c.frames)-1)
	for i := range c.frames[1:] {
		intervals = append(intervals, c.frames[i+1].at-c.frames[i].at)
	}
	slices.Sort(intervals)
	usual := intervals[(len(intervals)-1)/2]
	whole, _ := slices.BinarySearch(intervals, usual+usual*3/4+1)
	sum := int64(0)
	for _, d := range intervals[:whole] {
		sum += d
	}
	return pace{sum / int64(whole), intervals[whole*9/10]}
}

// rate returns frames per second, or 0.
func (p pace) rate() float64 {
	if p.mean <= 0 {
		return 0
	}
	return 1e9 / float64(p.mean)
}

func unix(ns int64) time.Time { return time.Unix(0, ns).UTC() }
