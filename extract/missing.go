package extract

import (
	"slices"
	"time"

	"github.com/timeslate/timeslate/stamp"
)

// Missing is a gap and its place among the rows.
type Missing struct {
	Before int // index into Rows of the first frame behind it
	Gap    stamp.Gap
}

// Missing returns the gaps in the order of the rows. A gap ends with the arrival of a frame. One that no frame follows is
// left out.
func (r *Recording) Missing() []Missing {
	gaps := slices.SortedStableFunc(slices.Values(r.Gaps), func(a, b stamp.Gap) int { return a.To.Compare(b.To) })
	first := r.firstShown()
	var list []Missing
	behind := 0
	for _, g := range gaps {
		for behind < len(first) && (r.arrival(behind).IsZero() || r.arrival(behind).Before(g.To)) {
			behind++
		}
		if behind < len(first) && first[behind] < len(first) {
			list = append(list, Missing{first[behind], g})
		}
	}
	return list
}

func (r *Recording) arrival(frame int) time.Time { return r.Frames.observed[frame].Arrival }

// firstShown returns for each frame in decode order the lowest index among the rows of it and all frames behind it.
func (r *Recording) firstShown() []int {
	first := make([]int, r.Frames.Len())
	for i := range first {
		first[i] = len(first) // cut away by an edit list
	}
	for row, i := range r.presentation() {
		first[i] = row
	}
	for i := len(first) - 2; i >= 0; i-- {
		first[i] = min(first[i], first[i+1])
	}
	return first
}
