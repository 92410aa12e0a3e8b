package align

import (
	"cmp"
	"slices"
)

// missing returns why the camera has no frame at a time.
func (c *Camera) missing(at, tolerance int64) Status {
	i := search(c.frames, at)
	if len(c.frames) == 0 {
		return c.withoutTimes()
	}
	if cause, ok := c.gapCause(i); ok {
		return cause
	}
	switch {
	case i > 0 && at-c.frames[i-1].at <= tolerance, i < len(c.frames) && c.frames[i].at-at <= tolerance:
		return Taken
	case i == 0 && c.reaches(c.frames[0].at-at, c.leading),
		i == len(c.frames) && c.reaches(at-c.frames[i-1].at, c.trailing),
		0 < i && i < len(c.frames) && c.frames[i].untimed:
		return Untimed
	case i == 0:
		return BeforeStart
	case i == len(c.frames):
		return AfterEnd
	}
	return NoFrame
}

// withoutTimes is why a camera without a timed frame has none.
func (c *Camera) withoutTimes() Status {
	if c.added > 0 {
		return Untimed
	}
	return NoFrame
}

// gapCause returns the cause of the first gap between timed frame i and the one before it.
func (c *Camera) gapCause(i int) (Status, bool) {
	if i == 0 || i == len(c.frames) {
		return 0, false // a gap has frames on both sides
	}
	after, last := int(c.frames[i-1].number), int(c.frames[i].number)
	k, _ := slices.BinarySearchFunc(c.Gaps, after+1, func(g Gap, number int) int { return cmp.Compare(g.Before, number) })
	if k == len(c.Gaps) || c.Gaps[k].Before > last {
		return 0, false
	}
	return c.Gaps[k].Cause, true
}

func (c *Camera) gapBefore(i int) bool {
	_, ok := c.gapCause(i)
	return ok
}

// reaches tells whether so many frames without a time, beyond the first or the last one that has one, reach so far.
func (c *Camera) reaches(distance int64, frames int) bool {
	if frames == 0 || len(c.frames) < 2 {
		return frames > 0
	}
	span := c.frames[len(c.frames)-1].at - c.frames[0].at
	return float64(distance) < (float64(frames)+0.5)*float64(span)/float64(len(c.frames)-1)
}
