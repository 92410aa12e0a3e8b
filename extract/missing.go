package extract

import (
	"slices"

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
		for behind < len(r.Frames) && (r.Frames[behind].Arrival.IsZero() || r.Frames[behind].Arrival.Before(g.To)) {
			behind++
		}
		if behind < len(r.Frames) && first[behind] < len(r.Frames) {
			list = append(list, Missing{first[behind], g})
		}
	}
	return list
}

// firstShown returns for each frame in decode order the lowest index among the rows of it and all frames behind it.
func (r *Recording) firstShown() []int {
	first := make([]int, len(r.Frames))
	for i := range first {
		first[i] = len(r.Frames) // cut away by an edit list
	}
	for row, i := range r.presentation() {
		first[i] = row
	}
	for i := len(first) - 2; i >= 0; i-- {
		first[i] = min(first[i], first[i+1])
	}
	return first
}
