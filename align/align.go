// Package align pairs the frames of several cameras by their capture times: what did each see at one moment?
//
// The frames of one camera, or an even rate, give the moments. A Set has of each camera the frame captured nearest to its
// moment, within a tolerance, or the reason why there is none. The package is pure: it takes the times that the packages
// clock and extract compute.
package align

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"
)

// Options say how to align. The zero value is how most people want it.
type Options struct {
	// Rate is the number of sets per second, at round times; 0: the frames of one camera are the moments.
	Rate float64
	// Reference is the number of that camera, from 1; 0: the one with the fewest frames per second, of equals the first.
	Reference int
	// Tolerance is how far from a set's moment its frames may be captured; 0: half the longest of the cameras' frame
	// intervals.
	Tolerance time.Duration
}

// Limits of the options.
const (
	MaxRate      = 1000 // Hz
	MaxTolerance = time.Hour
	maxFrames    = math.MaxInt32 // of a camera: two years
)

// ErrNoTimes is returned when not one frame has a capture time.
var ErrNoTimes = errors.New("align: no frame has a capture time")

// Alignment is how the frames of several cameras belong together. It does not change.
type Alignment struct {
	Reference int           // index of the camera whose frames are the moments; -1: there is a rate
	Tolerance time.Duration // as given, or as chosen
	Rates     []float64     // frames per second of each camera, stretches without frames left out; 0: unknown

	cameras []*Camera
	moments []int64   // in nanoseconds since 1970, in order
	found   [][]int32 // by camera and moment: index into the camera's frames, or -1
}

// New aligns cameras, which must not change from then on.
func New(o Options, cameras []*Camera) (*Alignment, error) {
	if err := o.check(cameras); err != nil {
		return nil, err
	}
	a := &Alignment{cameras: cameras, Reference: -1, Tolerance: o.Tolerance}
	paces := make([]pace, len(cameras))
	for i, c := range cameras {
		c.sort()
		paces[i] = c.pace()
		a.Rates = append(a.Rates, paces[i].rate())
	}
	if a.Tolerance == 0 {
		a.Tolerance = tolerance(o, paces)
	}
	if o.Rate > 0 {
		a.moments = grid(o.Rate, cameras)
	} else {
		a.Reference = o.reference(cameras, paces)
		a.moments = moments(cameras, a.Reference, paces[a.Reference].mean)
	}
	for _, c := range cameras {
		a.found = append(a.found, assign(a.moments, c.frames, int64(a.Tolerance)))
	}
	return a, nil
}

func (o *Options) check(cameras []*Camera) error {
	switch {
	case !(o.Rate >= 0 && o.Rate <= MaxRate):
		return fmt.Errorf("align: a rate of %v Hz is not within 0 and %d", o.Rate, MaxRate)
	case o.Tolerance < 0 || o.Tolerance > MaxTolerance:
		return fmt.Errorf("align: a tolerance of %v is not within 0 and %v", o.Tolerance, MaxTolerance)
	case o.Reference < 0 || o.Reference > len(cameras):
		return fmt.Errorf("align: there is no camera %d, but %d of them", o.Reference, len(cameras))
	case o.Rate > 0 && o.Reference > 0:
		return errors.New("align: a rate and a reference exclude each other")
	case !slices.ContainsFunc(cameras, func(c *Camera) bool { return c.Timed() > 0 }):
		return ErrNoTimes
	case o.Reference > 0 && cameras[o.Reference-1].Timed() == 0:
		return fmt.Errorf("align: %s can't be the reference: %w", cameras[o.Reference-1].Name, ErrNoTimes)
	case slices.ContainsFunc(cameras, func(c *Camera) bool { return c.Len() > maxFrames }):
		return fmt.Errorf("align: more than %d frames of one camera", maxFrames)
	}
	return nil
}

// equalPace is by how much the intervals of cameras differ that are meant to be the same.
const equalPace = 0.01

// reference returns the index of the camera whose frames are the moments.
func (o *Options) reference(cameras []*Camera, paces []pace) int {
	if o.Reference > 0 {
		return o.Reference - 1
	}
	slowest := -1
	for i, c := range cameras {
		if c.Timed() == 0 {
			continue
		}
		if slowest < 0 || float64(paces[i].mean) > float64(paces[slowest].mean)*(1+equalPace) {
			slowest = i
		}
	}
	return slowest
}

// tolerance returns half the longest interval, as which counts what nine intervals of ten keep to, since no camera is
// perfectly even. A camera with one frame tells of no interval: then it is that of the rate, or a second.
func tolerance(o Options, paces []pace) time.Duration {
	longest := int64(0)
	for _, p := range paces {
		longest = max(longest, p.mean, p.long)
	}
	if longest == 0 && o.Rate > 0 {
		longest = int64(1e9 / o.Rate)
	}
	if longest == 0 {
		longest = 1e9
	}
	return min(time.Duration(longest+1)/2, MaxTolerance)
}

// Sets returns the sets in the order of their times. A set is valid until the next one. Moments at which no camera has a
// frame are left out, and so are those outside the reference's recording at which not two of the others have one.
func (a *Alignment) Sets() iter.Seq[*Set] {
	return func(yield func(*Set) bool) {
		s := &Set{Frames: make([]Pick, len(a.cameras))}
		for m, at := range a.moments {
			if a.count(m) < a.needed(at) {
				continue
			}
			s.Time = unix(at)
			for i := range a.cameras {
				s.Frames[i] = a.pick(i, m)
			}
			a.mark(s)
			if !yield(s) {
				return
			}
			s.Index++
		}
	}
}

// count returns how many cameras have a frame at a moment.
func (a *Alignment) count(moment int) (n int) {
	for _, found := range a.found {
		if found[moment] >= 0 {
			n++
		}
	}
	return n
}

// needed returns how many cameras must have a frame for a set at a time.
func (a *Alignment) needed(at int64) int {
	if a.Reference < 0 {
		return 1
	}
	frames := a.cameras[a.Reference].frames
	if at < frames[0].at || at > frames[len(frames)-1].at {
		return 2
	}
	return 1
}

// pick returns the frame of a camera at a moment, or why there is none.
func (a *Alignment) pick(camera, moment int) Pick {
	c, at := a.cameras[camera], a.moments[moment]
	i := a.found[camera][moment]
	if i < 0 {
		return Pick{Frame: -1, Status: c.missing(at, int64(a.Tolerance))}
	}
	f := &c.frames[i]
	return Pick{Frame: int(f.number), Offset: time.Duration(f.at - at), Error: f.error, Flags: f.flags}
}

// clearly is how many frame intervals from the moment a frame is at least that is worse than its neighbour, and not just
// about as good, as both are at half an interval.
const clearly = 0.6

// mark marks the frames of a set whose neighbours may be the right ones.
func (a *Alignment) mark(s *Set) {
	for i := range s.Frames {
		p := &s.Frames[i]
		e := a.pairError(s, i)
		if p.Status.OK() && e > 0 && (p.Offset.Abs()+e).Seconds()*a.Rates[i] > clearly {
			p.Flags |= Unsure
		}
	}
}

// pairError returns the half width of the 95 % interval around the time from the moment to a camera's frame, 0 if it is
// unknown. The errors of two cameras have nothing to do with each other; a frame that is the moment itself is off by nothing.
func (a *Alignment) pairError(s *Set, camera int) time.Duration {
	own := s.Frames[camera].Error
	if a.Reference < 0 || own == 0 {
		return own
	}
	if camera == a.Reference {
		return 0
	}
	return time.Duration(math.Hypot(float64(own), float64(s.Frames[a.Reference].Error)))
}
