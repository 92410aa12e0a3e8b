package align

const (
	// maxCandidates is how many frames are looked at for one set, half of them to either side.
	maxCandidates = 1024
	// maxChoices and maxCost end a group of sets that hang together, so that neither memory nor a sum grows without bound.
	// Only a tolerance of many frame intervals makes such groups.
	maxChoices = 1 << 24
	maxCost    = 1 << 61
)

// assign gives each of the sets, whose times are in order, at most one frame, and each frame to at most one set: in order,
// within the tolerance, and so that the sum of the distances is the least, where a set without a frame counts as a
// distance just beyond the tolerance. It returns the index of each set's frame, or -1.
//
// So of two sets near to one frame the nearer one gets it, unless that leaves the other without a frame that both could
// have had. Sets that are near to the same frames form a group; each group is solved by dynamic programming. With the
// usual tolerance a group is one set and one or two frames.
func assign(sets []int64, frames []frame, tolerance int64) []int32 {
	g := group{sets: sets, frames: frames, tolerance: tolerance, found: make([]int32, len(sets))}
	low, high := 0, 0 // the frames within the tolerance, high excluded
	for i, at := range sets {
		for low < len(frames) && frames[low].at < at-tolerance {
			low++
		}
		for high < len(frames) && frames[high].at <= at+tolerance {
			high++
		}
		from, to := g.narrow(low, high, at)
		if from >= g.end || len(g.choices) > maxChoices || g.worst() > maxCost {
			g.solve()
		}
		from = max(from, g.free)
		g.add(i, from, max(from, to))
	}
	g.solve()
	return g.found
}

// group is a stretch of sets that are near to the same frames. With D(i,j) for the least sum of distances of the sets up
// to i if they use frames up to j only:
//
//	D(i,j) = min( D(i-1,j) + skip, D(i-1,j-1) + distance(i,j), D(i,j-1) )
type group struct {
	sets      []int64
	frames    []frame
	tolerance int64
	found     []int32

	rows    []row
	choices []choice // of all rows, one after the other
	costs   []int64  // D(i,j) of the last row, for j from its from-1 to its to-1
	spare   []int64
	end     int // first frame behind those of the group
	free    int // first frame that no solved group can have used
}

// row is a set of the group and the frames it may have.
type row struct {
	set, from, to int // frames from ≤ j < to
	at            int // index of its choices
}

// choice is by what D(i,j) is the least.
type choice uint8

const (
	skip  choice = iota // set i has no frame
	match               // set i has frame j
	less                // frame j is not used up to set i
)

// narrow leaves the frames around a time, if there are too many.
func (g *group) narrow(low, high int, at int64) (from, to int) {
	if high-low <= maxCandidates {
		return low, high
	}
	middle := search(g.frames, at)
	return max(low, middle-maxCandidates/2), min(high, middle+maxCandidates/2)
}

// worst returns the largest cost in hand.
func (g *group) worst() int64 {
	if len(g.costs) == 0 {
		return 0
	}
	return g.costs[0]
}

// before returns D(i-1,j) where i is the set to be added. Frames behind those of set i-1 made no difference to it.
func (g *group) before(j int) int64 {
	if len(g.rows) == 0 {
		return 0
	}
	return g.costs[min(j-g.rows[len(g.rows)-1].from+1, len(g.costs)-1)]
}

// add adds a set that may have the frames from ≤ j < to. Neither bound is less than that of the set before.
func (g *group) add(set, from, to int) {
	now := append(g.spare[:0], g.before(from-1)+g.tolerance+1)
	r := row{set, from, to, len(g.choices)}
	for j := from; j < to; j++ {
		least, by := g.before(j)+g.tolerance+1, skip
		if cost := now[len(now)-1]; cost < least {
			least, by = cost, less
		}
		if cost := g.before(j-1) + g.distance(set, j); cost < least {
			least, by = cost, match
		}
		now, g.choices = append(now, least), append(g.choices, by)
	}
	g.costs, g.spare = now, g.costs
	g.rows = append(g.rows, r)
	g.end = max(g.end, to)
}

func (g *group) distance(set, frame int) int64 {
	d := g.sets[set] - g.frames[frame].at
	return max(d, -d)
}

// solve writes down who gets what, and begins a new group.
func (g *group) solve() {
	j := g.end - 1
	last := -1
	for i := len(g.rows) - 1; i >= 0; i-- {
		r := g.rows[i]
		j = min(j, r.to-1)
		for j >= r.from && g.choices[r.at+j-r.from] == less {
			j--
		}
		g.found[r.set] = -1
		if j >= r.from && g.choices[r.at+j-r.from] == match {
			g.found[r.set] = int32(j)
			last = max(last, j)
			j--
		}
	}
	g.free = max(g.free, last+1)
	g.rows, g.choices, g.costs = g.rows[:0], g.choices[:0], g.costs[:0]
}
