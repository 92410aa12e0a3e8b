package clocksim

import (
	"math"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
)

// Score says how good estimates are. Errors are estimate minus truth.
type Score struct {
	Frames, Missing                   int
	Bias, Std, MeanAbs, P95, P99, Max time.Duration // of the error; all but Bias and Std of its absolute value
	Back                              int           // steps backwards, frames in true order
	Cover                             float64       // share of errors within the stated bound
	Bound                             time.Duration // the median one
}

// Judging is how Judge judges.
type Judging struct {
	Skip   float64       // leaves out the frames of so many first seconds
	Known  time.Duration // is taken off the errors: a constant that no estimator can see
	Debias bool          // so is the mean error
}

// Judge compares estimates with the truth, frame by frame.
func Judge(estimates []clock.Estimate, truth []time.Time, o Judging) Score {
	var s Score
	var judged []judgement
	for _, i := range byTime(truth, o.Skip) {
		if e := &estimates[i]; e.Time.IsZero() {
			s.Missing++
		} else {
			judged = append(judged, judgement{e.Time, e.Time.Sub(truth[i]) - o.Known, e.Error})
		}
	}
	if len(judged) > 0 {
		s.judge(judged, o.Debias)
	}
	return s
}

// judgement is a frame's estimate and how far it is off.
type judgement struct {
	at         time.Time
	off, bound time.Duration
}

// byTime returns the indices of times in their order, without those of the first seconds.
func byTime(times []time.Time, skip float64) []int {
	order := make([]int, len(times))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return times[a].Compare(times[b]) })
	if len(order) == 0 {
		return order
	}
	start := times[order[0]].Add(duration(skip))
	return slices.DeleteFunc(order, func(i int) bool { return times[i].Before(start) })
}

func (s *Score) judge(list []judgement, debias bool) {
	n := float64(len(list))
	s.Frames = len(list)
	sum, squares, abs, covered := 0.0, 0.0, 0.0, 0
	for _, j := range list {
		sum += float64(j.off)
	}
	s.Bias = time.Duration(math.Round(sum / n))
	sizes, bounds := make([]time.Duration, len(list)), make([]time.Duration, len(list))
	for i, j := range list {
		off := float64(j.off)
		squares += (off - sum/n) * (off - sum/n)
		if debias {
			off -= sum / n
		}
		abs += math.Abs(off)
		sizes[i], bounds[i] = time.Duration(math.Round(math.Abs(off))), j.bound
		if sizes[i] <= j.bound {
			covered++
		}
		if i > 0 && j.at.Before(list[i-1].at) {
			s.Back++
		}
	}
	slices.Sort(sizes)
	slices.Sort(bounds)
	s.Std, s.MeanAbs = time.Duration(math.Sqrt(squares/n)), time.Duration(abs/n)
	s.P95, s.P99, s.Max = quantile(sizes, 0.95), quantile(sizes, 0.99), sizes[len(sizes)-1]
	s.Cover, s.Bound = float64(covered)/n, quantile(bounds, 0.5)
}

// quantile interpolates between the values of a sorted list.
func quantile(sorted []time.Duration, q float64) time.Duration {
	at := q * float64(len(sorted)-1)
	i := int(at)
	j := min(i+1, len(sorted)-1)
	return sorted[i] + time.Duration(float64(sorted[j]-sorted[i])*(at-float64(i)))
}

// PairScore says how well the frames of two cameras can be brought together by their estimates.
type PairScore struct {
	Frames  int           // of the first camera
	MeanAbs time.Duration // error of the difference of two frames that are nearest in truth
	Paired  float64       // share of frames whose nearest by the estimates is nearest in truth, or 1 ms farther
}

// JudgePair pairs each frame of a with one of b. Frames at rims that the other camera has not, and those of the first
// seconds, are left out.
func JudgePair(a, b []clock.Estimate, truthA, truthB []time.Time, skip float64) PairScore {
	orderA, orderB := byTime(truthA, 0), byTime(truthB, 0)
	from, until := truthA[orderA[0]], truthA[orderA[len(orderA)-1]]
	if first := truthB[orderB[0]]; first.After(from) {
		from = first
	}
	if last := truthB[orderB[len(orderB)-1]]; last.Before(until) {
		until = last
	}
	from = from.Add(duration(skip))
	shown := timesOf(b)
	seen := byTime(shown, 0)
	s, sum, paired := PairScore{}, 0.0, 0
	for _, i := range orderA {
		t := truthA[i]
		if t.Before(from) || t.After(until) {
			continue
		}
		best := nearest(orderB, truthB, t)
		got := nearest(seen, shown, a[i].Time)
		s.Frames++
		if t.Sub(truthB[got]).Abs()-t.Sub(truthB[best]).Abs() < time.Millisecond {
			paired++
		}
		sum += math.Abs(float64(a[i].Time.Sub(b[best].Time) - t.Sub(truthB[best])))
	}
	if s.Frames > 0 {
		s.MeanAbs, s.Paired = time.Duration(sum/float64(s.Frames)), float64(paired)/float64(s.Frames)
	}
	return s
}

func timesOf(estimates []clock.Estimate) []time.Time {
	times := make([]time.Time, len(estimates))
	for i := range estimates {
		times[i] = estimates[i].Time
	}
	return times
}

// nearest returns which of times, whose order is given, is nearest to t.
func nearest(order []int, times []time.Time, t time.Time) int {
	i, _ := slices.BinarySearchFunc(order, t, func(i int, t time.Time) int { return times[i].Compare(t) })
	if i == len(order) || i > 0 && t.Sub(times[order[i-1]]) <= times[order[i]].Sub(t) {
		i--
	}
	return order[i]
}
