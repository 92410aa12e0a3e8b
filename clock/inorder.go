package clock

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"
)

// leastBehind is the least by which Fit puts a frame behind the one that is shown before it.
const leastBehind = time.Microsecond

// keepOrder moves estimates so that none is earlier than one of a frame that is shown before: as few of them as can be, each as
// little as needed, and their bounds grow by as much.
func keepOrder(o Options, frames []Frame, estimates []Estimate) {
	s := sequence{estimates: estimates, order: make([]int32, 0, len(frames))}
	shown, sorted := NewShown(o.ClockRate), 0 // frames that are in order
	arrange := func() {
		slices.SortStableFunc(s.order[sorted:], func(i, j int32) int { return cmp.Compare(frames[i].RTP, frames[j].RTP) })
		sorted = len(s.order)
	}
	for i := range frames {
		if shown.Begins(&frames[i]) {
			arrange()
			if s.jumps(frames, i) {
				s.keep()
				sorted = 0
			}
		}
		if estimates[i].State != None {
			s.order = append(s.order, int32(i))
		}
	}
	arrange()
	s.keep()
}

// sequence are frames whose times must not run backwards.
type sequence struct {
	estimates []Estimate
	order     []int32 // the frames as they are shown
	start     time.Time
	offset    []int64
	tops      []int32 // by length: the last frame of the row of that many in order whose last is earliest
	before    []int32 // by frame: the one before it in the longest such row that ends with it
}

// jumps reports whether time goes back for good before frame i: recorded footage does where the camera says so, and where a run
// brings earlier footage again.
func (s *sequence) jumps(frames []Frame, i int) bool {
	e := &s.estimates[i]
	if len(s.order) == 0 || e.State == None || !frames[i].Jump && (frames[i].Run == frames[i-1].Run || !e.Source.perFrame()) {
		return false
	}
	last := &s.estimates[s.order[len(s.order)-1]]
	if last.Time.Sub(e.Time) <= maxSlew {
		return false
	}
	e.Flags |= Stepped
	return true
}

// keep puts the times of the frames in order, and forgets them.
func (s *sequence) keep() {
	if s.measure() {
		row := s.longest()
		low := s.offset[row[0]]
		for k, at := range s.offset {
			if len(row) > 0 && int(row[0]) == k {
				row = row[1:]
			} else if at = max(at, low); len(row) > 0 {
				at = min(at, s.offset[row[0]])
			}
			s.move(k, at)
			low = at
		}
	}
	s.order = s.order[:0]
}

// measure sets the frames' offsets: their times since the first one's, less what each must be behind the one before at least.
// It returns whether some of them go back.
func (s *sequence) measure() (back bool) {
	s.offset = slices.Grow(s.offset[:0], len(s.order))
	for k, i := range s.order {
		if k == 0 {
			s.start = s.estimates[i].Time
		}
		since := int64(s.estimates[i].Time.Sub(s.start))
		at := min(max(since, -mostSeconds*1e9), mostSeconds*1e9) - int64(k)*int64(leastBehind)
		back = back || k > 0 && at < s.offset[k-1]
		s.offset = append(s.offset, at)
	}
	return back
}

// longest returns the longest row of frames whose offsets don't go back.
func (s *sequence) longest() []int32 {
	s.tops, s.before = s.tops[:0], s.before[:0]
	for k, at := range s.offset {
		n := len(s.tops)
		if n > 0 && s.offset[s.tops[n-1]] > at {
			n = sort.Search(n, func(n int) bool { return s.offset[s.tops[n]] > at })
		}
		last := int32(-1)
		if n > 0 {
			last = s.tops[n-1]
		}
		s.before = append(s.before, last)
		if n == len(s.tops) {
			s.tops = append(s.tops, 0)
		}
		s.tops[n] = int32(k)
	}
	for k, n := s.tops[len(s.tops)-1], len(s.tops)-1; k >= 0; k, n = s.before[k], n-1 {
		s.tops[n] = k
	}
	return s.tops
}

// move puts the k-th frame at an offset.
func (s *sequence) move(k int, offset int64) {
	s.estimates[s.order[k]].move(s.start.Add(time.Duration(offset + int64(k)*int64(leastBehind))))
}

// move changes the time. The bound grows by as much.
func (e *Estimate) move(at time.Time) {
	e.Error += min(at.Sub(e.Time).Abs(), math.MaxInt64-e.Error)
	e.Time = at
}
